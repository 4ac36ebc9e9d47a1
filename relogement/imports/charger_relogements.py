"""Load of a `relogements` file: projects, operations, households, offers, set-wise, from the tables of the checks."""

from relogement.imports.controler_relogements import CHAMPS, OFFRES, completer

LISTE = ", ".join(CHAMPS)
# Column of the completed line → name of what the household inherits, when its own line leaves it empty.
HERITABLES = {champ: champ for champ in (*CHAMPS, *OFFRES)} | {"code_operation": "operation_id"}

PROJETS = """
INSERT INTO relogement_projet (epci, code, nom, quartier)
SELECT epci, code, nom, quartier FROM projets_lus
ON CONFLICT (code) DO UPDATE SET nom = excluded.nom, quartier = excluded.quartier
"""

# What the file says of the projects and operations, kept so that a withdrawal can tell what the others say.
MENTIONS = """
INSERT INTO relogement_mentionprojet (depot_id, projet_id, nom, quartier)
SELECT %s, p.id, lus.nom_lu, lus.quartier_lu FROM projets_lus lus JOIN relogement_projet p ON p.code = lus.code
"""
MENTIONS_OPERATIONS = """
INSERT INTO relogement_mentionoperation (depot_id, operation_id, nature)
SELECT %s, op.id, (array_agg(l.type_operation ORDER BY l.ligne DESC) FILTER (WHERE l.type_operation IS NOT NULL))[1]
FROM lignes l
JOIN relogement_projet p ON p.code = l.code_projet
JOIN relogement_operation op ON op.projet_id = p.id AND op.code = l.code_operation
GROUP BY op.id
"""

OPERATIONS = """
INSERT INTO relogement_operation (projet_id, code, nature)
SELECT p.id, l.code_operation,
       coalesce((array_agg(l.type_operation ORDER BY l.ligne DESC) FILTER (WHERE l.type_operation IS NOT NULL))[1], '')
FROM lignes l JOIN relogement_projet p ON p.code = l.code_projet
WHERE l.code_operation IS NOT NULL
GROUP BY 1, 2
ON CONFLICT (projet_id, code) DO UPDATE SET nature = coalesce(nullif(excluded.nature, ''), relogement_operation.nature)
"""

# What each line makes of its household; `inchange`: nothing that the file says differs from what was known.
NOUVEAUX = f"""
CREATE TEMP TABLE menages_nouveaux ON COMMIT DROP AS
SELECT c.*, p.id AS projet_id, op.id AS operation_id,
       m.id IS NOT NULL AND NOT ({{offres_changees}})
       AND (op.id, {", ".join(f"c.{champ}" for champ in CHAMPS)})
           IS NOT DISTINCT FROM (m.operation_id, {", ".join(f"m.{champ}" for champ in CHAMPS)}) AS inchange,
       array_remove(ARRAY[{
    ", ".join(f"CASE WHEN l.{lu} IS NULL AND c.{lu} IS NOT NULL THEN '{nom}' END" for lu, nom in HERITABLES.items())
}]::text[], NULL) AS herites
FROM menages_completes c
JOIN lignes l ON l.ligne = c.ligne
JOIN relogement_projet p ON p.code = c.code_projet
LEFT JOIN relogement_operation op ON op.projet_id = p.id AND op.code = c.code_operation
LEFT JOIN relogement_menagerelogement m ON m.id = c.ancien
"""

REMPLACES = """
UPDATE relogement_menagerelogement m SET courant = false FROM menages_nouveaux n WHERE m.id = n.ancien
"""

MENAGES = f"""
INSERT INTO relogement_menagerelogement (depot_id, courant, projet_id, operation_id, identifiant, herites, {LISTE})
SELECT %s, true, projet_id, operation_id, identifiant, herites, {LISTE} FROM menages_nouveaux
"""

PROPOSITIONS = """
INSERT INTO relogement_proposition (menage_id, rang, date, motif_refus)
SELECT m.id, o.rang, o.date, coalesce(o.motif, '')
FROM menages_nouveaux n
JOIN relogement_menagerelogement m ON m.courant AND m.projet_id = n.projet_id AND m.identifiant = n.identifiant
CROSS JOIN LATERAL (VALUES
    (1, n.date_proposition_1, n.motif_refus_1),
    (2, n.date_proposition_2, n.motif_refus_2),
    (3, n.date_proposition_3, n.motif_refus_3)
) AS o(rang, date, motif)
WHERE o.date IS NOT NULL OR o.motif IS NOT NULL
"""


def charger(ctx) -> int:
    """Number of households that were already so. The completed household is stored anew, as events are."""
    completer(ctx)  # again: rejected lines have been taken out since the checks
    ctx.sql("DROP TABLE IF EXISTS pg_temp.menages_nouveaux")
    ctx.sql(PROJETS)
    ctx.sql(OPERATIONS)
    ctx.sql(MENTIONS, [ctx.depot.pk])
    ctx.sql(MENTIONS_OPERATIONS, [ctx.depot.pk])
    ctx.sql(NOUVEAUX.format(offres_changees=offres_changees()))
    ctx.sql(REMPLACES)
    ctx.sql(MENAGES, [ctx.depot.pk])
    ctx.sql(PROPOSITIONS)
    ctx.rapport.connues, inchanges = ctx.sql(
        "SELECT count(ancien), count(*) FILTER (WHERE inchange) FROM menages_nouveaux"
    ).fetchone()
    return inchanges


def offres_changees() -> str:
    """A cell of the file says something that the known offer of that rank does not."""
    return " OR ".join(
        f"l.{nom} IS NOT NULL AND NOT EXISTS (SELECT FROM relogement_proposition o WHERE o.menage_id = c.ancien"
        f" AND o.rang = {nom[-1]} AND o.{champ} = l.{nom})"
        for nom, champ in OFFRES.items()
    )


def territoires(ctx) -> list[str]:
    return [epci for (epci,) in ctx.sql("SELECT DISTINCT epci FROM projets_lus WHERE epci IS NOT NULL")]
