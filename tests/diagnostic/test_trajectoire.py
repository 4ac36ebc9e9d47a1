"""Trajectories: targets, stock and rotation, resulting objective, convergence (regles §8; E1 F7, F8; E2 T10, T35)."""

from fractions import Fraction as F

import pytest

from diagnostic.calculs import trajectoire
from diagnostic.calculs.trajectoire import Convergence, Sens


@pytest.mark.parametrize(
    ("taux", "sens", "valeur", "atteinte", "ecart"),
    [
        (F(33, 100), Sens.MAXIMUM, F(25, 100), False, F(8, 100)),
        (F(25, 100), Sens.MAXIMUM, F(25, 100), True, F(0)),
        (F(1, 3), Sens.MAXIMUM, F("0.3333"), False, F(1, 3) - F("0.3333")),
        (F(24, 100), Sens.MINIMUM, F(25, 100), False, F(-1, 100)),
        (F(25, 100), Sens.MINIMUM, F(25, 100), True, F(0)),
    ],
)
def test_a_target_is_held_at_its_bound_and_read_exactly(taux, sens, valeur, atteinte, ecart):
    assert trajectoire.constater(taux, sens, valeur) == trajectoire.Constat(atteinte, ecart)


def test_a_target_without_figure_is_not_judged():
    assert trajectoire.constater(None, Sens.MAXIMUM, F(1, 4)) is None
    assert trajectoire.exact(3, 0) is None
    assert trajectoire.exact(3.5, 7) == F(1, 2)


@pytest.mark.parametrize(
    ("stock", "rotation", "entrants", "sortants", "suite"),
    [
        # a tenth of the dwellings change hands: s + 0,1 × (0,20 − 0,40), the same every year
        (F("0.40"), F("0.1"), F("0.20"), F("0.40"), [F("0.40"), F("0.38"), F("0.36"), F("0.34")]),
        # those who leave are like the stock: the gap to the newcomers loses a tenth each year
        (F("0.40"), F("0.1"), F("0.20"), None, [F("0.40"), F("0.38"), F("0.362"), F("0.3458")]),
        (F("0.40"), F("0"), F("0.20"), None, [F("0.40")] * 4),
        (F("0.40"), F("0.08"), F("0.40"), None, [F("0.40")] * 4),
        # nobody turns to the newcomers' share at once but when everybody moves
        (F("0.40"), F("1"), F("0.20"), None, [F("0.40"), F("0.20"), F("0.20"), F("0.20")]),
    ],
)
def test_the_stock_moves_by_its_rotation_only(stock, rotation, entrants, sortants, suite):
    assert trajectoire.projeter(stock, rotation, entrants, sortants, 3) == suite


@pytest.mark.parametrize(
    ("hypotheses", "annees", "phrase"),
    [
        ((F("1.2"), F("0.1"), F("0.2"), None), 1, "La part actuelle doit aller de 0 à 100 %"),
        ((F("0.2"), F("-0.1"), F("0.2"), None), 1, "La rotation doit aller"),
        ((F("0.2"), F("0.1"), F("1.01"), None), 1, "La part des entrants doit aller"),
        ((F("0.2"), F("0.1"), F("0.2"), F("-1")), 1, "La part des sortants doit aller"),
        ((F("0.1"), F("0.1"), F("0"), F("0.9")), 2, "au bout de 2 ans"),
    ],
)
def test_impossible_hypotheses_are_refused_with_their_reason(hypotheses, annees, phrase):
    with pytest.raises(ValueError, match=phrase):
        trajectoire.projeter(*hypotheses, annees)


def test_the_year_from_which_a_target_is_held():
    suite = trajectoire.projeter(F("0.40"), F("0.1"), F("0.20"), F("0.40"), 5)
    assert trajectoire.tenue_depuis(suite, Sens.MAXIMUM, F("0.34")) == 3
    assert trajectoire.tenue_depuis(suite, Sens.MAXIMUM, F("0.45")) == 0
    assert trajectoire.tenue_depuis(suite, Sens.MAXIMUM, F("0.30")) == 5
    assert trajectoire.tenue_depuis(suite, Sens.MAXIMUM, F("0.10")) is None


def test_a_target_held_today_and_lost_on_the_way_is_not_held():
    suite = trajectoire.projeter(F("0.20"), F("0.1"), F("0.40"), None, 5)
    assert trajectoire.tenue_depuis(suite, Sens.MAXIMUM, F("0.25")) is None
    assert trajectoire.tenue_depuis(suite, Sens.MINIMUM, F("0.25")) == 3


def test_the_objective_of_a_quarter_results_from_those_of_its_residences():
    """100 dwellings at 10 % and 50 at 4 %: 10 and 2 allocations, (10 × 20 % + 2 × 50 %) / 12 = 25 %."""
    grande = trajectoire.attributions_attendues(F("0.10"), 100)
    petite = trajectoire.attributions_attendues(F("0.04"), 50)
    assert (grande, petite) == (10, 2)
    assert trajectoire.objectif_resultant([(F("0.20"), grande), (F("0.50"), petite)]) == F("0.25")


@pytest.mark.parametrize("objectifs", [[], [(F("0.2"), F(10)), (F("0.5"), None)], [(F("0.2"), F(0)), (F("0.5"), F(0))]])
def test_no_objective_results_where_allocations_are_unknown_or_none(objectifs):
    assert trajectoire.objectif_resultant(objectifs) is None


def test_expected_allocations_need_both_a_rotation_and_dwellings():
    assert trajectoire.attributions_attendues(None, 100) is None
    assert trajectoire.attributions_attendues(F("0.1"), None) is None


@pytest.mark.parametrize(
    ("renouveles", "logements", "attendu"),
    [(25, 100, False), (26, 100, True), (None, 100, False), (10, None, False), (0, 100, False)],
)
def test_a_renewal_of_more_than_a_quarter_of_the_dwellings_is_told(renouveles, logements, attendu):
    assert trajectoire.depasse(renouveles, logements, F(1, 4)) is attendu


@pytest.mark.parametrize(
    ("avant", "apres", "attendue"),
    [
        (F("0.10"), F("0.08"), Convergence.RAPPROCHEMENT),
        (F("0.10"), F("0.12"), Convergence.ECARTEMENT),
        (F("-0.10"), F("0.08"), Convergence.RAPPROCHEMENT),
        (F("-0.10"), F("0.10"), Convergence.STABLE),
        (None, F("0.10"), None),
        (F("0.10"), None, None),
    ],
)
def test_a_quarter_draws_near_its_territory_when_the_gap_shrinks(avant, apres, attendue):
    assert trajectoire.convergence(avant, apres) is attendue
