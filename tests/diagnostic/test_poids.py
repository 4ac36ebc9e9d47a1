"""Weights of a place in its territory, and the three effects behind a gap of poverty: the sources' own figures, and
what must hold whatever the counts."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnostic.calculs.poids import Poids, part, peser
from diagnostic.calculs.trois_effets import Peuplement, decomposer, pauvrete_privee

# A busy machine is no counter-example.
toujours = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Saragosse at Pau (E2 O05): 15 % of the tenants, 21 % of those under 20 %, 33 % of its own tenants under 20 %.
SARAGOSSE, PAU = (2079, 6300), (9900, 42000)


def test_saragosse_holds_15_percent_of_the_tenants_and_21_percent_of_the_poorest():
    poids = peser(SARAGOSSE, PAU)
    assert (poids.population, poids.indicateur) == (Fraction(15, 100), Fraction(21, 100))
    assert poids.specialisation == Fraction(140, 100)
    assert Fraction(*SARAGOSSE) == Fraction(33, 100)
    assert round(float(Fraction(*PAU)) * 100, 2) == 23.57


def test_recent_arrivals_of_saragosse_weigh_less_than_its_poorest_tenants():
    assert round(float(Poids(Fraction(15, 100), Fraction(19, 100)).specialisation), 3) == 1.267


@pytest.mark.parametrize(
    ("lieu", "territoire", "attendu"),
    [
        ((0, 10), (5, 100), Fraction(0)),
        ((5, 10), (5, 100), Fraction(10)),
        ((5, 100), (5, 100), Fraction(1)),
        ((0, 0), (5, 100), None),  # nobody there: no specialisation
        ((None, 10), (5, 100), None),
        ((5, None), (5, 100), None),
        ((0, 10), (0, 100), None),  # nobody counted on the territory
        ((0, 0), (0, 0), None),
        ((None, None), (None, None), None),
        ((1.5, 3), (3, 12), Fraction(2)),
    ],
)
def test_specialisation_at_its_bounds(lieu, territoire, attendu):
    assert peser(lieu, territoire).specialisation == attendu


COMPTES = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=12).map(
    lambda lieux: [(n, n + reste) for n, reste in lieux]
)


@toujours
@given(COMPTES)
def test_weights_sum_to_one_over_a_partition(lieux):
    total = tuple(map(sum, zip(*lieux)))
    poids = [peser(lieu, total) for lieu in lieux]
    for cote, compte in (("indicateur", total[0]), ("population", total[1])):
        parts = [getattr(p, cote) for p in poids]
        assert sum(parts) == 1 if compte else parts == [None] * len(parts)


@toujours
@given(COMPTES, st.integers(1, 50))
def test_specialisation_is_the_ratio_of_the_rates_and_follows_no_scale(lieux, facteur):
    total = tuple(map(sum, zip(*lieux)))
    for n, d in lieux:
        poids = peser((n, d), total)
        assert poids == peser((n * facteur, d * facteur), tuple(compte * facteur for compte in total))
        if d and total[0]:
            assert poids.specialisation == Fraction(n, d) / Fraction(*total)


def test_a_part_of_nothing_is_unknown():
    assert part(3, 0) is None and part(None, 3) is None and part(0, 3) == 0


# --- three effects --------------------------------------------------------------------------------------------------


def peuplement(part_sociale, sociale, privee):
    return Peuplement(Fraction(part_sociale, 100), Fraction(sociale, 100), Fraction(privee, 100))


FRANCE = peuplement(17, 41, 17)  # 41 % in the social stock, 21 % for all (S0 l. 2960)
CAS = [
    # quartier, then structure, attributions, private stock, residue in points of a hundred thousandths
    (FRANCE, (0, 0, 0, 0)),
    (peuplement(80, 41, 17), (15120, 0, 0, 0)),  # more social dwellings alone: 63 points × 24
    (peuplement(17, 61, 17), (0, 3400, 0, 0)),  # poorer entrants alone: 17 % × 20 points
    (peuplement(17, 41, 37), (0, 0, 16600, 0)),
    (peuplement(80, 61, 37), (15120, 3400, 16600, 0)),  # equal gaps on both sides: nothing is shared
    (peuplement(80, 61, 17), (15120, 3400, 0, 12600)),
    (peuplement(0, 41, 17), (-4080, 0, 0, 0)),
]


@pytest.mark.parametrize(("quartier", "attendu"), CAS)
def test_each_effect_alone_and_what_they_share(quartier, attendu):
    effets = decomposer(quartier, FRANCE)
    lus = (effets.structure, effets.attributions, effets.parc_prive, effets.residu)
    assert lus == tuple(Fraction(points, 100_000) for points in attendu)


TAUX = st.fractions(0, 1, max_denominator=200)
PEUPLEMENTS = st.builds(Peuplement, TAUX, TAUX, TAUX)


@toujours
@given(PEUPLEMENTS, PEUPLEMENTS)
def test_the_effects_and_the_residue_sum_to_the_gap(quartier, territoire):
    assert decomposer(quartier, territoire).ecart == quartier.pauvrete - territoire.pauvrete


@toujours
@given(PEUPLEMENTS, PEUPLEMENTS)
def test_the_residue_does_not_depend_on_who_is_compared_to_whom(quartier, territoire):
    assert decomposer(quartier, territoire).residu == decomposer(territoire, quartier).residu


@toujours
@given(PEUPLEMENTS)
def test_poverty_of_the_private_stock_is_found_again_from_the_whole(p):
    deduite = pauvrete_privee(p.pauvrete, p.part_sociale, p.pauvrete_sociale)
    assert deduite == (None if p.part_sociale == 1 else p.pauvrete_privee)


@pytest.mark.parametrize("pauvrete", [Fraction(1, 100), Fraction(99, 100)])
def test_sources_that_contradict_one_another_give_no_private_rate(pauvrete):
    assert pauvrete_privee(pauvrete, Fraction(1, 2), Fraction(1, 2)) is None


@pytest.mark.parametrize("valeurs", [(-1, 10, 10), (101, 10, 10), (10, 101, 10), (10, 10, -1)])
def test_a_rate_out_of_bounds_is_refused(valeurs):
    with pytest.raises(ValueError, match="de 0 à 1"):
        peuplement(*valeurs)
