"""The review of a project: who is counted, where the destination stands, which target holds, who may read it."""

from datetime import date

import pytest

from relogement.services.revue import Inconnu, revue
from tests import fabriques as f

pytestmark = pytest.mark.django_db
LE = date(2026, 1, 1)
CONTOUR = {"type": "Polygon", "coordinates": [[[2, 46], [3, 46], [3, 47], [2, 47], [2, 46]]]}


def qpv_et_quartier():
    """A QPV in two versions, the quarter NP1 in one; R-DEDANS in the quarter, R-SORTIE out of the QPV since 2024."""
    f.perimetre("QP1", "qpv", "2015", geometrie=CONTOUR)
    f.perimetre("QP2", "qpv", "2024", debut=date(2024, 1, 1), geometrie=CONTOUR)
    f.perimetre("NP1", "npnru", "2014", geometrie=CONTOUR)
    for code, qpv_2015, qpv_2024, quartier in (
        ("R-DEDANS", True, True, "NP1"),
        ("R-AUTRE", False, False, "NP2"),
        ("R-SORTIE", True, False, ""),
    ):
        residence = f.residence(code)
        f.appartenance(residence, "QP1", version="2015", dedans=qpv_2015)
        f.appartenance(residence, "QP2", version="2024", dedans=qpv_2024)
        f.appartenance(residence, quartier, "npnru", "2014", dedans=bool(quartier))
        f.passage(f"L-{code}", code)


def compte(un_bilan, critere):
    c = un_bilan.criteres[critere]
    return c.numerateur, c.denominateur, c.non_renseignes


@pytest.fixture
def epci():
    f.commune()
    return f.adhesion("epci")


@pytest.mark.parametrize(
    ("residence", "bail", "hors_qpv", "hors_quartier"),
    [
        ("R-DEDANS", date(2024, 6, 1), (0, 1, 0), (0, 1, 0)),
        ("R-AUTRE", date(2024, 6, 1), (1, 1, 0), (1, 1, 0)),  # in another quarter: out of the project's own
        ("R-SORTIE", date(2023, 12, 31), (0, 1, 0), (1, 1, 0)),  # QPV 2015 still in force that day
        ("R-SORTIE", date(2024, 1, 1), (1, 1, 0), (1, 1, 0)),
        ("INCONNUE", date(2024, 6, 1), (0, 0, 1), (0, 0, 1)),
    ],
)
def test_destination_is_placed_in_the_perimeters_in_force_at_the_lease(epci, residence, bail, hors_qpv, hors_quartier):
    qpv_et_quartier()
    f.projet(quartier="NP1")
    f.menage(bail=bail, destination=f"L-{residence}")
    lue = revue(epci, epci=f.EPCI, le=LE).ensemble
    assert compte(lue, "hors_qpv") == hors_qpv
    assert compte(lue, "hors_quartier") == hors_quartier


def test_project_whose_quarter_has_no_outline_leaves_the_criterion_unknown(epci):
    qpv_et_quartier()
    f.projet(quartier="NP9")
    f.menage(destination="L-R-AUTRE")
    assert compte(revue(epci, epci=f.EPCI, le=LE).ensemble, "hors_quartier") == (0, 0, 1)


def test_destination_without_a_point_is_in_or_out_of_qpv_but_on_no_side_of_the_quarter(epci):
    qpv_et_quartier()
    f.projet(quartier="NP1")
    residence = f.residence("R-SANS", longitude=None, latitude=None)
    f.appartenance(residence, version="2024", dedans=True, code="", origine="majorite")
    f.passage("L-SANS", "R-SANS")
    f.menage(destination="L-SANS")
    lue = revue(epci, epci=f.EPCI, le=LE).ensemble
    assert compte(lue, "hors_qpv") == (0, 1, 0)
    assert compte(lue, "hors_quartier") == (0, 0, 1)


@pytest.mark.parametrize(
    ("locat", "datconv", "attendu"),
    [
        (2020, None, (1, 1, 0)),  # 1 January 2020, lease of 1 June 2024
        (2019, None, (0, 1, 0)),
        (1970, date(2019, 6, 2), (1, 1, 0)),  # agreement of less than five years: the later of the two
        (1970, date(2019, 6, 1), (0, 1, 0)),
        (None, None, (0, 0, 1)),
    ],
)
def test_first_letting_comes_from_rpls_when_the_file_is_silent(epci, locat, datconv, attendu):
    f.logement("L1", millesime=2024, locat=locat, datconv=datconv)
    f.menage(destination="L1", date_premiere_location=None)
    assert compte(revue(epci, epci=f.EPCI, le=LE).ensemble, "neuf") == attendu


def test_rpls_of_the_lease_year_or_before_wins_over_a_later_one(epci):
    f.logement("L1", millesime=2023, locat=1970)
    f.logement("L1", millesime=2025, locat=2024)
    f.logement("L2", millesime=2026, locat=2024)
    f.menage(destination="L1", date_premiere_location=None)
    f.menage(destination="L2", date_premiere_location=None)
    assert compte(revue(epci, epci=f.EPCI, le=LE).ensemble, "neuf") == (1, 2, 0)


def test_temporary_departed_and_replaced_households_are_not_rehoused(epci):
    f.menage(minoration=50)
    f.menage(etat="temporaire", minoration=70)
    f.menage(etat="depart_volontaire", bail=date(2024, 1, 1))
    f.menage(etat="enquete", date_enquete=date(2024, 1, 1))
    f.menage(courant=False)
    lue = revue(epci, epci=f.EPCI, le=LE).ensemble
    assert lue.menages == 4
    assert lue.etats == {
        "identifie": 0,
        "enquete": 1,
        "proposition": 0,
        "reloge": 1,
        "depart_volontaire": 1,
        "temporaire": 1,
    }
    assert compte(lue, "neuf") == (1, 1, 0)
    assert lue.minorations == {"accordees": 1, "montant_mensuel": 50.0, "programmees": None}


def test_review_at_a_past_date_counts_only_what_had_happened(epci):
    f.menage(offres=[(date(2024, 2, 1), "localisation"), (date(2024, 4, 1), "")], date_enquete=date(2024, 1, 1))
    assert revue(epci, epci=f.EPCI, le=date(2024, 5, 31)).ensemble.etats["proposition"] == 1
    fevrier = revue(epci, epci=f.EPCI, le=date(2024, 2, 28)).ensemble
    assert (fevrier.propositions, fevrier.refus_par_motif) == (1, {"localisation": 1})
    assert compte(fevrier, "reste_a_charge") == (0, 0, 0)
    assert revue(epci, epci=f.EPCI, le=date(2023, 12, 31)).ensemble.propositions == 0


def test_rate_and_gap_have_four_decimals_and_need_a_denominator(epci):
    f.cible("neuf", "0.5")
    for premiere in (date(2022, 1, 1), date(1990, 1, 1), date(1990, 1, 1)):
        f.menage(date_premiere_location=premiere)
    neuf = revue(epci, epci=f.EPCI, le=LE).ensemble.criteres["neuf"]
    assert (neuf.taux, neuf.cible, neuf.ecart) == (0.3333, 0.5, -0.1667)
    hors_qpv = revue(epci, epci=f.EPCI, le=LE).ensemble.criteres["hors_qpv"]
    assert (hors_qpv.taux, hors_qpv.cible, hors_qpv.ecart, hors_qpv.non_renseignes) == (None, None, None, 3)


def test_most_precise_target_in_force_holds(epci):
    operation = f.operation()
    f.menage(operation=operation)
    f.cible("neuf", "0.10", date(2020, 1, 1))
    f.cible("neuf", "0.20", date(2022, 1, 1))
    f.cible("neuf", "0.30", date(2021, 1, 1), projet=operation.projet)
    f.cible("neuf", "0.40", date(2025, 1, 1), operation=operation)

    def cibles(le):
        lue = revue(epci, epci=f.EPCI, le=le)
        return [b.criteres["neuf"].cible for b in (lue.ensemble, lue.projets[0][1], lue.operations[0][1])]

    assert cibles(date(2019, 1, 1)) == [None, None, None]
    assert cibles(date(2020, 6, 1)) == [0.1, 0.1, 0.1]
    assert cibles(date(2024, 12, 31)) == [0.2, 0.3, 0.3]
    assert cibles(date(2025, 1, 1)) == [0.2, 0.3, 0.4]


def test_charter_of_the_territory_replaces_the_default_effort_rate(epci):
    f.menage(loyer_apres=500)  # 350 of 1 200: 29.2 %
    assert compte(revue(epci, epci=f.EPCI, le=LE).ensemble, "reste_a_charge") == (1, 1, 0)
    f.parametre("relogement_taux_effort_max", 0.25, f.EPCI)
    assert compte(revue(epci, epci=f.EPCI, le=LE).ensemble, "reste_a_charge") == (0, 1, 0)


def test_breakdown_sums_to_the_whole(epci):
    premiere, seconde = f.operation("O1"), f.operation("O2", f.projet("P2"))
    for operation in (premiere, premiere, seconde):
        f.menage(operation=operation)
    lue = revue(epci, epci=f.EPCI, le=LE)
    assert [b.menages for _, b in lue.projets] == [2, 1]
    assert [b.menages for _, b in lue.operations] == [2, 1]
    assert revue(epci, projet=premiere.projet, operation="O1", le=LE).ensemble.menages == 2


def test_review_does_not_multiply_queries_with_households(epci, django_assert_max_num_queries):
    for rang in range(4):
        f.menage(operation=f.operation(f"O{rang}", f.projet(f"P{rang}")), offres=[date(2024, 1, 1)])
    with django_assert_max_num_queries(18):
        revue(epci, epci=f.EPCI, le=LE)


def test_partner_bailleur_reads_the_whole_review_of_its_projects_and_no_other(epci):
    sien, autre = f.operation("O1"), f.operation("O2", f.projet("P2"))
    f.menage(operation=sien)
    f.menage(operation=sien, bailleur_origine="900100002")
    f.menage(operation=autre, bailleur_origine="900100002")
    bailleur = f.adhesion("bailleur")
    lue = revue(bailleur, epci=f.EPCI, le=LE)
    assert lue.partielle and lue.ensemble.menages == 2 and [p.code for p, _ in lue.projets] == ["P1"]
    assert revue(bailleur, projet=sien.projet, le=LE).ensemble.criteres["neuf"].numerateur == 2
    with pytest.raises(Inconnu):
        revue(bailleur, projet=autre.projet, le=LE)


@pytest.mark.parametrize("nature", ["bailleur", "action_logement", "departement", "autre"])
def test_who_takes_no_part_is_told_nothing(epci, nature):
    f.menage(bailleur_origine="900100002")
    etranger = f.adhesion(nature, siren="900100009", departement="99")
    with pytest.raises(Inconnu):
        revue(etranger, epci=f.EPCI)
    with pytest.raises(Inconnu):
        revue(etranger, projet=f.projet())
    with pytest.raises(Inconnu):
        revue(None, epci=f.EPCI)


def test_commune_reads_aggregates_without_small_counts_nor_breakdown(epci):
    commune = f.adhesion("commune", siren="219900010")
    f.commune("99002", siren="219900010")
    for rang in range(40):
        f.menage(
            bailleur_origine="900100001" if rang % 2 else "900100002",
            bailleur_destination="900100001" if rang % 2 else "900100002",
            date_premiere_location=date(2022, 1, 1) if rang < 20 else date(1990, 1, 1),
            loyer_apres=420 if rang else 2000,
        )
    lue = revue(commune, epci=f.EPCI, le=LE)
    assert lue.audience == "diffusion" and not lue.projets and not lue.operations
    assert compte(lue.ensemble, "neuf") == (20, 40, 0)
    reste = lue.ensemble.criteres["reste_a_charge"]  # 39 of 40: the complement names one household
    assert reste.secret and (reste.numerateur, reste.denominateur, reste.taux) == (None, None, None)
    f.menage(etat="temporaire")
    assert revue(commune, epci=f.EPCI, le=LE).ensemble.etats["reloge"] is None  # the one temporary would show


def test_territory_without_project_has_an_empty_review(epci):
    lue = revue(epci, epci=f.EPCI, le=LE)
    assert lue.ensemble.menages == 0 and lue.projets == []
    with pytest.raises(Inconnu):
        revue(epci, epci="900000099", le=LE)
