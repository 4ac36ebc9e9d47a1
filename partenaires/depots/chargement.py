"""The generic load: from `lignes` into the table of the format, slots and keys replaced, set-wise.

Rows of the table are never rewritten: what is replaced has `courant` set to false. Each load tells its report how many
rows of the file had a row in force (`connues`) and how many rows in force the file closes (`disparues`).
"""

from dataclasses import dataclass

from django.db import models

from partenaires.depots.contexte import Contexte
from partenaires.depots.contrats import Nature
from partenaires.depots.nettoyage import litteral


@dataclass(frozen=True)
class Valeur:
    """A column of the table and the SQL, over `lignes l`, that fills it."""

    champ: models.Field
    sql: str

    @property
    def colonne(self) -> str:
        return f'"{self.champ.column}"'


def charger(ctx: Contexte) -> int:
    """Returns the number of rows that equal the row in force of their key."""
    if ctx.format.charger is not None:
        return ctx.format.charger(ctx) or 0
    return charger_creneau(ctx) if ctx.format.creneau is not None else charger_evenements(ctx)


def table(ctx: Contexte) -> str:
    return f'"{ctx.format.modele._meta.db_table}"'


def valeurs(ctx: Contexte) -> list[Valeur]:
    """Columns of the table that this load fills: from the deposit, else from the rows, else their default."""
    trouvees = [(champ, valeur(ctx, champ)) for champ in ctx.format.modele._meta.concrete_fields]
    return [Valeur(champ, sql) for champ, sql in trouvees if sql is not None]


def valeur(ctx: Contexte, champ: models.Field) -> str | None:
    if champ.primary_key or champ.generated or champ.name in ("depot", "courant", "herites"):
        return None
    if champ.name in ctx.format.constantes:
        return litteral(getattr(ctx.depot, champ.name))
    if champ.name == ctx.format.proprietaire and ctx.proprietaire is not None:
        return litteral(ctx.proprietaire.siren)
    nom = next((n for n in (champ.name, champ.attname) if n in champs_des_lignes(ctx)), None)
    if nom is None:
        return None if champ.null or not champ.has_default() else litteral(champ.get_default())
    if isinstance(champ, models.BooleanField) and est_booleen(ctx, nom):
        return f"(l.{nom} = 1)"
    if not champ.null and isinstance(champ, models.CharField | models.TextField):
        return f"coalesce(l.{nom}, '')"
    return f"l.{nom}"


def champs_des_lignes(ctx: Contexte) -> set[str]:
    return {c.champ for c in ctx.format.colonnes} | set(ctx.format.derives)


def est_booleen(ctx: Contexte, nom: str) -> bool:
    return any(c.champ == nom and c.nature == Nature.BOOLEEN for c in ctx.format.colonnes)


def colonne_de(ctx: Contexte, nom: str) -> Valeur:
    return next(v for v in valeurs(ctx) if nom in (v.champ.name, v.champ.attname))


def cle_de_table(ctx: Contexte) -> list[Valeur]:
    """What makes a row in force unique in the table."""
    noms = dict.fromkeys((*(ctx.format.creneau or ctx.format.constantes), *ctx.format.cle))
    return [v for v in valeurs(ctx) if v.champ.name in noms or v.champ.attname in noms]


def charger_creneau(ctx: Contexte) -> int:
    """Snapshot: the slots that the rows name are filled whole; their former rows are closed."""
    creneau = [colonne_de(ctx, nom) for nom in ctx.format.creneau or ()]
    slots = "SELECT DISTINCT " + ", ".join(f"{v.sql} AS s{i}" for i, v in enumerate(creneau)) + " FROM lignes l"
    meme_slot = " AND ".join(f"t.{v.colonne} = s.s{i}" for i, v in enumerate(creneau)) or "true"
    occupe = ctx.valeur(f"SELECT 1 FROM {table(ctx)} t JOIN ({slots}) s ON {meme_slot} WHERE t.courant LIMIT 1")
    inchangees = comparer(ctx) if occupe else 0
    if occupe:
        fermees = ctx.sql(
            f"WITH fermees AS (UPDATE {table(ctx)} t SET courant = false FROM ({slots}) s"
            f" WHERE t.courant AND {meme_slot} RETURNING t.depot_id)"
            " SELECT depot_id, count(*) FROM fermees GROUP BY depot_id"
        ).fetchall()
        ctx.rapport.disparues = sum(nombre for _, nombre in fermees) - ctx.rapport.connues
        ctx.remplaces.update(depot for depot, _ in fermees)
    inserer(ctx, valeurs(ctx))
    return inchangees


def comparer(ctx: Contexte) -> int:
    """Rows of the file that equal the row in force of their key; the report learns how many have one."""
    memes = " AND ".join(f"t.{v.colonne} = {v.sql}" for v in cle_de_table(ctx))
    autres = valeurs(ctx)
    gauche, droite = ", ".join(f"t.{v.colonne}" for v in autres), ", ".join(v.sql for v in autres)
    ctx.rapport.connues, inchangees = ctx.sql(
        f"SELECT count(*), count(*) FILTER (WHERE ROW({gauche}) IS NOT DISTINCT FROM ROW({droite})) "
        f"FROM lignes l JOIN {table(ctx)} t ON t.courant AND {memes}"
    ).fetchone()
    return inchangees


def inserer(ctx: Contexte, toutes: list[Valeur], depuis: str = "lignes l"):
    noms = ", ".join(["depot_id", "courant", *(v.colonne for v in toutes)])
    sql = ", ".join([str(ctx.depot.pk), "true", *(v.sql for v in toutes)])
    ctx.inserees = ctx.sql(f"INSERT INTO {table(ctx)} ({noms}) SELECT {sql} FROM {depuis}").rowcount


def charger_evenements(ctx: Contexte) -> int:
    """Events merge by key: an empty cell keeps what an earlier file said. The completed row is stored anew."""
    memes = " AND ".join(f"a.{v.colonne} = {v.sql}" for v in cle_de_table(ctx))
    ctx.sql(
        f"CREATE TEMP TABLE anciennes ON COMMIT DROP AS SELECT a.* FROM {table(ctx)} a "
        f"JOIN lignes l ON {memes} WHERE a.courant"
    )
    ctx.sql(f"UPDATE {table(ctx)} t SET courant = false FROM anciennes a WHERE t.id = a.id")
    ctx.remplaces.update(pk for (pk,) in ctx.sql("SELECT DISTINCT depot_id FROM anciennes"))
    toutes = valeurs(ctx)
    completes = [Valeur(v.champ, completer(v)) for v in toutes]
    jointes = f"lignes l LEFT JOIN anciennes a ON {memes}"
    gauche, droite = ", ".join(f"a.{v.colonne}" for v in toutes), ", ".join(v.sql for v in completes)
    ctx.rapport.connues, inchangees = ctx.sql(
        f"SELECT count(*), count(*) FILTER (WHERE ROW({gauche}) IS NOT DISTINCT FROM ROW({droite})) "
        f"FROM {jointes} WHERE a.id IS NOT NULL"
    ).fetchone()
    herites = Valeur(ctx.format.modele._meta.get_field("herites"), heritage(toutes))
    inserer(ctx, [*completes, herites], jointes)
    ctx.sql("DROP TABLE anciennes")
    return inchangees


def neuve(v: Valeur) -> str:
    """What the file says of a column, NULL where it says nothing."""
    return f"nullif({v.sql}, '')" if v.sql.startswith("coalesce(") else v.sql


def completer(v: Valeur) -> str:
    if v.champ.null:
        return f"coalesce({neuve(v)}, a.{v.colonne})"
    return f"coalesce({neuve(v)}, a.{v.colonne}, {v.sql})"


def heritage(toutes: list[Valeur]) -> str:
    """The names of the columns that the file leaves empty and the row in force fills."""
    cas = ", ".join(
        f"CASE WHEN {neuve(v)} IS NULL AND a.{v.colonne} IS NOT NULL THEN {litteral(v.champ.column)} END"
        for v in toutes
    )
    return f"CASE WHEN a.id IS NULL THEN '{{}}'::text[] ELSE array_remove(ARRAY[{cas}]::text[], NULL) END"
