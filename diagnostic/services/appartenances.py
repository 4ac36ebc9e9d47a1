"""Membership of the residences of a territory in every version of every perimeter (regles §0).

The point decides, the edge of a perimeter belonging to it (`intersects`). Without a point, for QPV only: the code
declared on the residence where it exists in that version, else the majority of its dwellings' RPLS flags of their
latest millésime (a tie or no flag ⇒ hors QPV), which says in or out but in no single QPV. A code declared on a
residence that has a point never wins; `ecarts_declares` lists where the two differ.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from django.db import connection, transaction

from diagnostic.models import Appartenance, Perimetre, Residence
from diagnostic.services.perimetres import NATURES_LOCALES, versions_chargees

QPV = Perimetre.Nature.QPV
Origine = Appartenance.Origine
COLONNES = ["residence", "nature", "version", "dedans", "code", "origine"]

MAJORITE = """
WITH logements AS (
    SELECT r.identifiant, l.millesime, l.qpv, max(l.millesime) OVER (PARTITION BY r.identifiant) AS dernier
    FROM diagnostic_residence r
    JOIN diagnostic_commune c ON c.code = r.commune_id
    JOIN diagnostic_passage p ON p.bailleur = r.bailleur AND p.code_residence = r.code AND p.courant
    JOIN diagnostic_logement l ON l.bailleur = p.bailleur AND l.ident_int = p.ident_int AND l.courant
    WHERE r.courant AND c.territoire_id = %s AND (r.longitude IS NULL OR r.latitude IS NULL)
)
SELECT identifiant FROM logements WHERE millesime = dernier
GROUP BY identifiant HAVING count(*) FILTER (WHERE qpv = 1) > count(*) FILTER (WHERE qpv = 2)
"""


@dataclass(frozen=True)
class EcartDeclare:
    """A residence whose declared QPV is not where its point falls, in one version."""

    residence: str
    nom: str
    version: str
    declare: str
    calcule: str


def calculer(epci: str) -> int:
    """Recompute the memberships of the current residences of a territory; number of rows written."""
    lignes = pd.concat([_par_le_point(epci), _sans_point(epci)], ignore_index=True)
    with transaction.atomic(), connection.cursor() as curseur:
        Appartenance.objects.filter(epci=epci).delete()
        table = Appartenance._meta.db_table
        with curseur.copy(f"COPY {table} (epci, {', '.join(COLONNES)}) FROM STDIN") as copie:
            for ligne in lignes[COLONNES].itertuples(index=False, name=None):
                copie.write_row((epci, *ligne))
    return len(lignes)


def _residences(epci: str, avec_point: bool) -> pd.DataFrame:
    siennes = Residence.objects.courantes().filter(commune__territoire=epci).order_by()
    siennes = (siennes.exclude if not avec_point else siennes.filter)(longitude__isnull=False, latitude__isnull=False)
    champs = ["identifiant", "longitude", "latitude", "qpv_declare"]
    return pd.DataFrame(siennes.values_list(*champs), columns=champs)


def _perimetres(epci: str) -> gpd.GeoDataFrame:
    """Outlines that can hold a residence of the territory: all the national ones, its own local ones."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT nature, version, code, geometrie::text FROM diagnostic_perimetre"
            " WHERE courant AND geometrie IS NOT NULL AND (nature <> ALL(%s) OR territoire_id = %s)",
            [[str(n) for n in NATURES_LOCALES], epci],
        )
        cadre = pd.DataFrame(curseur.fetchall(), columns=["nature", "version", "code", "geometrie"])
    return gpd.GeoDataFrame(cadre[["nature", "version", "code"]], geometry=shapely.from_geojson(cadre.geometrie))


def _versions(epci: str) -> pd.DataFrame:
    return pd.DataFrame(sorted(versions_chargees(epci)), columns=["nature", "version"])


def _par_le_point(epci: str) -> pd.DataFrame:
    """One row a residence with a point × version loaded; several where perimeters overlap, one `dedans` false where
    the point is in none."""
    residences = _residences(epci, avec_point=True)
    perimetres = _perimetres(epci)
    points = shapely.points(residences.longitude.astype(float), residences.latitude.astype(float))
    index_point, index_perimetre = shapely.STRtree(points).query(perimetres.geometry.values, predicate="intersects")[
        ::-1
    ]
    trouves = perimetres.iloc[index_perimetre][["nature", "version", "code"]].reset_index(drop=True)
    trouves["residence"] = residences.identifiant.to_numpy()[index_point]
    lignes = (
        residences[["identifiant"]]
        .rename(columns={"identifiant": "residence"})
        .merge(_versions(epci), how="cross")
        .merge(trouves.drop_duplicates(), how="left", on=["residence", "nature", "version"])
    )
    lignes["dedans"] = lignes.code.notna()
    lignes["code"] = lignes.code.fillna("")
    return lignes.assign(origine=Origine.POINT.value)


def _sans_point(epci: str) -> pd.DataFrame:
    """QPV of the residences without a point; nothing is known of the other natures."""
    residences = _residences(epci, avec_point=False)
    versions = _versions(epci)
    codes = Perimetre.objects.courantes().filter(nature=QPV).values_list("version", "code")
    connus = pd.DataFrame(codes, columns=["version", "qpv_declare"]).assign(declare=True)
    lignes = residences.merge(versions[versions.nature == QPV], how="cross").merge(
        connus, how="left", on=["version", "qpv_declare"]
    )
    declare = lignes.declare.notna().to_numpy()
    lignes["code"] = np.where(declare, lignes.qpv_declare, "")
    lignes["dedans"] = declare | lignes.identifiant.isin(_majorite_en_qpv(epci)).to_numpy()
    lignes["origine"] = np.where(declare, Origine.DECLARE.value, Origine.MAJORITE.value)
    return lignes.rename(columns={"identifiant": "residence"})


def _majorite_en_qpv(epci: str) -> set[str]:
    with connection.cursor() as curseur:
        curseur.execute(MAJORITE, [epci])
        return {residence for (residence,) in curseur.fetchall()}


def ecarts_declares(adhesion, epci: str) -> list[EcartDeclare]:
    """Residences with a point, one may see, whose declared QPV differs from the point's, in each version that knows
    the declared code."""
    residences = {
        identifiant: (nom, declare)
        for identifiant, nom, declare in Residence.objects.visible_to(adhesion)
        .courantes()
        .filter(commune__territoire=epci, longitude__isnull=False, latitude__isnull=False)
        .exclude(qpv_declare="")
        .values_list("identifiant", "nom", "qpv_declare")
    }
    connus = set(Perimetre.objects.courantes().filter(nature=QPV).values_list("version", "code"))
    lues: dict[tuple[str, str], list[str]] = {}
    for residence, version, code in Appartenance.objects.filter(
        epci=epci, nature=QPV, residence__in=list(residences)
    ).values_list("residence", "version", "code"):
        lues.setdefault((residence, version), []).append(code)
    return [
        EcartDeclare(residence, residences[residence][0], version, residences[residence][1], ", ".join(sorted(codes)))
        for (residence, version), codes in sorted(lues.items())
        if (version, residences[residence][1]) in connus and residences[residence][1] not in codes
    ]
