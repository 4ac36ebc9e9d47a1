"""Geographic files: three containers, two projections, polygons repaired and counted, anything else refused plainly."""

import json
import random
import zipfile

import geopandas as gpd
import pytest
import shapely

from partenaires.depots.lecture_geographique import lire
from partenaires.depots.rapport import Refus

CARRE = shapely.box(2, 46, 2.01, 46.01)
NOEUD = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2), (0, 0)])


def cadre(*geometries, crs=4326):
    return gpd.GeoDataFrame(
        {"Code": [f"QP{n}" for n in range(len(geometries))], "Nom": ["Été"] * len(geometries)},
        geometry=list(geometries),
        crs=4326,
    ).to_crs(crs)


def zipper(cadre, chemin, avec_prj=True):
    dossier = chemin.with_suffix("")
    dossier.mkdir()
    cadre.to_file(dossier / "couche.shp")
    with zipfile.ZipFile(chemin, "w") as archive:
        for fichier in dossier.iterdir():
            if avec_prj or fichier.suffix != ".prj":
                archive.write(fichier, fichier.name)
    return chemin


def lignes(chemin):
    entetes, suite = lire(chemin)
    return [dict(zip(entetes, ligne)) for ligne in suite]


@pytest.mark.parametrize("crs", [4326, 2154])
@pytest.mark.parametrize("nom", ["a.geojson", "a.gpkg", "a.zip", "sans_extension"])
def test_three_containers_and_two_projections_give_the_same_outline(tmp_path, nom, crs):
    chemin = tmp_path / nom
    if nom == "a.zip":
        zipper(cadre(CARRE, crs=crs), chemin)
    else:
        cadre(CARRE, crs=crs).to_file(chemin, driver="GPKG" if nom.endswith("gpkg") else "GeoJSON")
    (ligne,) = lignes(chemin)
    assert ligne["Code"] == "QP0" and ligne["Nom"] == "Été" and ligne["__reparee__"] == "0"
    lu = shapely.from_geojson(ligne["__geometrie__"])
    assert lu.symmetric_difference(CARRE).area < 1e-9


@pytest.mark.parametrize("sommets", [2_000, 20_000])
def test_an_outline_that_crosses_itself_without_end_is_refused_before_it_is_repaired(tmp_path, sommets):
    """The repair would take minutes, then hours; the line of the feature is told."""
    chemin, hasard = tmp_path / "a.geojson", random.Random(sommets)
    points = [(hasard.uniform(2, 2.1), hasard.uniform(46, 46.1)) for _ in range(sommets)]
    cadre(CARRE, shapely.Polygon(points)).to_file(chemin)
    with pytest.raises(Refus, match="se croise") as refus:
        lire(chemin)
    assert refus.value.constats[0].lignes == [3]


def test_invalid_polygon_is_repaired_and_flagged(tmp_path):
    chemin = tmp_path / "a.geojson"
    cadre(CARRE, NOEUD).to_file(chemin)
    saine, reparee = lignes(chemin)
    assert (saine["__reparee__"], reparee["__reparee__"]) == ("0", "1")
    lu = shapely.from_geojson(reparee["__geometrie__"])
    assert lu.is_valid and lu.area == pytest.approx(2)


def test_repair_keeps_the_polygons_only(tmp_path):
    chemin = tmp_path / "a.geojson"
    epine = shapely.Polygon([(0, 0), (1, 0), (1, 1), (3, 3), (1, 1), (0, 1), (0, 0)])
    cadre(epine).to_file(chemin)
    (ligne,) = lignes(chemin)
    lu = shapely.from_geojson(ligne["__geometrie__"])
    assert lu.geom_type in ("Polygon", "MultiPolygon") and lu.area == pytest.approx(1)


def test_feature_without_a_polygon_has_an_empty_outline(tmp_path):
    chemin = tmp_path / "a.geojson"
    cadre(shapely.Point(2, 46)).to_file(chemin)
    assert lignes(chemin)[0]["__geometrie__"] == ""


def test_numeric_codes_stay_plain_text(tmp_path):
    chemin = tmp_path / "a.geojson"
    traits = [
        {"type": "Feature", "properties": {"code": code}, "geometry": json.loads(shapely.to_geojson(CARRE))}
        for code in (31555, None)
    ]
    chemin.write_text(json.dumps({"type": "FeatureCollection", "features": traits}))
    assert [ligne["code"] for ligne in lignes(chemin)] == ["31555", ""]


@pytest.mark.parametrize(
    "contenu", [b"code;nom\n1;a\n", b"", b"\x89PNG\r\n", b'{"a": 1}', b'{"type": "FeatureCollection', b"PK\x03\x04xx"]
)
def test_anything_else_is_refused_in_plain_words(tmp_path, contenu):
    chemin = tmp_path / "a.geojson"
    chemin.write_bytes(contenu)
    with pytest.raises(Refus, match="Attendu"):
        lire(chemin)


def test_archive_must_hold_exactly_one_shapefile(tmp_path):
    chemin = tmp_path / "a.zip"
    with zipfile.ZipFile(chemin, "w") as archive:
        archive.writestr("lisez-moi.txt", "rien")
    with pytest.raises(Refus, match="exactement un"):
        lire(chemin)


def test_lambert_without_its_projection_file_is_refused(tmp_path):
    chemin = zipper(cadre(CARRE, crs=2154), tmp_path / "a.zip", avec_prj=False)
    with pytest.raises(Refus, match="système de coordonnées"):
        lire(chemin)
