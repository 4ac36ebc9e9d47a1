"""Outlines of secteurs being drawn: read, cut, enlarged, refused with every fault."""

import json

import geopandas as gpd
import pytest
import shapely

from diagnostic.calculs.secteurs import (
    Secteur,
    SecteursInvalides,
    diviser,
    ecrire,
    elargir,
    lire,
    lire_ligne,
    superposes,
)

CARRE = shapely.box(2, 46, 3, 47)
NOEUD = shapely.Polygon([(2, 46), (3, 47), (3, 46), (2, 47), (2, 46)])
METRES = 2154


def geojson(*entites):
    return json.dumps({"type": "FeatureCollection", "features": list(entites)})


def entite(code="S1", nom="Secteur 1", contour=CARRE, **proprietes):
    geometrie = json.loads(shapely.to_geojson(contour)) if isinstance(contour, shapely.Geometry) else contour
    return {"type": "Feature", "properties": {"code": code, "nom": nom} | proprietes, "geometry": geometrie}


def test_what_is_written_is_read_again():
    secteurs = [Secteur("S1", "Nord", CARRE, "99001"), Secteur("S2", "Sud", shapely.MultiPolygon([CARRE]))]
    assert lire(ecrire(secteurs)) == secteurs


def test_a_name_is_trimmed_and_properties_are_read_in_any_case():
    (lu,) = lire(geojson(entite(code=" S 1 ") | {"properties": {"CODE": 12, "Nom": " Le  Nord "}}))
    assert (lu.code, lu.nom) == ("12", "Le Nord")


FAUTES = [
    ("", "GeoJSON"),
    ("[1]", "FeatureCollection"),
    ('{"features": 3}', "FeatureCollection"),
    (geojson(entite(contour=NOEUD)), "se croise lui-même près de 2.5 ; 46.5"),
    (geojson(entite(contour=shapely.Point(2, 46))), "pas un polygone"),
    (geojson(entite(contour=None)), "pas un polygone"),
    (geojson(entite(contour={"type": "Polygon", "coordinates": [[[2, 46], [3, 46]]]})), "illisible"),
    (geojson(entite(contour={"type": "Polygon", "coordinates": "x"})), "illisible"),
    (geojson(entite(contour={"type": "Polygon", "coordinates": []})), "vide"),
    (
        '{"features": [{"properties": {"code": "S1", "nom": "N"}, "geometry": {"type": "Polygon", "coordinates":'
        " [[[NaN, 46], [3, 46], [3, 47], [NaN, 46]]]}}]}",
        "illisible",
    ),
    (geojson(entite(contour=shapely.box(600000, 6000000, 600100, 6000100))), "pas des degrés"),
    (geojson(entite(code="")), "un code"),
    (geojson(entite(code="x" * 31)), "un code"),
    (geojson(entite(code="S\u00001")), "un code"),
    (geojson(entite(nom="  ")), "un nom"),
    (geojson(entite(), entite(nom="Autre")), "Le code S1 y est deux fois"),
    (geojson(*[entite(code=f"S{i}") for i in range(501)]), "Plus de 500"),
    (geojson("x"), "n° 1"),
]


@pytest.mark.parametrize(("texte", "faute"), FAUTES)
def test_a_drawing_that_cannot_be_kept_says_why(texte, faute):
    with pytest.raises(SecteursInvalides) as refus:
        lire(texte)
    assert faute in str(refus.value)


def test_every_fault_is_said_at_once():
    with pytest.raises(SecteursInvalides) as refus:
        lire(geojson(entite(contour=NOEUD), entite(code="S2", nom=""), entite(code="S3")))
    assert [faute.split(" :")[0] for faute in refus.value.fautes] == ["Secteur S1", "Secteur S2"]


def test_a_line_across_cuts_a_secteur_in_two_the_larger_first():
    un, deux = diviser(Secteur("S1", "Nord", CARRE, "99001"), lire_ligne("2.7,45.9 2.7,47.1"))
    assert (un.code, un.nom, un.commune) == ("S1-1", "Nord 1", "99001") and deux.code == "S1-2"
    assert un.contour.area == pytest.approx(0.7) and deux.contour.area == pytest.approx(0.3)
    assert shapely.union_all([un.contour, deux.contour]).equals(CARRE)


@pytest.mark.parametrize("ligne", ["2.2,46.2 2.8,46.8", "4,46 4,47", "1.9,46.5 2.5,46.5"])
def test_a_line_that_does_not_cross_cuts_nothing(ligne):
    with pytest.raises(SecteursInvalides, match="prolongez-la"):
        diviser(Secteur("S1", "Nord", CARRE), lire_ligne(ligne))


@pytest.mark.parametrize("texte", ["", "2,46", "2,46 2,46", "2;46 3;47", "2,46,1 3,47,1", "nan,46 3,47", "2,46 inf,47"])
def test_a_line_that_cannot_be_read_is_refused(texte):
    with pytest.raises(SecteursInvalides, match="sommets"):
        lire_ligne(texte)


def test_codes_and_names_of_pieces_keep_within_their_length():
    (un, _) = diviser(Secteur("c" * 30, "n" * 200, CARRE), lire_ligne("2.5,45 2.5,48"))
    assert len(un.code) <= 30 and len(un.nom) <= 200 and un.code.endswith("-1")


def en_metres(contour):
    return gpd.GeoSeries([contour], crs=4326).to_crs(METRES).iloc[0]


def test_enlarging_adds_so_many_metres_all_around():
    petit = shapely.box(2.5, 46.5, 2.51, 46.51)
    large = elargir(Secteur("S1", "Nord", petit), 100).contour
    assert large.contains(petit)
    assert shapely.hausdorff_distance(en_metres(petit), en_metres(large)) == pytest.approx(100, abs=2)


@pytest.mark.parametrize("metres", [0, -5, 5001, float("nan")])
def test_enlarging_has_its_bounds(metres):
    with pytest.raises(SecteursInvalides, match="Élargissez"):
        elargir(Secteur("S1", "Nord", CARRE), metres)


def test_secteurs_that_share_more_than_an_edge_are_listed():
    contours = [shapely.box(2, 46, 2.1, 46.1), shapely.box(2.1, 46, 2.2, 46.1), shapely.box(2.15, 46, 2.3, 46.1)]
    assert superposes(["A", "B", "C"], contours) == [("B", "C")]
    assert superposes([], []) == []
