"""How a map is coloured and compared: classes made from the rates of an indicator, direction of a change of class."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise
from statistics import quantiles

ECHELONS = 5  # shades, from pale to dark
ECART_FIN = 0.05  # below this spread of the rates, bounds are kept to a tenth of a percent


def bornes(valeurs: Iterable[float], en_part: bool) -> tuple[float, ...]:
    """Four bounds at most, increasing, between five classes of about as many places: the quintiles, rounded so that
    they can be read (shares to the percent, or to its tenth where they are close; else to a tenth). A bound that
    rounding makes useless (nothing below it) goes; without two different values there is none."""
    connues = sorted(valeurs)
    if len(connues) < 2 or connues[0] == connues[-1]:
        return ()
    quintiles = quantiles(connues, n=ECHELONS, method="inclusive")
    decimales = (2 if quintiles[-1] - quintiles[0] >= ECART_FIN else 3) if en_part else 1
    rondes = dict.fromkeys(round(quintile, decimales) for quintile in quintiles)
    return tuple(borne for borne in rondes if connues[0] < borne <= connues[-1])


def intervalles(limites: tuple[float, ...], en_part: bool) -> list[str]:
    """The classes in words, lowest first: « moins de 12 % », « de 12 à moins de 25 % », « 25 % et plus »."""
    if not limites:
        return ["toutes les valeurs"]
    unite = "\u202f%" if en_part else ""
    mots = [_ecrire(limite * 100 if en_part else limite) for limite in limites]
    milieux = [f"de {bas} à moins de {haut}{unite}" for bas, haut in pairwise(mots)]
    return [f"moins de {mots[0]}{unite}", *milieux, f"{mots[-1]}{unite} et plus"]


def _ecrire(nombre: float) -> str:
    return f"{nombre:.1f}".removesuffix(".0").replace(".", ",")


def rang(valeur: float, limites: tuple[float, ...]) -> int:
    """Rank of the class [min, max) that holds the value, 0 for the lowest."""
    return bisect_right(limites, valeur)


def echelon(rang: int, nombre: int) -> int:
    """Shade of a class, 0 to 4, of the class of that rank among `nombre`."""
    return round(rang * (ECHELONS - 1) / max(nombre - 1, 1))


def sens(avant: int | None, nombre_avant: int, apres: int | None, nombre: int) -> int | None:
    """1 where the class got more fragile, -1 less, 0 the same, None where one is unknown. Methods of as many classes
    are compared by rank, others by shade."""
    if avant is None or apres is None:
        return None
    ecart = apres - avant if nombre == nombre_avant else echelon(apres, nombre) - echelon(avant, nombre_avant)
    return (ecart > 0) - (ecart < 0)
