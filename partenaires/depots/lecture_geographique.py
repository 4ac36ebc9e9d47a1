"""Geographic files as rows of text: GeoJSON, GPKG and zipped shapefile, brought to EPSG:4326.

Two columns are added to the attributes: `__geometrie__`, the outline as GeoJSON text (empty where the feature has no
polygon), and `__reparee__`, 1 where the polygon was invalid as published and was repaired (`make_valid`, polygonal
parts kept).
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from partenaires.depots.rapport import Refus, refuser

GEOMETRIE, REPAREE = "__geometrie__", "__reparee__"
POLYGONES = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
CROISEMENTS_MAX = 1_000
SEGMENTS_PAR_LOT = 20
ATTENDU = "Attendu : GeoJSON, GPKG ou shapefile compressé (.zip)."


def illisible(message: str) -> Refus:
    return refuser("fichier_illisible", message)


def lire(chemin: Path | str) -> tuple[list[str], Iterator[list[str]]]:
    """Headers and rows of text of a geographic file. Raises Refus (`fichier_illisible`)."""
    cadre = _ouvrir(Path(chemin))
    geometries, reparees = polygones_valides(shapely.force_2d(cadre.geometry.values))
    attributs = pd.DataFrame(cadre.drop(columns=cadre.geometry.name))
    entetes = [*map(str, attributs.columns), GEOMETRIE, REPAREE]
    contours = np.where(shapely.is_missing(geometries), "", shapely.to_geojson(geometries))
    return entetes, _lignes(attributs, contours, reparees)


def _lignes(attributs: pd.DataFrame, contours, reparees) -> Iterator[list[str]]:
    for valeurs, contour, reparee in zip(attributs.itertuples(index=False, name=None), contours, reparees):
        yield [*map(_texte, valeurs), contour, "1" if reparee else "0"]


def polygones_valides(geometries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(polygonal geometries or None, mask of those that were invalid and had to be repaired)."""
    invalides = ~shapely.is_missing(geometries) & ~shapely.is_valid(geometries)
    for rang in np.flatnonzero(invalides):
        if trop_croise(geometries[rang]):
            raise refuser(
                "fichier_illisible",
                f"Le contour de la ligne {rang + 2} se croise lui-même plus de {CROISEMENTS_MAX} fois : il ne peut pas "
                "être réparé. Redessinez-le.",
                lignes=[int(rang) + 2],
            )
    reparees = np.array(geometries, dtype=object)
    reparees[invalides] = shapely.make_valid(reparees[invalides])
    return np.array([_partie_polygonale(g) for g in reparees], dtype=object), invalides


def trop_croise(geometrie) -> bool:
    """A repair costs as much as the lines meet: hours where every one meets every other."""
    anneaux = [shapely.get_coordinates(un) for un in shapely.get_rings(geometrie)]
    segments = shapely.linestrings(np.concatenate([np.stack([c[:-1], c[1:]], axis=1) for c in anneaux]))
    arbre, rencontres = shapely.STRtree(segments), 0
    for debut in range(0, len(segments), SEGMENTS_PAR_LOT):
        lot = segments[debut : debut + SEGMENTS_PAR_LOT]
        # each meets itself and its two neighbours
        rencontres += arbre.query(lot, predicate="intersects").shape[1] - 3 * len(lot)
        if rencontres > 2 * CROISEMENTS_MAX:
            return True
    return False


def _partie_polygonale(geometrie):
    """The polygons of a geometry, without the lines and points that a repair may leave; None where there is none."""
    if geometrie is None or geometrie.is_empty:
        return None
    if shapely.get_type_id(geometrie) in POLYGONES:
        return geometrie
    morceaux = [g for g in shapely.get_parts(geometrie) if shapely.get_type_id(g) in POLYGONES and not g.is_empty]
    return shapely.union_all(morceaux) if morceaux else None


def _ouvrir(chemin: Path) -> gpd.GeoDataFrame:
    try:
        cadre = gpd.read_file(_source(chemin))
    except Refus:
        raise
    except Exception as erreur:
        raise illisible(f"Fichier géographique illisible : {erreur}. {ATTENDU}") from erreur
    if not isinstance(cadre, gpd.GeoDataFrame):
        raise illisible(f"Ce fichier n'a pas de géométrie. {ATTENDU}")
    return _en_wgs84(cadre)


def _source(chemin: Path) -> str:
    """What GDAL opens, from the first bytes rather than from the name."""
    with chemin.open("rb") as fichier:
        debut = fichier.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if debut.startswith(b"PK"):
        return _shapefile(chemin)
    if debut.startswith(b"SQLite format 3"):
        return str(chemin)
    if debut.startswith(b"{"):
        return f"GeoJSON:{chemin}"
    raise illisible(f"Ce fichier n'est pas un fichier géographique. {ATTENDU}")


def _shapefile(chemin: Path) -> str:
    try:
        with zipfile.ZipFile(chemin) as archive:
            couches = [nom for nom in archive.namelist() if nom.lower().endswith(".shp")]
    except zipfile.BadZipFile as erreur:
        raise illisible(f"Archive .zip abîmée. {ATTENDU}") from erreur
    if len(couches) != 1:
        raise illisible(
            f"L'archive contient {len(couches)} shapefile(s) ; il en faut exactement un (.shp, .shx, .dbf, .prj)."
        )
    return f"/vsizip/{chemin.resolve()}/{couches[0]}"


def _en_wgs84(cadre: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if cadre.crs is not None:
        return cadre.to_crs(4326)
    ouest, sud, est, nord = cadre.total_bounds
    if len(cadre) and (max(abs(ouest), abs(est)) > 180 or max(abs(sud), abs(nord)) > 90):
        raise illisible(
            "Le système de coordonnées n'est pas indiqué (fichier .prj absent)"
            " et les coordonnées ne sont pas en degrés."
        )
    return cadre.set_crs(4326)


def _texte(valeur) -> str:
    if valeur is None or valeur is pd.NaT or (isinstance(valeur, float) and np.isnan(valeur)):
        return ""
    if isinstance(valeur, float) and valeur.is_integer():
        return str(int(valeur))
    return str(valeur)
