"""Which dwellings a household can pay for: benefit by OpenFisca, highest rent, counts (regles §8; E3 F08, §8)."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostic.calculs import apl
from diagnostic.calculs.accessibilite import (
    Cellule,
    MenageType,
    Seuils,
    compter,
    convenables,
    exclu,
    loyer_charges_max,
    loyers_max,
    moyenne,
)
from diagnostic.calculs.plafonds_apl import Menage, bareme

LE = date(2025, 1, 1)
ZONE = (2, False)
DRIHL = Seuils(0.375, 12)
SEULE = apl.Grille(250, tuple(range(0, 210, 10)))  # 10 € of benefit more every 12.50 € of rent


@pytest.mark.parametrize(("uc", "attendu"), [(1.5, 675), (2.1, 544)])
def test_highest_rent_and_charges_bound_by_the_share_then_by_what_is_left(uc, attendu):
    assert loyer_charges_max(1000, 300, uc, DRIHL) == pytest.approx(attendu)


@pytest.mark.parametrize(
    ("ressources", "uc", "dehors"), [(700, 2.1, True), (360, 1, False), (359.99, 1, True), (756, 2.1, False)]
)
def test_who_lacks_360_euros_a_uc_is_left_out(ressources, uc, dehors):
    assert exclu(ressources, uc, 12) == dehors


@pytest.mark.parametrize(("reste", "loyer"), [(-1, -1), (0, 0), (10, 5000), (50, 25000), (60, 26000), (25.5, 12750)])
def test_highest_rent_read_backwards_from_the_benefit(reste, loyer):
    """A fifth of the rent is left to pay up to the ceiling of 250 €, then all of what is over it."""
    assert loyers_max([SEULE], [[reste]]) == [[loyer]]


@given(
    loyer=st.integers(0, 60_000),
    reste=st.integers(-5_000, 40_000),
    montants=st.lists(st.integers(0, 20), min_size=20, max_size=20),
)
def test_a_rent_is_under_the_highest_when_what_is_left_to_pay_is_under_the_bound(loyer, reste, montants):
    """Wherever the rent less the benefit grows with the rent (at most 20 € of benefit for 25 € of rent)."""
    grille = apl.Grille(500, (0, *np.cumsum(montants).tolist()))
    a_payer = loyer / 100 - grille.apl(loyer / 100)
    if abs(a_payer - reste / 100) > 0.02:
        assert (loyer <= loyers_max([grille], [[reste / 100]])[0, 0]) == (a_payer <= reste / 100)


def menage(ressources=1000.0, uc=1.0, nombre=1, pieces=(2,)):
    return MenageType("0-0", ressources, uc, nombre, frozenset(pieces), {ZONE: SEULE})


def cellule(*loyers, pieces=2, charges=0.0):
    return Cellule(ZONE, pieces, False, 13, charges, np.array(sorted(100 * loyer for loyer in loyers)))


def test_dwellings_of_a_suitable_size_are_counted_up_to_the_highest_rent_included():
    """375 € to pay at the most: 200 € of benefit from 250 € on, hence 575 €, charges included."""
    cellules = [cellule(300, 575, 576), cellule(525, 526, charges=50.0), cellule(100, pieces=3)]
    assert compter([menage()], cellules, DRIHL).tolist() == [[2, 1, 0]]
    assert convenables([menage()], cellules).tolist() == [[3, 2, 0]]


def test_mean_weighs_the_households_and_leaves_out_the_excluded():
    menages = [menage(nombre=3), menage(ressources=400, nombre=1), menage(ressources=300, nombre=50)]
    cellules = [cellule(200, 300, 500, 900)]
    nombres = compter(menages, cellules, DRIHL)
    assert nombres[:, 0].tolist() == [3, 1, 0]  # 400 €: 40 € to pay, that is 200 € of rent
    exclus = np.array([exclu(un.ressources, un.uc, DRIHL.rpv) for un in menages])
    poids = np.array([un.nombre for un in menages])
    lue = moyenne(poids, exclus, nombres.sum(axis=1), convenables(menages, cellules).sum(axis=1))
    assert (lue.menages, lue.exclus) == (4, 50)
    assert lue.taux == pytest.approx((3 * 3 / 4 + 1 / 4) / 4)
    assert lue.accessibles == pytest.approx(2.5) and lue.logements == 4


@pytest.mark.parametrize(
    ("exclus", "convient", "attendus"), [([True], [4], (0, 7)), ([False], [0], (7, 0)), ([], [], (0, 0))]
)
def test_no_household_or_no_dwelling_gives_no_share(exclus, convient, attendus):
    un = np.array(exclus, dtype=bool)
    lue = moyenne(np.full(len(un), 7), un, np.zeros(len(un), dtype=int), np.array(convient, dtype=int))
    assert (lue.menages, lue.exclus) == attendus and lue.taux is lue.accessibles is lue.logements is None


PAIRES = [Seuils(0.30, 15), Seuils(0.35, 15), Seuils(0.33, 11), Seuils(0.375, 12), Seuils(0.40, 9)]


@given(
    ressources=st.integers(300, 2500),
    uc=st.sampled_from([1.0, 1.3, 1.5, 2.1]),
    loyers=st.lists(st.integers(50, 1500), min_size=1),
)
def test_looser_on_both_thresholds_never_loses_a_dwelling(ressources, uc, loyers):
    def nombre(paire):
        return compter([menage(ressources, uc)], [cellule(*loyers)], paire)[0, 0]

    for une in PAIRES:
        for autre in PAIRES:
            if une.plus_souple(autre):
                assert nombre(une) >= nombre(autre)
    assert not Seuils(0.35, 15).plus_souple(Seuils(0.33, 11)) and not Seuils(0.33, 11).plus_souple(Seuils(0.35, 15))


# --- the benefit itself -------------------------------------------------------------------------------------------


def profil(base=8_000, zone=2, couple=False, charge=0):
    return apl.Profil(zone, False, couple, charge, base)


@pytest.mark.parametrize(("ressources", "base"), [(0, 0), (1000, 10_800), (1000.01, 10_900), (925.92, 10_000)])
def test_base_of_resources_is_rounded_up_to_a_hundred(ressources, base):
    assert apl.base_ressources(ressources, 0.9) == base


def test_the_rounding_up_does_not_climb_a_step_for_a_binary_fraction():
    assert apl.base_ressources(np.array([250 / 3 / 0.9]), 0.9).tolist() == [1000]


@pytest.fixture(scope="module")
def simulees():
    """Benefit of many profiles at three rents, by one simulation."""
    profils = [
        profil(base, zone, couple, charge)
        for zone in (1, 2, 3)
        for couple in (False, True)
        for charge in (0, 1, 3)
        for base in (0, 6_000, 12_000, 60_000)
    ]
    loyers = (150.0, 350.0, 600.0)
    montants = apl.apl([p for p in profils for _ in loyers], np.array(loyers * len(profils)), LE)
    return profils, montants.reshape(len(profils), len(loyers))


def test_benefit_falls_with_resources_and_grows_with_the_rent(simulees):
    profils, montants = simulees
    assert (np.diff(montants, axis=1) >= 0).all()
    par_base = montants.reshape(-1, 4, 3)
    assert (np.diff(par_base, axis=1) <= 0).all() and (par_base[:, 3] == 0).all() and (par_base[:, 0, 1] > 0).all()


def test_benefit_never_pays_more_than_ceiling_and_charges(simulees):
    for un, montants in zip(*simulees):
        plafonds = bareme(un.zone, Menage(un.couple, un.charge), LE)
        assert montants.max() <= plafonds.plafond + plafonds.forfait_charges


def test_grid_follows_openfisca_to_the_euro():
    profils = [
        profil(base, zone, couple, charge)
        for base, zone, couple, charge in (
            (0, 1, False, 0),
            (6_400, 2, False, 0),
            (9_900, 3, False, 2),
            (13_300, 2, True, 3),
            (11_000, 1, True, 0),
        )
    ]
    loyers = np.array([0, 47, 133.33, 222, 301.5, 389, 480, 700.0])
    grilles = apl.grilles(profils, LE)
    for un in profils:
        scalaires = apl.apl([un] * len(loyers), loyers, LE)
        assert np.abs(grilles[un].apl(loyers) - scalaires).max() <= 1.5


def test_same_benefit_as_a_whole_household_given_to_openfisca():
    """A single person on 900 € of wages a month: OpenFisca's own base of resources, deduction of 10 % included."""
    from openfisca_core.simulation_builder import SimulationBuilder

    mois = {f"{annee}-{m:02d}": 900 for annee in (2023, 2024, 2025) for m in range(1, 13)}
    situation = {
        "individus": {"a": {"date_naissance": {"ETERNITY": "1985-01-01"}, "salaire_imposable": mois}},
        "familles": {"f": {"parents": ["a"], "reduction_loyer_solidarite": {"2025-01": 0}}},
        "foyers_fiscaux": {"ff": {"declarants": ["a"]}},
        "menages": {
            "m": {
                "personne_de_reference": ["a"],
                "statut_occupation_logement": {"2025-01": "locataire_hlm"},
                "zone_apl": {"2025-01": "zone_2"},
                "loyer": {"2025-01": 280},
            }
        },
    }
    complete = SimulationBuilder().build_from_dict(apl._systeme(), situation)
    base = int(apl.base_ressources(900, 0.9))
    assert complete.calculate("aide_logement_base_ressources", "2025-01")[0] == base
    seule = apl.apl([profil(base)], np.array([280.0]), LE)[0]
    assert complete.calculate("apl", "2025-01")[0] == seule > 0
