"""When and from what the figures of a territory were made: for the header of the pages and the dashboards."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

# A deposit not yet in force is waited for where its owner or its depositor has residences, or is the territory itself.
REQUETE = """
WITH bailleurs AS (
    SELECT DISTINCT r.bailleur FROM diagnostic_residence r JOIN diagnostic_commune c ON c.code = r.commune_id
    WHERE r.courant AND c.territoire_id = %(epci)s
),
parc AS (
    SELECT o.siren, max(d.millesime) AS millesime
    FROM partenaires_depot d JOIN partenaires_organisation o ON o.id = d.organisation_id
    WHERE d.type = 'rpls' AND d.etat IN ('charge', 'retrait') AND o.siren IN (SELECT bailleur FROM bailleurs) GROUP BY 1
),
calcul AS (
    SELECT fin, au, duree_s, dernier_depot FROM suivi_calcul
    WHERE epci = %(epci)s AND statut = 'termine' ORDER BY fin DESC LIMIT 1
),
dernier AS (SELECT statut FROM suivi_calcul WHERE epci = %(epci)s ORDER BY debut DESC, id DESC LIMIT 1)
SELECT (SELECT fin FROM calcul), (SELECT au FROM calcul), (SELECT duree_s FROM calcul), (SELECT statut FROM dernier),
       (SELECT count(*) FROM bailleurs), (SELECT max(millesime) FROM parc),
       (SELECT count(*) FROM parc WHERE millesime = (SELECT max(millesime) FROM parc)),
       (SELECT count(*) FROM partenaires_depot d
        LEFT JOIN partenaires_organisation o ON o.id = coalesce(d.organisation_id, d.deposant_id)
        WHERE d.etat IN ('recu', 'controle', 'a_confirmer', 'chargement')
          AND (o.siren = %(epci)s OR o.siren IN (SELECT bailleur FROM bailleurs))),
       (SELECT count(*) FROM partenaires_depot d
        WHERE d.etat IN ('charge', 'retrait') AND d.territoires @> ARRAY[%(epci)s]::varchar[]
          AND d.id > coalesce((SELECT dernier_depot FROM calcul), 0))
"""


@dataclass(frozen=True)
class Fraicheur:
    """`calcule_le` None: never computed. `bailleurs_a_jour` of `bailleurs` with residences on the territory have
    deposited RPLS of the latest `millesime`. `depots_a_calculer`: loaded since. `dernier_statut`: of the last
    computation tried (`en_cours`, `termine`, `echec`), "" without any."""

    calcule_le: datetime | None
    au: date | None
    duree_s: float | None
    dernier_statut: str
    bailleurs: int
    millesime: int | None
    bailleurs_a_jour: int
    depots_en_attente: int
    depots_a_calculer: int

    @property
    def bailleurs_en_retard(self) -> int:
        return self.bailleurs - self.bailleurs_a_jour

    @property
    def en_echec(self) -> bool:
        return self.dernier_statut == "echec"


def fraicheur(epci: str) -> Fraicheur:
    """In one query. The caller has checked that the reader may see the territory."""
    with connection.cursor() as curseur:
        curseur.execute(REQUETE, {"epci": epci})
        calcule_le, au, duree, statut, *comptes = curseur.fetchone()
    return Fraicheur(calcule_le, au, duree, statut or "", *comptes)
