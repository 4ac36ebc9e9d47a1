"""Index methods: weighted ratios of rates to a reference, classed, with each contribution (regles §5).

    value = base × Σ weight × (rate of the place / rate of the reference) / Σ weight, over the components present

A component is missing when its own population is under the minimum (respondents of its population; dwellings for the
rent roll), when its rate is unknown in the place, or when the reference rate is unknown or 0. The weights of those
present are renormalised. Classes are half-open [min, max).

Values are floats; a value that lies on a bound as far as floats can tell is settled in exact fractions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from diagnostic.calculs.indices_regle import Composante, Regle

MANQUANTE = "composante_manquante"
PEU_DE_REPONDANTS = "composante_peu_de_repondants"
REPONDANTS_INSUFFISANTS = "repondants_insuffisants"
AUCUNE_COMPOSANTE = "aucune_composante"

VOISINAGE = 1e-9  # relative; far above the error of the sum of a few float ratios


@dataclass(frozen=True)
class Resultat:
    """One line a place, in the order given; columns are the components of the rule, in its order.

    `valeur` NaN and `rang` -1 where there is no value; `contributions` NaN and `poids` 0 where a component does not
    count; `etats` says why it is missing ("" when present).
    """

    valeur: np.ndarray
    rang: np.ndarray
    poids: np.ndarray
    contributions: np.ndarray
    etats: np.ndarray
    alertes: list[list[str]]


def calculer(regle: Regle, comptes: pd.DataFrame, references: Mapping[str, tuple]) -> Resultat:
    """Index of every place.

    comptes     one row a place: `repondants` (OPS respondents of `ensemble`) and for each component, by its `cle`,
                `n <cle>`, `d <cle>` (counts) and `effectif <cle>` (its own population); NaN for unknown
    references  {cle: (numerator, denominator)} of the reference territory; None or absent for unknown
    """
    etats = np.column_stack([_etat(regle, c, comptes, references) for c in regle.composantes])
    presentes = (etats == "") & _assez_de_repondants(regle, comptes)[:, None]
    rapports = np.column_stack([_rapport(c, comptes, references) for c in regle.composantes])
    poids = presentes * np.array([float(c.poids) for c in regle.composantes])
    total = poids.sum(axis=1)
    poids = np.divide(poids, total[:, None], out=np.zeros_like(poids), where=total[:, None] > 0)
    contributions = np.where(presentes, regle.axes[0].base * poids * rapports, np.nan)
    valeur = np.where(total > 0, np.nansum(contributions, axis=1), np.nan)
    rang = np.where(total > 0, np.searchsorted([float(b) for b in regle.axes[0].bornes], valeur, side="right"), -1)
    _trancher_aux_bornes(regle, comptes, references, presentes, valeur, rang)
    return Resultat(valeur, rang, poids, contributions, etats, _alertes(regle, comptes, etats, total))


def _assez_de_repondants(regle: Regle, comptes: pd.DataFrame) -> np.ndarray:
    return comptes["repondants"].fillna(0).to_numpy() >= regle.minimum_repondants


def _reference(composante: Composante, references: Mapping[str, tuple]) -> tuple | None:
    """Counts of the reference when they give a rate other than 0."""
    n, d = references.get(composante.cle) or (None, None)
    return (n, d) if n and d else None


def _etat(regle: Regle, composante: Composante, comptes: pd.DataFrame, references) -> np.ndarray:
    cle = composante.cle
    effectif, n, d = (comptes[f"{nom} {cle}"] for nom in ("effectif", "n", "d"))
    if _reference(composante, references) is None:
        inconnue = pd.Series(True, index=comptes.index)
    else:
        inconnue = n.isna() | d.isna() | (d <= 0)
    return np.select(
        [effectif.isna(), effectif < regle.minimum_composante, inconnue], [MANQUANTE, PEU_DE_REPONDANTS, MANQUANTE], ""
    )


def _rapport(composante: Composante, comptes: pd.DataFrame, references) -> np.ndarray:
    """Rate of the place over that of the reference; NaN where either is unknown or the reference is 0."""
    n, d = (comptes[f"{nom} {composante.cle}"].to_numpy(dtype=float) for nom in "nd")
    reference = _reference(composante, references)
    if reference is None:
        return np.full(len(comptes), np.nan)
    taux = np.divide(n, d, out=np.full(len(comptes), np.nan), where=d > 0)
    return taux / (float(reference[0]) / float(reference[1]))


def _trancher_aux_bornes(regle: Regle, comptes, references, presentes, valeur, rang) -> None:
    """Value and class in exact arithmetic, in place, where the float is too near a bound to tell."""
    bornes = np.array([float(b) for b in regle.axes[0].bornes])
    if not len(bornes):
        return
    proches = (np.abs(valeur[:, None] - bornes) <= VOISINAGE * np.maximum(1, np.abs(bornes))).any(axis=1)
    for i in np.flatnonzero(proches):
        exacte = _valeur_exacte(regle, comptes.iloc[i], references, presentes[i])
        valeur[i] = float(exacte)
        rang[i] = sum(exacte >= borne for borne in regle.axes[0].bornes)


def _valeur_exacte(regle: Regle, place: pd.Series, references, presentes) -> Fraction:
    somme = total = Fraction(0)
    for composante, presente in zip(regle.composantes, presentes):
        if presente:
            n, d = (_exact(place[f"{nom} {composante.cle}"]) for nom in "nd")
            reference_n, reference_d = (_exact(compte) for compte in references[composante.cle])
            somme += composante.poids * n * reference_d / (d * reference_n)
            total += composante.poids
    return regle.axes[0].base * somme / total


def _exact(compte) -> Fraction:
    return Fraction(str(compte))


def _alertes(regle: Regle, comptes: pd.DataFrame, etats: np.ndarray, total: np.ndarray) -> list[list[str]]:
    """Why a place has no value, then the states of its missing components."""
    assez = _assez_de_repondants(regle, comptes)
    return [
        ([] if suffit else [REPONDANTS_INSUFFISANTS])
        + ([AUCUNE_COMPOSANTE] if suffit and not poids else [])
        + sorted({etat for etat in ligne if etat})
        for suffit, poids, ligne in zip(assez, total, etats)
    ]
