"""A method that cannot be computed is refused, with every reason at once."""

import pytest

from diagnostic.calculs.indices import sans_reference
from diagnostic.calculs.indices_regle import RegleInvalide, lire_regle
from diagnostic.reference_methodes import PRESETS
from tests.diagnostic.moteur_d_indices import METHODES, MINIMA, methode, preset

LIMOGES = METHODES["limoges"]


def fautes(donnees: dict) -> list[str]:
    with pytest.raises(RegleInvalide) as refus:
        lire_regle(MINIMA | donnees)
    return refus.value.fautes


def avec(**champs) -> dict:
    """Valenciennes with an axis changed."""
    return {"axes": [METHODES["valenciennes"]["axes"][0] | champs]}


def composante(**champs) -> dict:
    base = {"code": "rotation", "population": "ensemble", "poids": "1", "sens": 1}
    return avec(composantes=[base | champs])


@pytest.mark.parametrize("code", [preset["code"] for preset in PRESETS])
def test_every_preset_can_be_read(code):
    assert preset(code).classes


@pytest.mark.parametrize(
    ("donnees", "faute"),
    [
        ({"axes": []}, "au moins un axe"),
        (avec(composantes=[]), "au moins une composante"),
        (composante(poids="0"), "tous les poids sont nuls"),
        (composante(poids="-1"), "le poids est négatif"),
        (composante(poids="beaucoup"), "« beaucoup » n'est pas un nombre"),
        (composante(poids="1/0"), "n'est pas un nombre"),
        (composante(code="bonheur"), "l'indicateur « bonheur » est inconnu"),
        (composante(population="recents"), "la population « recents » est inconnue"),
        (composante(sens=0), "le sens est 1 ou -1"),
        (avec(composantes=composante()["axes"][0]["composantes"] * 2), "y est deux fois"),
        (avec(normalisation="moyenne"), "normalisation inconnue : « moyenne »"),
        (avec(reference="lune"), "référence inconnue : « lune »"),
        (avec(base=10), "la base est 1 ou 100"),
        (avec(classes=[]), "les classes manquent"),
        (avec(normalisation="points"), "les paliers manquent"),
        ({"axes": LIMOGES["axes"]}, "demandent un croisement"),
        ({"axes": LIMOGES["axes"][:1] * 2}, "même code"),
        ({"manquante": "deviner"} | avec(), "« deviner »"),
        ({"minimum_repondants": 0} | avec(), "Minimum de répondants"),
        ({"minimum_composante": "onze"} | avec(), "Minimum dans la population"),
    ],
)
def test_a_fault_is_told(donnees, faute):
    assert any(faute in lue for lue in fautes(donnees))


def croisement(**champs) -> dict:
    return {"axes": LIMOGES["axes"], "croisement": LIMOGES["croisement"] | champs}


@pytest.mark.parametrize(
    ("champs", "faute"),
    [
        ({"axes": ["sociale"]}, "porte sur deux axes"),
        ({"axes": ["sociale", "sociale"]}, "porte sur deux axes"),
        ({"axes": ["sociale", "ailleurs"]}, "porte sur deux axes"),
        ({"table": [[0, 1, 2], [1, 2, 3]]}, "3 lignes et 3 colonnes"),
        ({"table": [[0, 1], [1, 2], [2, 3]]}, "3 lignes et 3 colonnes"),
        ({"table": [[0, 1, 2], [1, 2, 3], [2, 3, 5]]}, "une classe qui n'existe pas"),
        ({"classes": ["a", "a", "b", "c", "d"]}, "même libellé"),
        ({"classes": ["", "a", "b", "c", "d"]}, "sans libellé"),
        ({"aggravation": {"axe": "sociale", "sur": "ailleurs", "ecart": "0.1"}}, "compare deux axes"),
        ({"aggravation": {"axe": "sociale", "sur": "offre", "ecart": "un peu"}}, "n'est pas un nombre"),
    ],
)
def test_a_crossing_that_does_not_hold_is_told(champs, faute):
    assert any(faute in lue for lue in fautes(croisement(**champs)))


@pytest.mark.parametrize(
    ("regle", "faute"),
    [
        ({"libelle": ""}, "le libellé manque"),
        ({"libelle": "x", "si": {"classe": ["Ailleurs"]}}, "« Ailleurs » n'existe pas"),
        ({"libelle": "x", "si": {"equipements": [5]}}, "va de 1 à 4"),
        ({"libelle": "x", "si": {"altitude": [1]}}, "condition inconnue « altitude »"),
        ({"libelle": "x", "si": {"qpv": "peut-être"}}, "vrai ou faux"),
    ],
)
def test_a_rule_of_quartier_that_does_not_hold_is_told(regle, faute):
    assert any(faute in lue for lue in fautes(avec() | {"regles_quartier": [regle]}))


def test_every_fault_is_told_at_once():
    assert len(fautes(composante(poids="0", sens=7) | {"manquante": "x", "minimum_repondants": 0})) == 4


def test_bounds_and_weights_are_exact_decimals_with_a_point_or_a_comma():
    regle = methode({"code": "rotation", "poids": "0,1"}, classes=("0,90", "1.10"))
    (axe,) = regle.axes
    assert (axe.bornes[0] * 10, axe.bornes[1] * 10, axe.composantes[0].poids * 10) == (9, 11, 1)


def test_components_whose_reference_says_nothing_are_listed():
    regle = preset("valenciennes")
    connues = {c.cle: (10, 100) for c in regle.composantes}
    muettes = {"rotation/ensemble": (0, 100), "impayes_3_mois/ensemble": (None, None)}
    listees = sans_reference(regle, {"fragilite": connues | muettes})
    assert [c.code for _, c in listees] == ["impayes_3_mois", "rotation"]
    assert sans_reference(regle, {"fragilite": connues}) == []
