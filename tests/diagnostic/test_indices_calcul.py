"""The index engine on tables of counts: both presets worked out by hand, then what must hold for any counts."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostic.calculs.indices import Alerte, calculer
from diagnostic.calculs.indices_regle import RegleInvalide, lire_regle
from diagnostic.calculs.indices_scores import Etat
from diagnostic.reference_methodes import MINIMUM, PRESETS

MANQUANTE, PEU_DE_REPONDANTS = "composante_manquante", "composante_peu_de_repondants"
REPONDANTS_INSUFFISANTS, AUCUNE_COMPOSANTE = "repondants_insuffisants", "aucune_composante"
METHODES = {preset["code"]: preset for preset in PRESETS}
VALENCIENNES = ("impayes_3_mois", "beneficiaires_apl", "sous_plafond_plai", "rotation")
REPERE17 = ("menages_moins_40_pct_plus", "beneficiaires_apl", "sans_emploi_ou_inactifs", "menages_moins_40_pct_plus")


def regle(code, poids=None):
    (axe,) = METHODES[code]["axes"]
    if poids:
        axe = axe | {"composantes": [c | {"poids": p} for c, p in zip(axe["composantes"], poids)]}
    return lire_regle(donnees(axe))


def donnees(*axes, **autres):
    minima = {"minimum_repondants": MINIMUM, "minimum_composante": MINIMUM}
    return {"axes": axes, "manquante": "renormaliser"} | minima | autres


def tableau(une_regle, lieux):
    """`lieux`: [(repondants, [(effectif, n, d) a component])]."""
    lignes = []
    for repondants, composantes in lieux:
        ligne = {"repondants": repondants}
        for c, (effectif, n, d) in zip(une_regle.composantes, composantes):
            ligne |= {f"effectif {c.cle}": effectif, f"n {c.cle}": n, f"d {c.cle}": d}
        lignes.append(ligne)
    return pd.DataFrame(lignes).astype(float)


def calcul(code, lieux, references, poids=None):
    une_regle = regle(code, poids)
    cles = [c.cle for c in une_regle.composantes]
    axe = une_regle.axes[0]
    resultat = calculer(une_regle, tableau(une_regle, lieux), {axe.code: dict(zip(cles, references))})
    lu = resultat.axes[0]
    codes = [Alerte(int(bits)).codes for bits in resultat.alertes]
    return SimpleNamespace(**vars(lu), alertes=codes)


REFERENCE_VALENCIENNES = [(10, 100), (50, 100), (60, 100), (8, 100)]


def valenciennes(*comptes, repondants=100, effectif=100):
    """Value, rank, flags of one place; `comptes`: (n, d) of the four components, None for an unknown one."""
    composantes = [(effectif, *c) if c else (None, None, None) for c in comptes]
    resultat = calcul("valenciennes", [(repondants, composantes)], REFERENCE_VALENCIENNES)
    return resultat.valeur[0], resultat.rang[0], resultat.alertes[0]


def test_the_two_presets_hold_the_components_and_bounds_of_the_rules():
    assert tuple(c.code for c in regle("valenciennes").composantes) == VALENCIENNES
    assert tuple(c.code for c in regle("repere17_precarite").composantes) == REPERE17
    assert [c.population for c in regle("repere17_precarite").composantes] == ["ensemble"] * 3 + ["recents"]
    assert regle("valenciennes").axes[0].bornes == (Fraction(9, 10), Fraction(11, 10), Fraction(13, 10))
    assert regle("repere17_precarite").axes[0].bornes == (90, 110, 130)
    assert regle("valenciennes").classes == (
        "Préservés",
        "Dans la moyenne de l'agglomération",
        "Fragilité apparente",
        "Fragilité marquée",
    )
    assert regle("valenciennes").sources == {"ops", "gestion"}
    assert regle("repere17_precarite").sources == {"ops"}


@pytest.mark.parametrize(
    ("impayes", "apl", "plai", "rotation", "valeur", "rang"),
    [
        ((2, 20), (10, 20), (12, 20), (8, 100), 1.0, 1),
        ((0, 20), (0, 20), (0, 20), (0, 100), 0.0, 0),
        ((8, 100), (45, 100), (54, 100), (72, 1000), 0.875, 0),
        ((9, 100), (45, 100), (54, 100), (72, 1000), 0.9, 1),
        ((11, 100), (55, 100), (66, 100), (87, 1000), 1.096875, 1),
        ((11, 100), (55, 100), (66, 100), (88, 1000), 1.1, 2),
        ((13, 100), (65, 100), (78, 100), (103, 1000), 1.296875, 2),
        ((13, 100), (65, 100), (78, 100), (104, 1000), 1.3, 3),
        ((40, 100), (50, 100), (60, 100), (8, 100), 1.75, 3),
    ],
)
def test_valenciennes_worked_out_by_hand_up_to_its_bounds(impayes, apl, plai, rotation, valeur, rang):
    assert valenciennes(impayes, apl, plai, rotation) == (pytest.approx(valeur, abs=1e-12), rang, [])


@pytest.mark.parametrize(
    ("comptes", "valeur", "rang"),
    [
        ([None, (35, 100), (60, 100), (8, 100)], 0.9, 1),
        ([(5, 50), None, None, (13, 125)], 1.15, 2),
        ([None, None, None, (104, 1000)], 1.3, 3),
        ([(0, 0), (50, 100), (60, 100), (8, 100)], 1.0, 1),
    ],
)
def test_a_missing_component_renormalises_the_weights_and_is_flagged(comptes, valeur, rang):
    assert valenciennes(*comptes) == (pytest.approx(valeur, abs=1e-12), rang, [MANQUANTE])


def test_no_component_no_value():
    valeur, rang, alertes = valenciennes(None, None, None, None)
    assert (np.isnan(valeur), rang, alertes) == (True, -1, [AUCUNE_COMPOSANTE, MANQUANTE])


@pytest.mark.parametrize(("repondants", "a_une_valeur"), [(None, False), (0, False), (10, False), (11, True)])
def test_fewer_than_eleven_respondents_give_no_value(repondants, a_une_valeur):
    valeur, rang, alertes = valenciennes((2, 20), (10, 20), (12, 20), (8, 100), repondants=repondants)
    assert (not np.isnan(valeur), rang >= 0) == (a_une_valeur, a_une_valeur)
    assert alertes == ([] if a_une_valeur else [REPONDANTS_INSUFFISANTS])


@pytest.mark.parametrize(
    ("effectif", "etat"), [(None, MANQUANTE), (0, PEU_DE_REPONDANTS), (10, PEU_DE_REPONDANTS), (11, "")]
)
def test_a_component_needs_eleven_in_its_own_population(effectif, etat):
    lieu = (100, [(100, 10, 100), (100, 50, 100), (100, 60, 100), (effectif, 5, 10)])
    resultat = calcul("valenciennes", [lieu], REFERENCE_VALENCIENNES)
    assert resultat.alertes[0] == ([etat] if etat else [])
    assert resultat.etats[0, 3] == {"": Etat.PRESENTE, MANQUANTE: Etat.MANQUANTE}.get(etat, Etat.PEU_DE_REPONDANTS)
    assert resultat.poids[0].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0] if etat else [0.25] * 4)
    assert np.isnan(resultat.contributions[0, 3]) == bool(etat)


@pytest.mark.parametrize("reference", [(0, 100), (0, 0), (None, None), (5, 0), None])
def test_a_reference_rate_of_zero_or_unknown_leaves_the_component_out(reference):
    references = [reference, *REFERENCE_VALENCIENNES[1:]]
    lieu = (100, [(100, 10, 100), (100, 45, 100), (100, 54, 100), (100, 72, 1000)])
    resultat = calcul("valenciennes", [lieu], references)
    assert resultat.etats[0].tolist() == [Etat.MANQUANTE, Etat.PRESENTE, Etat.PRESENTE, Etat.PRESENTE]
    assert (resultat.valeur[0], resultat.rang[0]) == (pytest.approx(0.9), 1)


REFERENCE_REPERE = [(40, 100), (50, 100), (30, 120), (20, 50)]


@pytest.mark.parametrize(
    ("comptes", "valeur", "rang"),
    [
        ([(40, 100), (50, 100), (30, 120), (20, 50)], 100.0, 1),
        ([(36, 100), (45, 100), (27, 120), (18, 50)], 90.0, 1),
        ([(36, 100), (45, 100), (27, 120), (17, 50)], 88.75, 0),
        ([(44, 100), (55, 100), (33, 120), (22, 50)], 110.0, 2),
        ([(52, 100), (65, 100), (39, 120), (26, 50)], 130.0, 3),
        ([(52, 100), (65, 100), (39, 120), (25, 50)], 128.75, 2),
    ],
)
def test_repere17_worked_out_by_hand_in_base_100(comptes, valeur, rang):
    lieu = (100, [(100, *comptes[0]), (100, *comptes[1]), (100, *comptes[2]), (50, *comptes[3])])
    resultat = calcul("repere17_precarite", [lieu], REFERENCE_REPERE)
    assert (resultat.valeur[0], resultat.rang[0]) == (valeur, rang)
    assert np.nansum(resultat.contributions[0]) == pytest.approx(valeur)


def test_few_recent_arrivals_leave_their_component_out():
    lieu = (100, [(100, 36, 100), (100, 45, 100), (100, 27, 120), (10, 9, 10)])
    resultat = calcul("repere17_precarite", [lieu], REFERENCE_REPERE)
    assert (resultat.valeur[0], resultat.rang[0], resultat.alertes[0]) == (90.0, 1, [PEU_DE_REPONDANTS])


def test_weights_are_those_of_the_method():
    lieu = (100, [(100, 20, 100), (100, 50, 100), (100, 60, 100), (100, 8, 100)])
    resultat = calcul("valenciennes", [lieu], REFERENCE_VALENCIENNES, poids=["0.5", "0.5", "1", 2])
    assert resultat.poids[0].tolist() == [0.125, 0.125, 0.25, 0.5]
    assert resultat.valeur[0] == pytest.approx(1.125)


@pytest.mark.parametrize(
    "classes",
    [
        [{"libelle": "a", "min": None, "max": "1"}, {"libelle": "b", "min": "2", "max": None}],
        [{"libelle": "a", "min": None, "max": "2"}, {"libelle": "b", "min": "1", "max": None}],
        [{"libelle": "a", "min": "0", "max": "1"}, {"libelle": "b", "min": "1", "max": None}],
        [{"libelle": c, "min": b, "max": h} for c, b, h in [("a", None, "2"), ("b", "2", "1"), ("c", "1", None)]],
    ],
)
def test_classes_with_a_hole_or_an_overlap_are_refused(classes):
    with pytest.raises(RegleInvalide, match="se suivre"):
        lire_regle(donnees(METHODES["valenciennes"]["axes"][0] | {"classes": classes}))


# --- for any counts -------------------------------------------------------------------------------------------------

toujours = settings(deadline=None)  # a busy machine is no counter-example
compte = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda c: (min(c), max(c)))
cellule = st.one_of(st.just((None, None, None)), st.tuples(st.integers(5, 40), compte).map(lambda t: (t[0], *t[1])))
lieu = st.tuples(st.integers(8, 60), st.lists(cellule, min_size=4, max_size=4))
territoire = st.lists(compte, min_size=4, max_size=4)


def exacte(code, lieu, references):
    """Value in fractions, straight from the rule; None without value."""
    repondants, cellules = lieu
    rapports = [
        Fraction(n, d) / Fraction(*reference)
        for (effectif, n, d), reference in zip(cellules, references)
        if effectif is not None and effectif >= 11 and d and reference[0]
    ]
    if repondants < 11 or not rapports:
        return None
    return METHODES[code]["axes"][0]["base"] * sum(rapports) / len(rapports)


@toujours
@given(
    code=st.sampled_from(["repere17_precarite", "valenciennes"]),
    lieux=st.lists(lieu, min_size=1, max_size=6),
    references=territoire,
)
def test_value_and_class_are_those_of_exact_arithmetic(code, lieux, references):
    resultat = calcul(code, lieux, references)
    for i, un in enumerate(lieux):
        attendue = exacte(code, un, references)
        assert np.isnan(resultat.valeur[i]) == (attendue is None) == (resultat.rang[i] == -1)
        if attendue is not None:
            assert resultat.valeur[i] == pytest.approx(float(attendue), rel=1e-12)
            assert resultat.rang[i] == sum(attendue >= borne for borne in regle(code).axes[0].bornes)
        else:
            assert resultat.alertes[i]


@toujours
@given(lieux=st.lists(lieu, min_size=1, max_size=6), references=territoire)
def test_contributions_sum_to_the_value_and_weights_to_one(lieux, references):
    resultat = calcul("repere17_precarite", lieux, references)
    avec = ~np.isnan(resultat.valeur)
    assert np.nansum(resultat.contributions, axis=1)[avec] == pytest.approx(resultat.valeur[avec])
    assert resultat.poids.sum(axis=1) == pytest.approx(avec.astype(float))
    assert np.isnan(resultat.contributions[~avec]).all()


@toujours
@given(lieux=st.lists(lieu, min_size=2, max_size=8), references=territoire)
def test_classes_keep_the_order_of_the_values(lieux, references):
    resultat = calcul("valenciennes", lieux, references)
    avec = np.flatnonzero(~np.isnan(resultat.valeur))
    ranges = resultat.rang[avec][np.argsort(resultat.valeur[avec], kind="stable")]
    assert (np.diff(ranges) >= 0).all()


@toujours
@given(un=lieu, references=territoire, facteur=st.integers(2, 9))
def test_a_ratio_does_not_change_when_counts_are_multiplied(un, references, facteur):
    multiplie = (un[0], [(e, n and n * facteur, d and d * facteur) for e, n, d in un[1]])
    grandes = [(n * facteur, d * facteur) for n, d in references]
    avant, apres = (calcul("valenciennes", [lieu_], refs) for lieu_, refs in ((un, references), (multiplie, grandes)))
    assert apres.valeur == pytest.approx(avant.valeur, nan_ok=True)
    assert apres.rang.tolist() == avant.rang.tolist()


@toujours
@given(compte_n=st.integers(1, 400), facteur=st.integers(1, 50), borne=st.sampled_from([9, 11, 13]))
def test_a_place_exactly_on_a_bound_is_in_the_upper_class(compte_n, facteur, borne):
    """Every ratio is borne/10 by construction, whatever the counts."""
    references = [(compte_n * 10, 9999), (7 * 10, 333), (compte_n, 7), (3 * facteur, 17)]
    cellules = [(20, n * borne * facteur, d * 10 * facteur) for n, d in references]
    resultat = calcul("valenciennes", [(20, cellules)], references)
    assert (resultat.valeur[0], resultat.rang[0]) == (borne / 10, {9: 1, 11: 2, 13: 3}[borne])
