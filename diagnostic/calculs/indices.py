"""Index methods: normalised rates, weighted, classed, with each contribution; axes crossed (regles §5).

    value of an axis = base × Σ weight × score / Σ weight, over the components present

The score of a component is its rate in the place, normalised (`diagnostic.calculs.indices_scores`). A component is
missing when its own population is under the minimum (respondents of its population; dwellings for the rent roll), when
its rate is unknown in the place, or when it has no score (a reference rate unknown or 0). The weights of those present
are renormalised, or the axis has no value, as the method says. Classes are half-open [min, max).

Values are floats; a value that lies on a bound as far as floats can tell is settled in exact fractions, or, for
z-scores, which have none, is taken to lie on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from fractions import Fraction

import numpy as np

from diagnostic.calculs.indices_regle import Axe, Composante, Croisement, Manquante, Regle
from diagnostic.calculs.indices_scores import Etat, Scores, noter

VOISINAGE = 1e-9  # relative; far above the error of the sum of a few float ratios


class Alerte(IntFlag):
    """What a reader must know of an index, as bits; `codes` are their names in the API, in this order."""

    REPONDANTS_INSUFFISANTS = 1
    AUCUNE_COMPOSANTE = 2
    COMPOSANTE_MANQUANTE = 4
    COMPOSANTE_PEU_DE_REPONDANTS = 8
    AXE_SANS_VALEUR = 16
    AGGRAVATION_INCONNUE = 32
    CLASSE_AGGRAVEE = 64
    SANS_FAMILLE = 128
    FAMILLE_INCONNUE = 256
    FAMILLE_DEDUITE = 512
    PERIMETRE_ANTERIEUR = 1024

    @property
    def codes(self) -> list[str]:
        return [(alerte.name or "").lower() for alerte in Alerte if alerte in self]


ALERTE_DE = {
    Etat.MANQUANTE: Alerte.COMPOSANTE_MANQUANTE,
    Etat.PEU_DE_REPONDANTS: Alerte.COMPOSANTE_PEU_DE_REPONDANTS,
}

Comptes = Mapping[str, np.ndarray]
References = Mapping[str, Mapping[str, tuple]]


@dataclass(frozen=True)
class ResultatAxe:
    """One line a place, one column a component of the axis. `valeur` NaN and `rang` -1 where there is no value;
    `contributions` NaN and `poids` 0 where a component does not count; `etats` (of Etat) says why."""

    valeur: np.ndarray
    rang: np.ndarray
    poids: np.ndarray
    contributions: np.ndarray
    etats: np.ndarray


@dataclass(frozen=True)
class Resultat:
    """Of the method: the value of its one axis (NaN for crossed axes), the rank of the class (-1: none), the alerts as
    bits of Alerte."""

    axes: tuple[ResultatAxe, ...]
    valeur: np.ndarray
    rang: np.ndarray
    alertes: np.ndarray


def calculer(
    regle: Regle,
    comptes: Comptes,
    references: References,
    niveaux: np.ndarray | None = None,
    empechements: np.ndarray | None = None,
) -> Resultat:
    """Index of every place.

    comptes       one value a place: `repondants` (OPS respondents of `ensemble`) and for each component, by its `cle`,
                  `n <cle>`, `d <cle>` (counts) and `effectif <cle>` (its own population); NaN for unknown. A frame, or
                  arrays by name
    references    {axis: {cle: (numerator, denominator)}}: numbers, or arrays of one value a place; None, NaN or absent
                  for unknown
    niveaux       level of each place: ranks and z-scores are taken among the places of a level (default: all one)
    empechements  bits of Alerte a place: where not 0, no value, whatever the counts, and that alert
    """
    repondants = _nombres(comptes["repondants"])
    assez = np.nan_to_num(repondants) >= regle.minimum_repondants
    empeches = np.zeros(len(repondants), dtype=int) if empechements is None else np.asarray(empechements)
    juges = assez & (empeches == 0)
    scores = [noter(axe, regle, comptes, references.get(axe.code, {}), niveaux, juges) for axe in regle.axes]
    axes = tuple(_axe(regle, axe, juges, note) for axe, note in zip(regle.axes, scores))
    alertes = np.where(empeches, empeches, _alertes(regle, axes, juges))
    alertes |= np.where(assez, 0, Alerte.REPONDANTS_INSUFFISANTS)
    if regle.croisement is None:
        return Resultat(axes, axes[0].valeur, axes[0].rang, alertes)
    rang, croisees = _croiser(regle, regle.croisement, axes, scores, juges)
    return Resultat(axes, np.full(len(rang), np.nan), rang, alertes | croisees)


def sans_reference(regle: Regle, references: References) -> list[tuple[Axe, Composante]]:
    """Components of ratio that no place can have: their reference is unknown or 0 everywhere."""
    return [
        (axe, composante)
        for axe in regle.axes
        for composante in axe.composantes
        if axe.normalisation == "rapport" and not _a_un_taux(references.get(axe.code, {}).get(composante.cle))
    ]


def _a_un_taux(reference: tuple | None) -> bool:
    if reference is None or None in reference:
        return False
    n, d = (np.nan_to_num(_nombres(compte)) for compte in reference)
    return bool(((n > 0) & (d > 0)).any())


def _nombres(valeurs) -> np.ndarray:
    return np.asarray(valeurs, dtype=float)


def _axe(regle: Regle, axe: Axe, juges: np.ndarray, scores: Scores) -> ResultatAxe:
    presentes = (scores.etats == Etat.PRESENTE) & juges[:, None]
    if regle.manquante == Manquante.SANS_VALEUR:
        exigees = np.array([not composante.facultative for composante in axe.composantes])
        presentes &= presentes[:, exigees].all(axis=1)[:, None]
    poids = presentes * np.array([float(c.poids) for c in axe.composantes])
    total = poids.sum(axis=1)
    poids = np.divide(poids, total[:, None], out=np.zeros_like(poids), where=total[:, None] > 0)
    presentes &= total[:, None] > 0
    contributions = np.where(presentes, axe.base * poids * scores.valeurs, np.nan)
    valeur = np.where(total > 0, np.nansum(contributions, axis=1), np.nan)
    rang = np.where(total > 0, np.searchsorted([float(b) for b in axe.bornes], valeur, side="right"), -1)
    _trancher_aux_bornes(axe, scores, presentes, valeur, rang)
    return ResultatAxe(valeur, rang, poids, contributions, scores.etats)


def _trancher_aux_bornes(axe: Axe, scores: Scores, presentes, valeur, rang) -> None:
    """Value and class in exact arithmetic, in place, where the float is too near a bound to tell."""
    if not axe.bornes:
        return
    bornes = np.array([float(b) for b in axe.bornes])
    proches = np.abs(valeur[:, None] - bornes) <= VOISINAGE * np.maximum(1, np.abs(bornes))
    for i in np.flatnonzero(proches.any(axis=1)):
        exacte = _valeur_exacte(axe, scores, presentes[i], i) if scores.exacts else axe.bornes[proches[i].argmax()]
        valeur[i] = float(exacte)
        rang[i] = sum(exacte >= borne for borne in axe.bornes)


def _valeur_exacte(axe: Axe, scores: Scores, presentes, i: int) -> Fraction:
    comptees = [j for j, presente in enumerate(presentes) if presente]
    somme = sum((axe.composantes[j].poids * scores.exact(i, j) for j in comptees), Fraction(0))
    return axe.base * somme / sum(axe.composantes[j].poids for j in comptees)


def _alertes(regle: Regle, axes: tuple[ResultatAxe, ...], juges: np.ndarray) -> np.ndarray:
    """States of the components that had to be there, and the places where none is."""
    alertes = np.zeros(len(juges), dtype=int)
    for axe, resultat in zip(regle.axes, axes):
        exigees = resultat.etats[:, [not composante.facultative for composante in axe.composantes]]
        for etat, alerte in ALERTE_DE.items():
            alertes |= np.where((exigees == etat).any(axis=1), alerte, 0)
    vides = np.all([(resultat.etats != Etat.PRESENTE).all(axis=1) for resultat in axes], axis=0)
    return alertes | np.where(juges & vides, Alerte.AUCUNE_COMPOSANTE, 0)


def _croiser(regle: Regle, croisement: Croisement, axes, scores, juges) -> tuple[np.ndarray, np.ndarray]:
    """Rank of the crossed class of each place, and its alerts. Where one axis has no value, the class is that of its
    line (or column) of the table when every cell there is the same."""
    rangs = {axe.code: resultat.rang for axe, resultat in zip(regle.axes, axes)}
    premier, second = (rangs[code] for code in croisement.axes)
    table = np.array(croisement.table)
    entiere = np.pad(table, ((0, 1), (0, 1)), constant_values=-1)  # the added line and column are those of rank -1
    entiere[:-1, -1] = _partout_la_meme(table)
    entiere[-1, :-1] = _partout_la_meme(table.T)
    rang = entiere[premier, second]
    alertes = np.where(juges & (rang < 0), Alerte.AXE_SANS_VALEUR, 0)
    if croisement.aggravation is not None:
        depasse, inconnu = _aggraver(regle, croisement.aggravation, axes, scores)
        classee = rang >= 0
        rang = np.where(classee & depasse, np.minimum(rang + 1, len(croisement.classes) - 1), rang)
        alertes |= np.where(classee & depasse, Alerte.CLASSE_AGGRAVEE, 0)
        alertes |= np.where(classee & inconnu, Alerte.AGGRAVATION_INCONNUE, 0)
    return rang, alertes


def _partout_la_meme(table: np.ndarray) -> np.ndarray:
    """For each line, its cell when all are the same, else -1."""
    return np.where((table == table[:, :1]).all(axis=1), table[:, 0], -1)


def _aggraver(regle: Regle, aggravation, axes, scores) -> tuple[np.ndarray, np.ndarray]:
    """Where the value of one axis exceeds the other's by the gap or more (exact at the bound); where one is unknown."""
    codes = [axe.code for axe in regle.axes]
    haut, bas = codes.index(aggravation.axe), codes.index(aggravation.sur)
    ecart = axes[haut].valeur - axes[bas].valeur - float(aggravation.ecart)
    depasse = ecart >= 0
    if scores[haut].exacts and scores[bas].exacts:
        for i in np.flatnonzero(np.abs(ecart) <= VOISINAGE * np.maximum(1, np.abs(axes[haut].valeur))):
            exactes = [
                _valeur_exacte(regle.axes[rang], scores[rang], ~np.isnan(axes[rang].contributions[i]), i)
                for rang in (haut, bas)
            ]
            depasse[i] = exactes[0] - exactes[1] >= aggravation.ecart
    return depasse, np.isnan(ecart)
