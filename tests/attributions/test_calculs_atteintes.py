"""Verdict, what is left and pace, at every boundary (regles §2, « Reste à faire et projection »)."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attributions.calculs.atteintes import (
    Cible,
    annee_finie,
    atteint,
    base_finale,
    part_ecoulee,
    reste_a_faire,
)

QUART, CINQUANTE_CINQ = Fraction(1, 4), Fraction(55, 100)


@pytest.mark.parametrize(
    ("cible", "n", "d", "attendu"),
    [
        (Cible("minimum", CINQUANTE_CINQ), 55, 100, True),
        (Cible("minimum", CINQUANTE_CINQ), 54, 100, False),
        (Cible("minimum", CINQUANTE_CINQ, stricte=True), 55, 100, False),
        (Cible("minimum", CINQUANTE_CINQ, stricte=True), 56, 100, True),
        (Cible("minimum", QUART), 19, 19, None),  # 19 events: no verdict
        (Cible("minimum", QUART), 5, 20, True),  # 20 events: a verdict
        (Cible("maximum", Fraction(36, 100)), 36, 100, True),
        (Cible("maximum", Fraction(36, 100), stricte=True), 36, 100, False),
        (Cible("maximum", Fraction(36, 100), stricte=True), 35, 100, True),
        (Cible("fourchette", Fraction(1, 5), Fraction(3, 10)), 20, 100, True),
        (Cible("fourchette", Fraction(1, 5), Fraction(3, 10)), 30, 100, True),
        (Cible("fourchette", Fraction(1, 5), Fraction(3, 10)), 31, 100, False),
        (Cible("fourchette", Fraction(1, 5), Fraction(3, 10)), 19, 100, False),
        (Cible("fourchette", Fraction(1, 5), Fraction(3, 10), stricte=True), 30, 100, False),
        (Cible("maintien", Fraction(1, 3)), 10, 30, True),
        (Cible("maintien", Fraction(1, 3)), 9, 30, False),
        (Cible("convergence", Fraction(1, 5), ecart_reference=Fraction(1, 10)), 29, 100, True),
        (Cible("convergence", Fraction(1, 5), ecart_reference=Fraction(1, 10)), 30, 100, False),
        (Cible("convergence", Fraction(1, 5)), 30, 100, None),
        (None, 30, 100, None),
        (Cible("minimum", QUART), 0, 0, None),
    ],
)
def test_verdict_is_exact(cible, n, d, attendu):
    assert atteint(cible, n, d, 20) is attendu


@pytest.mark.parametrize(
    ("cible", "n", "finale", "attendu"),
    [
        (Cible("minimum", QUART), 20, 100, 5),
        (Cible("minimum", QUART), 20, 101, 6),  # ⌈25.25⌉
        (Cible("minimum", QUART), 40, 100, 0),
        (Cible("minimum", QUART, stricte=True), 20, 100, 6),
        (Cible("minimum", QUART, stricte=True), 20, 101, 6),  # ⌊25.25⌋ + 1
        (Cible("maximum", Fraction(36, 100)), 30, 100, 6),
        (Cible("maximum", Fraction(36, 100)), 40, 100, 0),
        (Cible("maximum", Fraction(36, 100), stricte=True), 30, 100, 5),  # 36 is too many
        (Cible("maximum", Fraction(36, 100), stricte=True), 30, 101, 6),  # ⌈36.36⌉ − 1
        (Cible("fourchette", Fraction(1, 5), Fraction(3, 10)), 15, 100, {"min": 5, "max": 15}),
        (Cible("fourchette", Fraction(1, 5), Fraction(3, 10)), 40, 100, {"min": 0, "max": 0}),
        (Cible("maintien", Fraction(1, 3)), 3, 10, 1),
        (Cible("convergence", QUART), 3, 10, None),
        (None, 3, 10, None),
    ],
)
def test_what_is_left_to_do(cible, n, finale, attendu):
    assert reste_a_faire(cible, n, finale) == attendu


@pytest.mark.parametrize(
    ("annee", "au", "finie"),
    [
        (2025, date(2025, 12, 31), True),
        (2025, date(2026, 1, 1), True),
        (2025, date(2025, 12, 30), False),
    ],
)
def test_a_year_is_over_on_its_last_day(annee, au, finie):
    assert annee_finie(annee, au) is finie


def test_days_elapsed_are_inclusive_and_know_leap_years():
    assert part_ecoulee(2025, date(2025, 1, 1), {}) == Fraction(1, 365)
    assert part_ecoulee(2024, date(2024, 2, 29), {}) == Fraction(60, 366)
    assert part_ecoulee(2024, date(2024, 12, 31), {}) == 1


def test_pace_is_the_mean_share_of_the_last_three_complete_years():
    anterieures = {2022: (10, 20), 2023: (30, 40), 2024: (25, 100), 2021: (1, 1000)}
    assert part_ecoulee(2025, date(2025, 6, 30), anterieures) == Fraction(1, 2)
    assert base_finale(30, 2025, date(2025, 6, 30), anterieures) == 60


def test_two_complete_years_are_not_enough():
    assert part_ecoulee(2025, date(2025, 1, 1), {2024: (1, 2), 2023: (1, 2)}) == Fraction(1, 365)


def test_nothing_by_that_day_in_the_past_years_falls_back_on_the_days():
    anterieures = dict.fromkeys((2022, 2023, 2024), (0, 50))
    assert part_ecoulee(2025, date(2025, 1, 10), anterieures) == Fraction(10, 365)


def test_base_of_a_year_that_is_over_is_the_base_itself():
    assert base_finale(37, 2024, date(2025, 3, 1), {}) == 37


@given(
    st.fractions(0, 1, max_denominator=1000),
    st.integers(0, 300),
    st.integers(1, 300),
    st.booleans(),
)
def test_doing_what_is_left_reaches_the_minimum_and_one_less_does_not(valeur, n, finale, stricte):
    cible = Cible("minimum", valeur, stricte=stricte)
    reste = reste_a_faire(cible, n, finale)
    assert atteint(cible, n + reste, finale, 0)
    if reste:
        assert not atteint(cible, n + reste - 1, finale, 0)


@given(st.fractions(0, 1, max_denominator=1000), st.integers(0, 300), st.integers(1, 300))
def test_what_a_maximum_still_allows_stays_under_it_and_one_more_does_not(valeur, n, finale):
    cible = Cible("maximum", valeur)
    permis = reste_a_faire(cible, n, finale)
    if permis:
        assert atteint(cible, n + permis, finale, 0)
        assert not atteint(cible, n + permis + 1, finale, 0)
