"""How solid a class is: what moves when each weight moves, and when other respondents of the same number had answered
(regles §5).

    sensibilite(entree, ecart)              weights of the components, one at a time, by ± `ecart` of themselves
    reechantillonner(entree, …)             parametric bootstrap of the surveyed counts

The bootstrap draws each surveyed numerator again, as a binomial of its denominator at its observed rate; components are
drawn independently of one another, for only their counts are known together. What is counted whole (rent roll, RPLS,
SNE, notes of the grid), and sums that are no part of their denominator, are held fixed; so are denominators, sizes of
populations and references: the rates of the whole territory vary little beside those of a residence. Every draw goes
through the engine itself, so that normalisations among the places, crossings and aggravations follow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from diagnostic.calculs.indicateur import POPULATIONS_SNE, Source
from diagnostic.calculs.indices import calculer
from diagnostic.calculs.indices_regle import Axe, Composante, Regle

ENQUETES = (Source.OPS, Source.OPS_RPLS)
PLACES_A_LA_FOIS = 200_000  # places × draws in one call of the engine
INTERVALLE = (0.05, 0.95)


@dataclass(frozen=True)
class Entree:
    """The arguments of `indices.calculer`: one value a place in each array."""

    regle: Regle
    comptes: Mapping[str, np.ndarray]
    references: Mapping[str, Mapping[str, tuple]]
    niveaux: np.ndarray
    empechements: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.niveaux)

    def rangs(self, regle: Regle | None = None) -> np.ndarray:
        lue = calculer(regle or self.regle, self.comptes, self.references, self.niveaux, self.empechements)
        return lue.rang


@dataclass(frozen=True)
class Sensibilite:
    """`moins`, `plus`: places whose class changes when the weight of the component is lowered, or raised."""

    axe: Axe
    composante: Composante
    moins: np.ndarray
    plus: np.ndarray

    @property
    def changees(self) -> np.ndarray:
        return self.moins | self.plus


def sensibilite(entree: Entree, ecart: Fraction) -> list[Sensibilite]:
    """One line a component of weight, axis after axis."""
    avant = entree.rangs()
    lignes = []
    for rang_axe, axe in enumerate(entree.regle.axes):
        for rang, composante in enumerate(axe.composantes):
            if composante.poids:
                changees = (
                    entree.rangs(_repondere(entree.regle, rang_axe, rang, 1 + signe * ecart)) != avant
                    for signe in (-1, 1)
                )
                lignes.append(Sensibilite(axe, composante, *changees))
    return lignes


def _repondere(regle: Regle, rang_axe: int, rang: int, facteur: Fraction) -> Regle:
    axe = regle.axes[rang_axe]
    changee = replace(axe.composantes[rang], poids=axe.composantes[rang].poids * facteur)
    composantes = (*axe.composantes[:rang], changee, *axe.composantes[rang + 1 :])
    change = replace(axe, composantes=composantes)
    return replace(regle, axes=(*regle.axes[:rang_axe], change, *regle.axes[rang_axe + 1 :]))


@dataclass(frozen=True)
class Solidite:
    """One line a place. `bas`, `haut`: interval at 90 % on the value, NaN without value (crossed axes have none);
    `stabilite`: share of the draws that give the class found, NaN without class."""

    bas: np.ndarray
    haut: np.ndarray
    stabilite: np.ndarray


def tirees(regle: Regle) -> list[Composante]:
    """Components whose counts are drawn again: surveyed, and part of their denominator."""
    return [
        c
        for c in dict.fromkeys(regle.composantes)
        if c.indicateur.source in ENQUETES
        and c.population not in POPULATIONS_SNE
        and not (c.indicateur.somme or c.indicateur.decimal)
    ]


def reechantillonner(entree: Entree, tirages: int, graine: int) -> Solidite:
    """The same seed gives the same result."""
    point = calculer(entree.regle, entree.comptes, entree.references, entree.niveaux, entree.empechements)
    hasard = np.random.default_rng(graine)
    par_bloc = max(1, PLACES_A_LA_FOIS // max(1, len(entree)))
    valeurs, memes = [], np.zeros(len(entree), dtype=int)
    for debut in range(0, tirages, par_bloc):
        nombre = min(par_bloc, tirages - debut)
        tires = _tirer(entree, nombre, hasard)
        valeurs.append(tires.valeur.reshape(nombre, -1))
        memes += (tires.rang.reshape(nombre, -1) == point.rang).sum(axis=0)
    bas, haut = _intervalle(np.concatenate(valeurs), point.valeur)
    return Solidite(bas, haut, np.where(point.rang < 0, np.nan, memes / tirages))


def _intervalle(tirees: np.ndarray, valeur: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of the draws, widened where they must be to hold the value itself."""
    avec = ~np.isnan(valeur) & ~np.isnan(tirees).any(axis=0)
    bas, haut = (np.full(len(valeur), np.nan) for _ in INTERVALLE)
    if avec.any():
        bas[avec], haut[avec] = np.quantile(tirees[:, avec], INTERVALLE, axis=0)
    return np.fmin(bas, np.where(avec, valeur, np.nan)), np.fmax(haut, np.where(avec, valeur, np.nan))


def _tirer(entree: Entree, nombre: int, hasard: np.random.Generator):
    """The engine on `nombre` draws of every place at once, draw after draw; ranks are taken within a draw."""
    comptes = {nom: np.tile(compte, nombre) for nom, compte in entree.comptes.items()}
    for composante in tirees(entree.regle):
        n, d = (np.asarray(entree.comptes[f"{cote} {composante.cle}"], dtype=float) for cote in "nd")
        connus = (d > 0) & (n >= 0) & (n <= d)
        tires = np.tile(n, (nombre, 1))
        tires[:, connus] = hasard.binomial(d[connus].astype(int), n[connus] / d[connus], (nombre, connus.sum()))
        comptes[f"n {composante.cle}"] = tires.ravel()
    references = {
        axe: {cle: tuple(_repeter(compte, nombre) for compte in paire) for cle, paire in lues.items()}
        for axe, lues in entree.references.items()
    }
    niveaux = np.unique(entree.niveaux, return_inverse=True)[1]
    par_tirage = (niveaux + np.arange(nombre)[:, None] * (niveaux.max(initial=0) + 1)).ravel()
    empechements = None if entree.empechements is None else np.tile(entree.empechements, nombre)
    return calculer(entree.regle, comptes, references, par_tirage, empechements)


def _repeter(compte, nombre: int):
    return np.tile(compte, nombre) if isinstance(compte, np.ndarray) else compte
