"""Which dwellings a household can pay for (regles §8; E3 F08): `loyer + charges ≤ min(APL + te × R, R + APL − rpv × 30
× UC)`, that is to say: what the benefit leaves to pay stays under `min(te × R, R − rpv × 30 × UC)`.

The rent less the benefit grows with the rent: each household has, for given charges, a highest rent, and its dwellings
are counted in a sorted list. Amounts in euros a month, rents in whole cents.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnostic.calculs.apl import Grille

JOURS = 30  # 360 € = 12 € × 30 days (E3 F08)
PAS_CHARGES = 5  # charges of a dwelling are rounded to 5 €
TOLERANCE = 1e-6  # under a cent: what binary fractions lose


@dataclass(frozen=True)
class Seuils:
    """`te`: part of the resources (0 to 1); `rpv`: euros a day and UC."""

    te: float
    rpv: float

    def plus_souple(self, autre: "Seuils") -> bool:
        """At least as loose on both: never fewer dwellings."""
        return self.te >= autre.te and self.rpv <= autre.rpv


@dataclass(frozen=True)
class Cellule:
    """Dwellings of one zone, size, place and financing, with the same charges; `loyers` sorted, in cents."""

    zone: tuple[int, bool]
    pieces: int
    en_qpv: bool | None
    finan: int | None
    charges: float
    loyers: np.ndarray


@dataclass(frozen=True)
class MenageType:
    """Households alike. `grilles`: benefit by zone of the territory; `pieces`: sizes that suit."""

    code: str
    ressources: float
    uc: float
    nombre: int
    pieces: frozenset[int]
    grilles: dict[tuple[int, bool], Grille]


def charges_estimees(surface: float, par_m2: float) -> float:
    """Charges of a dwelling where they are not known, rounded half up as `services.loyers_parc` does in SQL."""
    return float(np.floor(surface * par_m2 / PAS_CHARGES + 0.5) * PAS_CHARGES)


def loyer_charges_max(ressources, apl, uc, seuils: Seuils):
    """Highest rent and charges, the benefit given."""
    return np.minimum(apl + seuils.te * ressources, ressources + apl - seuils.rpv * JOURS * uc)


def reste_a_charge_max(ressources, uc, seuils: Seuils):
    return loyer_charges_max(ressources, 0, uc, seuils)


def exclu(ressources, uc, rpv: float):
    """Who has not `rpv` a day and UC before any rent: left out, and counted."""
    return ressources < rpv * JOURS * uc - TOLERANCE


def loyers_max(grilles: Sequence[Grille], restes) -> np.ndarray:
    """Highest rent that leaves no more than `restes` to pay, in whole cents, −1 when none does. One row a grid, one
    column a bound. The benefit of a rent over the ceiling is that of the ceiling."""
    restes = np.asarray(restes, dtype=float) + TOLERANCE
    pas = np.linspace(0, 1, len(grilles[0].montants))
    loyers = np.array([grille.plafond for grille in grilles])[:, None] * pas
    a_payer = np.maximum.accumulate(loyers - np.array([grille.montants for grille in grilles], dtype=float), axis=1)
    a_payer += np.arange(a_payer.shape[1]) * TOLERANCE / 1000  # strictly growing
    rangs = (a_payer[:, None, :] <= restes[:, :, None]).sum(axis=2) - 1  # step reached
    lignes = np.arange(len(restes))[:, None]
    bas = np.clip(rangs, 0, a_payer.shape[1] - 2)
    pente = (loyers[lignes, bas + 1] - loyers[lignes, bas]) / (a_payer[lignes, bas + 1] - a_payer[lignes, bas])
    depuis = np.clip(rangs, 0, None)
    pente = np.where(rangs == a_payer.shape[1] - 1, 1.0, pente)
    hauts = loyers[lignes, depuis] + (restes - a_payer[lignes, depuis]) * pente
    return np.where(rangs < 0, -1, np.floor(hauts * 100 + TOLERANCE)).astype(np.int64)


def compter(menages: Sequence[MenageType], cellules: Sequence[Cellule], seuils: Seuils) -> np.ndarray:
    """Number of dwellings that each household can pay for: rows are the households, columns the cells; 0 where the
    size does not suit. Those whom the rpv excludes (`exclu`) can pay for none."""
    nombres = np.zeros((len(menages), len(cellules)), dtype=np.int64)
    par_zone: dict[tuple, list[int]] = {}
    for rang, cellule in enumerate(cellules):
        par_zone.setdefault(cellule.zone, []).append(rang)
    ressources, uc = (np.array([getattr(menage, champ) for menage in menages]) for champ in ("ressources", "uc"))
    restes = reste_a_charge_max(ressources, uc, seuils)
    convient = {
        pieces: np.flatnonzero([pieces in menage.pieces for menage in menages])
        for pieces in {cellule.pieces for cellule in cellules}
    }
    for zone, rangs in par_zone.items():
        charges = sorted({cellules[rang].charges for rang in rangs})
        plafonds = loyers_max([menage.grilles[zone] for menage in menages], restes[:, None] - np.array(charges))
        for rang in rangs:
            cellule = cellules[rang]
            lignes = convient[cellule.pieces]
            bornes = plafonds[lignes, charges.index(cellule.charges)]
            nombres[lignes, rang] = np.searchsorted(cellule.loyers, bornes, side="right")
    return nombres


def convenables(menages: Sequence[MenageType], cellules: Sequence[Cellule]) -> np.ndarray:
    """Number of dwellings of a size that suits: same shape as `compter`."""
    tailles = np.array([len(cellule.loyers) for cellule in cellules], dtype=np.int64)
    pieces = [cellule.pieces for cellule in cellules]
    masque = np.array([[piece in menage.pieces for piece in pieces] for menage in menages], dtype=np.int64)
    return masque.reshape(len(menages), len(cellules)) * tailles


@dataclass(frozen=True)
class Moyenne:
    """Over the households kept, each weighing its number: share of the dwellings of a suitable size that one can pay
    for, how many they are, and how many are of a suitable size. None where no household or no dwelling is left."""

    menages: int
    exclus: int
    taux: float | None
    accessibles: float | None
    logements: float | None


def moyenne(nombres: np.ndarray, exclus: np.ndarray, accessibles: np.ndarray, convenables: np.ndarray) -> Moyenne:
    """One value a kind of household: how many they are, whether they are left out, the dwellings that one can pay for
    and those of a suitable size."""
    poids = np.where(exclus | (convenables == 0), 0, nombres)
    retenus, dehors, somme = int(nombres[~exclus].sum()), int(nombres[exclus].sum()), poids.sum()
    if not somme:
        return Moyenne(retenus, dehors, None, None, None)
    parts = np.divide(accessibles, convenables, out=np.zeros(len(poids)), where=convenables > 0)
    taux, payables, tailles = (float((valeurs * poids).sum() / somme) for valeurs in (parts, accessibles, convenables))
    return Moyenne(retenus, dehors, taux, payables, tailles)
