"""What a deposit changed, row by row: its rows against those that it replaced, or against another deposit's.

Rows are paired by the key of the table and compared by the database; a page of them at a time leaves it. Personal
columns are neither compared nor shown, keys included.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction

from partenaires.depots.contrats import REGISTRE, Colonne, Format, Nature
from partenaires.depots.restitution import cle_en_vigueur, colonnes, egales, est_restituable
from partenaires.models import Depot

# What the platform writes itself beside the file's own columns.
TENUS = ("id", "depot", "courant", "herites", "cle_recherche")


class Incomparable(Exception):
    """Why the rows of this deposit cannot be compared."""


@dataclass(frozen=True)
class Ecart:
    colonne: str
    avant: Any
    apres: Any


@dataclass(frozen=True)
class LigneDifferente:
    """`genre`: nouvelle, modifiee or disparue. `cle`: column → value, without the personal ones nor those that are the
    deposit's own (bailleur, millésime). `ecarts`: of a row that both hold."""

    genre: str
    cle: dict[str, Any]
    ecarts: list[Ecart]


@dataclass(frozen=True)
class Champ:
    """A column of the table that may be shown, under the name that the file gives it."""

    nom: str
    colonne: str
    lire: str  # SQL over the row `@`

    def de(self, ligne: str) -> str:
        return self.lire.replace("@", ligne)


def sources(un_format: Format, nom: str) -> list[Colonne]:
    """Columns of the file that a field is drawn from."""
    sql = un_format.derives.get(nom, "")
    return [c for c in un_format.colonnes if c.champ == nom or re.search(rf"\b{re.escape(c.champ)}\b", sql)]


def champ_montrable(un_format: Format, champ: models.Field) -> Champ | None:
    if champ.name in TENUS or champ.generated or isinstance(champ, models.JSONField):
        return None
    lues = [c for nom in {champ.name, champ.attname} for c in sources(un_format, nom)]
    if any(c.personnelle or c.nature == Nature.GEOMETRIE for c in lues):
        return None
    directe = next((c.nom for c in lues if c.champ in (champ.name, champ.attname)), None)
    return Champ(directe or str(champ.verbose_name), f'"{champ.column}"', lecture(champ))


def lecture(champ: models.Field) -> str:
    """A row named by a number of ours is shown by its code."""
    if isinstance(champ, models.ForeignKey) and isinstance(champ.target_field, models.AutoField):
        visee = champ.related_model._meta
        return f'(SELECT v.code FROM "{visee.db_table}" v WHERE v.id = @."{champ.column}")'
    return f'@."{champ.column}"'


def comparable(depot: Depot) -> Format:
    """Raises Incomparable."""
    un_format = REGISTRE.get(depot.type)
    if depot.etat not in (*Depot.EN_VIGUEUR, Depot.Etat.RETIRE) or un_format is None:
        raise Incomparable("Ce dépôt n'a pas été chargé : il n'a rien changé.")
    if not est_restituable(un_format):
        raise Incomparable(
            f"Un fichier {depot.type} met à jour sur place : les valeurs antérieures ne sont pas gardées."
        )
    if not any(isinstance(c, models.UniqueConstraint) for c in un_format.modele._meta.constraints):
        raise Incomparable(f"Un fichier {depot.type} compte des logements : ses lignes n'ont pas de clé à comparer.")
    return un_format


class Differences:
    """A suite that is counted and sliced. `avant`: the deposit to compare with; by default, for each slot or key, the
    latest earlier one not withdrawn that the reader may see. Raises Incomparable."""

    def __init__(self, adhesion, depot: Depot, avant: Depot | None = None):
        self.format = comparable(depot)
        if avant is not None and avant.type != depot.type:
            raise Incomparable("Ces deux dépôts ne sont pas du même type de fichier.")
        self.depot, self.modele = depot, self.format.modele
        self.cle = cle_en_vigueur(self.modele)
        montrables = [champ_montrable(self.format, champ) for champ in self.modele._meta.concrete_fields]
        du_depot = colonnes(self.modele, [n for n in (self.format.proprietaire, *self.format.constantes) if n])
        self.cles = [c for c in montrables if c and c.colonne in self.cle and c.colonne not in du_depot]
        self.champs = [c for c in montrables if c and c.colonne not in self.cle]
        autres = Depot.objects.visible_to(adhesion).charges().filter(type=depot.type).exclude(pk=depot.pk)
        precedents = [avant.pk] if avant else list(autres.order_by().values_list("pk", flat=True))
        self.apres, self.avant = (self.visibles(adhesion, depots) for depots in ([depot.pk], precedents))
        self.anterieurs = avant is None

    def visibles(self, adhesion, depots: list[int]) -> tuple[str, Sequence]:
        """SQL of the rows of those deposits that the reader may see; where the model does not say who sees what, those
        who see the deposit."""
        lignes = self.modele._default_manager.all()
        if hasattr(lignes, "visible_to"):
            lignes = lignes.visible_to(adhesion)
        noms = [c.attname for c in self.modele._meta.concrete_fields if f'"{c.column}"' in self.colonnes]
        try:
            return lignes.filter(depot__in=depots).order_by().values(*noms).query.sql_with_params()
        except EmptyResultSet:  # no deposit, or rows that nobody of this kind may see
            return f'SELECT {", ".join(self.colonnes)} FROM "{self.modele._meta.db_table}" WHERE false', ()

    @property
    def colonnes(self) -> list[str]:
        return list(dict.fromkeys(('"id"', '"depot_id"', *self.cle, *(c.colonne for c in self.champs))))

    @property
    def tables(self) -> tuple[str, list]:
        """WITH clause of `apres` (rows of the deposit) and `avant` (those that they are compared with)."""
        en_creneaux = self.format.creneau is not None
        slot = colonnes(self.modele, self.format.creneau) if en_creneaux else self.cle
        liste, meme = ", ".join(f"t.{nom}" for nom in slot), egales("t", "s", slot)
        plus_tot = "WHERE t.id < s.id" if self.anterieurs else ""
        choix = f"SELECT DISTINCT ON ({liste}) {liste}, t.depot_id, t.id FROM ("
        choix += f"SELECT {liste}, t.depot_id, max(t.id) AS id FROM anciennes t JOIN creneaux s ON {meme} {plus_tot}"
        choix += f" GROUP BY {liste}, t.depot_id) t ORDER BY {liste}, t.id DESC"
        pris = f"t.depot_id = s.depot_id AND {meme}" if en_creneaux else "t.id = s.id"
        sql = (
            f"WITH apres AS MATERIALIZED ({self.apres[0]}), anciennes AS NOT MATERIALIZED ({self.avant[0]}), "
            f"creneaux AS MATERIALIZED (SELECT {liste}, min(t.id) AS id FROM apres t GROUP BY {liste}), "
            f"choix AS MATERIALIZED ({choix}), avant AS (SELECT t.* FROM anciennes t JOIN choix s ON {pris})"
        )
        return sql, [*self.apres[1], *self.avant[1]]

    @property
    def corps(self) -> str:
        """Pairs that differ; what events leave alone has not gone."""
        jointure = "FULL" if self.format.creneau is not None else "LEFT"
        gauche, droite = (", ".join(f"{x}.{c.colonne}" for c in self.champs) for x in ("a", "b"))
        return (
            f"FROM apres b {jointure} JOIN avant a ON {egales('a', 'b', self.cle)}"
            f" WHERE a.id IS NULL OR b.id IS NULL OR ROW({gauche}) IS DISTINCT FROM ROW({droite})"
        )

    def count(self) -> int:
        tables, parametres = self.tables
        return executer(f"{tables} SELECT count(*) {self.corps}", parametres)[0][0]

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, tranche: slice) -> list[LigneDifferente]:
        tables, parametres = self.tables
        lus = [f"coalesce({c.de('b')}, {c.de('a')})" for c in self.cles]
        lus += [c.de(ligne) for ligne in ("a", "b") for c in self.champs]
        ordre = ", ".join(f"coalesce(b.{nom}, a.{nom})" for nom in self.cle)
        debut = tranche.start or 0
        limite = "" if tranche.stop is None else f" LIMIT {max(0, tranche.stop - debut)}"
        lignes = executer(
            f"{tables} SELECT {', '.join(['a.id', 'b.id', *lus])} {self.corps} ORDER BY {ordre}{limite} OFFSET {debut}",
            parametres,
        )
        return [self.ligne(une) for une in lignes]

    def __iter__(self) -> Iterator[LigneDifferente]:
        return iter(self[0:None])

    def ligne(self, une: Sequence) -> LigneDifferente:
        avant, apres, *valeurs = map(lisible, une)
        cles, n = len(self.cles), len(self.champs)
        cle = {c.nom: v for c, v in zip(self.cles, valeurs[:cles])}
        if avant is None or apres is None:
            return LigneDifferente("nouvelle" if avant is None else "disparue", cle, [])
        paires = zip(self.champs, valeurs[cles : cles + n], valeurs[cles + n :])
        return LigneDifferente("modifiee", cle, [Ecart(c.nom, v, w) for c, v, w in paires if v != w])


def lisible(valeur):
    """JSON numbers are numbers."""
    return float(valeur) if isinstance(valeur, Decimal) else valeur


def executer(requete: str, parametres: Sequence) -> list[tuple]:
    """Compiling the query would take longer than running it."""
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
        curseur.execute(requete, parametres)
        return curseur.fetchall()
