"""The mix of a territory as each reader may see it."""

from datetime import date
from fractions import Fraction as F

import pytest

from diagnostic.calculs.mixite import CODES
from diagnostic.services import mixite
from tests import fabriques as f

pytestmark = pytest.mark.django_db
AU = date(2026, 11, 20)
AUTRE = "900100002"
FAMILLE = "collectif_qpv"


def residence(code, note=None, menages=(), bailleur=f.BAILLEUR, famille=FAMILLE, repondants=None, **champs):
    """A residence with its published note and its households by segment."""
    ici = f.residence(code, bailleur=bailleur, famille=famille)
    if note:
        f.note_publiee(ici, note, **champs)
    if menages:
        compter(ici.identifiant, menages, bailleur, repondants)
    return ici


def compter(place, menages, bailleur=f.BAILLEUR, repondants=None, niveau="residence", millesime=2025):
    comptes = dict(zip((f"n_{code}" for code in CODES), menages)) | {f"d_{CODES[0]}": sum(menages)}
    f.comptage(
        place, niveau, bailleur, millesime, repondants=sum(menages) if repondants is None else repondants, **comptes
    )


@pytest.fixture(autouse=True)
def enquete():
    """The territory was surveyed in 2025; the protocole gives the EPCI residences, bailleurs the aggregates."""
    f.commune()
    compter(f.EPCI, (20, 20, 20, 20, 20, 20), niveau="epci")
    for partenaire, echelle in (("epci", "residence"), ("bailleur", "qpv")):
        f.protocole(partenaire, "ops", echelle)


def lire(adhesion, millesime=2025, au=AU):
    return mixite.lire(adhesion, f.EPCI, millesime, au)


def parc():
    """40 households of reference; one residence noted 3 lacks the first three segments."""
    residence("R1", 1, (10, 5, 5, 0, 0, 0))
    residence("R2", 2, (0, 5, 5, 5, 0, 5), bailleur=AUTRE)
    residence("R3", 3, (0, 0, 0, 10, 5, 5))


def test_gaps_and_segments_to_favour_of_a_residence_noted_3():
    parc()
    lue = lire(f.adhesion("epci"))
    (reference,) = lue.references
    assert (reference.residences, reference.menages) == (2, 40)
    assert reference.parts == (F(1, 4), F(1, 4), F(1, 4), F(1, 8), F(0), F(1, 8))
    ligne = next(une for une in lue.lignes if une.residence.code == "R3")
    assert ligne.ecarts == (F(-1, 4), F(-1, 4), F(-1, 4), F(3, 8), F(1, 4), F(1, 8))
    assert ligne.segments == ["segment_plus_80", "segment_retraites", "segment_actifs_couple"]
    assert [une.ecarts for une in lue.lignes if une.note < 3] == [None, None]


def test_a_family_whose_residences_are_all_noted_3_or_4_has_no_reference_nor_gap():
    residence("R1", 4, (20, 0, 0, 0, 0, 0))
    lue = lire(f.adhesion("epci"))
    assert [(une.residences, une.parts, une.secret) for une in lue.references] == [(0, None, False)]
    assert (lue.lignes[0].ecarts, lue.lignes[0].segments, lue.lignes[0].secret) == (None, [], False)


def test_a_residence_of_another_family_does_not_count_in_the_reference():
    parc()
    residence("R4", 1, (40, 0, 0, 0, 0, 0), famille="rural")
    collectif = next(une for une in lire(f.adhesion("epci")).references if une.famille == FAMILLE)
    assert collectif.menages == 40


def test_a_family_that_is_not_declared_is_the_one_its_note_is_proposed_under():
    residence("R1", 1, (20, 0, 0, 0, 0, 0), famille="Collectif en QPV")
    deduite = residence("R2", 3, (0, 20, 0, 0, 0, 0), famille="")
    residence("R3", 4, (0, 20, 0, 0, 0, 0), famille="")
    methode = f.diagnostic.Methode.objects.filter(code="urhlm_hdf").first()
    f.diagnostic.Indice.objects.create(
        methode=methode,
        epci=f.EPCI,
        niveau="residence",
        territoire=deduite.identifiant,
        millesime=2025,
        famille=FAMILLE,
        calcule_le="2026-01-01T00:00:00Z",
    )
    lue = lire(f.adhesion("epci"))
    assert {une.residence.code: une.famille for une in lue.lignes} == {"R1": FAMILLE, "R2": FAMILLE, "R3": ""}
    assert {une.residence.code: une.segments for une in lue.lignes} == {"R1": [], "R2": ["segment_plus_80"], "R3": []}
    assert [une.residences for une in lue.references if une.famille == FAMILLE] == [1]


def test_only_published_notes_in_force_at_the_date_count():
    parc()
    residence("R4", None, (40, 0, 0, 0, 0, 0))
    tardive = residence("R5", 1, (0, 0, 0, 0, 0, 40), publiee_le=date(2026, 12, 1))
    assert lire(f.adhesion("epci")).references[0].menages == 40
    assert lire(f.adhesion("epci"), au=date(2026, 12, 1)).references[0].menages == 80
    assert tardive.code not in [une.residence.code for une in lire(f.adhesion("epci")).lignes]


def test_survey_is_the_latest_at_or_before_the_year():
    residence("R1", 1, (20, 0, 0, 0, 0, 0))
    assert [lire(f.adhesion("epci"), annee).millesime for annee in (2024, 2025, 2026)] == [None, 2025, 2025]
    assert lire(f.adhesion("epci"), 2024).references[0].parts is None


@pytest.mark.parametrize(("repondants", "masquee"), [(10, True), (11, False)])
def test_a_residence_of_too_few_respondents_is_masked_whole(repondants, masquee):
    parc()
    residence("R4", 4, (1, 0, 0, 0, 0, 9), repondants=repondants)
    ligne = next(une for une in lire(f.adhesion("epci")).lignes if une.residence.code == "R4")
    assert ligne.secret is masquee
    assert (ligne.parts is None, ligne.ecarts is None, ligne.segments == []) == (masquee,) * 3


def test_a_bailleur_reads_its_own_residences_and_a_reference_that_no_other_dominates():
    residence("R1", 1, (10, 10, 0, 0, 0, 0))
    residence("R2", 1, (10, 10, 10, 0, 0, 0), bailleur=AUTRE)
    residence("R3", 1, (10, 10, 10, 0, 0, 0), bailleur="900100003")
    residence("R4", 4, (20, 0, 0, 0, 0, 0))
    lue = lire(f.adhesion("bailleur"))
    assert {une.residence.code for une in lue.lignes} == {"R1", "R4"}
    assert (lue.references[0].secret, lue.references[0].menages) == (False, 80)
    assert lue.lignes[1].segments == ["segment_retraites", "segment_actifs_couple"]


def test_what_is_left_of_the_reference_without_its_own_part_is_judged_too():
    """Half of the pool is the reader's: taken away, the other bailleur's residence would stand bare."""
    residence("R1", 1, (20, 20, 0, 0, 0, 0))
    residence("R2", 1, (20, 20, 0, 0, 0, 0), bailleur=AUTRE)
    residence("R3", 3, (40, 0, 0, 0, 0, 0))
    lue = lire(f.adhesion("bailleur"))
    assert lue.references[0].secret
    assert lue.references[0].menages is lue.references[0].parts is None
    ligne = next(une for une in lue.lignes if une.residence.code == "R3")
    assert (ligne.secret, ligne.parts[0], ligne.ecarts, ligne.segments) == (False, 1, None, [])


def test_reference_made_of_one_s_own_residences_alone_is_shown():
    residence("R1", 1, (5, 0, 0, 0, 0, 0))
    assert lire(f.adhesion("bailleur")).references[0].menages == 5


def test_without_protocole_a_row_with_one_small_segment_is_masked_whole():
    f.partenaires.Protocole.objects.all().delete()
    residence("R1", 1, (40, 40, 40, 40, 40, 9))
    residence("R2", 1, (40, 40, 40, 40, 40, 40), famille="rural", bailleur=AUTRE)
    residence("R3", 1, (40, 40, 40, 40, 40, 40), famille="rural")
    epci = f.adhesion("epci")
    assert {une.famille: une.secret for une in lire(epci).references} == {FAMILLE: True, "rural": False}


@pytest.mark.parametrize(
    "champs",
    [
        {"nature": "epci", "siren": "900000002"},
        {"nature": "ddt", "departement": "98"},
        {"nature": "bailleur", "siren": "900100009"},
    ],
)
def test_nothing_on_a_territory_that_one_may_not_see(champs):
    parc()
    lue = lire(f.adhesion(**champs))
    assert (lue.references, lue.lignes, lue.millesime) == ([], [], None)
