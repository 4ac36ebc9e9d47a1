"""Classes of an indicator on the map, direction of a change of class, outlines made lighter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostic.calculs.carte import bornes, echelon, intervalles, rang, sens
from diagnostic.calculs.contours import TOLERANCES, alleger

CENTIEMES = [n / 100 for n in range(101)]


@pytest.mark.parametrize(
    ("valeurs", "en_part", "attendues"),
    [
        (CENTIEMES, True, (0.2, 0.4, 0.6, 0.8)),
        ([n / 1000 for n in range(41)], True, (0.008, 0.016, 0.024, 0.032)),  # close rates: to a tenth of a percent
        ([10, 20, 30, 40, 50, 60], False, (20.0, 30.0, 40.0, 50.0)),
        ([0.0] * 8 + [1.0] * 3, True, (1.0,)),  # most at zero: one bound is left
        ([0.3] * 12, True, ()),
        ([0.3], True, ()),
        ([], True, ()),
    ],
)
def test_bounds_are_readable_quintiles(valeurs, en_part, attendues):
    assert bornes(valeurs, en_part) == attendues


@given(st.lists(st.floats(0, 1), max_size=60))
def test_every_rate_has_its_class_and_no_class_below_the_first_bound_is_empty(valeurs):
    limites = bornes(valeurs, True)
    assert len(limites) <= 4 and list(limites) == sorted(set(limites))
    assert len(intervalles(limites, True)) == len(limites) + 1
    rangs = [rang(valeur, limites) for valeur in valeurs]
    assert all(0 <= un <= len(limites) for un in rangs)
    assert not limites or 0 in rangs


@pytest.mark.parametrize(("valeur", "attendu"), [(0.1, 0), (0.2, 1), (0.39, 1), (0.4, 2), (1.0, 4)])
def test_class_holds_its_lower_bound_and_not_its_upper_one(valeur, attendu):
    assert rang(valeur, (0.2, 0.4, 0.6, 0.8)) == attendu


@pytest.mark.parametrize(
    ("limites", "en_part", "mots"),
    [
        ((0.125, 0.25), True, ["moins de 12,5\u202f%", "de 12,5 à moins de 25\u202f%", "25\u202f% et plus"]),
        ((5.0,), False, ["moins de 5", "5 et plus"]),
        ((), True, ["toutes les valeurs"]),
    ],
)
def test_classes_in_words(limites, en_part, mots):
    assert intervalles(limites, en_part) == mots


@pytest.mark.parametrize(
    ("rang", "nombre", "teinte"), [(0, 4, 0), (1, 4, 1), (2, 4, 3), (3, 4, 4), (0, 1, 0), (2, 5, 2)]
)
def test_shade_goes_from_palest_to_darkest_whatever_the_number_of_classes(rang, nombre, teinte):
    assert echelon(rang, nombre) == teinte


@pytest.mark.parametrize(
    ("avant", "apres", "attendu"),
    [
        ((0, 4), (1, 4), 1),
        ((3, 4), (1, 4), -1),
        ((2, 4), (2, 4), 0),
        ((None, 4), (1, 4), None),
        ((1, 4), (None, 4), None),
        ((2, 3), (3, 4), 0),  # the darkest of three is the darkest of four
        ((1, 3), (3, 4), 1),
        ((5, 7), (6, 7), 1),  # as many classes: by rank, even where two share a shade
    ],
)
def test_direction_of_a_change_of_class(avant, apres, attendu):
    assert sens(*avant, *apres) == attendu


# --- outlines -------------------------------------------------------------------------------------------------------


def dentele(gauche: float, droite: float) -> dict:
    """A square whose right side is jagged by a few metres."""
    cote = [[droite + (n % 2) * 3e-5, 46 + n / 100] for n in range(101)]
    return {"type": "Polygon", "coordinates": [[[gauche, 46], *cote, [gauche, 47], [gauche, 46]]]}


def sommets(geometrie: dict) -> list:
    return [tuple(point) for anneau in geometrie["coordinates"] for point in anneau]


def test_fewer_vertices_from_afar_and_all_of_them_near():
    nombres = [len(sommets(alleger([dentele(2, 3)], detail)[0])) for detail in range(len(TOLERANCES))]
    assert nombres[0] <= 10 and nombres[0] <= nombres[1] <= nombres[2] == len(sommets(dentele(2, 3)))


def test_neighbours_keep_the_same_border():
    gauche = dentele(2, 3)
    droite = {"type": "Polygon", "coordinates": [[*gauche["coordinates"][0][1:-2], [4, 47], [4, 46], [3, 46]]]}
    un, deux = alleger([gauche, droite], 0, jointives=True)
    communs = {point for point in sommets(un) if point[0] > 2.5}
    assert communs <= set(sommets(deux))


def test_coordinates_are_rounded_to_a_metre_and_a_collection_stays_one():
    collection = {
        "type": "GeometryCollection",
        "geometries": [{"type": "Point", "coordinates": [2.1234567, 46.7654321]}],
    }
    (lue,) = alleger([collection], 0, jointives=True)
    assert lue["geometries"][0]["coordinates"] == (2.12346, 46.76543)
