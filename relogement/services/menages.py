"""The households of a review with what the criteria need, read in one query."""

from datetime import date

import pandas as pd
from django.db import connection

from diagnostic.services.perimetres import sql_versions

PREMIER_RPLS = 2011  # the first millésime of RPLS: bounds the years probed in the index of dwellings

REQUETE = """
WITH versions AS (SELECT * FROM {versions} v)
SELECT m.id, m.projet_id, m.operation_id, m.etat, m.depot_id,
       m.bailleur_origine, m.bailleur_destination, m.ressources,
       m.loyer_avant, m.charges_avant, m.apl_avant, m.loyer_apres, m.charges_apres, m.apl_apres, m.minoration,
       m.date_enquete, m.date_bail, m.date_premiere_location,
       offres.premiere AS premiere_offre,
       rpls.premiere AS premiere_location_rpls,
       qpv.dedans AS dest_en_qpv,
       quartier.dedans AS dest_dans_quartier
FROM relogement_menagerelogement m
JOIN relogement_projet p ON p.id = m.projet_id
LEFT JOIN diagnostic_passage pa
       ON pa.courant AND pa.bailleur = m.bailleur_destination AND pa.ident_int = m.ident_int_destination
LEFT JOIN LATERAL (
    SELECT min(o.date) AS premiere FROM relogement_proposition o WHERE o.menage_id = m.id
) offres ON true
-- the dwelling's millésime at or before the lease, else the earliest after it (regles §0)
LEFT JOIN LATERAL (
    SELECT greatest(make_date(l.locat, 1, 1), l.datconv) AS premiere
    FROM generate_series(%s, extract(year FROM current_date)::int + 1) AS annees(annee)
    JOIN diagnostic_logement l ON l.courant AND l.bailleur = m.bailleur_destination
     AND l.millesime = annees.annee AND l.ident_int = m.ident_int_destination
    WHERE m.date_premiere_location IS NULL AND m.date_bail IS NOT NULL AND (l.locat > 0 OR l.datconv IS NOT NULL)
    ORDER BY l.millesime > extract(year FROM m.date_bail),
             abs(l.millesime - extract(year FROM m.date_bail)), l.ident_org
    LIMIT 1
) rpls ON true
LEFT JOIN LATERAL (
    SELECT bool_or(a.dedans) AS dedans
    FROM versions v
    JOIN diagnostic_appartenance a ON a.nature = v.nature AND a.version = v.version
     AND a.residence = pa.bailleur || ':' || pa.code_residence
    WHERE v.nature = 'qpv' AND m.date_bail BETWEEN v.debut AND v.fin
) qpv ON true
-- without the quarter's own outline, or without a point, nothing says on which side the destination stands
LEFT JOIN LATERAL (
    SELECT bool_or(CASE WHEN a.dedans THEN a.code = p.quartier WHEN NOT a.dedans THEN false END) AS dedans
    FROM versions v
    JOIN diagnostic_perimetre q ON q.courant AND q.nature = v.nature AND q.version = v.version
     AND q.code = p.quartier AND q.geometrie IS NOT NULL
    JOIN diagnostic_appartenance a ON a.nature = v.nature AND a.version = v.version AND a.origine = 'point'
     AND a.residence = pa.bailleur || ':' || pa.code_residence
    WHERE v.nature = 'npnru' AND m.date_bail BETWEEN v.debut AND v.fin
) quartier ON true
WHERE m.courant AND m.projet_id = ANY(%s)
ORDER BY m.id
"""

OFFRES = """
SELECT m.projet_id, m.operation_id, o.rang, o.date, o.motif_refus
FROM relogement_proposition o JOIN relogement_menagerelogement m ON m.id = o.menage_id
WHERE m.courant AND m.projet_id = ANY(%s) AND o.date <= %s
"""


def lire(epci: str, projets: list[int]) -> pd.DataFrame:
    """One row a household of these projects of one territory; columns as the criteria name them."""
    versions, parametres = sql_versions(epci)
    return tableau(REQUETE.format(versions=versions), [*parametres, PREMIER_RPLS, projets])


def lire_offres(projets: list[int], le: date) -> pd.DataFrame:
    """One row an offer made on or before `le`; an offer without a date is not known to have been made by then."""
    return tableau(OFFRES, [projets, le])


def tableau(requete: str, parametres: list) -> pd.DataFrame:
    with connection.cursor() as curseur:
        curseur.execute(requete, parametres)
        return pd.DataFrame(curseur.fetchall(), columns=[c.name for c in curseur.description], dtype="object")
