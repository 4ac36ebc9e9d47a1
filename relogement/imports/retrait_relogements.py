"""Withdrawal of a `relogements` file, once the rows of the households are back: their offers, the projects and the
operations keep the latest thing that a deposit not withdrawn said of them (`partenaires.depots.restitution`).
"""

from partenaires.depots.restitution import Restitution

# `lignes_rendues`: the households in force that the withdrawn deposit also held. Each version of a household has its
# own offers; its `herites` names the cells that it took from an earlier one.
OFFRES_RENDUES = """
CREATE TEMP TABLE offres_rendues ON COMMIT DROP AS
SELECT r.id AS menage, o.rang,
       (array_agg(o.date ORDER BY v.id DESC)
           FILTER (WHERE o.date IS NOT NULL AND 'date_proposition_' || o.rang <> ALL(v.herites)))[1] AS date,
       (array_agg(o.motif_refus ORDER BY v.id DESC)
           FILTER (WHERE o.motif_refus <> '' AND 'motif_refus_' || o.rang <> ALL(v.herites)))[1] AS motif
FROM lignes_rendues r
JOIN relogement_menagerelogement m ON m.id = r.id
JOIN relogement_menagerelogement v ON v.projet_id = m.projet_id AND v.identifiant = m.identifiant
JOIN relogement_proposition o ON o.menage_id = v.id
WHERE v.depot_id IN ({autres})
GROUP BY 1, 2
"""
OFFRES = """
INSERT INTO relogement_proposition (menage_id, rang, date, motif_refus)
SELECT menage, rang, date, coalesce(motif, '') FROM offres_rendues WHERE num_nonnulls(date, motif) > 0
"""
PROJETS = """
UPDATE relogement_projet p SET nom = coalesce(d.nom, p.code), quartier = coalesce(d.quartier, '')
FROM (
    SELECT s.projet_id, (array_agg(m.nom ORDER BY m.id DESC) FILTER (WHERE m.nom IS NOT NULL))[1] AS nom,
           (array_agg(m.quartier ORDER BY m.id DESC) FILTER (WHERE m.quartier IS NOT NULL))[1] AS quartier
    FROM relogement_mentionprojet s
    LEFT JOIN relogement_mentionprojet m ON m.projet_id = s.projet_id AND m.depot_id IN ({autres})
    WHERE s.depot_id = {depot} GROUP BY 1
) d WHERE d.projet_id = p.id
"""
OPERATIONS = """
UPDATE relogement_operation o SET nature = coalesce(d.nature, '')
FROM (
    SELECT s.operation_id, (array_agg(m.nature ORDER BY m.id DESC) FILTER (WHERE m.nature IS NOT NULL))[1] AS nature
    FROM relogement_mentionoperation s
    LEFT JOIN relogement_mentionoperation m ON m.operation_id = s.operation_id AND m.depot_id IN ({autres})
    WHERE s.depot_id = {depot} GROUP BY 1
) d WHERE d.operation_id = o.id
"""


def retablir(retrait: Restitution) -> None:
    retrait.sql("DROP TABLE IF EXISTS pg_temp.offres_rendues")
    retrait.sql(OFFRES_RENDUES.format(autres=retrait.autres))
    retrait.sql("DELETE FROM relogement_proposition WHERE menage_id IN (SELECT id FROM lignes_rendues)")
    retrait.sql(OFFRES)
    for requete in (PROJETS, OPERATIONS):
        retrait.sql(requete.format(autres=retrait.autres, depot=retrait.depot.pk))
