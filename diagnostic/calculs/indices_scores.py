"""Scores of the components of an axis: the rate of each place, normalised (regles §5).

    rapport  rate / rate of the reference                                  sens -1:  2 - score
    taux     the rate itself                                                         1 - score
    rang     share of the places of the level below, ties halved                     1 - score
    z        (rate - mean) / standard deviation over the places of the level           - score
    points   points of the threshold in which the rate lies

Ranks and z-scores are taken among the places where the component counts: known, of enough population, in a place that
is judged. A place is its own tie, so that a rank and its opposite add up to 1. A deviation of 0 gives no score.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

import numpy as np

from diagnostic.calculs.indices_regle import Axe, Composante, Normalisation, Regle

RENVERSES = {Normalisation.RAPPORT: 2, Normalisation.TAUX: 1, Normalisation.RANG: 1, Normalisation.Z: 0}


class Etat(IntEnum):
    """Of a component in a place."""

    PRESENTE = 0
    MANQUANTE = 1
    PEU_DE_REPONDANTS = 2


@dataclass(frozen=True)
class Scores:
    """`valeurs` and `etats` (of Etat): one line a place, one column a component. `exact(i, j)`: the score of a
    present component as a fraction, where `exacts`."""

    valeurs: np.ndarray
    etats: np.ndarray
    exacts: bool
    exact: Callable[[int, int], Fraction]


@dataclass(frozen=True)
class Cellules:
    """Counts of one component in every place, and of its reference; NaN for unknown."""

    n: np.ndarray
    d: np.ndarray
    reference_n: np.ndarray
    reference_d: np.ndarray

    @property
    def taux(self) -> np.ndarray:
        return np.divide(self.n, self.d, out=np.full(len(self.n), np.nan), where=self.d > 0)

    @property
    def taux_de_reference(self) -> np.ndarray:
        """NaN where it is unknown or 0."""
        connu = (self.reference_n > 0) & (self.reference_d > 0)
        return np.divide(self.reference_n, self.reference_d, out=np.full(len(self.n), np.nan), where=connu)


def noter(
    axe: Axe,
    regle: Regle,
    comptes: Mapping[str, np.ndarray],
    references: Mapping[str, tuple],
    niveaux: np.ndarray | None,
    juges: np.ndarray,
) -> Scores:
    """Arguments as in `indices.calculer`; `references` are the axis's own, `juges` the places that may have a value."""
    taille = len(juges)
    groupes = np.zeros(taille, dtype=int) if niveaux is None else np.unique(niveaux, return_inverse=True)[1]
    cellules = [_cellules(composante, comptes, references, taille) for composante in axe.composantes]
    etats = np.column_stack([_etats(regle, c, comptes, lues) for c, lues in zip(axe.composantes, cellules)])
    comptees = (etats == Etat.PRESENTE) & juges[:, None]
    colonnes = [
        _colonne(axe.normalisation, composante, lues, groupes, comptees[:, j])
        for j, (composante, lues) in enumerate(zip(axe.composantes, cellules))
    ]
    valeurs = np.column_stack(colonnes)
    # A place that is not judged has no rank: its state says only what its own counts say.
    sans_score = np.isnan(valeurs) & (comptees | (axe.normalisation == Normalisation.RAPPORT))
    etats = np.where((etats == Etat.PRESENTE) & sans_score, Etat.MANQUANTE, etats).astype(np.int8)

    def exact(i: int, j: int) -> Fraction:
        return _exact(axe.normalisation, axe.composantes[j], cellules[j], i, comptees[:, j], groupes, valeurs[i, j])

    return Scores(valeurs, etats, axe.normalisation != Normalisation.Z, exact)


def _cellules(composante: Composante, comptes, references, taille: int) -> Cellules:
    reference = references.get(composante.cle) or (None, None)
    return Cellules(
        *(np.asarray(comptes[f"{cote} {composante.cle}"], dtype=float) for cote in "nd"),
        *(np.broadcast_to(np.asarray(np.nan if c is None else c, dtype=float), taille) for c in reference),
    )


def _etats(regle: Regle, composante: Composante, comptes, cellules: Cellules) -> np.ndarray:
    inconnue = np.isnan(cellules.taux)
    if composante.effectif is None:
        return np.where(inconnue, Etat.MANQUANTE, Etat.PRESENTE)
    effectif = np.asarray(comptes[f"effectif {composante.cle}"], dtype=float)
    conditions = [np.isnan(effectif), effectif < regle.minimum_composante, inconnue]
    return np.select(conditions, [Etat.MANQUANTE, Etat.PEU_DE_REPONDANTS, Etat.MANQUANTE], Etat.PRESENTE)


def _colonne(normalisation, composante: Composante, cellules: Cellules, groupes, comptees) -> np.ndarray:
    """Score of one component in every place; NaN for none."""
    taux = cellules.taux
    if normalisation == Normalisation.RAPPORT:
        score = taux / cellules.taux_de_reference
    elif normalisation == Normalisation.RANG:
        score = _par_groupe(_rangs, taux, groupes, comptees)
    elif normalisation == Normalisation.Z:
        score = _par_groupe(_ecarts, taux, groupes, comptees)
    elif normalisation == Normalisation.POINTS:
        return _points(composante, taux)
    else:
        score = taux
    return score if composante.sens == 1 else RENVERSES[normalisation] - score


def _par_groupe(fonction, taux: np.ndarray, groupes: np.ndarray, comptees: np.ndarray) -> np.ndarray:
    score = np.full(len(taux), np.nan)
    for groupe in np.unique(groupes[comptees]):
        ici = comptees & (groupes == groupe)
        score[ici] = fonction(taux[ici])
    return score


def _rangs(taux: np.ndarray) -> np.ndarray:
    tries = np.sort(taux)
    dessous, jusque_la = (np.searchsorted(tries, taux, side=cote) for cote in ("left", "right"))
    return (dessous + jusque_la) / (2 * len(taux))


def _ecarts(taux: np.ndarray) -> np.ndarray:
    if taux.min() == taux.max():
        return np.full(len(taux), np.nan)
    return (taux - taux.mean()) / taux.std()


def _points(composante: Composante, taux: np.ndarray) -> np.ndarray:
    """A rate is the float nearest to its fraction, like the bound: on the bound exactly when they are equal."""
    bornes = [float(palier.bas) for palier in composante.paliers[1:] if palier.bas is not None]
    points = np.array([float(palier.points) for palier in composante.paliers])
    return np.where(np.isnan(taux), np.nan, points[np.searchsorted(bornes, taux, side="right")])


def _exact(normalisation, composante: Composante, cellules: Cellules, i, comptees, groupes, score) -> Fraction:
    if normalisation == Normalisation.POINTS:
        return composante.paliers[_palier(composante, cellules, i)].points
    if normalisation == Normalisation.RANG:
        double = 2 * int((comptees & (groupes == groupes[i])).sum())
        return Fraction(round(score * double), double)
    exact = _fraction(cellules.n[i]) / _fraction(cellules.d[i])
    if normalisation == Normalisation.RAPPORT:
        exact = exact * _fraction(cellules.reference_d[i]) / _fraction(cellules.reference_n[i])
    return exact if composante.sens == 1 else RENVERSES[normalisation] - exact


def _palier(composante: Composante, cellules: Cellules, i: int) -> int:
    taux = _fraction(cellules.n[i]) / _fraction(cellules.d[i])
    return sum(palier.bas is not None and taux >= palier.bas for palier in composante.paliers)


def _fraction(compte: float) -> Fraction:
    """Counts are whole; sums of rents and surfaces have two decimals."""
    return Fraction(int(compte)) if compte == int(compte) else Fraction(str(round(float(compte), 2)))
