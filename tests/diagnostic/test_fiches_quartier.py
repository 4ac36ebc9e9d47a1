"""Sheets of a quartier: versions written by the EPCI, targets beside what is counted, resulting objective, point zero;
and who reads what of them (E1 F7, F8; E2 T35)."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import connections

from diagnostic.calculs.document import SECRET, Chiffre
from diagnostic.models import FicheQuartier, PointZero
from diagnostic.services import fiche_territoriale, fiches_quartier, quartiers
from diagnostic.services.fiche_prospective import Prospective
from diagnostic.services.fiches_quartier import FicheDepassee, FicheInterdite, FicheInvalide
from partenaires.calculs.nombres import FINE
from partenaires.models import JournalAcces
from tests import fabriques as f

pytestmark = pytest.mark.django_db
QP = "QP099001"
PAUVRES = "menages_moins_20_pct_plus"
CARRE = {"type": "Polygon", "coordinates": [[[2, 46], [3, 46], [3, 47], [2, 47], [2, 46]]]}
AUTRE = "900100002"
R1, R2 = f"{f.BAILLEUR}:R1", f"{AUTRE}:R2"
CIBLE = {"indicateur": PAUVRES, "population": "ensemble", "sens": "maximum", "valeur": "0.25", "horizon": ""}
OBJECTIF = {"residence": R1, "indicateur": PAUVRES, "sens": "maximum", "valeur": "0.2"}


def compter(niveau, lieu, annee, total, pauvres, **champs):
    """So many respondents, the poorest among them."""
    comptes = {"repondants": total, f"n_{PAUVRES}": pauvres, f"d_{PAUVRES}": total}
    f.comptage(lieu, niveau, millesime=annee, sources=["ops"], **comptes, **champs)


def gerer(residence, annee, entrees, logements, bailleur=f.BAILLEUR):
    """Rotation of a residence, as its rent roll tells it."""
    f.comptage(
        residence,
        "residence",
        bailleur=bailleur,
        millesime=annee,
        sources=["gestion"],
        gestion_logements=logements,
        n_rotation=entrees,
        d_rotation=logements,
    )


@pytest.fixture
def territoire():
    """A quarter at 30 % of the poorest in 2023 and 24 % in 2025, in a territory at 20 % then 18 %."""
    f.commune()
    f.organisation("epci", f.EPCI)
    f.perimetre(QP, version="2015", geometrie=CARRE, commune_code=f.COMMUNE)
    for partenaire, echelle in (("epci", "residence"), ("ddt", "residence"), ("bailleur", "qpv")):
        for source in ("ops", "rpls", "gestion", "sne"):
            f.protocole(partenaire, source, echelle)
    f.organisation("bailleur", AUTRE)
    for code, bailleur in (("R1", f.BAILLEUR), ("R2", AUTRE)):
        f.appartenance(f.residence(code, bailleur=bailleur, nom=f"Résidence {code}"), QP)
    for annee, ici, la in ((2023, 30, 40), (2025, 24, 36)):
        compter("qpv", QP, annee, 100, ici, version="2015")
        compter("epci", f.EPCI, annee, 200, la)


@pytest.fixture
def agent(territoire):
    return f.adhesion("epci")


def lieu(adhesion):
    return quartiers.trouver(adhesion, f.EPCI, "qpv", QP)


def saisie(**champs) -> dict:
    vide = {"moment": "programmation", "trajectoire": "", "depart": "", "vocation": "", "diagnostic": ""}
    return vide | {"logements_renouveles": None, "horizons": {}, "cibles": [], "actions": [], "objectifs": []} | champs


def ecrire(adhesion, vu=0, millesime=2025, **champs):
    return fiches_quartier.enregistrer(adhesion, lieu(adhesion), millesime, vu, saisie(**champs))


def lue(adhesion, millesime=2025) -> Prospective:
    versions = fiches_quartier.versions(adhesion, lieu(adhesion))
    return Prospective(adhesion, lieu(adhesion), versions, versions[0], millesime)


def tableau(document, titre) -> tuple:
    return next(t.lignes for t in document.tableaux if t.titre == titre)


# --- versions -------------------------------------------------------------------------------------------------------
def test_a_version_is_added_and_the_former_ones_stay(agent):
    ecrire(agent, vocation="Accueil")
    ecrire(agent, vu=1, vocation="Diversité", moment="avancement", trajectoire="T3")
    assert [(v.numero, v.vocation, v.moment) for v in fiches_quartier.versions(agent, lieu(agent))] == [
        (2, "Diversité", "avancement"),
        (1, "Accueil", "programmation"),
    ]
    assert list(
        JournalAcces.objects.filter(action="fiche_quartier").order_by("pk").values_list("objet", flat=True)
    ) == [
        f"qpv {QP} (version 1)",
        f"qpv {QP} (version 2)",
    ]


def test_the_same_sheet_sent_twice_is_one_version(agent):
    ecrire(agent, vocation="Accueil")
    assert ecrire(agent, vu=0, vocation="Accueil") is None
    assert FicheQuartier.objects.count() == 1


def test_a_sheet_written_meanwhile_by_someone_else_is_not_covered(agent):
    ecrire(agent, vocation="Accueil")
    with pytest.raises(FicheDepassee, match="Relisez-la"):
        ecrire(agent, vu=0, vocation="Autre")
    assert FicheQuartier.objects.count() == 1


@pytest.mark.parametrize(
    ("nature", "role"), [("bailleur", "administrateur"), ("ddt", "gestionnaire"), ("epci", "lecteur")]
)
def test_only_those_who_write_for_the_epci_write_a_sheet(territoire, nature, role):
    options = {"siren": f.BAILLEUR} if nature == "bailleur" else {"departement": "99"} if nature == "ddt" else {}
    adhesion = f.adhesion(nature, role=role, **options)
    with pytest.raises(FicheInterdite):
        ecrire(adhesion)


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"cibles": [CIBLE | {"indicateur": "inconnu"}]}, "Cible 1 : choisissez un indicateur"),
        ({"cibles": [CIBLE | {"population": "demandeurs", "indicateur": "emploi_stable"}]}, "n'est compté que sur"),
        ({"cibles": [CIBLE | {"valeur": ""}]}, "écrivez une valeur"),
        ({"cibles": [CIBLE | {"valeur": "NaN"}]}, "un nombre positif ou nul"),
        ({"cibles": [CIBLE | {"valeur": "1.01"}]}, "une part va de 0 à 100 %"),
        ({"cibles": [CIBLE | {"sens": "egal"}]}, "un maximum ou un minimum"),
        ({"cibles": [CIBLE | {"horizon": "demain"}]}, "un horizon de la liste"),
        ({"cibles": [CIBLE, CIBLE | {"valeur": "0.3"}]}, "La même cible est écrite deux fois"),
        ({"objectifs": [OBJECTIF | {"residence": f"{f.BAILLEUR}:R9"}]}, "choisissez une résidence du quartier"),
        ({"objectifs": [OBJECTIF | {"indicateur": "rotation"}]}, "un indicateur connu des entrants"),
        ({"objectifs": [OBJECTIF, OBJECTIF]}, "Le même objectif est écrit deux fois"),
        (
            {"actions": [{"libelle": "", "champ": "offre", "etat": "programmee", "echeance": ""}]},
            "Action 1 : décrivez-la",
        ),
        (
            {"actions": [{"libelle": "a", "champ": "x", "etat": "y", "echeance": "hier"}]},
            "son échéance n'est pas une date",
        ),
        ({"horizons": {"jamais": "2030-01-01"}}, "Horizon inconnu"),
        ({"horizons": {"apres": "2030-13-01"}}, "n'est pas une date"),
        ({"vocation": "a" * 4001}, "4000 caractères au plus"),
    ],
)
def test_what_is_wrong_in_a_sheet_is_said(agent, champs, phrase):
    with pytest.raises(FicheInvalide, match=phrase):
        ecrire(agent, **champs)
    assert not FicheQuartier.objects.exists()


def test_a_bound_of_a_share_is_a_value(agent):
    assert ecrire(agent, cibles=[CIBLE | {"valeur": "1"}, CIBLE | {"valeur": "0", "sens": "minimum"}]).numero == 1


# --- what is counted beside -----------------------------------------------------------------------------------------
def test_a_target_beside_the_figures_of_the_first_version_and_of_today(agent):
    ecrire(agent, millesime=2023, cibles=[CIBLE])
    ecrire(agent, vu=1, cibles=[CIBLE, CIBLE | {"sens": "minimum"}])
    haute, basse = tableau(lue(agent).document(date(2026, 1, 1)), "Trajectoire attendue et réelle")
    depart, reel = Chiffre(0.3, "menages"), Chiffre(0.24, "menages")
    assert haute == (
        "Moins de 20 % du plafond PLUS",
        "tous les locataires",
        depart,
        "2023",
        f"au plus 25{FINE}%",
        None,
        reel,
        "2025",
        pytest.approx(-0.01),
        "atteinte",
    )
    assert basse[-1] == "non atteinte"
    avant = tableau(lue(agent, 2024).document(date(2026, 1, 1)), "Trajectoire attendue et réelle")[0]
    assert (avant[7], avant[-1]) == ("2023", "non atteinte")


def test_a_small_cell_masks_its_target_too(agent):
    compter("qpv", QP, 2026, 10, 1, version="2015")
    ecrire(agent, cibles=[CIBLE])
    ddt = f.adhesion("ddt", departement="99")
    (ligne,) = tableau(lue(ddt, 2026).document(date(2026, 1, 1)), "Trajectoire attendue et réelle")
    assert (ligne[6], ligne[8], ligne[9]) == (SECRET, SECRET, SECRET)


def test_the_objective_of_the_quarter_results_from_its_residences(agent):
    """R1: 10 allocations at 20 %; R2: 2 at 50 %: 25 %."""
    gerer(R1, 2025, 10, 100)
    gerer(R2, 2025, 2, 50, AUTRE)
    ecrire(agent, objectifs=[OBJECTIF, OBJECTIF | {"residence": R2, "valeur": "0.5"}])
    document = lue(agent).document(date(2026, 1, 1))
    assert [ligne[:4] for ligne in tableau(document, "Objectifs par résidence, sur les entrants")] == [
        ("Résidence R1", "Moins de 20 % du plafond PLUS", f"au plus 20{FINE}%", 10),
        ("Résidence R2", "Moins de 20 % du plafond PLUS", f"au plus 50{FINE}%", 2),
    ]
    (resultant,) = tableau(document, "Objectif du quartier qui en résulte")
    assert resultant[1:4] == (f"au plus 25{FINE}%", 2, 12)


def test_no_objective_results_while_a_rotation_is_unknown(agent):
    gerer(R1, 2025, 10, 100)
    ecrire(agent, objectifs=[OBJECTIF, OBJECTIF | {"residence": R2, "valeur": "0.5"}])
    (resultant,) = tableau(lue(agent).document(date(2026, 1, 1)), "Objectif du quartier qui en résulte")
    assert resultant[1:4] == (None, 2, None)


def test_a_bailleur_reads_the_objective_of_its_residence_and_not_what_results_from_others(agent):
    gerer(R1, 2025, 10, 100)
    gerer(R2, 2025, 2, 50, AUTRE)
    ecrire(agent, objectifs=[OBJECTIF, OBJECTIF | {"residence": R2, "valeur": "0.5"}])
    bailleur = f.adhesion("bailleur", siren=f.BAILLEUR)
    document = lue(bailleur).document(date(2026, 1, 1))
    assert [ligne[0] for ligne in tableau(document, "Objectifs par résidence, sur les entrants")] == ["Résidence R1"]
    assert tableau(document, "Objectif du quartier qui en résulte") == ()


@pytest.mark.parametrize(("renouveles", "averti"), [(20, False), (21, True), (None, False)])
def test_a_renewal_of_more_than_a_quarter_is_told(agent, renouveles, averti):
    f.comptage(
        QP, "qpv", AUTRE, version="2015", sources=["rpls"], logements=80, n_petits_logements=1, d_petits_logements=80
    )
    ecrire(agent, logements_renouveles=renouveles)
    assert bool(lue(agent).avertissement) is averti


# --- point zero -----------------------------------------------------------------------------------------------------
def territoriale(adhesion, millesime=2025):
    return fiche_territoriale.Territoriale(adhesion, lieu(adhesion), millesime)


def suivi(fiche):
    return next(s for s in fiche.suivis if (s.code, s.population) == (PAUVRES, "ensemble"))


def test_a_quarter_draws_near_its_territory_from_the_first_year_known(agent):
    """10 points above in 2023, 6 in 2025."""
    fiche = territoriale(agent)
    assert fiche.point_zero == 2023
    assert (float(suivi(fiche).depart.ecart), float(suivi(fiche).actuelle.ecart)) == (0.1, 0.06)
    assert suivi(fiche).evolution == "se rapproche"


def test_the_point_zero_is_set_again_and_the_former_ones_are_kept(agent):
    for annee, raison in ((2023, "CIMS"), (2025, "Peu d'opérations")):
        fiche_territoriale.poser(agent, lieu(agent), annee, raison, [2023, 2025])
    fiche = territoriale(agent)
    assert (fiche.point_zero, suivi(fiche).evolution) == (2025, None)
    points = tableau(fiche.document(date(2026, 1, 1)), "Points zéro, le dernier posé d'abord")
    assert [(point[0], point[2]) for point in points] == [("2025", "Peu d'opérations"), ("2023", "CIMS")]


def test_a_place_that_goes_away_from_its_territory(agent):
    compter("qpv", QP, 2026, 100, 5, version="2015")
    compter("epci", f.EPCI, 2026, 200, 36)
    assert suivi(territoriale(agent, 2026)).evolution == "s'éloigne"


@pytest.mark.parametrize(("annee", "raison"), [(2024, "Une année sans chiffre"), (2025, "  "), (2025, "a" * 501)])
def test_a_point_zero_needs_a_known_year_and_a_reason(agent, annee, raison):
    with pytest.raises(FicheInvalide):
        fiche_territoriale.poser(agent, lieu(agent), annee, raison, [2023, 2025])
    assert not PointZero.objects.exists()


def test_the_territory_has_its_own_indicators_and_those_that_nobody_counts_are_left_out(agent):
    voulus = [(PAUVRES, "ensemble"), ("inconnu", "ensemble"), ("rotation", "entrants")]
    lignes = [{"indicateur": code, "population": population} for code, population in voulus]
    f.parametre(fiche_territoriale.PARAMETRE, lignes, epci=f.EPCI)
    assert [(s.code, s.population) for s in territoriale(agent).suivis] == [(PAUVRES, "ensemble")]


def test_only_the_epci_sets_the_point_zero(territoire):
    with pytest.raises(FicheInterdite):
        fiche_territoriale.poser(
            f.adhesion("bailleur", siren=f.BAILLEUR), lieu(f.adhesion("epci")), 2025, "Non", [2025]
        )


def test_a_masked_year_says_nothing_of_the_convergence(agent):
    compter("qpv", QP, 2022, 10, 1, version="2015")
    compter("epci", f.EPCI, 2022, 200, 40)
    fiche = territoriale(f.adhesion("ddt", departement="99"))
    assert (fiche.point_zero, suivi(fiche).evolution, suivi(fiche).depart.ecart_ecrit) == (2022, SECRET, SECRET)


# --- two at once ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_agents_who_write_at_once_make_one_version_and_the_other_is_told(agent):
    ecrire(agent, vocation="Accueil")
    barriere, issues = Barrier(2), []

    def suivante(vocation):
        barriere.wait()
        try:
            issues.append(ecrire(agent, vu=1, vocation=vocation).numero)
        except FicheDepassee:
            issues.append("dépassée")
        finally:
            connections["default"].close()

    fils = [Thread(target=suivante, args=(vocation,)) for vocation in ("Diversité", "Mixité")]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(issues, key=str) == [2, "dépassée"]
    assert FicheQuartier.objects.count() == 2
