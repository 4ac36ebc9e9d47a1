"""Counts of a territory by place, bailleur, population and millésime: set-based, one scan a source and millésime.

Temporary tables, in order:
    ind_residence   current residences of the bailleurs of the territory (`dedans`: in the territory), numbered
    ind_lieu        dwelling → its residence
    ind_repli       for a millésime, the RPLS row of the surveyed dwellings that its own RPLS does not hold
    ind_apl         for a millésime, APL ceilings by commune and number of rooms (`plafonds_apl.preparer`)
    ind_cellule     finest cells of the three scans: residence, or commune and RPLS flag without residence
    ind_place       for a millésime, commune and QPV of each residence under the version in force on 1 January
    ind_somme       cells summed by place of residence and population, from which the upper levels are rolled up
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from diagnostic.calculs import compilation
from diagnostic.calculs.definitions import Population
from diagnostic.models import Comptage, ProvenanceComptage
from diagnostic.services import notes_grille, perimetres, plafonds_apl
from partenaires.models import Parametre

CALCULEES = (Population.ENSEMBLE.value, Population.RECENTS.value)
TABLES = ("residence", "lieu", "repli", "apl", "cellule", "place", "somme")
PARAMETRES = ("recents_annees", "bas_loyer_gpso")
COLONNES = [colonne for balayage in compilation.BALAYAGES for colonne in compilation.agregats(balayage)]

BAILLEURS = """
SELECT coalesce(array_agg(DISTINCT bailleur), '{}') FROM (
    SELECT r.bailleur FROM diagnostic_residence r JOIN diagnostic_commune c ON c.code = r.commune_id
    WHERE r.courant AND c.territoire_id = %(epci)s
    UNION SELECT o.siren FROM partenaires_depot d JOIN partenaires_organisation o ON o.id = d.organisation_id
    WHERE d.type IN ('rpls', 'ops') AND d.etat IN ('charge', 'retrait') AND d.territoires @> ARRAY[%(epci)s]::varchar[]
) siens
"""
# Loose index scan: one look-up a bailleur and year, whatever the number of rows.
ANNEES = """
WITH RECURSIVE annees AS (
    SELECT b.siren, (SELECT min({annee}) FROM {table} WHERE courant AND bailleur = b.siren) AS annee
    FROM unnest(%(bailleurs)s::text[]) b(siren)
    UNION SELECT siren, (SELECT min({annee}) FROM {table} WHERE courant AND bailleur = siren AND {annee} > annees.annee)
    FROM annees WHERE annee IS NOT NULL
) SELECT DISTINCT annee FROM annees WHERE annee IS NOT NULL
"""
TABLES_DATEES = (
    ("diagnostic_menageops", "annee"),
    ("diagnostic_logement", "millesime"),
    ("diagnostic_gestionresidence", "annee"),
)
LIEUX = (
    """CREATE TEMP TABLE ind_residence AS
    SELECT row_number() OVER (ORDER BY r.bailleur, r.code)::int AS numero, r.bailleur, r.code, r.identifiant,
           r.commune_id AS commune, coalesce(c.territoire_id = %(epci)s, false) AS dedans
    FROM diagnostic_residence r LEFT JOIN diagnostic_commune c ON c.code = r.commune_id
    WHERE r.courant AND r.bailleur = ANY(%(bailleurs)s)""",
    "ANALYZE ind_residence",
    """CREATE TEMP TABLE ind_lieu AS
    SELECT p.bailleur, p.ident_int, r.numero, r.dedans
    FROM diagnostic_passage p JOIN ind_residence r ON r.bailleur = p.bailleur AND r.code = p.code_residence
    WHERE p.courant AND p.bailleur = ANY(%(bailleurs)s)""",
    "ANALYZE ind_lieu",
)
# Rows of one IDENT_INT that appear under several IDENT_ORG: the first holds.
DOUBLONS = """
SELECT coalesce(array_agg(id), '{}') FROM (
    SELECT l.id, row_number() OVER (PARTITION BY l.bailleur, l.ident_int ORDER BY l.ident_org) AS rang
    FROM diagnostic_logement l
    JOIN (SELECT bailleur FROM diagnostic_logement
          WHERE courant AND millesime = %(millesime)s AND bailleur = ANY(%(bailleurs)s)
          GROUP BY bailleur HAVING min(ident_org) <> max(ident_org)) b ON b.bailleur = l.bailleur
    WHERE l.courant AND l.millesime = %(millesime)s
) t WHERE rang > 1
"""
# The RPLS of the survey's year, else the latest earlier, else the earliest (the nearest, once the side is chosen).
REPLI = """
CREATE TEMP TABLE ind_repli AS
SELECT DISTINCT ON (l.bailleur, l.ident_int) l.bailleur, l.ident_int, l.commune, l.qpv, l.surfhab, l.nbpiece
FROM diagnostic_menageops o JOIN diagnostic_logement l ON l.bailleur = o.bailleur AND l.ident_int = o.ident_int
WHERE o.courant AND o.annee = %(millesime)s AND o.bailleur = ANY(%(bailleurs)s) AND l.courant
  AND NOT EXISTS (SELECT 1 FROM diagnostic_logement m WHERE m.courant AND m.millesime = %(millesime)s
                  AND m.bailleur = o.bailleur AND m.ident_int = o.ident_int)
ORDER BY l.bailleur, l.ident_int, (l.millesime <= %(millesime)s) DESC, abs(l.millesime - %(millesime)s), l.ident_org
"""
# Place of a row without residence: its RPLS commune and flag (no flag ⇒ hors QPV, as for a residence).
SANS_RESIDENCE = """CASE WHEN p.numero IS NULL THEN l.commune END AS lieu,
    CASE WHEN p.numero IS NULL THEN coalesce(l.qpv = 1, false) END AS drapeau"""
DANS_LE_TERRITOIRE = "(p.dedans OR (p.numero IS NULL AND l.commune = ANY(%(communes)s)))"
LIGNES = {
    "ops": f"""
        SELECT p.numero, {SANS_RESIDENCE}, l.surfhab, l.nbpiece, o.*
        FROM diagnostic_menageops o
        LEFT JOIN ind_lieu p ON p.bailleur = o.bailleur AND p.ident_int = o.ident_int
        LEFT JOIN (
            SELECT bailleur, ident_int, commune, qpv, surfhab, nbpiece FROM diagnostic_logement
            WHERE courant AND millesime = %(millesime)s AND bailleur = ANY(%(bailleurs)s) AND id <> ALL(%(doublons)s)
            UNION ALL SELECT * FROM ind_repli
        ) l ON l.bailleur = o.bailleur AND l.ident_int = o.ident_int
        WHERE o.courant AND o.annee = %(millesime)s AND o.bailleur = ANY(%(bailleurs)s) AND {DANS_LE_TERRITOIRE}""",
    "rpls": f"""
        SELECT p.numero, {SANS_RESIDENCE}, l.*, {plafonds_apl.COLONNES}
        FROM diagnostic_logement l
        LEFT JOIN ind_lieu p ON p.bailleur = l.bailleur AND p.ident_int = l.ident_int
        {plafonds_apl.JOINTURE}
        WHERE l.courant AND l.millesime = %(millesime)s AND l.bailleur = ANY(%(bailleurs)s) AND {DANS_LE_TERRITOIRE}""",
    "gestion": """
        SELECT r.numero, NULL::text AS lieu, NULL::boolean AS drapeau, g.*
        FROM diagnostic_gestionresidence g
        JOIN ind_residence r ON r.bailleur = g.bailleur AND r.code = g.code_residence
        WHERE g.courant AND g.annee = %(millesime)s AND r.dedans""",
    "grille": notes_grille.LIGNES,
}
PLACES = """
CREATE TEMP TABLE ind_place AS
SELECT r.numero, r.identifiant, r.commune, a.en_qpv, coalesce(a.qpv, '') AS qpv
FROM ind_residence r LEFT JOIN (
    SELECT residence, bool_or(dedans) AS en_qpv, min(code) FILTER (WHERE code <> '') AS qpv
    FROM diagnostic_appartenance
    WHERE epci = %(epci)s AND nature = 'qpv' AND version = %(version)s GROUP BY residence
) a ON a.residence = r.identifiant
WHERE r.dedans
"""
SOURCES = """array_remove(ARRAY[
    CASE WHEN enquetes IS NOT NULL OR repondants IS NOT NULL THEN 'ops' END,
    CASE WHEN logements IS NOT NULL THEN 'rpls' END,
    CASE WHEN gestion_logements IS NOT NULL THEN 'gestion' END,
    CASE WHEN notes IS NOT NULL THEN 'grille' END], NULL)"""


def _du_perimetre(nature: str, version: str) -> tuple[str, str, str, str]:
    """A residence in two overlapping perimeters counts in each; one in QPV by majority, in none."""
    jointure = f"""JOIN diagnostic_appartenance a ON a.residence = s.identifiant AND a.epci = %(epci)s
        AND a.nature = '{nature}' AND a.version = %({version})s AND a.dedans AND a.code <> ''"""
    return "a.code", f"%({version})s::text", jointure, "true"


# Levels above the residence: place, version of its perimeter, where it is read, which sums count.
NIVEAUX = {
    "commune": ("s.commune", "''", "", "s.commune <> ''"),
    "epci": ("%(epci)s::text", "''", "", "true"),
    "hors_qpv": ("%(epci)s::text", "%(version)s::text", "", "s.en_qpv = false"),
    "qpv": _du_perimetre("qpv", "version"),
    "npnru": _du_perimetre("npnru", "version_npnru"),
    "secteur": _du_perimetre("secteur", "version_secteur"),
}


@dataclass(frozen=True)
class Contexte:
    """What one recomputation of a territory and a millésime reads. Versions in force on 1 January of the millésime,
    empty where none is loaded: `version` is that of the QPV."""

    epci: str
    bailleurs: list[str]
    communes: list[str]
    millesime: int
    version: str
    version_npnru: str
    version_secteur: str
    anterieure: bool
    recents: int
    bas_loyer_m2: str
    doublons: list[int]

    @property
    def parametres(self) -> dict:
        return vars(self)


def recalculer(epci: str, millesimes=None) -> list[int]:
    """Recompute the counts of a territory (all its millésimes by default); the millésimes that have some.

    Memberships (`appartenances.calculer`) are read as they stand. Counts of the SNE are kept.
    """
    with transaction.atomic(), connection.cursor() as curseur:
        _preparer(curseur)
        territoire = {"epci": epci, "bailleurs": _valeur(curseur, BAILLEURS, {"epci": epci})}
        for requete in LIEUX:
            curseur.execute(requete, territoire)
        connus = _millesimes(curseur, territoire)
        voulus = connus if millesimes is None else connus & set(millesimes)
        _effacer(epci, millesimes)
        territoire["communes"] = _valeur(
            curseur,
            "SELECT coalesce(array_agg(code), '{}') FROM diagnostic_commune WHERE territoire_id = %(epci)s",
            territoire,
        )
        faits = [m for m in sorted(voulus) if _un_millesime(curseur, _contexte(curseur, territoire, m))]
        _oublier(curseur, *TABLES)
    return faits


def _preparer(curseur) -> None:
    """Sorts and hashes in memory; compiling such wide queries costs more than it saves."""
    curseur.execute("SET LOCAL work_mem = '96MB'; SET LOCAL jit = off")
    _oublier(curseur, *TABLES)


def _oublier(curseur, *tables: str) -> None:
    for table in tables:
        curseur.execute(f"DROP TABLE IF EXISTS pg_temp.ind_{table}")


def _valeur(curseur, requete: str, parametres: dict):
    curseur.execute(requete, parametres)
    return curseur.fetchone()[0]


def _millesimes(curseur, territoire: dict) -> set[int]:
    connus: set[int] = set()
    for table, annee in TABLES_DATEES:
        curseur.execute(ANNEES.format(table=table, annee=annee), territoire)
        connus |= {ligne[0] for ligne in curseur.fetchall()}
    return connus


def _effacer(epci: str, millesimes) -> None:
    comptages = Comptage.objects.filter(epci=epci, population__in=CALCULEES)
    provenances = ProvenanceComptage.objects.filter(epci=epci, source__in=list(compilation.BALAYAGES))
    for lignes in (comptages, provenances):
        (lignes if millesimes is None else lignes.filter(millesime__in=list(millesimes))).delete()


def _contexte(curseur, territoire: dict, millesime: int) -> Contexte:
    versions = perimetres.versions_en_vigueur(date(millesime, 1, 1), territoire["epci"])
    parametres = Parametre.objects.valeurs(PARAMETRES, date(millesime, 12, 31), territoire["epci"])
    noms = {nature: versions[nature].version if nature in versions else "" for nature in ("qpv", "npnru", "secteur")}
    return Contexte(
        **territoire,
        millesime=millesime,
        version=noms["qpv"],
        version_npnru=noms["npnru"],
        version_secteur=noms["secteur"],
        anterieure="qpv" in versions and versions["qpv"].anterieure,
        recents=parametres["recents_annees"],
        bas_loyer_m2=str(parametres["bas_loyer_gpso"]["loyer_m2"]),
        doublons=_valeur(curseur, DOUBLONS, territoire | {"millesime": millesime}),
    )


def _un_millesime(curseur, contexte: Contexte) -> bool:
    """False where the territory has no row of that millésime."""
    _oublier(curseur, "repli", "apl", "cellule", "place", "somme")
    plafonds_apl.preparer(curseur, contexte.epci, contexte.millesime)
    for requete in (REPLI, "ANALYZE ind_repli", PLACES, "ANALYZE ind_place", _table_des_cellules()):
        curseur.execute(requete, contexte.parametres)
    for balayage in compilation.BALAYAGES:
        curseur.execute(_balayer(balayage), contexte.parametres)
    if not _valeur(curseur, "SELECT count(*) FROM ind_cellule", {}):
        return False
    curseur.execute("ANALYZE ind_cellule")
    curseur.execute(_table_des_sommes())
    for population in Population.ENSEMBLE, Population.RECENTS:
        curseur.execute(_sommer(population), contexte.parametres)
    curseur.execute(_ecrire_residences(), contexte.parametres)
    absents = {niveau for niveau in ("npnru", "secteur") if not getattr(contexte, f"version_{niveau}")}
    for niveau in [niveau for niveau in NIVEAUX if niveau not in absents]:
        curseur.execute(_remonter(niveau), contexte.parametres)
    _provenances(curseur, contexte)
    return True


def _colonnes_sql() -> str:
    """Count columns with the types of Comptage."""
    return ", ".join(f"{colonne} {Comptage._meta.get_field(colonne).db_type(connection)}" for colonne in COLONNES)


def _table_des_cellules() -> str:
    return f"""CREATE TEMP TABLE ind_cellule (source text, numero int, lieu text, drapeau boolean, bailleur text,
        classe smallint, depot bigint, {_colonnes_sql()})"""


def _table_des_sommes() -> str:
    return f"""CREATE TEMP TABLE ind_somme (identifiant text, commune text, en_qpv boolean, qpv text, bailleur text,
        population text, {_colonnes_sql()})"""


def _balayer(balayage: str) -> str:
    """One scan of a source into the finest cells."""
    agregats = compilation.agregats(balayage)
    classe = compilation.CLASSE if balayage == "ops" else "NULL::smallint"
    return f"""
        INSERT INTO ind_cellule (source, numero, lieu, drapeau, bailleur, classe, depot, {", ".join(agregats)})
        SELECT '{balayage}', numero, lieu, drapeau, bailleur, classe, max(depot_id), {", ".join(agregats.values())}
        FROM (SELECT t.*, {classe} AS classe, {compilation.derives(balayage)} FROM ({LIGNES[balayage]}) t) u
        GROUP BY numero, lieu, drapeau, bailleur, classe"""


def _sommer(population: Population) -> str:
    """Cells into one row a residence (or commune and flag), bailleur and population."""
    sommes = compilation.par_population(population)
    presentes = "WHERE c.classe IS NOT NULL" if population == Population.RECENTS else ""
    return f"""
        INSERT INTO ind_somme (identifiant, commune, en_qpv, qpv, bailleur, population, {", ".join(sommes)})
        SELECT p.identifiant, coalesce(p.commune, c.lieu), CASE WHEN c.numero IS NOT NULL THEN p.en_qpv
               WHEN %(version)s <> '' THEN c.drapeau END, coalesce(p.qpv, ''), c.bailleur, '{population}',
               {", ".join(sommes.values())}
        FROM ind_cellule c LEFT JOIN ind_place p ON p.numero = c.numero {presentes}
        GROUP BY 1, 2, 3, 4, 5"""


def _ecrire_residences() -> str:
    colonnes = ", ".join(COLONNES)
    return f"""
        INSERT INTO diagnostic_comptage (epci, niveau, territoire, version, bailleur, millesime, population, commune,
                                         qpv, sources, {colonnes})
        SELECT %(epci)s, 'residence', identifiant, '', bailleur, %(millesime)s, population, commune, qpv, {SOURCES},
               {colonnes}
        FROM ind_somme WHERE identifiant IS NOT NULL"""


def _remonter(niveau: str) -> str:
    place, version, jointure, condition = NIVEAUX[niveau]
    colonnes = ", ".join(COLONNES)
    sommes = ", ".join(f"sum(s.{colonne}) AS {colonne}" for colonne in COLONNES)
    return f"""
        INSERT INTO diagnostic_comptage (epci, niveau, territoire, version, bailleur, millesime, population, commune,
                                         qpv, sources, {colonnes})
        SELECT %(epci)s, '{niveau}', place, version, bailleur, %(millesime)s, population, '', '', {SOURCES}, {colonnes}
        FROM (SELECT {place} AS place, {version} AS version, s.bailleur, s.population, {sommes}
              FROM ind_somme s {jointure} WHERE {condition} GROUP BY 1, 2, 3, 4) t"""


def _provenances(curseur, contexte: Contexte) -> None:
    curseur.execute("SELECT source, array_remove(array_agg(DISTINCT depot), NULL) FROM ind_cellule GROUP BY source")
    ProvenanceComptage.objects.bulk_create(
        ProvenanceComptage(
            epci=contexte.epci,
            millesime=contexte.millesime,
            source=source,
            depots=sorted(depots),
            perimetre_version=contexte.version,
            perimetre_anterieur=contexte.anterieure,
            details=_details(contexte, source),
            calcule_le=timezone.now(),
        )
        for source, depots in curseur.fetchall()
    )


def _details(contexte: Contexte, source: str) -> dict:
    """Version of the local perimeters, and the parameters that the counts of the source depend on."""
    versions = {"npnru": contexte.version_npnru, "secteur": contexte.version_secteur}
    details: dict = {"perimetres": {nature: version for nature, version in versions.items() if version}}
    siens = {"ops": {"recents_annees": contexte.recents}, "rpls": {"bas_loyer_m2": contexte.bas_loyer_m2}}
    return details | siens.get(source, {})
