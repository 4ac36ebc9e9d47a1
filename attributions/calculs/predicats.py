"""The household predicate of an objective (regles §3): validated, normalised, compiled to SQL.

A predicate nests {"et": […]}, {"ou": […]}, {"non": {…}} over {"champ", "op", "valeur"}. It has three values: a leaf on
an unknown field is unknown, and `et`, `ou`, `non` combine as in SQL (Kleene). The leaf on the quartile of a household
known only as « Q2-Q4 » is true when the list covers {2, 3, 4}, false when it holds none of them, unknown otherwise.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from attributions.calculs.quartiles import Q2_Q4, TOUS

OPERATEURS = ("=", "dans", "<", "<=", ">", ">=")
PROFONDEUR_MAX = 10
LISTE_MAX = 200
BORNE = Decimal(10**9)
DECIMALES = 4  # ressources_uc is stored with ten: no comparison with a value of four can be off
ACCENTS = "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸàâäçéèêëîïôöùûüÿ"
SANS_ACCENT = "AAACEEEEIIOOUUUYaaaceeeeiioouuuy"


class Genre(StrEnum):
    QUARTILE = "quartile"
    NOMBRE = "nombre"
    TEXTE = "texte"
    BOOLEEN = "booleen"


CHAMPS: dict[str, tuple[Genre, str]] = {
    "quartile": (Genre.QUARTILE, "quartile de ressources (1 à 4)"),
    "pct_plafond_plus": (Genre.NOMBRE, "% du plafond PLUS"),
    "ressources_uc": (Genre.NOMBRE, "ressources annuelles par UC, en euros"),
    "sous_seuil_pauvrete": (Genre.BOOLEEN, "sous le seuil de pauvreté"),
    "statut_emploi": (Genre.TEXTE, "statut professionnel du demandeur"),
    "age": (Genre.NOMBRE, "âge du demandeur"),
    "taille": (Genre.NOMBRE, "nombre de personnes du ménage"),
    "composition": (Genre.TEXTE, "situation familiale"),
    "dalo": (Genre.BOOLEEN, "DALO"),
    "prioritaire": (Genre.BOOLEEN, "DALO ou prioritaire"),
    "travailleur_essentiel": (Genre.BOOLEEN, "travailleur essentiel"),
    "reloge": (Genre.BOOLEEN, "relogé (NPNRU, ORCOD)"),
    "mutation": (Genre.BOOLEEN, "mutation"),
    "commune_actuelle": (Genre.TEXTE, "commune du logement actuel (code INSEE)"),
}
OPS_PAR_GENRE = {
    Genre.QUARTILE: OPERATEURS,
    Genre.NOMBRE: OPERATEURS,
    Genre.TEXTE: ("=", "dans"),
    Genre.BOOLEEN: ("=", "dans"),
}


class PredicatInvalide(ValueError):
    """What is wrong in a predicate, in French, with where it is."""


def normaliser(predicat, chemin: str = "predicat", profondeur: int = 0) -> dict:
    """The predicate checked and put in one form (values typed, texts in upper case without accents).

    Raises PredicatInvalide.
    """
    if not isinstance(predicat, dict) or not predicat:
        raise PredicatInvalide(f"{chemin} : un objet est attendu, avec « et », « ou », « non » ou « champ ».")
    if profondeur > PROFONDEUR_MAX:
        raise PredicatInvalide(f"{chemin} : plus de {PROFONDEUR_MAX} niveaux imbriqués.")
    cles = set(predicat)
    for mot in ("et", "ou"):
        if cles == {mot}:
            branches = predicat[mot]
            if not isinstance(branches, list) or not 1 <= len(branches) <= LISTE_MAX:
                raise PredicatInvalide(f"{chemin}.{mot} : une liste de 1 à {LISTE_MAX} conditions est attendue.")
            return {mot: [normaliser(b, f"{chemin}.{mot}[{i}]", profondeur + 1) for i, b in enumerate(branches)]}
    if cles == {"non"}:
        return {"non": normaliser(predicat["non"], f"{chemin}.non", profondeur + 1)}
    if cles == {"champ", "op", "valeur"}:
        return _feuille(predicat, chemin)
    raise PredicatInvalide(
        f"{chemin} : attendu « et », « ou », « non » seul, ou les trois clés « champ », « op » et « valeur »."
    )


def _feuille(feuille: dict, chemin: str) -> dict:
    champ, op, valeur = feuille["champ"], feuille["op"], feuille["valeur"]
    if not isinstance(champ, str) or champ not in CHAMPS:
        raise PredicatInvalide(f"{chemin}.champ : « {champ} » inconnu. Champs : {', '.join(CHAMPS)}.")
    genre = CHAMPS[champ][0]
    if not isinstance(op, str) or op not in OPS_PAR_GENRE[genre]:
        admis = " ".join(OPS_PAR_GENRE[genre])
        raise PredicatInvalide(f"{chemin}.op : « {op} » ne convient pas à {champ}. Opérateurs : {admis}.")
    if op == "dans":
        if not isinstance(valeur, list) or not 1 <= len(valeur) <= LISTE_MAX:
            raise PredicatInvalide(
                f"{chemin}.valeur : une liste de 1 à {LISTE_MAX} valeurs est attendue avec « dans »."
            )
        lue = [_valeur(genre, v, f"{chemin}.valeur[{i}]") for i, v in enumerate(valeur)]
    else:
        lue = _valeur(genre, valeur, f"{chemin}.valeur")
    normale = {"champ": champ, "op": op, "valeur": lue}
    if genre == Genre.QUARTILE and not _quartiles(normale):
        raise PredicatInvalide(f"{chemin}.valeur : aucun quartile de 1 à 4 ne remplit cette condition.")
    return normale


def _valeur(genre: Genre, valeur, chemin: str):
    if genre == Genre.BOOLEEN:
        if not isinstance(valeur, bool):
            raise PredicatInvalide(f"{chemin} : true ou false est attendu.")
        return valeur
    if genre == Genre.TEXTE:
        if not isinstance(valeur, str) or not valeur.strip() or len(valeur) > 60 or "\0" in valeur:
            raise PredicatInvalide(f"{chemin} : un texte de 1 à 60 caractères est attendu.")
        return texte_normal(valeur)
    if isinstance(valeur, bool) or not isinstance(valeur, int | float | Decimal):
        raise PredicatInvalide(f"{chemin} : un nombre est attendu.")
    if genre == Genre.QUARTILE:
        if valeur not in TOUS:
            raise PredicatInvalide(f"{chemin} : un quartile de 1 à 4 est attendu.")
        return int(valeur)
    return _nombre(valeur, chemin)


def _nombre(valeur, chemin: str) -> int | float:
    try:
        exact = Decimal(str(valeur))
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite() or abs(exact) > BORNE or exact != round(exact, DECIMALES):
        raise PredicatInvalide(f"{chemin} : un nombre d'au plus {DECIMALES} décimales et un milliard est attendu.")
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def texte_normal(texte: str) -> str:
    """Upper case, without accents nor repeated spaces."""
    sans = "".join(c for c in unicodedata.normalize("NFD", texte) if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", sans).strip().upper()


def sql_texte_normal(expression: str) -> str:
    """`texte_normal` of a column that the import has already trimmed."""
    return f"upper(translate({expression}, '{ACCENTS}', '{SANS_ACCENT}'))"


def champs(predicat: dict) -> set[str]:
    """Fields that a predicate reads."""
    if "champ" in predicat:
        return {predicat["champ"]}
    branches = predicat.get("et") or predicat.get("ou") or [predicat["non"]]
    return set().union(*map(champs, branches))


def _quartiles(feuille: dict) -> list[int]:
    """The quartiles that a leaf retains."""
    op, valeur = feuille["op"], feuille["valeur"]
    compare = {
        "=": lambda q: q == valeur,
        "dans": lambda q: q in valeur,
        "<": lambda q: q < valeur,
        "<=": lambda q: q <= valeur,
        ">": lambda q: q > valeur,
        ">=": lambda q: q >= valeur,
    }[op]
    return [q for q in TOUS if compare(q)]


@dataclass
class Compilation:
    """SQL of a normalised predicate over the columns of `alias`: `condition` (true, false or NULL), `inconnu` (true
    when a field that it reads is unknown), named parameters prefixed by `prefixe`."""

    alias: str
    prefixe: str
    parametres: dict = field(default_factory=dict)
    feuilles: list[str] = field(default_factory=list)
    condition: str = ""

    @property
    def inconnu(self) -> str:
        return "(" + " OR ".join(f"({feuille}) IS NULL" for feuille in dict.fromkeys(self.feuilles)) + ")"

    def lier(self, valeur) -> str:
        nom = f"{self.prefixe}{len(self.parametres)}"
        self.parametres[nom] = valeur
        return f"%({nom})s"


def compiler(predicat: dict, alias: str, prefixe: str) -> Compilation:
    """Compile a predicate that `normaliser` has returned."""
    sortie = Compilation(alias, prefixe)
    sortie.condition = _condition(predicat, sortie)
    return sortie


def _condition(predicat: dict, sortie: Compilation) -> str:
    if "champ" in predicat:
        feuille = _sql_feuille(predicat, sortie)
        sortie.feuilles.append(feuille)
        return feuille
    if "non" in predicat:
        return f"(NOT {_condition(predicat['non'], sortie)})"
    mot, liant = ("et", " AND ") if "et" in predicat else ("ou", " OR ")
    return "(" + liant.join(_condition(branche, sortie) for branche in predicat[mot]) + ")"


def _sql_feuille(feuille: dict, sortie: Compilation) -> str:
    colonne = f"{sortie.alias}.{feuille['champ']}"
    genre = CHAMPS[feuille["champ"]][0]
    if genre == Genre.QUARTILE:
        return _sql_quartile(colonne, _quartiles(feuille), sortie)
    valeur = feuille["valeur"]
    if genre == Genre.NOMBRE:
        valeur = [Decimal(str(v)) for v in valeur] if isinstance(valeur, list) else Decimal(str(valeur))
    if feuille["op"] == "dans":
        return f"({colonne} = ANY({sortie.lier(valeur)}))"
    return f"({colonne} {feuille['op']} {sortie.lier(valeur)})"


def _sql_quartile(colonne: str, retenus: list[int], sortie: Compilation) -> str:
    hauts = {2, 3, 4} & set(retenus)
    if hauts == {2, 3, 4}:
        return f"({colonne} = ANY({sortie.lier([*retenus, Q2_Q4])}))"
    liste = sortie.lier(retenus)
    if not hauts:
        return f"({colonne} = ANY({liste}))"
    return f"(CASE WHEN {colonne} <> {Q2_Q4} THEN {colonne} = ANY({liste}) END)"
