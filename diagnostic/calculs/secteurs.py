"""Outlines of the local secteurs being drawn: read from GeoJSON, cut by a line, enlarged, checked. Coordinates are
longitude and latitude in degrees; lengths and areas are in metres.

A secteur that crosses itself is refused; two that overlap are listed, for a residence may lie in several (regles §0).
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

POLYGONES = ("Polygon", "MultiPolygon")
CODE_MAX, NOM_MAX = 30, 200
SECTEURS_MAX, SOMMETS_MAX = 500, 50_000
ELARGISSEMENT_MAX_M = 5_000
AIRES_EGALES = 6933  # EPSG code of a projection of the whole world that keeps areas
# Overlap under which two neighbours only share an edge drawn twice.
BORD_M2 = 100.0


class SecteursInvalides(ValueError):
    """Every fault of a drawing, in French."""

    def __init__(self, fautes: Sequence[str]):
        super().__init__(" ".join(fautes))
        self.fautes = list(fautes)


@dataclass(frozen=True)
class Secteur:
    """`commune`: INSEE code, "" when it is to be found from the outline."""

    code: str
    nom: str
    contour: BaseGeometry
    commune: str = ""


def lire(texte: str) -> list[Secteur]:
    """Secteurs of a GeoJSON FeatureCollection. Raises SecteursInvalides with every fault."""
    entites = _entites(texte)
    fautes: list[str] = []
    secteurs = [secteur for rang, entite in enumerate(entites, 1) if (secteur := _secteur(entite, rang, fautes))]
    codes = [secteur.code for secteur in secteurs]
    fautes += [
        f"Le code {c} y est deux fois : donnez un code à chacun." for c in sorted(set(codes)) if codes.count(c) > 1
    ]
    if sum(shapely.get_num_coordinates([s.contour for s in secteurs])) > SOMMETS_MAX:
        fautes.append(f"Plus de {SOMMETS_MAX} sommets en tout : simplifiez les contours.")
    if fautes:
        raise SecteursInvalides(fautes)
    return secteurs


def _entites(texte: str) -> list:
    try:
        lu = json.loads(texte)
    except ValueError as erreur:
        raise SecteursInvalides(["Ce texte n'est pas du GeoJSON : collez le contenu entier du fichier."]) from erreur
    entites = lu.get("features") if isinstance(lu, dict) else None
    if not isinstance(entites, list):
        raise SecteursInvalides(["Ce GeoJSON n'est pas une collection d'entités (FeatureCollection)."])
    if len(entites) > SECTEURS_MAX:
        raise SecteursInvalides([f"Plus de {SECTEURS_MAX} secteurs : déposez-les par un fichier perimetres."])
    return entites


def _secteur(entite, rang: int, fautes: list[str]) -> Secteur | None:
    proprietes = entite.get("properties") if isinstance(entite, dict) else None
    proprietes = {str(nom).lower(): valeur for nom, valeur in (proprietes or {}).items()}
    code, nom, commune = (_texte(proprietes.get(champ)) for champ in ("code", "nom", "code_commune"))
    ou = f"Secteur {code or f'n° {rang}'} : "
    if not code or len(code) > CODE_MAX or not code.isprintable():
        fautes.append(f"{ou}donnez-lui un code de 1 à {CODE_MAX} caractères.")
        return None
    if not nom or len(nom) > NOM_MAX or not nom.isprintable():
        fautes.append(f"{ou}donnez-lui un nom de 1 à {NOM_MAX} caractères.")
        return None
    contour, faute = _contour(entite.get("geometry"))
    if contour is None or (faute := faute or defaut(contour)):
        fautes.append(f"{ou}{faute}")
        return None
    return Secteur(code, nom, contour, commune)


def _texte(valeur) -> str:
    return " ".join(str(valeur).split()) if isinstance(valeur, str | int) and not isinstance(valeur, bool) else ""


def _contour(geometrie) -> tuple[BaseGeometry | None, str]:
    """(outline, "") or (None, why not)."""
    if not isinstance(geometrie, dict) or geometrie.get("type") not in POLYGONES:
        return None, "son contour n'est pas un polygone."
    try:
        contour = shapely.force_2d(shapely.from_geojson(json.dumps(geometrie, allow_nan=False)))
    except (ValueError, TypeError, shapely.errors.GEOSException):
        return None, "son contour est illisible : il faut au moins trois sommets, fermés sur le premier."
    if contour.is_empty:
        return None, "son contour est vide."
    ouest, sud, est, nord = contour.bounds
    if max(abs(ouest), abs(est)) > 180 or max(abs(sud), abs(nord)) > 90:
        return None, "ses coordonnées ne sont pas des degrés (longitude, latitude)."
    return contour, ""


def defaut(contour: BaseGeometry) -> str:
    """Why an outline cannot be kept, "" when it can."""
    raison = shapely.is_valid_reason(contour)
    if raison == "Valid Geometry":
        return ""
    lieu = re.search(r"\[(\S+) (\S+)\]", raison)
    pres = f" près de {lieu[1]} ; {lieu[2]} (longitude, latitude)" if lieu else ""
    if "intersection" in raison.lower() or "Interior is disconnected" in raison:
        return f"son contour se croise lui-même{pres} : redessinez-le."
    return f"son contour est mal formé{pres} : redessinez-le."


def ecrire(secteurs: Iterable[Secteur]) -> str:
    """The same secteurs as a GeoJSON FeatureCollection."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"code": s.code, "nom": s.nom} | ({"code_commune": s.commune} if s.commune else {}),
                    "geometry": json.loads(shapely.to_geojson(s.contour)),
                }
                for s in secteurs
            ],
        },
        ensure_ascii=False,
    )


def lire_ligne(texte: str) -> shapely.LineString:
    """A line written « longitude,latitude longitude,latitude … ». Raises SecteursInvalides."""
    try:
        sommets = [tuple(float(nombre) for nombre in sommet.split(",")) for sommet in texte.split()]
    except ValueError:
        sommets = []
    justes = all(len(s) == 2 and all(math.isfinite(n) and abs(n) <= 180 for n in s) for s in sommets)
    if len(set(sommets)) < 2 or not justes:
        raise SecteursInvalides(
            [
                "Écrivez la ligne de coupe par ses sommets, deux au moins : « 2,35,48,85 » ne se lit pas, "
                "« 2.35,48.85 2.36,48.86 » si."
            ]
        )
    return shapely.LineString(sommets)


def diviser(secteur: Secteur, ligne: shapely.LineString) -> list[Secteur]:
    """The pieces that a line cuts a secteur into, under its code and name followed by a number, the largest first.

    Raises SecteursInvalides where the line does not cross it."""
    contours = shapely.get_parts(secteur.contour)
    pieces = [piece for contour in contours for piece in split(contour, ligne).geoms]
    if len(pieces) == len(contours):
        raise SecteursInvalides([f"La ligne ne traverse pas le secteur {secteur.code} de part en part : prolongez-la."])
    pieces.sort(key=lambda piece: -piece.area)
    return [
        replace(
            secteur,
            code=f"{secteur.code[: CODE_MAX - 4]}-{rang}",
            nom=f"{secteur.nom[: NOM_MAX - 4]} {rang}",
            contour=p,
        )
        for rang, p in enumerate(pieces, 1)
    ]


def elargir(secteur: Secteur, metres: float) -> Secteur:
    """The secteur with so many metres all around. Raises SecteursInvalides."""
    if not 0 < metres <= ELARGISSEMENT_MAX_M:
        raise SecteursInvalides([f"Élargissez de 1 à {ELARGISSEMENT_MAX_M} mètres."])
    serie = gpd.GeoSeries([secteur.contour], crs=4326)
    try:
        en_metres = serie.to_crs(serie.estimate_utm_crs())
    except RuntimeError as erreur:
        raise SecteursInvalides([f"Le secteur {secteur.code} n'est pas à une place où mesurer des mètres."]) from erreur
    return replace(secteur, contour=en_metres.buffer(metres).to_crs(4326).iloc[0])


def superposes(codes: Sequence[str], contours: Sequence[BaseGeometry]) -> list[tuple[str, str]]:
    """Pairs of codes whose outlines share more than an edge, in the order given."""
    if not len(contours):
        return []
    en_metres = np.asarray(gpd.GeoSeries(list(contours), crs=4326).to_crs(AIRES_EGALES))
    gauche, droite = shapely.STRtree(en_metres).query(en_metres, predicate="intersects")
    paires = sorted((i, j) for i, j in zip(gauche.tolist(), droite.tolist()) if i < j)
    communs = [shapely.intersection(en_metres[i], en_metres[j]).area for i, j in paires]
    return [(codes[i], codes[j]) for (i, j), commun in zip(paires, communs) if commun > BORD_M2]
