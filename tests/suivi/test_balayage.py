"""By day, the territories that no message told of: deposits of the command line, lost messages, killed workers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from partenaires.models import Depot
from suivi import tasks
from suivi.models import Calcul
from suivi.services.balayage import ATTENTE_S, ESSAIS_MAX, TERRITOIRES_SUR_LE_CHAMP, balayer
from suivi.services.recalcul import a_recalculer, etat_des_depots, recalculer
from tests import fabriques as f

pytestmark = pytest.mark.django_db
REPOSE = ATTENTE_S + 5


def il_y_a(secondes: int):
    return timezone.now() - timedelta(seconds=secondes)


@pytest.fixture
def envoyes(monkeypatch):
    liste = []
    monkeypatch.setattr(tasks.recalculer_territoire, "apply_async", lambda args, **_: liste.extend(args))
    return liste


@pytest.fixture
def depot():
    """Loaded by the command line some time ago."""
    f.commune()
    return f.depot("rpls", f.organisation("bailleur"), territoires=[f.EPCI], charge_le=il_y_a(REPOSE))


def calculer(statut="termine"):
    Calcul.objects.create(
        epci=f.EPCI,
        au=timezone.localdate(),
        debut=timezone.now(),
        fin=timezone.now(),
        statut=statut,
        details={"depots": etat_des_depots(f.EPCI)},
    )


@pytest.mark.parametrize(
    ("age", "envoye"),
    [(0, False), (ATTENTE_S - 3, False), (REPOSE, True), (23 * 3600, True), (25 * 3600, False)],
)
def test_deposit_of_the_command_line_is_computed_once_it_rests_and_left_to_the_night_after_a_day(
    depot, envoyes, age, envoye
):
    Depot.objects.update(charge_le=il_y_a(age))
    assert balayer() == envoyes == ([f.EPCI] if envoye else [])


def test_territory_computed_since_is_left_alone(depot, envoyes):
    calculer()
    assert balayer() == []
    f.depot("ops", territoires=[f.EPCI], charge_le=il_y_a(REPOSE))
    assert balayer() == envoyes == [f.EPCI]


@pytest.mark.parametrize("statut", ["echec", "en_cours"])
def test_computation_that_does_not_end_is_tried_three_times_a_day(depot, envoyes, statut):
    for _ in range(ESSAIS_MAX):
        assert balayer() == [f.EPCI]
        calculer(statut)
    assert balayer() == []
    f.depot("ops", territoires=[f.EPCI], charge_le=il_y_a(REPOSE))
    assert balayer() == [f.EPCI]


def test_deposit_of_many_territories_is_left_to_the_night(depot, envoyes):
    Depot.objects.update(territoires=[f.EPCI, *(f"90000001{n}" for n in range(TERRITOIRES_SUR_LE_CHAMP))])
    assert balayer() == []


@pytest.mark.parametrize("type, calcule", [("seuils", False), ("rpls", True)])
def test_territory_without_data_of_its_own_has_nothing_to_compute(envoyes, type, calcule):
    f.commune()
    f.depot(type, territoires=[f.EPCI], charge_le=il_y_a(REPOSE))
    assert balayer() == ([f.EPCI] if calcule else [])


def test_withdrawal_by_command_is_seen(depot, envoyes):
    calculer()
    Depot.objects.update(etat="retire", retire_le=il_y_a(REPOSE))
    assert balayer() == [f.EPCI]


def test_what_is_swept_is_computed_once(depot, settings):
    tasks.balayer_territoires()
    assert Calcul.objects.get().statut == "termine"
    tasks.balayer_territoires()
    assert Calcul.objects.count() == 1


def test_queries_do_not_grow_with_the_territories(depot, envoyes, django_assert_max_num_queries):
    for n in range(4):
        f.commune(f"9910{n}", epci=f"90000002{n}")
        f.depot("rpls", territoires=[f"90000002{n}"], charge_le=il_y_a(REPOSE))
    with django_assert_max_num_queries(4):
        assert len(balayer()) == 5


# --- what a withdrawal gives back -----------------------------------------------------------------------------------


def test_territory_that_a_withdrawal_gives_rows_back_to_is_to_be_computed(depot):
    """The withdrawn deposit did not touch it: only what comes back does."""
    list(recalculer(epci=f.EPCI))
    assert not a_recalculer(f.EPCI)
    f.depot("ops", etat="retire", territoires=[f.EPCI], retire_le=timezone.now())
    assert a_recalculer(f.EPCI)


def test_deposit_being_withdrawn_counts_until_it_is(depot):
    list(recalculer(epci=f.EPCI))
    Depot.objects.update(etat="retrait")
    assert not a_recalculer(f.EPCI)
    Depot.objects.update(etat="retire")
    assert a_recalculer(f.EPCI)
