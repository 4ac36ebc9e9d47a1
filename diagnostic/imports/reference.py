"""Reference tables (territories, communes): a row that a file states is created or updated, the others stay."""

from partenaires.depots.contexte import Contexte


def fondre(ctx: Contexte, colonnes: dict[str, str], cle: str) -> int:
    """Upsert of `lignes l` on the primary key `cle`. `colonnes`: column of the table → SQL over `lignes l`.

    Every stated row takes the deposit, so that a later file of the same content is known as such. Returns the number
    of rows that were already there with the same values.
    """
    table = ctx.format.modele._meta.db_table
    deja = f"ROW({', '.join(f't.{c}' for c in colonnes)}) IS NOT DISTINCT FROM ROW({', '.join(colonnes.values())})"
    ctx.rapport.connues, memes = ctx.sql(
        f"SELECT count(*), count(*) FILTER (WHERE {deja}) FROM lignes l JOIN {table} t ON t.{cle} = {colonnes[cle]}"
    ).fetchone()
    misees = ", ".join(f"{c} = excluded.{c}" for c in (*colonnes, "depot_id") if c != cle)
    ctx.sql(
        f"INSERT INTO {table} ({', '.join(colonnes)}, depot_id) "
        f"SELECT {', '.join(colonnes.values())}, {ctx.depot.pk} FROM lignes l "
        f"ON CONFLICT ({cle}) DO UPDATE SET {misees}"
    )
    return memes
