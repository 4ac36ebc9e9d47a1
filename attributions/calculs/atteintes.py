"""Rate, verdict, what is left to do and pace of one line of attainment (regles §2), in exact fractions.

No rate is rounded before a comparison: 55 of 100 reaches 55 %.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor

MINIMUM, MAXIMUM, FOURCHETTE = "minimum", "maximum", "fourchette"
MAINTIEN, CONVERGENCE = "maintien", "convergence"
SENS = (MINIMUM, MAXIMUM, FOURCHETTE, MAINTIEN, CONVERGENCE)
ANNEES_DE_RECUL = 3


@dataclass(frozen=True)
class Cible:
    """What is aimed at: `valeur` (and `valeur_max` for a range) between 0 and 1. For *maintien* it is the rate of the
    reference year; for *convergence* the territory's rate, `ecart_reference` being the gap in the reference year."""

    sens: str
    valeur: Fraction
    valeur_max: Fraction | None = None
    stricte: bool = False
    ecart_reference: Fraction | None = None


def taux(numerateur: int, denominateur: int) -> Fraction | None:
    return Fraction(numerateur, denominateur) if denominateur else None


def atteint(cible: Cible | None, numerateur: int, denominateur: int, minimum_evenements: int) -> bool | None:
    """None when there is no target, or too few events for a verdict."""
    observe = taux(numerateur, denominateur)
    if cible is None or observe is None or denominateur < minimum_evenements:
        return None
    if cible.sens == CONVERGENCE:
        if cible.ecart_reference is None:
            return None
        return abs(observe - cible.valeur) < cible.ecart_reference
    if cible.sens == FOURCHETTE:
        haute = cible.valeur if cible.valeur_max is None else cible.valeur_max
        if cible.stricte:
            return cible.valeur < observe < haute
        return cible.valeur <= observe <= haute
    if cible.sens == MAXIMUM:
        return observe < cible.valeur if cible.stricte else observe <= cible.valeur
    return observe > cible.valeur if cible.stricte else observe >= cible.valeur


def reste_a_faire(cible: Cible | None, numerateur: int, base_finale: int) -> int | dict[str, int] | None:
    """How many more events of the numerator: still to make for a minimum (or *maintien*), still allowed for a maximum,
    both for a range ({"min": still to make, "max": still allowed}). None without target, or for *convergence*."""
    if cible is None or cible.sens == CONVERGENCE:
        return None
    if cible.sens == FOURCHETTE:
        haute = cible.valeur if cible.valeur_max is None else cible.valeur_max
        return {
            "min": _a_faire(cible.valeur, numerateur, base_finale, cible.stricte),
            "max": _permis(haute, numerateur, base_finale, cible.stricte),
        }
    calcul = _permis if cible.sens == MAXIMUM else _a_faire
    return calcul(cible.valeur, numerateur, base_finale, cible.stricte)


def _a_faire(valeur: Fraction, numerateur: int, base_finale: int, stricte: bool) -> int:
    voulu = floor(valeur * base_finale) + 1 if stricte else ceil(valeur * base_finale)
    return max(0, voulu - numerateur)


def _permis(valeur: Fraction, numerateur: int, base_finale: int, stricte: bool) -> int:
    permis = ceil(valeur * base_finale) - 1 if stricte else floor(valeur * base_finale)
    return max(0, permis - numerateur)


def annee_finie(annee: int, au: date) -> bool:
    return annee < au.year or (annee == au.year and (au.month, au.day) == (12, 31))


def part_ecoulee(annee: int, au: date, anterieures: dict[int, tuple[int, int]]) -> Fraction:
    """Share `p` of the year's base reached by `au`: mean over the last three complete years of the row, or, without
    them (or if they had nothing by that day), days elapsed over days of the year, inclusive.

    `anterieures`: year → (base reached by that month and day, base of the whole year).
    """
    recul = [anterieures.get(annee - rang, (0, 0)) for rang in range(1, ANNEES_DE_RECUL + 1)]
    if all(base for _, base in recul):
        moyenne = sum((Fraction(atteinte, base) for atteinte, base in recul), Fraction(0)) / ANNEES_DE_RECUL
        if moyenne:
            return moyenne
    jours = (date(annee, 12, 31) - date(annee, 1, 1)).days + 1
    return Fraction((au - date(annee, 1, 1)).days + 1, jours)


def base_finale(denominateur: int, annee: int, au: date, anterieures: dict[int, tuple[int, int]]) -> int:
    """`D_fin`: the base expected at the end of the year; the base itself once the year is over."""
    if annee_finie(annee, au):
        return denominateur
    return round(denominateur / part_ecoulee(annee, au, anterieures))
