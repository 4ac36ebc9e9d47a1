"""Pressure on a territory: active applications at 31 December over the year's allocations followed by a lease."""

from collections import defaultdict

from django.db import connection

from diagnostic.models.comptage import Niveau
from diagnostic.services.indicateurs import enregistrer_pression

# By commune and, where the commune is NULL, for the whole territory; only millésimes whose stock is loaded.
PRESSION = """
WITH communes AS (SELECT code FROM diagnostic_commune WHERE territoire_id = %(epci)s),
demandes AS (
    SELECT d.millesime, d.commune_recherchee AS commune, count(*) AS nombre
    FROM attributions_demandesne d
    WHERE d.courant AND d.commune_recherchee IN (SELECT code FROM communes)
    GROUP BY GROUPING SETS ((d.millesime, d.commune_recherchee), (d.millesime))
),
baux AS (
    SELECT a.annee_bail AS millesime, a.commune, count(*) AS nombre
    FROM attributions_attribution a
    WHERE a.epci = %(epci)s AND a.issue = 'bail_signe' AND NOT a.hors_base_bail
      AND a.annee_bail IN (SELECT millesime FROM demandes)
    GROUP BY GROUPING SETS ((a.annee_bail, a.commune), (a.annee_bail))
)
SELECT coalesce(d.millesime, b.millesime), coalesce(d.commune, b.commune),
       coalesce(d.nombre, 0), coalesce(b.nombre, 0)
FROM demandes d
FULL JOIN baux b ON b.millesime = d.millesime AND coalesce(b.commune, '') = coalesce(d.commune, '')
ORDER BY 1, 2 NULLS FIRST"""

DEPOTS = """
SELECT d.millesime, array_agg(DISTINCT d.depot_id)
FROM attributions_demandesne d JOIN diagnostic_commune c ON c.code = d.commune_recherchee
WHERE d.courant AND c.territoire_id = %(epci)s GROUP BY d.millesime"""


def recalculer(epci: str) -> int:
    """Replace the pressure of a territory and of its communes; how many cells there are."""
    with connection.cursor() as curseur:
        curseur.execute(PRESSION, {"epci": epci})
        lignes = [
            (Niveau.COMMUNE, commune, millesime, demandes, baux)
            if commune
            else (Niveau.EPCI, epci, millesime, demandes, baux)
            for millesime, commune, demandes, baux in curseur.fetchall()
        ]
        curseur.execute(DEPOTS, {"epci": epci})
        depots = defaultdict(list, curseur.fetchall())
    enregistrer_pression(epci, lignes, dict(depots))
    return len(lignes)
