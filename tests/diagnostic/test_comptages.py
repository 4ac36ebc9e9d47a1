"""Counts of the territory: where each row goes, what each level sums, what recomputing leaves alone."""

from datetime import date

import pytest

from diagnostic.calculs import compilation
from diagnostic.models import Comptage, ProvenanceComptage
from diagnostic.services import appartenances, indicateurs
from tests import fabriques

pytestmark = pytest.mark.django_db
AUTRE_BAILLEUR = "900100002"
AUTRE_EPCI = "900000002"
COLONNES = [colonne for balayage in compilation.BALAYAGES for colonne in compilation.agregats(balayage)]


def carre(x):
    return {"type": "Polygon", "coordinates": [[[x, 46], [x + 1, 46], [x + 1, 47], [x, 47], [x, 46]]]}


@pytest.fixture
def quartiers():
    """QP1 over the default residence (x 2 to 3), QP2 over x 2.4 to 3.4: they overlap. In both versions."""
    fabriques.commune()
    for version in ("2015", "2024"):
        fabriques.perimetre("QP1", version=version, geometrie=carre(2))
        fabriques.perimetre("QP2", version=version, geometrie=carre(2.4))


def recalculer(epci=fabriques.EPCI, millesimes=None):
    appartenances.calculer(epci)
    return indicateurs.recalculer(epci, millesimes)


def logements(niveau, colonne="logements", **filtres):
    """{place: count} at a level, bailleurs summed."""
    sommes = {}
    for ligne in Comptage.objects.filter(niveau=niveau, **({"population": "ensemble"} | filtres)):
        valeur = getattr(ligne, colonne)
        sommes[ligne.territoire] = None if valeur is None else (sommes.get(ligne.territoire) or 0) + valeur
    return sommes


def test_each_level_sums_the_one_below(quartiers):
    fabriques.commune("99002")
    fabriques.residence("R1", longitude=2.1)
    fabriques.residence("R2", longitude=9, commune=fabriques.commune("99002"))
    fabriques.residence("R3", bailleur=AUTRE_BAILLEUR, longitude=9)
    for n, (residence, bailleur) in enumerate([("R1", fabriques.BAILLEUR)] * 3 + [("R2", fabriques.BAILLEUR)] * 2):
        fabriques.logement(f"L{n}", residence=residence, bailleur=bailleur)
    fabriques.logement("M", residence="R3", bailleur=AUTRE_BAILLEUR)
    recalculer()
    assert logements("residence") == {
        f"{fabriques.BAILLEUR}:R1": 3,
        f"{fabriques.BAILLEUR}:R2": 2,
        f"{AUTRE_BAILLEUR}:R3": 1,
    }
    assert logements("commune") == {"99001": 4, "99002": 2}
    assert logements("qpv") == {"QP1": 3}
    assert logements("hors_qpv") == {fabriques.EPCI: 3}
    assert logements("epci") == {fabriques.EPCI: 6}
    par_bailleur = Comptage.objects.filter(niveau="epci", population="ensemble").values_list("bailleur", "logements")
    assert dict(par_bailleur) == {fabriques.BAILLEUR: 5, AUTRE_BAILLEUR: 1}


def test_two_overlapping_quarters_each_count_the_residence_and_the_territory_counts_it_once(quartiers):
    fabriques.residence(longitude=2.5)
    fabriques.logement()
    recalculer()
    assert logements("qpv") == {"QP1": 1, "QP2": 1}
    assert logements("hors_qpv") == {} and logements("epci") == {fabriques.EPCI: 1}


def test_in_qpv_by_majority_counts_in_no_single_qpv_and_not_outside(quartiers):
    fabriques.residence(longitude=None, latitude=None)
    fabriques.logement(qpv=1)
    recalculer()
    assert logements("qpv") == {} and logements("hors_qpv") == {}
    assert logements("epci") == {fabriques.EPCI: 1}


@pytest.mark.parametrize(("drapeau", "hors"), [(1, {}), (2, {fabriques.EPCI: 1}), (None, {fabriques.EPCI: 1})])
def test_dwelling_without_residence_counts_in_its_commune_and_by_its_own_flag(quartiers, drapeau, hors):
    fabriques.residence("R1", longitude=2.1)
    fabriques.logement("SANS", residence=None, qpv=drapeau)
    fabriques.menage_ops("SANS", annee=2025, apl=1)
    recalculer()
    for colonne in ("logements", "repondants", "n_beneficiaires_apl"):
        assert logements("residence", colonne) == {} and logements("qpv", colonne) == {}
        assert logements("commune", colonne) == {fabriques.COMMUNE: 1}
        assert logements("hors_qpv", colonne) == hors


def test_dwelling_without_residence_of_a_bailleur_that_has_none_here(quartiers):
    bailleur = fabriques.organisation(siren=AUTRE_BAILLEUR)
    depot = fabriques.depot("rpls", bailleur, territoires=[fabriques.EPCI])
    fabriques.logement("SANS", residence=None, bailleur=AUTRE_BAILLEUR, depot=depot)
    recalculer()
    assert logements("commune") == {fabriques.COMMUNE: 1}


def test_survey_row_of_a_dwelling_found_nowhere_counts_nowhere(quartiers):
    fabriques.residence()
    fabriques.logement("A")
    fabriques.menage_ops("A", annee=2025)
    fabriques.menage_ops("INCONNU", annee=2025)
    recalculer()
    assert logements("epci", "enquetes") == {fabriques.EPCI: 1}


def test_residence_decides_of_the_territory_against_the_dwelling_s_commune(quartiers):
    ailleurs = fabriques.commune("99009", epci=AUTRE_EPCI)
    fabriques.residence("R1", commune=ailleurs)
    fabriques.residence("R2")
    fabriques.logement("A", residence="R1", commune=fabriques.COMMUNE)
    recalculer()
    recalculer(AUTRE_EPCI)
    assert logements("epci") == {AUTRE_EPCI: 1}


def test_version_in_force_on_1_january_of_the_millesime(quartiers):
    fabriques.diagnostic.Perimetre.objects.filter(version="2024", code="QP1").update(geometrie=carre(20))
    fabriques.residence(longitude=2.1)
    for millesime in (2023, 2024):
        fabriques.logement("A", millesime=millesime)
    recalculer()
    lus = Comptage.objects.filter(niveau__in=["qpv", "hors_qpv"], population="ensemble")
    assert set(lus.values_list("millesime", "niveau", "territoire", "version")) == {
        (2023, "qpv", "QP1", "2015"),
        (2024, "hors_qpv", fabriques.EPCI, "2024"),
    }


def test_npnru_quarters_and_secteurs_count_the_residences_that_lie_in_them(quartiers):
    fabriques.perimetre("N1", "npnru", "2014", geometrie=carre(2))
    fabriques.perimetre("S1", "secteur", "2022", geometrie=carre(2))
    fabriques.perimetre("S2", "secteur", "2022", geometrie=carre(2.4))
    fabriques.perimetre("S1", "secteur", "2025", geometrie=carre(20))
    fabriques.perimetre("S9", "secteur", "2022", geometrie=carre(2), epci=AUTRE_EPCI)
    fabriques.residence("R1", longitude=2.1)
    fabriques.residence("R2", longitude=2.5)
    for millesime in (2024, 2025):
        fabriques.logement("A", residence="R1", millesime=millesime)
        fabriques.logement("B", residence="R2", millesime=millesime)
    recalculer()
    lus = Comptage.objects.filter(niveau__in=["npnru", "secteur"], population="ensemble")
    assert {(c.millesime, c.niveau, c.territoire, c.version): c.logements for c in lus} == {
        (2024, "npnru", "N1", "2014"): 2,
        (2025, "npnru", "N1", "2014"): 2,
        (2024, "secteur", "S1", "2022"): 2,
        (2024, "secteur", "S2", "2022"): 1,
    }
    details = ProvenanceComptage.objects.get(millesime=2025, source="rpls").details
    assert details["perimetres"] == {"npnru": "2014", "secteur": "2025"}


def test_without_any_perimeter_in_force_nothing_is_in_or_out(quartiers):
    fabriques.diagnostic.Perimetre.objects.all().delete()
    fabriques.residence()
    fabriques.logement()
    recalculer()
    assert set(Comptage.objects.values_list("niveau", flat=True)) == {"residence", "commune", "epci"}


@pytest.mark.parametrize(
    ("millesimes", "surface"),
    [([2024, 2025, 2026], 2025), ([2023, 2024, 2026], 2024), ([2026, 2027], 2026)],
)
def test_survey_reads_the_rpls_of_its_year_else_the_latest_earlier_else_the_earliest(quartiers, millesimes, surface):
    fabriques.residence()
    for millesime in millesimes:  # 9 m² only in the expected one: one person in less than 9 m² elsewhere
        fabriques.logement("A", millesime=millesime, surfhab=9 if millesime == surface else 8)
    fabriques.menage_ops("A", annee=2025, nb_occupants=1)
    recalculer()
    lu = Comptage.objects.get(niveau="epci", millesime=2025, population="ensemble")
    assert (lu.n_suroccupation, lu.d_suroccupation) == (0, 1)


def test_commune_of_a_survey_row_without_residence_comes_from_the_same_rpls(quartiers):
    fabriques.commune("99002")
    fabriques.residence()
    fabriques.logement("SANS", millesime=2024, residence=None, commune="99002")
    fabriques.menage_ops("SANS", annee=2025)
    recalculer()
    assert logements("commune", "enquetes", millesime=2025) == {"99002": 1}


def test_two_rows_of_one_dwelling_under_two_organisations_count_its_household_once(quartiers):
    fabriques.residence()
    fabriques.logement("A", ident_org="1", surfhab=8)
    fabriques.logement("A", ident_org="2", surfhab=80)
    fabriques.menage_ops("A", annee=2025, nb_occupants=1)
    recalculer()
    lu = Comptage.objects.get(niveau="epci", population="ensemble")
    assert (lu.logements, lu.enquetes, lu.n_suroccupation, lu.d_suroccupation) == (2, 1, 1, 1)


def test_rows_no_longer_in_force_count_nowhere(quartiers):
    fabriques.residence()
    fabriques.logement("A")
    fabriques.logement("B", courant=False)
    recalculer()
    assert logements("epci") == {fabriques.EPCI: 1}


def test_a_source_that_gave_no_row_has_no_figure_and_one_that_did_has_zeros(quartiers):
    fabriques.residence()
    fabriques.logement("A")
    fabriques.menage_ops("A", annee=2025, reponse=0)
    recalculer()
    ensemble = Comptage.objects.get(niveau="epci", population="ensemble")
    recents = Comptage.objects.get(niveau="epci", population="recents")
    assert ensemble.sources == ["ops", "rpls"] and recents.sources == ["ops"]
    assert (ensemble.enquetes, ensemble.repondants, ensemble.d_beneficiaires_apl) == (1, 0, 0)
    assert (recents.repondants, recents.d_beneficiaires_apl, recents.enquetes, recents.logements) == (0, 0, None, None)
    assert ensemble.d_rotation is None and ensemble.gestion_logements is None


def test_provenance_names_the_deposits_and_the_version(quartiers):
    fabriques.residence()
    rpls = fabriques.depot("rpls", fabriques.organisation())
    fabriques.logement("A", depot=rpls)
    fabriques.gestion(annee=2025)
    recalculer()
    lues = {p.source: p for p in ProvenanceComptage.objects.all()}
    assert set(lues) == {"rpls", "gestion"} and lues["rpls"].depots == [rpls.pk]
    assert (lues["rpls"].perimetre_version, lues["rpls"].perimetre_anterieur) == ("2024", False)


def test_recomputing_is_idempotent_and_touches_one_territory_and_the_millesimes_asked(quartiers):
    fabriques.residence("R9", commune=fabriques.commune("99009", epci=AUTRE_EPCI))
    fabriques.logement("Z", residence="R9")
    fabriques.residence("R1")
    for millesime in (2024, 2025):
        fabriques.logement("A", millesime=millesime)
    assert recalculer(AUTRE_EPCI) == [2025]
    assert recalculer() == [2024, 2025]
    avant = etat()
    assert recalculer() == [2024, 2025]
    assert etat() == avant
    fabriques.logement("B", millesime=2024)
    fabriques.logement("B", millesime=2025)
    assert recalculer(millesimes=[2025, 2030]) == [2025]
    assert logements("epci", millesime=2024, epci=fabriques.EPCI) == {fabriques.EPCI: 1}
    assert logements("epci", millesime=2025, epci=fabriques.EPCI) == {fabriques.EPCI: 2}


def etat():
    champs = ["epci", "niveau", "territoire", "version", "bailleur", "millesime", "population", *COLONNES]
    return sorted(map(str, Comptage.objects.values_list(*champs)))


def test_a_millesime_whose_rows_are_gone_is_gone(quartiers):
    fabriques.residence()
    logement = fabriques.logement("A")
    recalculer()
    logement.courant = False
    logement.save()
    assert recalculer() == []
    assert not Comptage.objects.exists() and not ProvenanceComptage.objects.exists()


def du_sne(population, niveau, territoire, **comptes):
    return {"population": population, "niveau": niveau, "territoire": territoire, "millesime": 2025} | comptes


def test_counts_of_the_sne_are_kept_by_recomputing_and_replaced_by_their_own_recording(quartiers):
    fabriques.residence()
    fabriques.logement()
    demandeurs = du_sne("demandeurs", "epci", fabriques.EPCI, demandes=40, n_pression=40, d_pression=8)
    entrants = du_sne("entrants", "epci", fabriques.EPCI, bailleur=fabriques.BAILLEUR, entrants=8)
    indicateurs.enregistrer_sne(fabriques.EPCI, [demandeurs, entrants], {("demandeurs", 2025): [3]})
    recalculer()
    assert Comptage.objects.get(population="demandeurs").n_pression == 40
    assert Comptage.objects.get(population="entrants").entrants == 8
    assert ProvenanceComptage.objects.get(source="demandeurs").depots == [3]
    indicateurs.enregistrer_sne(fabriques.EPCI, [du_sne("demandeurs", "commune", fabriques.COMMUNE)], {})
    assert Comptage.objects.filter(population__in=["demandeurs", "entrants"]).count() == 1


def test_pressure_reads_as_applications_for_each_lease(quartiers):
    fabriques.protocole("epci", "sne", "residence")
    places = ("epci", fabriques.EPCI, 40, 8), ("commune", fabriques.COMMUNE, 10, 0)
    comptes = [
        du_sne("demandeurs", niveau, lieu, demandes=demandes, n_pression=demandes, d_pression=baux)
        for niveau, lieu, demandes, baux in places
    ]
    indicateurs.enregistrer_sne(fabriques.EPCI, comptes, {})
    lues = indicateurs.lire(fabriques.adhesion(), epci=fabriques.EPCI, code="pression")
    assert {(li.niveau, li.numerateur, li.denominateur, li.repondants, li.taux) for li in lues} == {
        ("epci", 40, 8, 40, 5.0),
        ("commune", 10, 0, 10, None),
    }


def test_slices_of_a_reading_are_those_of_the_whole(quartiers):
    for source in ("ops", "rpls", "gestion"):
        fabriques.protocole("epci", source, "residence")
    for n in range(4):
        fabriques.residence(f"R{n}")
        fabriques.logement(f"L{n}", residence=f"R{n}")
        if n % 2:
            fabriques.menage_ops(f"L{n}", annee=2025, date_entree=date(2025, 1, 1))
            fabriques.gestion(f"R{n}")
    recalculer()
    suite = indicateurs.lire(fabriques.adhesion(), epci=fabriques.EPCI)
    tout = list(suite)
    assert len(tout) == suite.count() == len({(li.niveau, li.territoire, li.population, li.code) for li in tout})
    for debut, fin in ((0, 5), (3, 60), (38, 41), (len(tout) - 3, len(tout) + 10), (len(tout), len(tout) + 1)):
        assert suite[debut:fin] == tout[debut:fin]
    assert suite[7] == tout[7]
    with pytest.raises(IndexError):
        suite[len(tout)]


def test_an_unknown_order_is_refused(quartiers):
    with pytest.raises(ValueError, match="Tri inconnu"):
        indicateurs.lire(fabriques.adhesion(), tri="taux")
