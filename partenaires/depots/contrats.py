"""What a file format is: its columns, its key, who may deposit it, what it replaces, where its rows go.

A format is data. The engine (`partenaires.depots.moteur`) reads any of them; each app declares its own in `imports/`,
one file a format, and registers it with `enregistrer`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Nature(StrEnum):
    """How a cell is read. `*` of the cleaning rules common to all: formats.md, head."""

    TEXTE = "texte"  # trimmed, inner white space folded
    CODE = "code"  # text without inner spaces; 999 and 9999 are unknown
    SIREN = "siren"  # nine digits, left-padded
    SIRET = "siret"  # fourteen digits, left-padded
    COMMUNE = "commune"  # INSEE code, mapped through communes_rattachees; unknown ⇒ commune_inconnue
    ENTIER = "entier"
    DECIMAL = "decimal"
    ANNEE = "annee"  # AAAA, or the year of a date; 9999 and 999 are unknown
    DATE = "date"  # JJ/MM/AAAA, JJ-MM-AAAA 00:00:00, ISO, MM/AAAA (first day), Excel serial
    BOOLEEN = "booleen"  # 1/0, oui/non, o/n, vrai/faux → smallint
    GEOMETRIE = "geometrie"  # GeoJSON text, from a geographic file only


@dataclass(frozen=True)
class Colonne:
    """A column of a file and the field of the cleaned row (`champ`, default: the name in lower case)."""

    nom: str
    nature: Nature
    champ: str = ""
    obligatoire: bool = False  # the column must be in the header
    cle: bool = False  # each row must have a value (`cle_vide`)
    valeurs: tuple[str, ...] = ()  # closed list (`valeur_hors_liste`)
    minimum: float | None = None  # below ⇒ `valeur_illisible`
    maximum: float | None = None
    longueur: int | None = None  # longer ⇒ `valeur_illisible`
    synonymes: tuple[str, ...] = ()
    personnelle: bool = False  # values are masked in reports
    aide: str = ""

    def __post_init__(self):
        object.__setattr__(self, "champ", self.champ or self.nom.lower())


@dataclass(frozen=True)
class Format:
    """One type of file.

    `cle`: fields that identify a row. `creneau`: fields of the table that make a snapshot slot, or None for an event
    type (rows merge by key, a later file completing an earlier event: its empty cells keep the earlier value).
    `deposants`: natures of organisation that may deposit it (empty: the platform's administrator alone).
    `proprietaire`: field that carries the bailleur's SIREN, when rows belong to one.
    `derives`: further fields of the cleaned row, SQL over the others. `constantes`: fields of the table taken from the
    deposit (`millesime`, `nature`, `version`). `controler(ctx)` adds errors and warnings, set-wise;
    `charger(ctx)` replaces the generic load where the rows do not go to one table as they are; it returns the number
    of rows that were already there, unchanged. `rapprocher(ctx)` says, after the checks, how much of the file is found
    in the others (list of `rapport.Rapprochement`).
    """

    type: str
    libelle: str
    colonnes: tuple[Colonne, ...]
    cle: tuple[str, ...]
    modele: Any = None
    creneau: tuple[str, ...] | None = None
    deposants: tuple[str, ...] = ()
    proprietaire: str | None = None
    derives: dict[str, str] = field(default_factory=dict)
    constantes: tuple[str, ...] = ()
    millesime_obligatoire: bool = False
    geographique: bool = False
    controler: Callable[[Any], None] | None = None
    charger: Callable[[Any], Any] | None = None
    rapprocher: Callable[[Any], list[Any]] | None = None
    territoires: Callable[[Any], list[str]] | None = None  # SIREN of the territories that the deposit touches
    champ_depot: str = "depot"  # field of the table that names the deposit of a row
    ignorees: tuple[str, ...] = ()  # columns of the layout that are known and not kept
    apres_retrait: Callable[[Any], None] | None = None  # given a Restitution once the former rows are back
    usage: str = ""  # what the platform does with it, in words

    def nom_de(self, champ: str) -> str:
        """The column of a field, or that which a derived field is drawn from; the field itself failing that."""
        sql = self.derives.get(champ, "")
        return next((c.nom for c in self.colonnes if c.champ == champ or (sql and c.champ in sql)), champ)


REGISTRE: dict[str, Format] = {}


def enregistrer(un_format: Format) -> Format:
    if REGISTRE.setdefault(un_format.type, un_format) is not un_format:
        raise ValueError(f"Format {un_format.type} déclaré deux fois.")
    return un_format


# SQL of the commune codes that files may use: (ancien text, code text), set by the app that holds the communes.
resolveur_communes: str = ""


def resoudre_communes(sql: str) -> None:
    global resolveur_communes
    resolveur_communes = sql
