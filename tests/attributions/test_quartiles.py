"""Quartile of a household: boundaries, unknowns, and what is never guessed (regles §1)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attributions.calculs.quartiles import quartile


@pytest.mark.parametrize(
    ("revenu", "uc", "attendu"),
    [
        (Decimal("749.99"), Decimal(1), 1),
        (Decimal("750"), Decimal(1), 2),  # exactly s1: not under it
        (Decimal("999.99"), Decimal(1), 2),
        (Decimal("1000"), Decimal(1), 3),  # exactly s2
        (Decimal("1250"), Decimal(1), 4),  # exactly s3
        (Decimal("0"), Decimal(1), 1),  # a declared 0 is Q1
        (Decimal("1350"), Decimal("1.8"), 2),  # 12 × 1350 = 9000 × 1.8 to the cent
        (Decimal("1349.99"), Decimal("1.8"), 1),
        (None, Decimal(1), None),
        (Decimal("800"), None, None),
        (Decimal("800"), Decimal(0), None),
    ],
)
def test_quartile_at_every_boundary(revenu, uc, attendu):
    assert quartile(revenu, uc, Decimal(9000), Decimal(12000), Decimal(15000)) == attendu


@pytest.mark.parametrize(("s2", "s3"), [(None, None), (Decimal(12000), None), (None, Decimal(15000))])
def test_above_q1_is_never_guessed_without_both_upper_thresholds(s2, s3):
    assert quartile(Decimal(751), Decimal(1), Decimal(9000), s2, s3) == 24
    assert quartile(Decimal(749), Decimal(1), Decimal(9000), s2, s3) == 1


def test_without_threshold_the_quartile_is_unknown():
    assert quartile(Decimal(749), Decimal(1), None) is None


def test_equality_and_zero_income_follow_their_parameters():
    assert quartile(Decimal(750), Decimal(1), Decimal(9000), inclusif=True) == 1
    assert quartile(Decimal(0), Decimal(1), Decimal(9000), nul_inconnu=True) is None


@given(st.decimals(0, 5000, places=2), st.decimals("0.1", 8, places=1))
def test_more_income_never_lowers_the_quartile(revenu, uc):
    seuils = Decimal(9000), Decimal(12000), Decimal(15000)
    assert quartile(revenu, uc, *seuils) <= quartile(revenu + 1, uc, *seuils)
