"""Allocations as the objectives count them, computed from the SNE rows in force (regles §0 to §2)."""

from datetime import date

from django.db import connection, transaction

from attributions.calculs.predicats import sql_texte_normal
from attributions.calculs.quartiles import sql_quartile, sql_quartile_declare
from attributions.services.situation import sql_logement, sql_parametre, sql_place, sql_seuil
from diagnostic.services.perimetres import sql_versions

COLONNES = """evenement_id, epci, bailleur, residence, commune, logement_connu, hors_base, hors_base_bail, date_caleol,
date_bail, annee_decision, annee_bail, issue, issue_presumee, reservataire, quartile, quartile_declare, seuil_annee,
ressources_uc, ressources_nulles, sous_seuil_pauvrete, en_qpv_decision, qpv_decision, version_decision, en_qpv_bail,
qpv_bail, version_bail, perimetre_anterieur, perimetre_anterieur_bail, origine_qpv, dalo, prioritaire,
travailleur_essentiel, reloge, mutation, taille, composition, age, statut_emploi, pct_plafond_plus, commune_actuelle"""

# Rows that may lie on the territory: their dwelling is settled only once found.
CANDIDATS = """
communes AS (SELECT code FROM diagnostic_commune WHERE territoire_id = %(epci)s),
bailleurs AS (
    SELECT r.bailleur FROM diagnostic_residence r WHERE r.courant AND r.commune_id IN (SELECT code FROM communes)
    UNION
    SELECT l.bailleur FROM diagnostic_logement l WHERE l.courant AND l.commune IN (SELECT code FROM communes)
),
declares AS (
    SELECT e.*, upper(coalesce(e.motif_radiation, '')) = 'RADATT' AND e.date_radiation IS NOT NULL AS radie_par_bail
    FROM attributions_radiationsne e
    WHERE e.courant AND e.attribution
      AND (e.commune IN (SELECT code FROM communes) OR e.bailleur IN (SELECT bailleur FROM bailleurs))
)"""

# What came of the decision: as declared, else a lease ⇒ signed, else refused once the delay is over, else waiting.
EVENEMENTS = f"""
constates AS (
    SELECT d.*, d.issue IS NULL AND d.date_bail IS NULL AND NOT d.radie_par_bail
           AND %(au)s::date - d.date_caleol > ({sql_parametre("refus_presume_jours", "%(au)s", "%(epci)s")})::int
           AS refus_presume
    FROM declares d
),
decides AS (
    SELECT c.*, CASE WHEN c.issue IS NOT NULL THEN c.issue
                     WHEN c.date_bail IS NOT NULL OR c.radie_par_bail THEN 'bail_signe'
                     WHEN c.refus_presume THEN 'refus' ELSE 'en_attente' END AS issue_retenue
    FROM constates c
),
evenements AS MATERIALIZED (
    SELECT d.*, CASE WHEN d.issue_retenue = 'bail_signe' THEN coalesce(d.date_bail, d.date_radiation) END AS bail
    FROM decides d
)"""


def _sql_places(nom: str, jour: str, versions: str) -> str:
    """CTE of one place an event, at the day of one of its two counted events."""
    annee = f"extract(year FROM {jour})::int"
    return f"""
{nom} AS MATERIALIZED (
    SELECT e.id, {jour} AS jour, logement.bailleur IS NOT NULL AS connu, logement.qpv AS qpv_rpls,
           coalesce(({sql_parametre("financements_hors_base", jour, "%(epci)s")}) @> to_jsonb(logement.finan), false)
               AS hors_base,
           residence.identifiant AS residence,
           coalesce(residence.commune_id, logement.commune, e.commune) AS commune,
           v.version, coalesce(v.anterieure, false) AS anterieure,
           membre.dedans, membre.code, membre.origine,
           EXISTS (SELECT 1 FROM diagnostic_appartenance z JOIN {versions} vz
                       ON vz.nature = 'zus' AND vz.version = z.version AND {jour} BETWEEN vz.debut AND vz.fin
                   WHERE z.residence = residence.identifiant AND z.nature = 'zus' AND z.dedans) AS ex_zus
    FROM evenements e
    LEFT JOIN LATERAL {sql_logement("e", annee)} logement ON true
    {sql_place("logement")}
    LEFT JOIN {versions} v ON v.nature = 'qpv' AND {jour} BETWEEN v.debut AND v.fin
    LEFT JOIN LATERAL (
        SELECT bool_or(a.dedans) AS dedans, min(a.origine) AS origine,
               CASE WHEN count(*) FILTER (WHERE a.dedans) = 1 THEN max(a.code) FILTER (WHERE a.dedans) END AS code
        FROM diagnostic_appartenance a
        WHERE a.residence = residence.identifiant AND a.nature = 'qpv' AND a.version = v.version) membre ON true
    WHERE {jour} IS NOT NULL
)"""


def _sql_en_qpv(place: str) -> str:
    """In a QPV or an ex-ZUS by the residence; else by the dwelling's RPLS flag; else by the flags of the SNE."""
    return f"""CASE WHEN {place}.id IS NULL THEN NULL
        WHEN {place}.dedans IS NOT NULL THEN {place}.dedans OR {place}.ex_zus
        WHEN {place}.qpv_rpls IN (1, 2) THEN {place}.qpv_rpls = 1
        WHEN e.nb_qpv >= 1 THEN true
        WHEN e.nb_hqpv >= 1 THEN false END"""


def _sql_origine(place: str) -> str:
    return f"""CASE WHEN {place}.dedans IS NOT NULL THEN {place}.origine
        WHEN {place}.qpv_rpls IN (1, 2) THEN 'rpls'
        WHEN e.nb_qpv >= 1 OR e.nb_hqpv >= 1 THEN 'sne' ELSE '' END"""


def _sql_version(place: str) -> str:
    """Version of the perimeters that the place was judged by; empty when it was judged by a flag."""
    return f"CASE WHEN {place}.dedans IS NOT NULL THEN {place}.version ELSE '' END"


def _sql_flag(champ: str) -> str:
    return f"CASE WHEN e.{champ} IS NOT NULL THEN e.{champ} >= 1 END"


def _sql_selection() -> str:
    """One row an allocation of the territory. `d`: its place at the decision (at the lease when the decision is not
    known); `b`: at the lease."""
    reference = "coalesce(e.date_caleol, e.bail, e.date_radiation)"
    quartile = sql_quartile(
        "e.revenu_mensuel",
        "e.uc",
        "seuil",
        inclusif="reglages.inclusif",
        nul_inconnu="reglages.nul_inconnu",
    )
    pauvrete = sql_parametre("seuil_pauvrete_uc", reference, "%(epci)s")
    return f"""
SELECT e.id, %(epci)s, coalesce(e.bailleur, ''), coalesce(d.residence, ''), coalesce(d.commune, ''), d.connu,
    d.hors_base, coalesce(b.hors_base, false), e.date_caleol, e.bail, extract(year FROM e.date_caleol),
    extract(year FROM e.bail), e.issue_retenue, coalesce(e.refus_presume, false),
    lower(coalesce(e.reservataire, '')), {quartile}, {sql_quartile_declare("e")}, seuil.annee,
    round(reglages.ressources_uc, 10), coalesce(e.revenu_mensuel = 0, false),
    reglages.ressources_uc < ({pauvrete})::numeric,
    CASE WHEN e.date_caleol IS NOT NULL THEN {_sql_en_qpv("d")} END,
    CASE WHEN e.date_caleol IS NOT NULL THEN coalesce(d.code, '') ELSE '' END,
    CASE WHEN e.date_caleol IS NOT NULL THEN {_sql_version("d")} ELSE '' END,
    {_sql_en_qpv("b")}, coalesce(b.code, ''), coalesce({_sql_version("b")}, ''),
    e.date_caleol IS NOT NULL AND d.anterieure AND d.dedans IS NOT NULL,
    coalesce(b.anterieure AND b.dedans IS NOT NULL, false), {_sql_origine("d")},
    {_sql_flag("dalo")},
    CASE WHEN e.dalo IS NULL AND e.prioritaire IS NULL THEN NULL
         ELSE coalesce(e.dalo >= 1, false) OR coalesce(e.prioritaire >= 1, false) END,
    {_sql_flag("travailleur_essentiel")}, coalesce(e.anru = 1, false), coalesce(e.mutation = 1, false),
    e.taille_menage, coalesce({sql_texte_normal("e.situation_familiale")}, ''), e.age,
    coalesce({sql_texte_normal("e.statut_emploi")}, ''), e.pct_plafond, coalesce(e.commune_actuelle, '')
FROM evenements e
JOIN a_la_decision d ON d.id = e.id
LEFT JOIN au_bail b ON b.id = e.id
CROSS JOIN LATERAL (
    SELECT coalesce(({sql_parametre("quartile_egalite_dessous", reference, "%(epci)s")})::boolean, false) AS inclusif,
           coalesce(({sql_parametre("revenu_nul_inconnu", reference, "%(epci)s")})::boolean, false) AS nul_inconnu,
           CASE WHEN e.uc > 0 THEN 12 * e.revenu_mensuel / e.uc END AS ressources_uc) reglages
LEFT JOIN LATERAL {sql_seuil("%(epci)s", f"extract(year FROM {reference})")} seuil ON true
WHERE d.commune IN (SELECT code FROM communes)"""


def recalculer(epci: str, au: date | None = None) -> int:
    """Replace the allocations of a territory by those of the rows in force; how many there are.

    `au`: the day a decision without outcome is judged waiting or presumed refused.
    """
    fragment, valeurs = sql_versions(epci)
    noms = {f"v{rang}": valeur for rang, valeur in enumerate(valeurs)}
    versions = fragment % tuple(f"%({nom})s" for nom in noms)
    requete = f"""
CREATE TEMP TABLE attributions_nouvelles ON COMMIT DROP AS
WITH {CANDIDATS}, {EVENEMENTS},
{_sql_places("a_la_decision", "coalesce(e.date_caleol, e.bail, e.date_radiation)", versions)},
{_sql_places("au_bail", "e.bail", versions)},
nouvelles({COLONNES}) AS ({_sql_selection()})
SELECT * FROM nouvelles"""
    table = "attributions_attribution"
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("SET LOCAL jit = off")  # compiling this query takes longer than running it
        curseur.execute("DROP TABLE IF EXISTS pg_temp.attributions_nouvelles")
        curseur.execute(requete, {"epci": epci, "au": au or date.today(), **noms})
        curseur.execute(
            f"DELETE FROM {table} a WHERE a.epci = %s"
            " OR a.evenement_id IN (SELECT n.evenement_id FROM attributions_nouvelles n)",
            [epci],
        )
        curseur.execute(f"INSERT INTO {table} ({COLONNES}) SELECT {COLONNES} FROM attributions_nouvelles")
        return curseur.rowcount
