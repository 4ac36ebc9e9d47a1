"""The rule of an index method, read from its data (regles §5): axes, their components and classes, how they cross.

    regle = lire_regle({"axes": [...], "croisement": ..., "manquante": ..., "minimum_repondants": 11, ...})

An axis is a weighted mean of normalised components, with its own ordered classes; one axis is the whole method, several
are crossed by a table. Weights and bounds are texts (or whole numbers), read as exact decimals. `RegleInvalide` (a
ValueError) tells every fault of the data at once, in French.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from diagnostic.calculs.definitions import PAR_CODE, POPULATIONS_SNE, Indicateur, Population, Source
from diagnostic.calculs.indices_quartier import RegleQuartier, lire_regles


class Normalisation(StrEnum):
    """How the rate of a place becomes a score. `points`: by thresholds on the rate."""

    RAPPORT = "rapport"
    TAUX = "taux"
    RANG = "rang"
    Z = "z"
    POINTS = "points"


class Reference(StrEnum):
    """What a `rapport` is taken to: the territory at the same millésime, at a year fixed once, or the residences of the
    same family of stock at the same millésime."""

    MILLESIME = "millesime"
    FIXEE = "fixee"
    FAMILLE = "famille"


class Manquante(StrEnum):
    """What a missing component does: the weights of the others are renormalised, or the axis has no value."""

    RENORMALISER = "renormaliser"
    SANS_VALEUR = "sans_valeur"


# Column of Comptage that counts « its own population » of a component, for the minimum (regles §5): respondents of its
# population, dwellings for the rent roll. The notes of the qualitative grid have none: they are of no household.
EFFECTIFS = {
    Source.OPS: "repondants",
    Source.OPS_RPLS: "repondants",
    Source.GESTION: "gestion_logements",
    Source.RPLS: "logements",
    Source.SNE: "demandes",
}
MINIMA = {
    "minimum_repondants": "Minimum de répondants",
    "minimum_composante": "Minimum dans la population d'une composante",
}
# Weights, bounds and points: decimals short enough to be read whole, never « 1e999999999 ».
DECIMAL = re.compile(r"[+-]?\d{1,9}([.,]\d{1,9})?")


class RegleInvalide(ValueError):
    """`fautes`: what is wrong with the data of a method, one sentence each."""

    def __init__(self, fautes: Sequence[str]):
        self.fautes = list(fautes)
        super().__init__(" ".join(self.fautes))


@dataclass(frozen=True)
class Palier:
    """Points of the rates in [bas, haut); None for no bound."""

    bas: Fraction | None
    haut: Fraction | None
    points: Fraction


@dataclass(frozen=True)
class Composante:
    """`sens` 1: a higher rate is more fragile; -1: less. `facultative`: absent without a flag."""

    code: str
    population: str
    poids: Fraction
    sens: int = 1
    facultative: bool = False
    paliers: tuple[Palier, ...] = ()

    @property
    def cle(self) -> str:
        return f"{self.code}/{self.population}"

    @property
    def indicateur(self) -> Indicateur:
        return PAR_CODE[self.code]

    @property
    def effectif(self) -> str | None:
        return POPULATIONS_SNE.get(Population(self.population)) or EFFECTIFS.get(self.indicateur.source)

    @property
    def colonne_base(self) -> str:
        return self.indicateur.colonne_base_pour(self.population)

    @property
    def source(self) -> Source:
        return self.indicateur.source_pour(self.population)


@dataclass(frozen=True)
class Axe:
    """`bornes` between the ordered `classes`, the least fragile first."""

    code: str
    nom: str
    base: int
    normalisation: Normalisation
    reference: Reference
    composantes: tuple[Composante, ...]
    classes: tuple[str, ...]
    bornes: tuple[Fraction, ...]


@dataclass(frozen=True)
class Aggravation:
    """One class worse where the value of `axe` exceeds that of `sur` by `ecart` or more."""

    axe: str
    sur: str
    ecart: Fraction


@dataclass(frozen=True)
class Croisement:
    """`table[class on the first axis][class on the second]`: rank among `classes`."""

    axes: tuple[str, str]
    classes: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    aggravation: Aggravation | None = None


@dataclass(frozen=True)
class Regle:
    axes: tuple[Axe, ...]
    croisement: Croisement | None
    manquante: Manquante
    minimum_repondants: int
    minimum_composante: int
    quartiers: tuple[RegleQuartier, ...] = ()

    @property
    def composantes(self) -> tuple[Composante, ...]:
        """Those of every axis, in order: one component of an axis stands once there, maybe again in another."""
        return tuple(composante for axe in self.axes for composante in axe.composantes)

    @property
    def classes(self) -> tuple[str, ...]:
        """Of the method: crossed, or those of its one axis."""
        return self.croisement.classes if self.croisement else self.axes[0].classes

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(nom for c in self.composantes for nom in str(c.source).split("+"))


def lire_regle(donnees: Mapping) -> Regle:
    """Rule from the JSON of a method (`Methode.donnees`). Raises RegleInvalide."""
    fautes: list[str] = []
    axes = tuple(_axe(brut, fautes) for brut in donnees.get("axes") or ())
    if not axes:
        fautes.append("Une méthode a au moins un axe.")
    codes = [axe.code for axe in axes]
    if len(set(codes)) != len(codes):
        fautes.append("Deux axes ont le même code.")
    croisement = _croisement(donnees.get("croisement"), axes, fautes)
    if len(axes) > 1 and croisement is None:
        fautes.append("Plusieurs axes demandent un croisement.")
    minimum_repondants = _minimum(donnees, "minimum_repondants", fautes)
    minimum_composante = _minimum(donnees, "minimum_composante", fautes)
    manquante = _choix(Manquante, donnees.get("manquante"), "Règle d'une composante manquante", fautes)
    classes = croisement.classes if croisement else axes[0].classes if axes else ()
    quartiers = lire_regles(donnees.get("regles_quartier") or (), classes, fautes)
    if fautes:
        raise RegleInvalide(fautes)
    return Regle(axes, croisement, manquante, minimum_repondants, minimum_composante, quartiers)


def _choix(liste, valeur, quoi: str, fautes: list[str]):
    try:
        return liste(valeur)
    except ValueError:
        fautes.append(f"{quoi} inconnue : « {valeur} ». Possibles : {', '.join(liste)}.")
        return next(iter(liste))


def _minimum(donnees: Mapping, nom: str, fautes: list[str]) -> int:
    valeur = donnees.get(nom)
    if isinstance(valeur, bool) or not isinstance(valeur, int) or valeur < 1:
        fautes.append(f"{MINIMA[nom]} : un nombre entier d'au moins 1 est attendu.")
        return 1
    return valeur


def _exact(valeur, quoi: str, fautes: list[str]) -> Fraction:
    texte = str(valeur).strip()
    if not DECIMAL.fullmatch(texte):
        fautes.append(f"{quoi} : « {texte[:30]} » n'est pas un nombre décimal.")
        return Fraction(0)
    return Fraction(texte.replace(",", "."))


def _axe(brut: Mapping, fautes: list[str]) -> Axe:
    nom = str(brut.get("nom") or brut.get("code") or "")
    normalisation = _choix(Normalisation, brut.get("normalisation"), f"{nom} : normalisation", fautes)
    reference = _choix(Reference, brut.get("reference"), f"{nom} : référence", fautes)
    composantes = tuple(_composante(c, normalisation, nom, fautes) for c in brut.get("composantes") or ())
    cles = [composante.cle for composante in composantes]
    fautes += [
        f"{nom} : la composante {cle} y est deux fois." for cle in sorted({c for c in cles if cles.count(c) > 1})
    ]
    if not composantes:
        fautes.append(f"{nom} : un axe a au moins une composante.")
    elif not any(composante.poids > 0 for composante in composantes):
        fautes.append(f"{nom} : tous les poids sont nuls.")
    if brut.get("base") not in (1, 100):
        fautes.append(f"{nom} : la base est 1 ou 100.")
    bornes = _bornes(brut.get("classes") or (), f"{nom} : les classes", fautes)
    return Axe(
        code=str(brut.get("code") or ""),
        nom=nom,
        base=brut.get("base") or 1,
        normalisation=normalisation,
        reference=reference,
        composantes=composantes,
        classes=_libelles([c.get("libelle") for c in brut.get("classes") or ()], nom, fautes),
        bornes=bornes,
    )


def _composante(brut: Mapping, normalisation: Normalisation, axe: str, fautes: list[str]) -> Composante:
    code, population = str(brut.get("code") or ""), str(brut.get("population") or "")
    indicateur = PAR_CODE.get(code)
    quoi = f"{axe}, « {indicateur.libelle if indicateur else code} »"
    if indicateur is None:
        fautes.append(f"{axe} : l'indicateur « {code} » est inconnu.")
    elif population not in indicateur.populations:
        fautes.append(f"{quoi} : la population « {population} » est inconnue pour cet indicateur.")
    poids = _exact(brut.get("poids"), f"{quoi}, poids", fautes)
    if poids < 0:
        fautes.append(f"{quoi} : le poids est négatif ; pour un indicateur favorable, changez son sens.")
    sens = brut.get("sens", 1)
    if sens not in (1, -1):
        fautes.append(f"{quoi} : le sens est 1 ou -1.")
    paliers: tuple[Palier, ...] = ()
    if normalisation == Normalisation.POINTS:
        paliers = _paliers(brut.get("paliers") or (), quoi, fautes)
        if sens == -1:
            fautes.append(f"{quoi} : avec des points, le sens se lit dans les paliers ; il reste 1.")
    return Composante(code, population, poids, sens, bool(brut.get("facultative", False)), paliers)


def _bornes(lignes: Sequence[Mapping], quoi: str, fautes: list[str]) -> tuple[Fraction, ...]:
    """Inner bounds of half-open intervals that cover the line, in order."""
    if not lignes:
        fautes.append(f"{quoi} manquent.")
        return ()
    bas, hauts = [ligne.get("min") for ligne in lignes], [ligne.get("max") for ligne in lignes]
    if bas[0] is not None or hauts[-1] is not None or None in bas[1:] or None in hauts[:-1]:
        fautes.append(
            f"{quoi} doivent se suivre, sans trou ni recouvrement : seules la première et la dernière sont sans borne."
        )
        return ()
    suites = [tuple(_exact(b, quoi, fautes) for b in bornes) for bornes in (bas[1:], hauts[:-1])]
    if suites[0] != suites[1] or list(suites[0]) != sorted(set(suites[0])):
        fautes.append(f"{quoi} doivent se suivre, sans trou ni recouvrement, par bornes croissantes.")
    return suites[0]


def _paliers(lignes: Sequence[Mapping], quoi: str, fautes: list[str]) -> tuple[Palier, ...]:
    bornes = (None, *_bornes(lignes, f"{quoi} : les paliers", fautes), None)
    points = [_exact(ligne.get("points"), f"{quoi}, points", fautes) for ligne in lignes]
    return tuple(Palier(bas, haut, p) for bas, haut, p in zip(bornes, bornes[1:], points))


def _libelles(libelles: Sequence, quoi: str, fautes: list[str]) -> tuple[str, ...]:
    textes = tuple(str(libelle or "").strip() for libelle in libelles)
    if "" in textes:
        fautes.append(f"{quoi} : une classe est sans libellé.")
    if len(set(textes)) != len(textes):
        fautes.append(f"{quoi} : deux classes ont le même libellé.")
    return textes


def _croisement(brut: Mapping | None, axes: tuple[Axe, ...], fautes: list[str]) -> Croisement | None:
    if not brut:
        return None
    par_code = {axe.code: axe for axe in axes}
    croises = tuple(brut.get("axes") or ())
    if len(croises) != 2 or len(set(croises)) != 2 or not set(croises) <= set(par_code):
        fautes.append("Le croisement porte sur deux axes de la méthode.")
        return None
    classes = _libelles(brut.get("classes") or (), "Le croisement", fautes)
    table = tuple(tuple(ligne) for ligne in brut.get("table") or ())
    hauteur, largeur = (len(par_code[code].classes) for code in croises)
    if len(table) != hauteur or any(len(ligne) != largeur for ligne in table):
        fautes.append(f"La table du croisement a {hauteur} lignes et {largeur} colonnes, une par classe des deux axes.")
    if any(rang is None for ligne in table for rang in ligne):
        fautes.append("La table du croisement est incomplète : chaque case a sa classe.")
    elif any(rang not in range(len(classes)) for ligne in table for rang in ligne):
        fautes.append("La table du croisement renvoie à une classe qui n'existe pas.")
    return Croisement(croises, classes, table, _aggravation(brut.get("aggravation"), par_code, fautes))


def _aggravation(brut: Mapping | None, par_code: Mapping[str, Axe], fautes: list[str]) -> Aggravation | None:
    if not brut:
        return None
    axe, sur = str(brut.get("axe")), str(brut.get("sur"))
    if axe == sur or not {axe, sur} <= set(par_code):
        fautes.append("L'aggravation compare deux axes de la méthode.")
    return Aggravation(axe, sur, _exact(brut.get("ecart"), "Écart de l'aggravation", fautes))
