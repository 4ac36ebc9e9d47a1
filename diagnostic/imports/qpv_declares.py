"""RPLS dwellings declared in or out of QPV otherwise than the point of their residence says (conception §4).

The point decides; the differences are listed, never settled. The version is that in force on 1 January of the
millésime (regles §0).
"""

from datetime import date

import shapely

from diagnostic.calculs.perimetres import en_vigueur, outre_mer
from diagnostic.models import Perimetre
from diagnostic.services.perimetres import calendrier

DIFFERENTS = (
    "l.ligne IN (SELECT a.ligne FROM lignes a"
    " JOIN diagnostic_passage p ON p.courant AND p.bailleur = %s AND p.ident_int = a.ident_int"
    " JOIN residences_situees s ON s.code = p.code_residence WHERE a.qpv IS NOT NULL AND (a.qpv = 1) <> s.en_qpv)"
)


def comparer(ctx):
    """Warns `qpv_declare_different`; nothing is said of residences without a point, nor before QPV are loaded."""
    if "qpv" not in ctx.champs_presents:
        return
    siren = ctx.proprietaire.siren
    residences = ctx.sql(
        "SELECT code, commune_id, longitude, latitude FROM diagnostic_residence"
        " WHERE courant AND bailleur = %s AND longitude IS NOT NULL AND latitude IS NOT NULL",
        [siren],
    ).fetchall()
    situees = situer(ctx, residences)
    if not situees:
        return
    ctx.sql("CREATE TEMP TABLE residences_situees (code text, en_qpv boolean) ON COMMIT DROP")
    with ctx.copier("COPY residences_situees FROM STDIN") as copie:
        for ligne in situees:
            copie.write_row(ligne)
    ctx.avertir(
        "qpv_declare_different",
        "QPV",
        "Logements déclarés en QPV dont la résidence est hors QPV, ou l'inverse : chargés ; c'est le point de la "
        "résidence qui compte. Corrigez QPV dans le prochain fichier, ou les coordonnées de la résidence.",
        DIFFERENTS,
        [siren],
    )
    ctx.sql("DROP TABLE residences_situees")


def situer(ctx, residences: list[tuple]) -> list[tuple[str, bool]]:
    """(code, is the point in a QPV) of the residences whose QPV version in force is loaded."""
    le = date(ctx.depot.millesime, 1, 1)
    chargees = {
        v for (v,) in ctx.sql("SELECT DISTINCT version FROM diagnostic_perimetre WHERE courant AND nature = 'qpv'")
    }
    trouvees: list[tuple[str, bool]] = []
    for ailleurs in (False, True):
        ici = [r for r in residences if outre_mer(r[1]) == ailleurs]
        tenues = (
            [i for i in en_vigueur(Perimetre.Nature.QPV, chargees, calendrier(), ailleurs) if i.contient(le)]
            if ici and chargees
            else []
        )
        if tenues:
            trouvees += [(r[0], dedans) for r, dedans in zip(ici, dans(ctx, tenues[0].version, ici))]
    return trouvees


def dans(ctx, version: str, residences: list[tuple]) -> list[bool]:
    contours = shapely.from_geojson(
        [
            g
            for (g,) in ctx.sql(
                "SELECT geometrie::text FROM diagnostic_perimetre"
                " WHERE courant AND nature = 'qpv' AND version = %s AND geometrie IS NOT NULL",
                [version],
            )
        ]
    )
    points = shapely.points([r[2] for r in residences], [r[3] for r in residences])
    touches = set(shapely.STRtree(contours).query(points, predicate="intersects")[0].tolist())
    return [rang in touches for rang in range(len(residences))]
