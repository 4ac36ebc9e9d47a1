"""Reference mix of a family, gaps and segments to favour: hand-worked tables (E2 T32 E)."""

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostic.calculs.mixite import CODES, Occupation, a_favoriser, ecarts, parts, reference

COLLECTIF, INDIVIDUEL = "collectif_qpv", "individuel_qpv"
# 40 households in two residences noted 1 and 2; the third is noted 3 and counts for nothing in the reference.
PARC = [
    Occupation(COLLECTIF, 1, (10, 5, 5, 0, 0, 0)),
    Occupation(COLLECTIF, 2, (0, 5, 5, 5, 0, 5)),
    Occupation(COLLECTIF, 3, (0, 0, 0, 10, 5, 5)),
    Occupation(COLLECTIF, None, (50, 0, 0, 0, 0, 0)),
    Occupation(INDIVIDUEL, 4, (1, 0, 0, 0, 0, 0)),
    Occupation("", 1, (9, 0, 0, 0, 0, 0)),
]
REFERENCE = (F(10, 40), F(10, 40), F(10, 40), F(5, 40), F(0), F(5, 40))


def test_reference_pools_the_households_of_the_residences_noted_1_or_2():
    assert reference(PARC, COLLECTIF) == REFERENCE


@pytest.mark.parametrize("famille", [INDIVIDUEL, "rural", ""])
def test_family_without_a_residence_noted_1_or_2_has_no_reference(famille):
    assert reference(PARC, famille) is None


def test_reference_without_any_household_whose_segment_is_known_is_undefined():
    assert reference([Occupation(COLLECTIF, 1, (0,) * 6)], COLLECTIF) is None


def test_gap_is_the_share_of_the_residence_less_that_of_the_reference():
    assert ecarts(PARC[2], REFERENCE) == (F(-1, 4), F(-1, 4), F(-1, 4), F(3, 8), F(1, 4), F(1, 8))


@pytest.mark.parametrize(("note", "definis"), [(None, False), (1, False), (2, False), (3, True), (4, True)])
def test_only_residences_noted_3_or_4_tend_towards_the_reference(note, definis):
    assert (ecarts(Occupation(COLLECTIF, note, (1, 0, 0, 0, 0, 0)), REFERENCE) is not None) is definis


def test_no_gap_without_reference_nor_without_household():
    assert ecarts(PARC[2], None) is None
    assert ecarts(Occupation(COLLECTIF, 4, (0,) * 6), REFERENCE) is None


@pytest.mark.parametrize(
    ("manques", "attendus"),
    [
        ((F(-1, 4), F(-1, 2), F(3, 4), F(0), F(0), F(0)), ["segment_retraites", "segment_plus_80"]),
        ((F(-1, 4), F(-1, 4), F(-1, 4), F(3, 8), F(1, 4), F(1, 8)), list(CODES[:3])),  # equal: order of the segments
        ((F(0),) * 6, []),
        (None, []),
    ],
)
def test_segments_to_favour_are_those_that_lack_the_largest_lack_first(manques, attendus):
    assert a_favoriser(manques) == attendus


def test_a_share_equal_to_the_reference_by_thirds_is_no_gap():
    """Exact fractions: 1/3 is 1/3, whatever the size."""
    la_reference = parts((1, 1, 1, 0, 0, 0))
    assert ecarts(Occupation(COLLECTIF, 3, (10**9, 10**9, 10**9, 0, 0, 0)), la_reference) == (F(0),) * 6


@given(st.lists(st.tuples(*[st.integers(0, 500)] * 6), min_size=2, max_size=6), st.sampled_from([3, 4]))
def test_gaps_sum_to_zero_and_shares_to_one(menages, note):
    occupations = [Occupation(COLLECTIF, 1, ligne) for ligne in menages[1:]]
    la_reference = reference(occupations, COLLECTIF)
    les_ecarts = ecarts(Occupation(COLLECTIF, note, menages[0]), la_reference)
    assert la_reference is None or sum(la_reference) == 1
    assert les_ecarts is None or sum(les_ecarts) == 0
