"""Withdrawal of a loaded deposit: exactly what stood before comes back, set-wise (contrat §2).

Snapshot: each slot that the deposit fills takes back the rows of the latest deposit not withdrawn that had filled it.
Events: each key of the deposit takes the row of the latest deposit not withdrawn, and what that row inherits comes only
from deposits not withdrawn, whether the withdrawn one is the latest or not.

Loads that share a slot or a key are one after the other (`identite.verrouiller`): the later row has the greater id.
"""

from collections.abc import Sequence

from django.db import connection, models

from partenaires.depots.contrats import Format
from partenaires.depots.nettoyage import litteral
from partenaires.depots.progression import Progression
from partenaires.models import Depot, LigneDeposee, LigneEvenement

TABLES = ("creneaux_rendus", "lignes_rendues")


class Restitution:
    """Inside the transaction of the withdrawal; `un_format.apres_retrait` is given it once the rows are back."""

    def __init__(self, depot: Depot, un_format: Format, progression: Progression):
        self.depot, self.format, self.modele = depot, un_format, un_format.modele
        self.progression = progression

    def sql(self, requete: str, parametres: Sequence | None = None):
        curseur = connection.cursor()
        curseur.execute(requete, parametres)
        return curseur

    @property
    def table(self) -> str:
        return f'"{self.modele._meta.db_table}"'

    @property
    def autres(self) -> str:
        """SQL of the other deposits of the type that are not withdrawn."""
        etats, type = ", ".join(map(litteral, Depot.EN_VIGUEUR)), litteral(self.depot.type)
        return f"SELECT id FROM partenaires_depot WHERE type = {type} AND etat IN ({etats}) AND id <> {self.depot.pk}"

    def rendre(self) -> list[int]:
        """The deposits whose rows are in force again."""
        self.sql("SET LOCAL client_min_messages = warning; SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        self.sql("DROP TABLE IF EXISTS " + ", ".join(f"pg_temp.{table}" for table in TABLES))
        self.progression.entrer("recherche")
        rendus = rendre_creneaux(self) if self.format.creneau is not None else rendre_evenements(self)
        if self.format.apres_retrait is not None:
            self.format.apres_retrait(self)
        return rendus


def est_restituable(un_format: Format) -> bool:
    """Are the former rows kept? A type that updates reference rows in place keeps none."""
    return un_format.modele is not None and issubclass(un_format.modele, LigneDeposee)


def colonnes(modele: type[models.Model], noms: Sequence[str]) -> list[str]:
    return [f'"{modele._meta.get_field(nom).column}"' for nom in noms]


def egales(gauche: str, droite: str, noms: list[str]) -> str:
    return " AND ".join(f"{gauche}.{nom} = {droite}.{nom}" for nom in noms) or "true"


def rendre_creneaux(r: Restitution) -> list[int]:
    """A slot that the deposit no longer fills is left as it is."""
    slot = colonnes(r.modele, r.format.creneau or ())
    liste, meme = ", ".join(f"t.{nom}" for nom in slot), egales("t", "s", slot)
    r.sql(
        f"CREATE TEMP TABLE creneaux_rendus ON COMMIT DROP AS SELECT DISTINCT ON ({liste}) {liste}, t.depot_id FROM ("
        f" SELECT {liste}, t.depot_id, max(t.id) AS id FROM {r.table} t"
        f" JOIN (SELECT DISTINCT {liste} FROM {r.table} t WHERE t.depot_id = %s AND t.courant) s ON {meme}"
        f" WHERE t.depot_id IN ({r.autres}) GROUP BY {liste}, t.depot_id) t ORDER BY {liste}, t.id DESC",
        [r.depot.pk],
    )
    fermer(r)
    r.sql(
        f"UPDATE {r.table} t SET courant = true FROM creneaux_rendus s WHERE t.depot_id = s.depot_id"
        f" AND t.depot_id IN (SELECT depot_id FROM creneaux_rendus) AND {meme}"
    )
    return [pk for (pk,) in r.sql("SELECT DISTINCT depot_id FROM creneaux_rendus")]


def fermer(r: Restitution) -> None:
    r.progression.entrer("fermeture")
    r.sql(f"UPDATE {r.table} SET courant = false WHERE depot_id = %s AND courant", [r.depot.pk])
    r.progression.entrer("restitution")


def cle_en_vigueur(modele: type[models.Model]) -> list[str]:
    """Columns that make a row in force unique, from the constraint that says so."""
    contrainte = next(
        c
        for c in modele._meta.constraints
        if isinstance(c, models.UniqueConstraint) and c.condition == models.Q(courant=True)
    )
    return colonnes(modele, contrainte.fields)


def heritables(modele: type[models.Model], cle: list[str]) -> dict[str, str]:
    """Column → SQL of what a row `t` itself holds of it, '' being nothing."""
    a_part = {f.name for f in LigneEvenement._meta.get_fields()} | {"id"}
    champs = [f for f in modele._meta.concrete_fields if f.name not in a_part and f'"{f.column}"' not in cle]
    vides = models.CharField | models.TextField
    return {
        f.column: f"nullif(t.\"{f.column}\", '')" if isinstance(f, vides) and not f.null else f't."{f.column}"'
        for f in champs
    }


def rendre_evenements(r: Restitution) -> list[int]:
    """`lignes_rendues`: the row of the latest deposit not withdrawn for each key of the withdrawn one, with, for each
    column, the latest value that one of those deposits stated itself."""
    cle = cle_en_vigueur(r.modele)
    siennes = heritables(r.modele, cle)
    liste, meme = ", ".join(f"t.{nom}" for nom in cle), egales("t", "k", cle)
    dites = "".join(
        f", (array_agg({sql} ORDER BY t.id DESC)"
        f' FILTER (WHERE {sql} IS NOT NULL AND {litteral(nom)} <> ALL(t.herites)))[1] AS "{nom}"'
        for nom, sql in siennes.items()
    )
    r.sql(
        "CREATE TEMP TABLE lignes_rendues ON COMMIT DROP AS SELECT max(t.id) AS id,"
        f" (array_agg(t.depot_id ORDER BY t.id DESC))[1] AS depot_rendu{dites} FROM {r.table} t"
        f" JOIN (SELECT DISTINCT {liste} FROM {r.table} t WHERE t.depot_id = %s) k ON {meme}"
        f" WHERE t.depot_id IN ({r.autres}) GROUP BY {liste}",
        [r.depot.pk],
    )
    fermer(r)
    reprises = "".join(f', "{nom}" = {reprise(nom, sql)}' for nom, sql in siennes.items())
    r.sql(
        f"UPDATE {r.table} t SET courant = true{reprises}"
        " FROM lignes_rendues r WHERE t.id = r.id AND (NOT t.courant OR t.herites <> '{}')"
    )
    return [pk for (pk,) in r.sql("SELECT DISTINCT depot_rendu FROM lignes_rendues")]


def reprise(nom: str, sql: str) -> str:
    """The inherited columns alone change; a text that may not be unknown goes back to empty."""
    rendue = f"coalesce(r.\"{nom}\", '')" if sql.startswith("nullif(") else f'r."{nom}"'
    return f'CASE WHEN {litteral(nom)} = ANY(t.herites) THEN {rendue} ELSE t."{nom}" END'
