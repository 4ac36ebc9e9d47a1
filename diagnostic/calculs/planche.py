"""Map of a territory as one SVG, for paper: outlines, residences by class, legend. Longitudes and latitudes in degrees,
drawn in plate carrée corrected at the mean latitude."""

from collections.abc import Iterable, Iterator
from html import escape
from math import cos, radians

LARGEUR, HAUTEUR, LEGENDE, MARGE = 900, 560, 310, 12
CLASSES = ("#f3efd9", "#e3cf93", "#cf9d4e", "#a8652a", "#6b2f17")
SANS_CLASSE, ENCRE, CONTOUR, QUARTIER = "#c9ccc8", "#1c2126", "#a9aea6", "#0a5c6b"


def planche(communes: Iterable[dict], quartiers: Iterable[dict], points: list[tuple], classes: list[str]) -> str | None:
    """`communes`, `quartiers`: GeoJSON geometries. `points`: (longitude, latitude, rank of the class or None).

    None where there is nothing to draw.
    """
    fonds, traits = [list(_anneaux(g)) for g in communes], [list(_anneaux(g)) for g in quartiers]
    sommets = [sommet for forme in (*fonds, *traits) for anneau in forme for sommet in anneau]
    sommets += [(longitude, latitude) for longitude, latitude, _ in points]
    if not sommets:
        return None
    placer = _projection(sommets)
    corps = [_trace(forme, placer, f'fill="#ffffff" stroke="{CONTOUR}"') for forme in fonds]
    corps += [_trace(f, placer, f'fill="none" stroke="{QUARTIER}" stroke-width="2"') for f in traits]
    corps += [
        f'<circle cx="{x}" cy="{y}" r="4" fill="{_couleur(rang, len(classes))}" stroke="{ENCRE}" stroke-width="0.6"/>'
        for x, y, rang in ((*placer(longitude, latitude), rang) for longitude, latitude, rang in points)
    ]
    taille = f'width="{LARGEUR}" height="{HAUTEUR}" viewBox="0 0 {LARGEUR} {HAUTEUR}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {taille}>{"".join(corps)}{_legende(classes)}</svg>'


def couleurs(nombre: int) -> list[str]:
    """As many steps, pale to dark, as there are classes."""
    if nombre <= 1:
        return [CLASSES[0]] * nombre
    return [CLASSES[round(rang * (len(CLASSES) - 1) / (nombre - 1))] for rang in range(nombre)]


def _couleur(rang: int | None, nombre: int) -> str:
    return SANS_CLASSE if rang is None else couleurs(nombre)[rang]


def _anneaux(geometrie: dict | None) -> Iterator[list]:
    if not geometrie:
        return
    if geometrie["type"] == "GeometryCollection":
        for une in geometrie["geometries"]:
            yield from _anneaux(une)
    elif geometrie["type"] == "Polygon":
        yield from geometrie["coordinates"]
    elif geometrie["type"] == "MultiPolygon":
        for polygone in geometrie["coordinates"]:
            yield from polygone


def _projection(sommets):
    longitudes, latitudes = [s[0] for s in sommets], [s[1] for s in sommets]
    ouest, sud, nord = min(longitudes), min(latitudes), max(latitudes)
    aplati = cos(radians((sud + nord) / 2))
    etendue_x = (max(longitudes) - ouest) * aplati or 1e-6
    etendue_y = nord - sud or 1e-6
    echelle = min((LARGEUR - LEGENDE - 2 * MARGE) / etendue_x, (HAUTEUR - 2 * MARGE) / etendue_y)

    def placer(longitude: float, latitude: float, *_) -> tuple[float, float]:
        x = MARGE + (longitude - ouest) * aplati * echelle
        return round(x, 1), round(MARGE + (nord - latitude) * echelle, 1)

    return placer


def _trace(forme: list, placer, style: str) -> str:
    chemins = "".join("M" + "L".join("{} {}".format(*placer(*sommet)) for sommet in anneau) + "Z" for anneau in forme)
    return f'<path d="{chemins}" {style} fill-rule="evenodd"/>' if chemins else ""


def _legende(classes: list[str]) -> str:
    lignes = [*zip(couleurs(len(classes)), classes), (SANS_CLASSE, "sans valeur, ou secret")]
    gauche = LARGEUR - LEGENDE + MARGE
    textes = [
        f'<circle cx="{gauche}" cy="{29 + 24 * rang}" r="6" fill="{couleur}" stroke="{ENCRE}"/>'
        f'<text x="{gauche + 14}" y="{34 + 24 * rang}" font-size="14" fill="{ENCRE}">{escape(libelle)}</text>'
        for rang, (couleur, libelle) in enumerate(lignes)
    ]
    bas = 34 + 24 * len(lignes)
    textes.append(
        f'<path d="M{gauche - 6} {bas - 4}H{gauche + 8}" stroke="{QUARTIER}" stroke-width="2"/>'
        f'<text x="{gauche + 14}" y="{bas}" font-size="14" fill="{ENCRE}">périmètre des QPV</text>'
    )
    return "".join(textes)
