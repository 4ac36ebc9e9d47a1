"""How solid a class is, worked on counts alone: weights that move, respondents drawn again, two methods crossed."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostic.calculs.comparaison import croiser
from diagnostic.calculs.indices import calculer
from diagnostic.calculs.indices_regle import lire_regle
from diagnostic.calculs.solidite import Entree, reechantillonner, sensibilite, tirees
from diagnostic.reference_methodes import MINIMUM, PRESETS, axe, classes, composantes

DIXIEME = Fraction(1, 10)
CLASSES = classes(("Basse", None, "0.90"), ("Moyenne", "0.90", "1.10"), ("Haute", "1.10", None))


def regle(*lignes, **champs):
    donnees = {"axes": [axe("un", "Un", composantes(*lignes), CLASSES, **champs)], "croisement": None}
    return lire_regle(donnees | MINIMA)


MINIMA = {"manquante": "renormaliser", "minimum_repondants": MINIMUM, "minimum_composante": MINIMUM}


def entree(lue, lignes, repondants=50, references=(300, 1000)):
    """`lignes`: numerators of each component in each place, over 50."""
    comptes = {"repondants": np.full(len(lignes), float(repondants))}
    for rang, c in enumerate(dict.fromkeys(lue.composantes)):
        comptes[f"n {c.cle}"] = np.array([ligne[rang] for ligne in lignes], dtype=float)
        comptes[f"d {c.cle}"] = np.full(len(lignes), 50.0)
        comptes[f"effectif {c.cle}"] = np.full(len(lignes), 50.0)
    lues = {a.code: {c.cle: references for c in a.composantes} for a in lue.axes}
    return Entree(lue, comptes, lues, np.array(["residence"] * len(lignes)))


def preset(code):
    trouve = next(p for p in PRESETS if p["code"] == code)
    champs = {c: trouve[c] for c in ("axes", "croisement", "manquante") if c in trouve}
    return lire_regle({"croisement": None} | MINIMA | champs)


def test_a_method_of_one_component_does_not_move_with_its_weight():
    lue = entree(regle("beneficiaires_apl"), [(n,) for n in range(51)])
    (seule,) = sensibilite(lue, DIXIEME)
    assert not seule.changees.any()


def test_the_weight_that_moves_is_told_with_the_place_that_it_moves():
    # ratios 1.2 and 1.0: mean 1.1, on the bound; the first weight lowered: (0.9 × 1.2 + 1) / 1.9 = 1.0947, a class less
    lue = entree(regle("beneficiaires_apl", "sous_plafond_plai"), [(18, 15), (15, 15)])
    un, deux = sensibilite(lue, DIXIEME)
    assert (un.moins.tolist(), un.plus.tolist()) == ([True, False], [False, False])
    assert (deux.moins.tolist(), deux.plus.tolist()) == ([False, False], [True, False])


def test_a_component_without_weight_is_not_moved():
    lue = regle("beneficiaires_apl", "sous_plafond_plai")
    nul = lire_regle(
        {
            "axes": [
                axe("un", "Un", composantes("beneficiaires_apl") + composantes("monoparentales", poids="0"), CLASSES)
            ]
        }
        | MINIMA
        | {"croisement": None}
    )
    assert len(sensibilite(entree(lue, [(1, 2)]), DIXIEME)) == 2
    assert [s.composante.code for s in sensibilite(entree(nul, [(1, 2)]), DIXIEME)] == ["beneficiaires_apl"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 50)] * 2), min_size=1, max_size=12), st.integers(0, 2**16))
def test_interval_holds_the_value_and_stability_is_a_share(lignes, graine):
    lue = entree(regle("beneficiaires_apl", "sous_plafond_plai"), lignes)
    valeur = calculer(lue.regle, lue.comptes, lue.references, lue.niveaux).valeur
    solide = reechantillonner(lue, 40, graine)
    assert (solide.bas <= valeur).all() and (valeur <= solide.haut).all()
    assert ((solide.stabilite >= 0) & (solide.stabilite <= 1)).all()


def test_same_seed_gives_the_same_draws_whatever_the_size_of_the_blocks(monkeypatch):
    lue = entree(preset("limoges"), [tuple((7 * i + 3 * j) % 50 for j in range(9)) for i in range(20)])
    un = reechantillonner(lue, 30, 4)
    assert np.array_equal(un.stabilite, reechantillonner(lue, 30, 4).stabilite, equal_nan=True)
    assert not np.array_equal(un.stabilite, reechantillonner(lue, 30, 5).stabilite, equal_nan=True)


def test_twice_as_many_respondents_make_a_narrower_interval():
    petite = entree(regle("beneficiaires_apl"), [(15,)])
    comptes = {nom: valeurs * 16 for nom, valeurs in petite.comptes.items()}
    grande = Entree(petite.regle, comptes, petite.references, petite.niveaux)
    largeurs = [(s.haut - s.bas)[0] for s in (reechantillonner(une, 400, 1) for une in (petite, grande))]
    assert largeurs[0] == pytest.approx(4 * largeurs[1], rel=0.25)  # as the square root of their number


def test_binomial_interval_of_a_hand_worked_case():
    # 15 of 50, reference 30 %: value 1; standard error √(.3 × .7 / 50) / .3 = 0.216; ± 1.645 of it
    solide = reechantillonner(entree(regle("beneficiaires_apl"), [(15,)]), 4000, 1)
    assert solide.bas[0] == pytest.approx(1 - 1.645 * 0.216, abs=0.07)
    assert solide.haut[0] == pytest.approx(1 + 1.645 * 0.216, abs=0.07)


def test_what_is_counted_whole_is_held_fixed():
    lue = regle("impayes_3_mois", "rotation")
    assert tirees(lue) == []
    solide = reechantillonner(entree(lue, [(20, 10)]), 50, 1)
    assert solide.bas[0] == solide.haut[0] and solide.stabilite[0] == 1


def test_a_place_without_class_has_no_stability():
    solide = reechantillonner(entree(regle("beneficiaires_apl"), [(15,)], repondants=10), 50, 1)
    assert np.isnan(solide.stabilite[0]) and np.isnan(solide.bas[0])


@pytest.mark.parametrize("normalisation", ["rang", "z"])
def test_ranks_are_taken_within_each_draw(normalisation):
    lue = entree(regle("beneficiaires_apl", normalisation=normalisation), [(n,) for n in (5, 10, 20, 30, 45)])
    solide = reechantillonner(lue, 60, 3)
    # the least and the most fragile keep the bottom and the top half in every draw
    assert solide.haut[0] < solide.bas[4]


def test_crossed_methods_have_a_stability_and_no_interval():
    lue = entree(preset("limoges"), [tuple(10 + j for j in range(9))] * 3)
    solide = reechantillonner(lue, 30, 2)
    assert np.isnan(solide.bas).all() and not np.isnan(solide.stabilite).any()


# --- two methods on the same places ---------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 2), st.none() | st.integers(0, 4), st.none() | st.integers(0, 900)),
        max_size=60,
    )
)
def test_lines_columns_and_cells_of_a_matrix_sum_to_the_same_total(paires):
    matrice = croiser(paires, 3, 5)
    assert matrice.total.lieux == len(paires)
    assert matrice.total.logements == sum(logements or 0 for *_, logements in paires)
    for marge in (matrice.lignes, matrice.colonnes):
        assert sum(case.lieux for case in marge) == len(paires)
        assert sum(case.logements for case in marge) == matrice.total.logements
    assert matrice.classees == sum(a is not None and b is not None for a, b, _ in paires)


def test_a_method_against_itself_is_a_diagonal():
    matrice = croiser([(rang, rang, 10) for rang in (0, 1, 1, 2)], 3, 3)
    assert [[case.lieux for case in ligne] for ligne in matrice.cases] == [
        [1, 0, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 0],
    ]
