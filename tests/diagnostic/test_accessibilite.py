"""Accessibility of the stock read from the stored rows: who is counted, where, who may read it."""

from datetime import date

import numpy as np
import pytest

from attributions.services import menages_q1
from diagnostic.calculs.apl import Grille, apl
from diagnostic.models import AplProfil, MenageQ1, PopulationQ1
from diagnostic.services import accessibilite, appartenances, baremes_apl, indicateurs, loyers_parc
from partenaires.services.protocoles import creer_protocole_par_defaut
from partenaires.services.purge import purger
from tests import fabriques as f
from tests.monde import CARRE

pytestmark = pytest.mark.django_db
LOYERS = (250, 320, 410, 560)


@pytest.fixture
def territoire():
    f.commune(zone_apl=2, nom="Valcreux")
    f.seuil(2025, s1=9600)
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))


def demandes(nombre=12, revenu=700, uc=1, taille=1, charge=0, **champs):
    for _ in range(nombre):
        f.demande(
            commune_recherchee=f.COMMUNE,
            revenu_mensuel=revenu,
            uc=uc,
            taille_menage=taille,
            personnes_a_charge=charge,
            **champs,
        )


def parc(loyers=LOYERS, residence="R1", **champs):
    for loyer in loyers:
        f.logement(residence=residence, **{"loyerprinc": loyer, "surfhab": 45, "nbpiece": 2, "finan": 13} | champs)


def calculer():
    appartenances.calculer(f.EPCI)
    indicateurs.recalculer(f.EPCI)
    menages_q1.recalculer(f.EPCI)
    return baremes_apl.completer(f.EPCI)


@pytest.fixture
def calcule(territoire):
    """Two dwellings in the QPV, four out of it; three kinds of households."""
    f.perimetre(version="2024", debut=date(2024, 1, 1), geometrie=CARRE)
    f.residence("R1", longitude=2.5)
    f.residence("R2", longitude=3.5)
    parc((300, 500), "R1")
    parc(LOYERS, "R2", finan=10)
    demandes(12, 700)
    demandes(12, 1000, uc=1.6, taille=3, charge=2)
    demandes(12, 350)
    calculer()


def lire(nature="epci", adhesion=None, **demandes):
    return accessibilite.lire(adhesion or f.adhesion(nature), f.EPCI, 2025, **demandes)


def la_ligne(lue, repartition="ensemble", code="q1", perimetre="territoire"):
    (ligne,) = [un for un in lue.lignes if (un.repartition, un.code, un.perimetre) == (repartition, code, perimetre)]
    return ligne


# --- households -----------------------------------------------------------------------------------------------------


def test_applicants_of_the_first_quartile_are_counted_alike(territoire):
    demandes(3, 700)
    demandes(2, 799.99)
    demandes(5, 800)  # the threshold itself: not in the first quartile
    demandes(1, 900, uc=1.5, taille=2, charge=0)
    demandes(2, 600, taille=None)
    menages_q1.recalculer(f.EPCI)
    population = PopulationQ1.objects.get(origine="demandeurs")
    assert (population.origine, population.millesime, population.inconnus) == ("demandeurs", 2025, 2)
    lus = population.menages.order_by("ressources").values_list("ressources", "couple", "charge", "nombre")
    assert [(float(r), c, p, n) for r, c, p, n in lus] == [
        (700, False, 0, 3),
        (799.99, False, 0, 2),
        (900, True, 0, 1),
    ]


def test_without_applicants_standard_households_stand_at_the_threshold(territoire):
    menages_q1.recalculer(f.EPCI)
    assert PopulationQ1.objects.get().origine == "types"
    seule = MenageQ1.objects.get(couple=False, charge=0)
    assert (seule.ressources, seule.uc) == (800, 1)
    assert MenageQ1.objects.get(couple=True, charge=2).ressources == 1680  # 2.1 UC


def test_without_threshold_nothing_is_kept(territoire):
    demandes(3)
    menages_q1.recalculer(f.EPCI)
    f.attributions.SeuilQuartile.objects.all().delete()
    menages_q1.recalculer(f.EPCI)
    assert not PopulationQ1.objects.exists() and not MenageQ1.objects.exists()
    assert lire().etat == accessibilite.Etat.SANS_POPULATION


def test_households_are_erased_when_the_applications_that_they_come_from_are_due(calcule):
    demandeurs = MenageQ1.objects.filter(population__origine="demandeurs")
    purger(date(2028, 12, 31))
    assert demandeurs.exists()
    purger(date(2029, 1, 1))
    assert not demandeurs.exists() and not PopulationQ1.objects.filter(origine="demandeurs").exists()


def test_benefit_is_worked_out_once(calcule):
    assert AplProfil.objects.count() == 3 + len(menages_q1.TYPES)
    assert baremes_apl.completer(f.EPCI) == 0


# --- what is read ---------------------------------------------------------------------------------------------------


def a_la_main(loyers, ressources, uc, couple, charge, te=0.375, rpv=12.0, charges=90.0):
    """Dwellings that one household can pay for, one OpenFisca call a dwelling, by the formula of the rules."""
    base = -(-round(12 * ressources * 0.9) // 100) * 100
    profil = baremes_apl.Profil(2, False, couple, charge, base)
    aides = [float(apl([profil], np.array([float(loyer)]), date(2025, 1, 1))[0]) for loyer in loyers]
    return sum(
        loyer + charges <= min(aide + te * ressources, ressources + aide - rpv * 30 * uc)
        for loyer, aide in zip(loyers, aides)
    )


def test_share_of_the_stock_is_the_mean_of_what_each_household_can_pay(calcule):
    lue = lire()
    tous = (300, 500, *LOYERS)
    seul = a_la_main(tous, 700, 1, False, 0)
    assert 0 < seul < 6
    ligne = la_ligne(lue)
    assert (ligne.menages, ligne.exclus) == (24, 12)  # 350 € a month for one UC: under 360 €
    personne = la_ligne(lue, "menage", "seule_0")
    assert (personne.menages, personne.exclus, personne.logements) == (12, 12, 6)
    assert personne.accessibles == seul and personne.taux == round(seul / 6, 4)
    assert la_ligne(lue, "menage", "seule_2").taux is None  # three persons: no dwelling of 3 or 4 rooms
    assert ligne.taux == personne.taux


def test_in_and_out_of_qpv_make_the_whole(calcule):
    lue = lire()
    dedans, dehors = (la_ligne(lue, perimetre=nom) for nom in ("en_qpv", "hors_qpv"))
    assert (dedans.logements, dehors.logements) == (2, 4)
    assert dedans.accessibles == a_la_main((300, 500), 700, 1, False, 0)
    assert dehors.accessibles == a_la_main(LOYERS, 700, 1, False, 0)
    assert la_ligne(lue).accessibles == dedans.accessibles + dehors.accessibles


def test_breakdowns_by_size_and_financing(calcule):
    lue = lire()
    assert la_ligne(lue, "typologie", "logements_t2").logements == 6
    assert la_ligne(lue, "financement", "logements_plai").logements == 4
    assert la_ligne(lue, "financement", "logements_plus").logements == 2


def test_sensitivity_gives_a_line_a_pair_and_never_falls_when_both_loosen(calcule):
    lue = lire()
    lignes = [ligne for ligne in lue.lignes if ligne.repartition == "sensibilite" and ligne.perimetre == "territoire"]
    assert [(ligne.te, ligne.rpv) for ligne in lignes] == [
        (0.30, 15),
        (0.35, 15),
        (0.33, 11),
        (0.375, 12),
        (0.40, 9),
    ]
    par_paire = {(ligne.te, ligne.rpv): ligne.accessibles for ligne in lignes}
    assert par_paire[0.30, 15] <= par_paire[0.35, 15] <= par_paire[0.40, 9]
    assert par_paire[0.33, 11] <= par_paire[0.40, 9] and par_paire[0.375, 12] <= par_paire[0.40, 9]
    assert par_paire[0.375, 12] == la_ligne(lue).accessibles


def test_thresholds_and_charges_may_be_changed(calcule):
    large, etroit = lire(te=0.9, rpv=0.0, charges_m2=0.0), lire(te=0.01, rpv=0.0, charges_m2=10.0)
    assert la_ligne(large).exclus == 0 and la_ligne(large, "menage", "seule_0").accessibles == pytest.approx(6)
    assert la_ligne(etroit).accessibles == 0


def test_recent_leases_only(calcule):
    f.logement(residence="R2", loyerprinc=200, nbpiece=2, surfhab=45, finan=13, bail=date(2024, 3, 1))
    assert la_ligne(lire(recents=True)).logements == 1


@pytest.mark.parametrize(
    "champs",
    [{"mode": 2}, {"conv": 2}, {"loyerprinc": None}, {"loyerprinc": 0}, {"surfhab": None}, {"nbpiece": None}],
)
def test_a_dwelling_that_is_not_let_under_convention_at_a_known_rent_is_left_out(territoire, champs):
    f.residence()
    parc((300,))
    parc((310,), **champs)
    calculer()
    cellules = loyers_parc.lire(f.EPCI, 2025, 2).cellules
    assert [cellule.loyers.tolist() for cellule in cellules] == [[30000]]


def test_a_dwelling_without_residence_goes_by_its_flag(territoire):
    f.perimetre(version="2024", debut=date(2024, 1, 1), geometrie=CARRE)
    f.residence()
    parc((300,), residence=None, qpv=1)
    parc((310,), residence=None)
    calculer()
    places = {c.en_qpv: c.loyers.tolist() for c in loyers_parc.lire(f.EPCI, 2025, 2).cellules}
    assert places == {True: [30000], False: [31000]}


def test_without_rents_or_without_benefit_the_state_says_so(territoire):
    f.residence()
    demandes()
    menages_q1.recalculer(f.EPCI)
    assert lire().etat == accessibilite.Etat.SANS_LOYER
    parc()
    indicateurs.recalculer(f.EPCI)
    assert lire().etat == accessibilite.Etat.APL_A_CALCULER
    baremes_apl.completer(f.EPCI)
    assert lire().etat == accessibilite.Etat.LU


# --- who reads ------------------------------------------------------------------------------------------------------


def test_a_partner_reads_no_type_of_few_households(calcule):
    demandes(3, 600, uc=1.5, taille=2, charge=0)
    calculer()
    assert la_ligne(lire("epci"), "menage", "couple_0").menages == 3
    lue = lire(adhesion=f.adhesion("bailleur"))
    couple = la_ligne(lue, "menage", "couple_0")
    assert couple.secret and couple.taux is None and couple.menages is None
    cachees = {ligne.code for ligne in lue.lignes if ligne.secret and ligne.repartition == "menage"}
    assert len(cachees) == 2  # the least numerous other type goes with it: the total is shown
    assert not la_ligne(lue).secret


def test_who_does_not_hold_the_applications_reads_only_the_pairs_of_the_parameters(calcule):
    bailleur = f.adhesion("bailleur")
    libre, tenu = lire(te=0.31, rpv=10.5), lire(adhesion=bailleur, te=0.31, rpv=10.5, charges_m2=5)
    assert libre.libre and libre.reglages.seuils == accessibilite.Seuils(0.31, 10.5)
    assert not tenu.libre and tenu.reglages.seuils == accessibilite.Seuils(0.375, 12)
    assert tenu.reglages.charges_m2 == 2
    assert lire(adhesion=bailleur, te=0.40, rpv=9).reglages.seuils == accessibilite.Seuils(0.40, 9)
    assert all(ligne.exclus is None for ligne in tenu.lignes)


def test_the_number_of_households_tells_a_partner_nothing_of_who_falls_between_two_thresholds(calcule):
    bailleur = f.adhesion("bailleur")
    lues = [lire(adhesion=bailleur, te=te, rpv=rpv) for te, rpv in ((0.40, 9), (0.375, 12), (0.35, 15))]
    assert [la_ligne(lue).menages for lue in lues] == [36, 36, 36]
    assert [la_ligne(lue, "sensibilite", "te_40_rpv_9").menages for lue in lues] == [36, 36, 36]
    assert [la_ligne(lire(te=te, rpv=rpv)).menages for te, rpv in ((0.40, 9), (0.375, 12))] == [36, 24]


def test_without_protocole_small_counts_are_masked(calcule):
    lue = lire(adhesion=f.adhesion("action_logement", epci=f.EPCI))
    assert lue.lignes and all(ligne.secret for ligne in lue.lignes)  # six dwellings


def test_a_stranger_reads_nothing(calcule):
    ailleurs = f.organisation("epci", siren="900000099")
    lue = lire(adhesion=f.adhesion("epci", organisation=ailleurs))
    assert lue.etat == accessibilite.Etat.SANS_POPULATION and not lue.lignes


def test_sizes_that_suit(territoire):
    connu = lire().parametre
    assert accessibilite.pieces_convenables(connu, 1) == {1, 2}
    assert accessibilite.pieces_convenables(connu, 4) == {4, 5}
    assert accessibilite.pieces_convenables(connu, 9) == {5, 6}


def test_grid_of_the_store_is_the_grid_of_the_computation(calcule):
    lues = baremes_apl.lire(2025, {(2, False)})
    assert len(lues) == 3 + len(menages_q1.TYPES) and all(
        isinstance(grille, Grille) and len(grille.montants) == 21 for grille in lues.values()
    )
