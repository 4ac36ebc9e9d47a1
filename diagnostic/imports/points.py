"""Points and search keys of the residences of a file: X, Y in their own system → longitude, latitude (EPSG:4326)."""

import numpy as np
import pandas as pd

from diagnostic.calculs.recherche import sans_accent

SYSTEMES = (
    *("2154", "4326", "3857", "27572"),
    *("3942", "3943", "3944", "3945", "3946", "3947", "3948", "3949", "3950"),
    *("2972", "2975", "4471", "4559", "5490"),
)
# (west, south, east, north) in degrees: mainland, then each overseas territory.
FRANCE = (
    (-5.6, 41.2, 9.7, 51.3),
    (-63.2, 14.3, -60.7, 18.2),
    (-54.8, 2.0, -51.4, 6.0),
    (55.1, -21.5, 55.9, -20.8),
    (44.9, -13.1, 45.4, -12.5),
    (-56.6, 46.7, -56.0, 47.3),
)


def situer(ctx):
    """Fills longitude, latitude and cle_recherche of `lignes`; lists the residences left without a point."""
    lus = ctx.sql("SELECT ligne, nom, adresse, x::float8, y::float8, epsg FROM lignes").fetchall()
    cadre = pd.DataFrame([(ligne, *point) for ligne, _, _, *point in lus], columns=["ligne", "x", "y", "epsg"])
    longitudes, latitudes = en_degres(cadre)
    cles = [sans_accent(nom, adresse)[:500] for _, nom, adresse, *_ in lus]
    ctx.sql("CREATE TEMP TABLE points (ligne integer, lon float8, lat float8, cle text) ON COMMIT DROP")
    with ctx.copier("COPY points FROM STDIN") as copie:
        for rang, ligne in enumerate(cadre.ligne.tolist()):
            connu = not np.isnan(longitudes[rang])
            copie.write_row(
                (
                    ligne,
                    float(longitudes[rang]) if connu else None,
                    float(latitudes[rang]) if connu else None,
                    cles[rang],
                )
            )
    ctx.sql(
        "UPDATE lignes l SET longitude = p.lon, latitude = p.lat, cle_recherche = p.cle"
        " FROM points p WHERE p.ligne = l.ligne"
    )
    ctx.sql("DROP TABLE points")
    ctx.avertir(
        "residence_sans_point",
        "X",
        "Résidences sans X ou Y : chargées ; situées en QPV par leur code QPV, à défaut par la majorité de leurs "
        "logements RPLS, et absentes de la carte. Ajoutez leurs coordonnées.",
        "l.x IS NULL OR l.y IS NULL",
    )
    ctx.avertir(
        "residence_sans_point",
        "X",
        "Résidences dont X et Y tombent hors de France dans le système indiqué : chargées sans point, situées comme "
        "celles qui n'en ont pas. Vérifiez X, Y et EPSG.",
        "l.x IS NOT NULL AND l.y IS NOT NULL AND l.longitude IS NULL",
    )


def en_degres(cadre: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes (NaN where there is no plausible point) of rows with x, y, epsg."""
    x, y = cadre.x.to_numpy(float), cadre.y.to_numpy(float)
    systemes = np.where(cadre.epsg.isna(), systeme_probable(x, y), cadre.epsg.fillna(0).astype(int))
    longitudes, latitudes = np.full(len(x), np.nan), np.full(len(x), np.nan)
    for systeme in np.unique(systemes[~np.isnan(x) & ~np.isnan(y)]):
        ici = (systemes == systeme) & ~np.isnan(x) & ~np.isnan(y)
        longitudes[ici], latitudes[ici] = projeter(int(systeme), x[ici], y[ici])
    plausible = np.zeros(len(x), bool)
    for ouest, sud, est, nord in FRANCE:
        plausible |= (longitudes >= ouest) & (longitudes <= est) & (latitudes >= sud) & (latitudes <= nord)
    return np.where(plausible, longitudes, np.nan), np.where(plausible, latitudes, np.nan)


def systeme_probable(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Degrees when both could be, else Lambert-93."""
    return np.where((np.abs(x) <= 180) & (np.abs(y) <= 90), 4326, 2154)


def projeter(systeme: int, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if systeme == 4326:
        return x, y
    from pyproj import Transformer

    return Transformer.from_crs(systeme, 4326, always_xy=True).transform(x, y)
