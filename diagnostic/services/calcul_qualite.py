"""Sources of each bailleur of a territory compared: RPLS, rent roll, OPS, dwelling by dwelling and residence by
residence, set-based, one scan a source and millésime; counts written to QualiteBailleur and EcartResidence.

Temporary tables: `ind_residence` and `ind_lieu` as in `comptages`; `qua_place` (in a QPV by its point, under the
version in force on 1 January); `qua_cellule`, one row a bailleur and residence (none: dwellings without residence).
Counts of the SNE are written by `enregistrer_sne`: the allocations are known later, and by another room.
"""

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction

from diagnostic.calculs.controles_qualite import COMPTES, Source
from diagnostic.models import EcartResidence, QualiteBailleur
from diagnostic.services import comptages, perimetres
from partenaires.models import Depot

DATEES = {"rpls": ("diagnostic_logement", "millesime"), "ops": ("diagnostic_menageops", "annee")}
DATEES |= {"gestion": ("diagnostic_gestionresidence", "annee")}
TYPE_SNE = "sne_radiations"
TABLES = ("ind_residence", "ind_lieu", "qua_place", "qua_cellule")

PLACE = """
CREATE TEMP TABLE qua_place AS
SELECT r.numero, bool_or(a.dedans) AS en_qpv
FROM ind_residence r
JOIN diagnostic_appartenance a ON a.residence = r.identifiant AND a.epci = %(epci)s AND a.nature = 'qpv'
    AND a.version = %(version)s AND a.origine = 'point'
WHERE r.dedans GROUP BY r.numero
"""
CELLULE = """
CREATE TEMP TABLE qua_cellule (
    bailleur text, numero int, logements int, occupes int, vacants int, qpv_compares int, qpv_differents int,
    dans_ops int, non_enquetes int, vacants_enquetes int, enquetes int, repondants int, hors_rpls int,
    gestion_logements int, gestion_occupes int, en_gestion int, depot bigint)
"""
RPLS = """
INSERT INTO qua_cellule (bailleur, numero, logements, occupes, vacants, qpv_compares, qpv_differents, dans_ops,
                         non_enquetes, vacants_enquetes, depot)
SELECT l.bailleur, p.numero, count(*), count(*) FILTER (WHERE l.mode = 1), count(*) FILTER (WHERE l.mode IN (2, 3)),
       count(*) FILTER (WHERE l.qpv IN (1, 2) AND q.en_qpv IS NOT NULL),
       count(*) FILTER (WHERE l.qpv IN (1, 2) AND (l.qpv = 1) <> q.en_qpv),
       count(o.ident_int), count(*) FILTER (WHERE l.mode = 1 AND o.ident_int IS NULL),
       count(*) FILTER (WHERE l.mode IN (2, 3) AND o.ident_int IS NOT NULL), max(l.depot_id)
FROM diagnostic_logement l
LEFT JOIN ind_lieu p ON p.bailleur = l.bailleur AND p.ident_int = l.ident_int
LEFT JOIN qua_place q ON q.numero = p.numero
LEFT JOIN (SELECT bailleur, ident_int FROM diagnostic_menageops
           WHERE courant AND annee = %(millesime)s AND bailleur = ANY(%(bailleurs)s)) o
    ON o.bailleur = l.bailleur AND o.ident_int = l.ident_int
WHERE l.courant AND l.millesime = %(millesime)s AND l.bailleur = ANY(%(bailleurs)s)
  AND (p.dedans OR (p.numero IS NULL AND l.commune = ANY(%(communes)s)))
GROUP BY 1, 2
"""
# A surveyed dwelling without residence lies where its RPLS of the year says; unknown there too, it has no territory.
OPS = """
INSERT INTO qua_cellule (bailleur, numero, enquetes, repondants, hors_rpls, depot)
SELECT o.bailleur, p.numero, count(*), count(*) FILTER (WHERE o.reponse = 1),
       count(*) FILTER (WHERE l.ident_int IS NULL), max(o.depot_id)
FROM diagnostic_menageops o
LEFT JOIN ind_lieu p ON p.bailleur = o.bailleur AND p.ident_int = o.ident_int
LEFT JOIN (SELECT bailleur, ident_int, min(commune) AS commune FROM diagnostic_logement
           WHERE courant AND millesime = %(millesime)s AND bailleur = ANY(%(bailleurs)s) GROUP BY 1, 2) l
    ON l.bailleur = o.bailleur AND l.ident_int = o.ident_int
WHERE o.courant AND o.annee = %(millesime)s AND o.bailleur = ANY(%(bailleurs)s)
  AND (p.dedans OR (p.numero IS NULL AND l.commune = ANY(%(communes)s)))
GROUP BY 1, 2
"""
GESTION = """
INSERT INTO qua_cellule (bailleur, numero, gestion_logements, gestion_occupes, en_gestion, depot)
SELECT g.bailleur, r.numero, g.nb_logements, g.nb_occupes, 1, g.depot_id
FROM diagnostic_gestionresidence g
JOIN ind_residence r ON r.bailleur = g.bailleur AND r.code = g.code_residence
WHERE g.courant AND g.annee = %(millesime)s AND r.dedans
"""
# One row a bailleur and residence, then what each bailleur has: a source that is missing compares with nothing.
SOMMES = """
sommes AS (
    SELECT bailleur, numero, sum(logements) AS logements, sum(occupes) AS occupes, sum(vacants) AS vacants,
           sum(qpv_compares) AS qpv_compares, sum(qpv_differents) AS qpv_differents, sum(dans_ops) AS dans_ops,
           sum(non_enquetes) AS non_enquetes, sum(vacants_enquetes) AS vacants_enquetes, sum(enquetes) AS enquetes,
           sum(repondants) AS repondants, sum(hors_rpls) AS hors_rpls, sum(gestion_logements) AS gestion_logements,
           sum(gestion_occupes) AS gestion_occupes, sum(en_gestion) AS en_gestion
    FROM qua_cellule GROUP BY bailleur, numero
),
presents AS (
    SELECT bailleur, bool_or(logements IS NOT NULL) AS rpls, bool_or(enquetes IS NOT NULL) AS ops,
           bool_or(en_gestion IS NOT NULL) AS gestion
    FROM sommes GROUP BY bailleur
)"""
PAR_BAILLEUR = f"""
WITH {SOMMES},
comptes AS (
    SELECT s.bailleur,
        sum(logements) AS rpls_logements, coalesce(sum(logements) FILTER (WHERE numero IS NOT NULL), 0) AS rattaches,
        sum(occupes) AS occupes, sum(vacants) AS vacants,
        sum(qpv_compares) AS qpv_compares, sum(qpv_differents) AS qpv_differents,
        sum(enquetes) AS enquetes, sum(repondants) AS repondants, sum(hors_rpls) AS hors_rpls,
        sum(non_enquetes) AS non_enquetes, sum(vacants_enquetes) AS vacants_enquetes, sum(dans_ops) AS dans_ops,
        sum(gestion_occupes) AS gestion_occupes, sum(gestion_logements) AS gestion_logements,
        sum(en_gestion) AS en_gestion,
        count(*) FILTER (WHERE numero IS NOT NULL AND logements > 0) AS comparees,
        count(*) FILTER (WHERE logements > 0 AND en_gestion > 0) AS communes,
        coalesce(sum(logements) FILTER (WHERE en_gestion > 0), 0) AS logements_communs,
        coalesce(sum(occupes) FILTER (WHERE en_gestion > 0), 0) AS occupes_communs,
        coalesce(sum(abs(gestion_logements - coalesce(logements, 0))), 0) AS ecart_logements,
        coalesce(sum(abs(gestion_occupes - coalesce(occupes, 0))), 0) AS ecart_occupes
    FROM sommes s GROUP BY s.bailleur
),
parc AS (
    SELECT r.bailleur, count(*) AS residences, count(d.longitude + d.latitude) AS situees
    FROM ind_residence r
    JOIN diagnostic_residence d ON d.courant AND d.bailleur = r.bailleur AND d.code = r.code
    WHERE r.dedans GROUP BY r.bailleur
)
INSERT INTO diagnostic_qualitebailleur (epci, bailleur, millesime, annees, deposes, residences, residences_situees,
    rpls_logements, rpls_rattaches, rpls_occupes, rpls_vacants, qpv_compares, qpv_differents,
    ops_enquetes, ops_repondants, ops_hors_rpls, occupes_compares, occupes_non_enquetes, vacants_enquetes,
    rpls_dans_ops, gestion_occupes, gestion_logements, gestion_residences, residences_comparees,
    residences_en_gestion, logements_en_gestion, occupes_en_gestion, ecart_logements, ecart_occupes)
SELECT %(epci)s, b.siren, %(millesime)s, '{{}}', '{{}}', coalesce(k.residences, 0), coalesce(k.situees, 0),
    CASE WHEN p.rpls THEN c.rpls_logements END, CASE WHEN p.rpls THEN c.rattaches END,
    CASE WHEN p.rpls THEN c.occupes END, CASE WHEN p.rpls THEN c.vacants END,
    CASE WHEN p.rpls THEN c.qpv_compares END, CASE WHEN p.rpls THEN c.qpv_differents END,
    CASE WHEN p.ops THEN c.enquetes END, CASE WHEN p.ops THEN c.repondants END,
    CASE WHEN p.ops AND p.rpls THEN c.hors_rpls END, CASE WHEN p.ops AND p.rpls THEN c.occupes END,
    CASE WHEN p.ops AND p.rpls THEN c.non_enquetes END, CASE WHEN p.ops AND p.rpls THEN c.vacants_enquetes END,
    CASE WHEN p.ops AND p.rpls THEN c.dans_ops END,
    CASE WHEN p.gestion THEN c.gestion_occupes END, CASE WHEN p.gestion THEN c.gestion_logements END,
    CASE WHEN p.gestion THEN c.en_gestion END, CASE WHEN p.gestion AND p.rpls THEN c.comparees END,
    CASE WHEN p.gestion AND p.rpls THEN c.communes END, CASE WHEN p.gestion AND p.rpls THEN c.logements_communs END,
    CASE WHEN p.gestion AND p.rpls THEN c.occupes_communs END,
    CASE WHEN p.gestion AND p.rpls THEN c.ecart_logements END,
    CASE WHEN p.gestion AND p.rpls THEN c.ecart_occupes END
FROM unnest(%(bailleurs)s::text[]) b(siren)
LEFT JOIN comptes c ON c.bailleur = b.siren
LEFT JOIN presents p ON p.bailleur = b.siren
LEFT JOIN parc k ON k.bailleur = b.siren
WHERE c.bailleur IS NOT NULL OR k.bailleur IS NOT NULL
"""
PAR_RESIDENCE = f"""
WITH {SOMMES},
ecarts AS (
    SELECT r.identifiant, s.*, p.rpls, p.ops, p.gestion
    FROM sommes s JOIN presents p ON p.bailleur = s.bailleur JOIN ind_residence r ON r.numero = s.numero
)
INSERT INTO diagnostic_ecartresidence (epci, bailleur, millesime, residence, logements, occupes, gestion_logements,
    gestion_occupes, enquetes, occupes_non_enquetes, vacants_enquetes, ops_hors_rpls, qpv_differents)
SELECT %(epci)s, bailleur, %(millesime)s, identifiant,
    CASE WHEN rpls THEN coalesce(logements, 0) END, CASE WHEN rpls THEN coalesce(occupes, 0) END,
    gestion_logements, gestion_occupes, CASE WHEN ops THEN coalesce(enquetes, 0) END,
    CASE WHEN ops AND rpls THEN coalesce(non_enquetes, 0) END,
    CASE WHEN ops AND rpls THEN coalesce(vacants_enquetes, 0) END,
    CASE WHEN ops AND rpls THEN coalesce(hors_rpls, 0) END, CASE WHEN rpls THEN coalesce(qpv_differents, 0) END
FROM ecarts
WHERE rpls AND (qpv_differents > 0
    OR (ops AND (non_enquetes > 0 OR vacants_enquetes > 0 OR hors_rpls > 0))
    OR (gestion AND (en_gestion IS NULL OR gestion_logements <> coalesce(logements, 0)
                     OR gestion_occupes <> coalesce(occupes, 0))))
"""
# Latest year of each source at or before the millésime, one look-up a bailleur.
ANNEE = "(SELECT max({annee}) FROM {table} WHERE courant AND bailleur = q.bailleur AND {annee} <= %(millesime)s)"
# The deposits whose rows are in force: of the reference files, and of the year of each dated source.
DEPOSES = """
UPDATE diagnostic_qualitebailleur q SET annees = q.annees || jsonb_strip_nulls(jsonb_build_object({annees})),
    deposes = coalesce((
        SELECT jsonb_object_agg(t.type, jsonb_build_object('depot', t.id, 'le', t.le)) FROM (
            SELECT DISTINCT ON (d.type) d.type, d.id, coalesce(d.charge_le, d.cree_le)::date AS le
            FROM partenaires_depot d WHERE d.id IN ({depots})
            ORDER BY d.type, d.id DESC) t), '{{}}')
WHERE q.epci = %(epci)s AND q.millesime = %(millesime)s
"""


def recalculer(epci: str, millesimes=None) -> int:
    """Replace the comparisons of a territory (all its millésimes by default); how many lines of bailleurs there are.

    Memberships are read as they stand. Counts of the SNE of the replaced lines are to be written again.
    """
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("SET LOCAL work_mem = '96MB'; SET LOCAL jit = off")
        _oublier(curseur, *TABLES)
        territoire = _territoire(curseur, epci)
        voulus = _millesimes(curseur, territoire)
        if millesimes is not None:
            voulus &= set(millesimes)
        for modele in (QualiteBailleur, EcartResidence):
            anciens = modele.objects.filter(epci=epci)
            (anciens if millesimes is None else anciens.filter(millesime__in=list(millesimes))).delete()
        lignes = sum(_un_millesime(curseur, territoire | {"millesime": m}) for m in sorted(voulus))
        _oublier(curseur, *TABLES)
    return lignes


def enregistrer_sne(epci: str, annees: dict[int, int], lignes: Iterable[tuple[str, int, dict[str, int]]]) -> None:
    """Counts of the allocations, by bailleur and year of decision: (bailleur, year, {count: number}).

    `annees`: every year of the territory that has allocations, with the last deposit that brought some; a bailleur
    without any that year counts 0.
    """
    par_cle = {(bailleur, annee): comptes for bailleur, annee, comptes in lignes}
    depots = {d.pk: d for d in Depot.objects.filter(pk__in=annees.values())}
    connues = {(q.bailleur, q.millesime): q for q in QualiteBailleur.objects.filter(epci=epci)}
    nouvelles = [
        QualiteBailleur(epci=epci, bailleur=bailleur, millesime=annee)
        for bailleur, annee in par_cle
        if (bailleur, annee) not in connues
    ]
    for ligne in [*connues.values(), *nouvelles]:
        passees = [annee for annee in annees if annee <= ligne.millesime]
        ligne.annees.pop(Source.SNE.value, None)
        ligne.deposes.pop(TYPE_SNE, None)
        if passees:
            ligne.annees |= {Source.SNE.value: max(passees)}
            depot = depots[annees[max(passees)]]
            ligne.deposes |= {TYPE_SNE: {"depot": depot.pk, "le": f"{depot.charge_le or depot.cree_le:%Y-%m-%d}"}}
        comptes = par_cle.get((ligne.bailleur, ligne.millesime), {})
        for code in COMPTES[Source.SNE]:
            setattr(ligne, code, comptes.get(code, 0) if ligne.millesime in annees else None)
    QualiteBailleur.objects.bulk_update(connues.values(), ["annees", "deposes", *COMPTES[Source.SNE]], batch_size=500)
    QualiteBailleur.objects.bulk_create(nouvelles)


def _oublier(curseur, *tables: str) -> None:
    for table in tables:
        curseur.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")


def _territoire(curseur, epci: str) -> dict:
    """Parameters common to the queries; `ind_residence` and `ind_lieu` are made."""
    territoire = {"epci": epci}
    curseur.execute(comptages.BAILLEURS, territoire)
    territoire["bailleurs"] = curseur.fetchone()[0]
    for requete in comptages.LIEUX:
        curseur.execute(requete, territoire)
    curseur.execute("SELECT coalesce(array_agg(code), '{}') FROM diagnostic_commune WHERE territoire_id = %s", [epci])
    return territoire | {"communes": curseur.fetchone()[0]}


def _millesimes(curseur, territoire: dict) -> set[int]:
    connus: set[int] = set()
    for table, annee in DATEES.values():
        curseur.execute(comptages.ANNEES.format(table=table, annee=annee), territoire)
        connus |= {ligne[0] for ligne in curseur.fetchall()}
    return connus


def _un_millesime(curseur, parametres: dict) -> int:
    version = perimetres.version_en_vigueur("qpv", date(parametres["millesime"], 1, 1), parametres["epci"])
    parametres |= {"version": version.version if version else ""}
    _oublier(curseur, "qua_place", "qua_cellule")
    for requete in (PLACE, "ANALYZE qua_place", CELLULE, RPLS, OPS, GESTION, "ANALYZE qua_cellule"):
        curseur.execute(requete, parametres)
    curseur.execute(PAR_BAILLEUR, parametres)
    lignes = curseur.rowcount
    curseur.execute(PAR_RESIDENCE, parametres)
    curseur.execute(_deposes(), parametres)
    return lignes


def _deposes() -> str:
    annees = ", ".join(
        f"'{source}', {ANNEE.format(table=table, annee=annee)}" for source, (table, annee) in DATEES.items()
    )
    depots = [
        f"(SELECT max(x.depot_id) FROM diagnostic_{table} x WHERE x.courant AND x.bailleur = q.bailleur)"
        for table in ("residence", "passage")
    ]
    depots.append("SELECT c.depot FROM qua_cellule c WHERE c.bailleur = q.bailleur")
    return DEPOSES.format(annees=annees, depots=" UNION ALL ".join(f"SELECT {d}" if d[0] == "(" else d for d in depots))
