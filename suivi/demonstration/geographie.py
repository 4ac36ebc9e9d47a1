"""Outlines drawn by formula: an island, its communes as the cells around their chefs-lieux, its quarters as hexagons.

Everything is worked out in Lambert-93 metres; files are written in WGS84.
"""

from functools import cache

import geopandas as gpd
import numpy as np
import shapely
from shapely import Polygon

from suivi.demonstration.decor import CENTRE, COMMUNES, EPCI, PROJET, QUARTIERS

LAMBERT_93 = 2154
WGS84 = 4326
ABORDS_M = 250


def depuis_centre(dx: float, dy: float) -> tuple[float, float]:
    return CENTRE[0] + dx, CENTRE[1] + dy


@cache
def ile() -> Polygon:
    """Coast: a circle of 9.5 km bent by a few waves."""
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    ondes = ((2, 0.3, 0.12), (3, 2, 0.06), (7, -1.6, 0.03), (19, -1.6, 0.012))
    rayon = 9_500 * (1 + sum(force * np.cos(nombre * angle + phase) for nombre, phase, force in ondes))
    return Polygon(np.column_stack([CENTRE[0] + rayon * np.cos(angle), CENTRE[1] + rayon * np.sin(angle)]))


def chefs_lieux() -> dict[str, tuple[float, float]]:
    return {commune.code: depuis_centre(*commune.chef_lieu) for commune in COMMUNES}


@cache
def communes() -> dict[str, Polygon]:
    """Outline of each commune: what is nearer to its chef-lieu than to any other, within the coast."""
    points = {code: shapely.Point(xy) for code, xy in chefs_lieux().items()}
    cellules = shapely.voronoi_polygons(shapely.MultiPoint(list(points.values())), extend_to=ile().envelope)
    return {
        code: next(cellule for cellule in cellules.geoms if cellule.covers(point)).intersection(ile())
        for code, point in points.items()
    }


@cache
def quartiers() -> dict[str, Polygon]:
    """Outline of each quarter: an uneven hexagon."""
    return {quartier.code: hexagone(quartier, rang) for rang, quartier in enumerate(QUARTIERS)}


def hexagone(quartier, rang: int) -> Polygon:
    x, y = chefs_lieux()[quartier.commune]
    angle = np.linspace(0, 2 * np.pi, 6, endpoint=False) + 0.4 * rang
    rayon = quartier.rayon * (1 + 0.22 * np.cos(2 * angle + rang) + 0.1 * np.sin(3 * angle))
    coins = np.column_stack([np.cos(angle), np.sin(angle)]) * rayon[:, None]
    return Polygon(coins + np.array([x, y]) + np.array(quartier.position))


def perimetre_npnru() -> Polygon:
    return quartiers()[PROJET.qpv].buffer(PROJET.marge, join_style="mitre")


# --- points ---------------------------------------------------------------------------------------------------------
def point_en_quartier(rng, code: str) -> tuple[float, float]:
    """A point well inside a quarter, metres."""
    return tirer(rng, quartiers()[code].buffer(-20), lambda zone: rng.uniform(zone[:2], zone[2:]))


def point_hors_quartier(rng, code_commune: str) -> tuple[float, float]:
    """A point of a commune, rather near its chef-lieu, out of every quarter of any version."""
    marge = shapely.union_all([perimetre_npnru(), *quartiers().values()]).buffer(50)
    libre = communes()[code_commune].buffer(-60).difference(marge)
    return tirer(rng, libre, lambda _: rng.normal(chefs_lieux()[code_commune], 1_000))


def tirer(rng, zone, essai) -> tuple[float, float]:
    shapely.prepare(zone)
    while True:
        x, y = essai(zone.bounds)
        if shapely.contains_xy(zone, x, y):
            return round(float(x), 1), round(float(y), 1)


# --- files ----------------------------------------------------------------------------------------------------------
def couche_communes() -> gpd.GeoDataFrame:
    noms = [commune.nom for commune in COMMUNES]
    codes = [commune.code for commune in COMMUNES]
    return en_wgs84({"code": codes, "nom": noms}, [communes()[code] for code in codes])


def couche_qpv(version: str) -> gpd.GeoDataFrame:
    retenus = [quartier for quartier in QUARTIERS if version in quartier.versions]
    champs = {
        "code": [quartier.code for quartier in retenus],
        "nom": [quartier.nom for quartier in retenus],
        "code_commune": [quartier.commune for quartier in retenus],
    }
    return en_wgs84(champs, [quartiers()[quartier.code] for quartier in retenus])


def couche_npnru() -> gpd.GeoDataFrame:
    commune = next(quartier.commune for quartier in QUARTIERS if quartier.code == PROJET.qpv)
    return en_wgs84({"code": [PROJET.quartier], "nom": [PROJET.nom], "code_commune": [commune]}, [perimetre_npnru()])


def couche_secteurs(version: str) -> gpd.GeoDataFrame:
    """Local secteurs: each quarter in force with what lies around it."""
    couche = couche_qpv(version)
    contours = [quartiers()[code].buffer(ABORDS_M) for code in couche.code]
    champs = {
        "code": [f"{EPCI}-{rang:02d}" for rang in range(1, len(couche) + 1)],
        "nom": [f"{nom} et abords" for nom in couche.nom],
        "code_commune": list(couche.code_commune),
    }
    return en_wgs84(champs, contours)


def en_wgs84(champs: dict, geometries: list) -> gpd.GeoDataFrame:
    couche = gpd.GeoDataFrame(champs, geometry=geometries, crs=LAMBERT_93).to_crs(WGS84)
    couche["geometry"] = shapely.set_precision(couche.geometry.values, 1e-6)
    return couche
