"""Reading one column: SQL that cleans a raw text and turns it into its type, or NULL where it cannot be read.

Cleaning rules: formats.md, head. No expression here ever raises: what cannot be read gives NULL, and the caller tells
an unreadable cell from an unknown one by the cleaned text, which is then not NULL. `CASE` is used where PostgreSQL
must evaluate in order.
"""

import unicodedata
from dataclasses import dataclass

from django.db import models

from partenaires.depots.contrats import Colonne, Nature

INCONNUS = ("", "NA", "NC", "Z", "ND", "na", "nc", "z", "nd", "#N/A")
INCONNUS_CODES = (*INCONNUS, "999", "9999")
INCONNUS_ANNEES = (*INCONNUS_CODES, "0", "0000")
NOMBRE = r"^[+-]?(?:\d{1,18}(?:[.,]\d*)?|\d{1,3}(?: \d{3}){1,5}(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,2})?$"
ANNEE_DECIMALE = r"^(?:[12]\d{3}[.,]\d*|[12][.,]\d+[eE][+]?0?3)$"
HEURE = r"(?:[ T]\d{1,2}[:h]\d{2}(?::\d{2}(?:[.,]\d+)?)?)"
ACCENTUES, PLATS = "àâäçéèêëîïôöùûü -'", "aaaceeeeiioouuu___"
BORNES = {"smallint": (-32768, 32767), "integer": (-(2**31), 2**31 - 1), "bigint": (-(2**63), 2**63 - 1)}
CHIFFRES = {"smallint": 4, "integer": 9, "bigint": 18}
OUI = ("1", "oui", "o", "vrai", "true", "v")
NON = ("0", "non", "n", "faux", "false", "f")


def litteral(valeur) -> str:
    """A constant as SQL text; the values are the platform's own (column contracts, checked arguments)."""
    if valeur is None:
        return "NULL"
    if isinstance(valeur, int | float):
        return str(valeur)
    return "'" + str(valeur).replace("'", "''") + "'"


def liste(valeurs) -> str:
    return f"ARRAY[{', '.join(litteral(v) for v in valeurs)}]"


@dataclass(frozen=True)
class Lecture:
    """SQL of a column: its type, and the error code of a cell that gives NULL though it is not unknown."""

    colonne: Colonne
    type_sql: str
    propre: str  # over @c, the raw text
    lire: str  # over @t, the cleaned text
    faute: str


def lecture(colonne: Colonne, champ: models.Field | None) -> Lecture:
    """How `colonne` is read, given the field of the table that it fills (its type, length and precision)."""
    type_sql = type_de(colonne, champ)
    propre = f"CASE WHEN btrim(@c) <> ALL({liste(inconnus(colonne))}) THEN btrim(@c) END"
    if colonne.valeurs:
        return Lecture(colonne, type_sql, propre, de_liste(colonne, type_sql), "valeur_hors_liste")
    faute = "commune_inconnue" if colonne.nature == Nature.COMMUNE else "valeur_illisible"
    return Lecture(colonne, type_sql, propre, LECTEURS[colonne.nature](colonne, champ, type_sql), faute)


def inconnus(colonne: Colonne) -> tuple[str, ...]:
    """The texts that stand for « unknown » in this column; a value of its closed list never does."""
    tous: tuple[str, ...] = INCONNUS
    if colonne.valeurs or colonne.nature in (Nature.CODE, Nature.SIREN, Nature.SIRET, Nature.COMMUNE, Nature.DATE):
        tous = INCONNUS_CODES
    if colonne.nature == Nature.ANNEE:
        tous = INCONNUS_ANNEES
    return tuple(v for v in tous if v not in colonne.valeurs)


def type_de(colonne: Colonne, champ: models.Field | None) -> str:
    match colonne.nature:
        case Nature.ENTIER:
            return type_entier(champ)
        case Nature.DECIMAL:
            return type_decimal(champ)
        case Nature.ANNEE | Nature.BOOLEEN:
            return "smallint"
        case Nature.DATE:
            return "date"
        case Nature.GEOMETRIE:
            return "jsonb"
    return type_entier(champ) if colonne.valeurs and isinstance(champ, models.IntegerField) else "text"


def type_entier(champ) -> str:
    if isinstance(champ, models.SmallIntegerField):
        return "smallint"
    return "bigint" if isinstance(champ, models.BigIntegerField) else "integer"


def type_decimal(champ) -> str:
    if isinstance(champ, models.DecimalField):
        return f"numeric({champ.max_digits},{champ.decimal_places})"
    return "float8" if isinstance(champ, models.FloatField) else "numeric"


def bornes(colonne: Colonne, bas, haut) -> tuple:
    return (
        bas if colonne.minimum is None else max(bas, colonne.minimum),
        haut if colonne.maximum is None else min(haut, colonne.maximum),
    )


VALEUR = "translate(@t, ', ', '.')::numeric"


def entier(colonne, champ, type_sql):
    bas, haut = bornes(colonne, *BORNES[type_sql])
    lu = f"@t::{type_sql}"
    if colonne.minimum is not None or colonne.maximum is not None:
        lu = f"CASE WHEN {lu} BETWEEN {bas} AND {haut} THEN {lu} END"
    return (
        f"CASE WHEN @t ~ '^\\d{{1,{CHIFFRES[type_sql]}}}$' THEN {lu} WHEN @t ~ '{NOMBRE}' THEN "
        f"CASE WHEN {VALEUR} = trunc({VALEUR}) AND {VALEUR} BETWEEN {bas} AND {haut} THEN {VALEUR}::{type_sql} END END"
    )


def decimal(colonne, champ, type_sql):
    fractions, chiffres = 6, 15
    if isinstance(champ, models.DecimalField):
        fractions, chiffres = champ.decimal_places, champ.max_digits - champ.decimal_places
    bas, haut = bornes(colonne, -(10**chiffres), 10**chiffres)
    arrondi = f"round({VALEUR}, {fractions})" if type_sql.startswith("numeric(") else VALEUR
    dedans = f"{arrondi} BETWEEN {bas} AND {haut} AND abs({arrondi}) < {10**chiffres}"
    rapide = f"replace(@t, ',', '.')::{type_sql}"
    if colonne.minimum not in (None, 0) or colonne.maximum is not None:
        rapide = f"CASE WHEN {dedans} THEN {rapide} END"
    return (
        f"CASE WHEN @t ~ '^\\d{{1,{chiffres}}}(?:[.,]\\d{{1,{fractions}}})?$' THEN {rapide} "
        f"WHEN @t ~ '{NOMBRE}' THEN CASE WHEN {dedans} THEN {VALEUR}::{type_sql} END END"
    )


def jour(annee: str, mois: str, jour_du_mois: str) -> str:
    """A date from its pieces (SQL text of digits), NULL where the calendar has none (31/02)."""
    a, m, j = f"{annee}::int", f"{mois}::int", f"{jour_du_mois}::int"
    calcul = f"make_date({a}, {m}, 1) + ({j} - 1)"
    return (
        f"CASE WHEN {m} BETWEEN 1 AND 12 AND {j} BETWEEN 1 AND 31 THEN "
        f"CASE WHEN extract(month FROM {calcul}) = {m} THEN {calcul} END END"
    )


# Excel dates, up to the year 2100: beyond are fillers, like 99999
SERIE = r"^(?:[1-6]\d|7[0-2])\d{3}(?:[.,]\d+)?$"
# Where a year is expected, five digits that begin like a year are a slip of the keyboard, not an Excel date of 1955.
SERIE_SANS_EQUIVOQUE = r"^(?:2[1-9]|[3-6]\d|7[0-2])\d{3}(?:[.,]\d+)?$"


def une_date(serie: str = SERIE) -> str:
    francaise = "split_part(translate(@t, 'T.-', ' //'), ' ', 1)"
    iso = "split_part(translate(@t, 'T/', ' -'), ' ', 1)"
    mois = "translate(@t, '-.', '//')"
    branches = (
        (r"^(?:0[1-9]|1[0-2])/[12]\d{3}$", "make_date(right(@t, 4)::int, left(@t, 2)::int, 1)"),
        (
            rf"^\d{{1,2}}[/.-]\d{{1,2}}[/.-][12]\d{{3}}{HEURE}?$",
            jour(*(f"split_part({francaise}, '/', {i})" for i in (3, 2, 1))),
        ),
        (
            rf"^[12]\d{{3}}[/-]\d{{1,2}}[/-]\d{{1,2}}(?:{HEURE}(?:Z|[+-]\d{{2}}:?\d{{2}})?)?$",
            jour(*(f"split_part({iso}, '-', {i})" for i in (1, 2, 3))),
        ),
        (r"^\d{1,2}[/.-][12]\d{3}$", jour(f"split_part({mois}, '/', 2)", f"split_part({mois}, '/', 1)", "'1'")),
        (r"^[12]\d{3}-\d{2}$", jour("left(@t, 4)", "right(@t, 2)", "'1'")),
        (serie, "date '1899-12-30' + left(@t, 5)::int"),
    )
    return "CASE " + " ".join(f"WHEN @t ~ '{motif}' THEN {sql}" for motif, sql in branches) + " END"


def date(colonne, champ, type_sql):
    return f"({une_date()})::date"


def annee(colonne, champ, type_sql):
    bas, haut = bornes(colonne, 1000, 2999)
    lue = (
        "CASE WHEN @t ~ '^[12]\\d{3}$' THEN @t::smallint"
        f" WHEN @t ~ '{ANNEE_DECIMALE}'"
        f" THEN CASE WHEN {VALEUR} = trunc({VALEUR}) THEN {VALEUR}::smallint END"
        f" ELSE extract(year FROM {une_date(SERIE_SANS_EQUIVOQUE)})::smallint END"
    )
    if (bas, haut) == (1000, 2999):
        return lue
    return f"CASE WHEN {lue} BETWEEN {bas} AND {haut} THEN {lue} END"


def booleen(colonne, champ, type_sql):
    return (
        "CASE WHEN @t = '1' THEN 1::smallint WHEN @t = '0' THEN 0::smallint"
        f" WHEN lower(@t) = ANY({liste(OUI)}) THEN 1::smallint WHEN lower(@t) = ANY({liste(NON)}) THEN 0::smallint END"
    )


def identifiant(longueur):
    def lire(colonne, champ, type_sql):
        return (
            f"CASE WHEN @t ~ '^\\d{{{longueur}}}$' THEN @t WHEN replace(@t, ' ', '') ~ "
            f"'^\\d{{1,{longueur}}}$' THEN lpad(replace(@t, ' ', ''), {longueur}, '0') END"
        )

    return lire


def longueur_de(colonne: Colonne, champ) -> int | None:
    return colonne.longueur or getattr(champ, "max_length", None)


def texte(colonne, champ, type_sql):
    plie = "CASE WHEN position('  ' IN @t) > 0 THEN regexp_replace(@t, ' +', ' ', 'g') ELSE @t END"
    longueur = longueur_de(colonne, champ)
    return plie if longueur is None else f"CASE WHEN char_length(@t) <= {longueur} THEN {plie} END"


def code(colonne, champ, type_sql):
    serre = "replace(@t, ' ', '')"
    longueur = longueur_de(colonne, champ)
    return serre if longueur is None else f"CASE WHEN char_length({serre}) <= {longueur} THEN {serre} END"


def commune(colonne, champ, type_sql):
    """A well-formed code; `lignes` then maps it (NULL when unknown)."""
    return "CASE WHEN @t ~ '^\\d{5}$' THEN @t WHEN @t ~ '^\\d{4}$' THEN '0' || @t ELSE upper(@t) END"


def geometrie(colonne, champ, type_sql):
    return "CASE WHEN @t LIKE '{%}' THEN @t::jsonb END"


def normal(valeur: str) -> str:
    """A listed value without case, accents, leading zeros."""
    plat = unicodedata.normalize("NFC", valeur).lower().translate(str.maketrans(ACCENTUES, PLATS))
    return plat.lstrip("0")


def de_liste(colonne: Colonne, type_sql: str) -> str:
    """The listed value that the text stands for: as written, else without case, accents, leading zeros, « .0 »."""
    plat = f"ltrim(translate(lower(regexp_replace(@t, '[.,]0+$', '')), {litteral(ACCENTUES)}, '{PLATS}'), '0')"
    cas = " ".join(f"WHEN {litteral(normal(v))} THEN {litteral(v)}" for v in colonne.valeurs)
    return f"(CASE WHEN @t = ANY({liste(colonne.valeurs)}) THEN @t ELSE CASE {plat} {cas} END END)::{type_sql}"


LECTEURS = {
    Nature.TEXTE: texte,
    Nature.CODE: code,
    Nature.SIREN: identifiant(9),
    Nature.SIRET: identifiant(14),
    Nature.COMMUNE: commune,
    Nature.ENTIER: entier,
    Nature.DECIMAL: decimal,
    Nature.ANNEE: annee,
    Nature.DATE: date,
    Nature.BOOLEEN: booleen,
    Nature.GEOMETRIE: geometrie,
}
