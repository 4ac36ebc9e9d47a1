"""Trajectory of a quartier: a target against what is counted, stock moved by its rotation, objective that results from
those of the residences, convergence on the territory (regles §8; E1 §1.4, F7, F8; E2 T10, T11, T35).

Shares and values are exact fractions in the unit of the indicator: 0.25 for 25 %.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Sens(StrEnum):
    MAXIMUM = "maximum"
    MINIMUM = "minimum"


class Convergence(StrEnum):
    RAPPROCHEMENT = "rapprochement"
    ECARTEMENT = "ecartement"
    STABLE = "stable"


@dataclass(frozen=True)
class Constat:
    """`ecart`: what is counted less the target."""

    atteinte: bool
    ecart: Fraction


def exact(numerateur, denominateur) -> Fraction | None:
    """The rate of two counts; None without denominator."""
    if numerateur is None or not denominateur:
        return None
    return Fraction(str(numerateur)) / Fraction(str(denominateur))


def tient(taux: Fraction, sens: Sens, valeur: Fraction) -> bool:
    """A maximum is held at the value itself, a minimum too."""
    return taux <= valeur if sens == Sens.MAXIMUM else taux >= valeur


def constater(taux: Fraction | None, sens: Sens, valeur: Fraction) -> Constat | None:
    return None if taux is None else Constat(tient(taux, sens, valeur), taux - valeur)


def projeter(
    stock: Fraction, rotation: Fraction, entrants: Fraction, sortants: Fraction | None, annees: int
) -> list[Fraction]:
    """Shares of the stock from now to `annees` years on: s(t+1) = s(t) + r × (e − sortants). Without `sortants`, those
    who leave are like the stock of the year (E2 T10). Raises ValueError for what no stock can be."""
    for nom, part in (("La part actuelle", stock), ("La rotation", rotation), ("La part des entrants", entrants)):
        _part(nom, part)
    if sortants is not None:
        _part("La part des sortants", sortants)
    suite = [stock]
    for annee in range(1, annees + 1):
        suivante = suite[-1] + rotation * (entrants - (suite[-1] if sortants is None else sortants))
        if not 0 <= suivante <= 1:
            raise ValueError(
                f"Hypothèses impossibles : la part sort de 0 à 100 % au bout de {annee} an{'s' if annee > 1 else ''}. "
                "Rapprochez la part des sortants de celle du parc."
            )
        suite.append(suivante)
    return suite


def _part(nom: str, part: Fraction) -> None:
    if not 0 <= part <= 1:
        raise ValueError(f"{nom} doit aller de 0 à 100 %.")


def tenue_depuis(suite: list[Fraction], sens: Sens, valeur: Fraction) -> int | None:
    """How many years until the target is held for good, 0 when it is all along; None when it is not at the end."""
    tenues = [tient(part, sens, valeur) for part in suite]
    if not tenues[-1]:
        return None
    return len(tenues) - next((rang for rang, tenue in enumerate(reversed(tenues)) if not tenue), len(tenues))


def attributions_attendues(rotation: Fraction | None, logements: int | None) -> Fraction | None:
    """Allocations that a residence expects in a year: rotation × dwellings."""
    return None if rotation is None or logements is None else rotation * logements


def objectif_resultant(objectifs: list[tuple[Fraction, Fraction | None]]) -> Fraction | None:
    """Mean of the (value, expected allocations) of the residences, weighted by the latter. None when they are unknown
    for one of them, or when no allocation is expected."""
    total = Fraction(0)
    somme = Fraction(0)
    for valeur, attendues in objectifs:
        if attendues is None:
            return None
        total += attendues
        somme += valeur * attendues
    return somme / total if total else None


def depasse(renouveles: int | None, logements: int | None, part: Fraction) -> bool:
    """Whether the renewal concerns more than that part of the dwellings (E1 R25: rarely more than a quarter)."""
    return bool(renouveles and logements) and Fraction(renouveles or 0, logements or 1) > part


def convergence(avant: Fraction | None, apres: Fraction | None) -> Convergence | None:
    """Of two gaps to the territory: it draws near when the gap shrinks, whatever its sign (E2 T35)."""
    if avant is None or apres is None:
        return None
    if abs(apres) == abs(avant):
        return Convergence.STABLE
    return Convergence.RAPPROCHEMENT if abs(apres) < abs(avant) else Convergence.ECARTEMENT
