"""Outlines as a map draws them: fewer vertices from afar, coordinates rounded."""

from collections.abc import Sequence

import shapely
from shapely.geometry import mapping, shape

DECIMALES = 5  # of a degree: about a metre
# Tolerance in degrees by level of detail: up to zoom 10 (about 50 m, half a pixel), up to zoom 13, and nearer.
TOLERANCES = (5e-4, 8e-5, 0.0)
SURFACES = frozenset({"Polygon", "MultiPolygon"})


def alleger(geometries: Sequence[dict], detail: int = len(TOLERANCES) - 1, jointives: bool = False) -> list[dict]:
    """The same GeoJSON geometries (EPSG:4326) at a level of detail, the finest by default. `jointives`: they share
    their borders, simplified once for both sides."""
    formes = [shape(geometrie) for geometrie in geometries]
    tolerance = TOLERANCES[detail]
    if tolerance:
        d_un_bloc = jointives and all(forme.geom_type in SURFACES for forme in formes)
        formes = (
            list(shapely.coverage_simplify(formes, tolerance))
            if d_un_bloc
            else [forme.simplify(tolerance) for forme in formes]
        )
    return [mapping(_arrondir(forme)) for forme in formes]


def _arrondir(forme):
    return shapely.remove_repeated_points(shapely.transform(forme, lambda points: points.round(DECIMALES)))
