"""The normalisations that no preset uses, on tables worked out by hand; direction; missing components."""

import numpy as np
import pytest

from tests.diagnostic.moteur_d_indices import classe, codes, evaluer, methode

APL, ROTATION = "beneficiaires_apl", "rotation"


def taux(*pourcents, code=APL):
    return [{} if p is None else {f"{code}/ensemble": (p, 100)} for p in pourcents]


def valeurs(regle, lieux, *references, **autres):
    return evaluer(regle, lieux, *references, **autres).valeur.tolist()


@pytest.mark.parametrize(
    ("pourcents", "rangs"),
    [
        ([10, 20, 30, 40], [0.125, 0.375, 0.625, 0.875]),
        ([40, 10, 30, 20], [0.875, 0.125, 0.625, 0.375]),
        ([10, 20, 20, 40], [0.125, 0.5, 0.5, 0.875]),  # each of the two has one below and is half of the two ties
        ([50, 50, 50], [0.5, 0.5, 0.5]),
        ([70], [0.5]),
    ],
)
def test_a_rank_is_the_share_of_the_places_below_ties_halved(pourcents, rangs):
    assert valeurs(methode(APL, normalisation="rang"), taux(*pourcents)) == pytest.approx(rangs)


def test_two_equal_rates_of_different_counts_are_tied():
    lieux = [{f"{APL}/ensemble": comptes} for comptes in ((1, 3), (2, 6), (33, 99))]
    assert valeurs(methode(APL, normalisation="rang"), lieux) == [0.5, 0.5, 0.5]


def test_ranks_and_deviations_are_taken_within_a_level():
    niveaux = ["residence", "commune", "residence", "commune", "residence"]
    lieux = taux(10, 60, 20, 50, 30)
    rangs = valeurs(methode(APL, normalisation="rang"), lieux, niveaux=niveaux)
    assert rangs == pytest.approx([1 / 6, 0.75, 0.5, 0.25, 5 / 6])
    ecarts = valeurs(methode(APL, normalisation="z", classes=("0",)), lieux, niveaux=niveaux)
    assert ecarts == pytest.approx([-np.sqrt(1.5), 1, 0, -1, np.sqrt(1.5)])


def test_places_that_have_no_rate_or_are_not_judged_do_not_count_among_the_others():
    lieux = [*taux(10, 20, None), {f"{APL}/ensemble": (90, 100), "repondants": 10}, {f"{APL}/ensemble": (90, 100, 10)}]
    assert valeurs(methode(APL, normalisation="rang"), lieux)[:2] == [0.25, 0.75]


def test_z_is_the_deviation_in_standard_deviations_of_the_places():
    """Rates 10, 20, 30, 60: mean 30, deviation √(400 + 100 + 0 + 900)/2 = 18.708."""
    regle = methode(APL, normalisation="z", classes=("0", "1"))
    resultat = evaluer(regle, taux(10, 20, 30, 60))
    assert resultat.valeur.tolist() == pytest.approx([-1.0690, -0.5345, 0, 1.6036], abs=5e-5)
    assert [classe(regle, resultat, i) for i in range(4)] == ["c0", "c0", "c1", "c2"]


def test_no_deviation_no_score():
    resultat = evaluer(methode(APL, normalisation="z", classes=("0",)), taux(20, 20, 20))
    assert (resultat.rang.tolist(), codes(resultat)) == ([-1] * 3, ["aucune_composante", "composante_manquante"])


PALIERS = [
    {"min": None, "max": "0.10", "points": "0"},
    {"min": "0.10", "max": "0.30", "points": "1"},
    {"min": "0.30", "max": None, "points": "3"},
]


@pytest.mark.parametrize(
    ("comptes", "points"), [((9, 100), 0), ((1, 10), 1), ((299, 1000), 1), ((3, 10), 3), ((30, 30), 3), ((0, 7), 0)]
)
def test_points_are_those_of_the_threshold_that_the_rate_has_reached(comptes, points):
    regle = methode({"code": APL, "paliers": PALIERS}, normalisation="points", classes=("1", "3"))
    resultat = evaluer(regle, [{f"{APL}/ensemble": comptes}])
    assert (resultat.valeur[0], resultat.rang[0]) == (points, {0: 0, 1: 1, 3: 2}[points])


def test_points_are_weighted_like_any_score():
    composantes = [{"code": APL, "paliers": PALIERS, "poids": "3"}, {"code": ROTATION, "paliers": PALIERS}]
    regle = methode(*composantes, normalisation="points", classes=("1",))
    lieu = {f"{APL}/ensemble": (20, 100), f"{ROTATION}/ensemble": (50, 100)}
    assert valeurs(regle, [lieu, {f"{ROTATION}/ensemble": (50, 100)}]) == [(3 * 1 + 1 * 3) / 4, 3]


@pytest.mark.parametrize(
    ("normalisation", "attendues"),
    [
        ("rapport", [2 - 0.5, 2 - 1, 2 - 1.5]),
        ("taux", [0.9, 0.8, 0.7]),
        ("rang", [5 / 6, 0.5, 1 / 6]),
        ("z", [np.sqrt(1.5), 0, -np.sqrt(1.5)]),
    ],
)
def test_a_favourable_indicator_counts_the_other_way(normalisation, attendues):
    regle = methode({"code": APL, "sens": -1}, normalisation=normalisation)
    lues = valeurs(regle, taux(10, 20, 30), {f"{APL}/ensemble": (20, 100)})
    assert lues == pytest.approx(attendues)


def test_a_favourable_indicator_on_a_bound_is_in_the_upper_class():
    regle = methode({"code": APL, "sens": -1}, {"code": ROTATION}, normalisation="rapport", classes=("0.9",))
    lieu = {f"{APL}/ensemble": (11, 30), f"{ROTATION}/ensemble": (9, 100)}  # 2 - 1.1, and 0.9
    resultat = evaluer(regle, [lieu], {f"{APL}/ensemble": (1, 3), f"{ROTATION}/ensemble": (1, 10)})
    assert (resultat.valeur[0], classe(regle, resultat)) == (0.9, "c1")


# --- missing components ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manquante", "facultative", "valeur", "alertes"),
    [
        ("renormaliser", False, 0.4, ["composante_manquante"]),
        ("renormaliser", True, 0.4, []),
        ("sans_valeur", False, None, ["composante_manquante"]),
        ("sans_valeur", True, 0.4, []),
    ],
)
def test_the_method_says_what_a_missing_component_does(manquante, facultative, valeur, alertes):
    regle = methode(APL, {"code": ROTATION, "facultative": facultative}, manquante=manquante)
    resultat = evaluer(regle, taux(40))
    assert (None if np.isnan(resultat.valeur[0]) else resultat.valeur[0]) == valeur
    assert codes(resultat) == alertes


def test_a_weight_of_zero_has_no_part_in_the_value():
    regle = methode({"code": APL, "poids": "0"}, {"code": ROTATION, "poids": "2"})
    resultat = evaluer(regle, [{f"{APL}/ensemble": (90, 100), f"{ROTATION}/ensemble": (10, 100)}])
    assert (resultat.valeur[0], resultat.axes[0].poids[0].tolist()) == (pytest.approx(0.1), [0, 1])


def test_what_the_caller_knows_against_a_place_leaves_it_without_value_for_that_reason_alone():
    resultat = evaluer(methode(APL), taux(40, 40), empechements=np.array([0, 128]))
    assert (resultat.rang.tolist(), codes(resultat, 1)) == ([0, -1], ["sans_famille"])
