"""How solid the classes of a method are on a territory, place by place and as a whole: what `calculs.solidite` finds on
the counts that the indices are made from, for the places that the reader is shown."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from hashlib import sha256

import numpy as np
from django.core.cache import cache

from diagnostic.calculs import solidite as calcul
from diagnostic.calculs.indices_regle import Composante
from diagnostic.models import Indice, Methode
from diagnostic.services.calcul_indices import lire_territoire
from diagnostic.services.mesures import Lecture
from partenaires.models import Parametre

PARAMETRES = ("solidite_tirages", "solidite_ecart_poids")
STABLE, INCERTAINE = 0.95, 0.80  # shares of the draws: bounds of the three words of the page
GARDE_S = 3600
GRAINE = 20_260_101  # any: the same draws at each reading


@dataclass(frozen=True)
class SoliditeLieu:
    """Of one place. `stabilite`: share of the draws in the same class; `bas`, `haut`: interval at 90 % on the value;
    `composantes`: how many weights change its class when they move."""

    bas: float | None
    haut: float | None
    stabilite: float | None
    composantes: int


@dataclass(frozen=True)
class Poids:
    """One weight that moves: `moins`, `plus`: among the places, those whose class changes."""

    axe: str
    composante: Composante
    moins: frozenset[int]
    plus: frozenset[int]


@dataclass(frozen=True)
class Mesuree:
    """What is kept: `places` (code, version) in order, the solidity of each, the weights by rank of place."""

    places: list[tuple[str, str]]
    lieux: list[SoliditeLieu]
    poids: list[Poids]
    tirees: list[str]
    tirages: int
    ecart: float


@dataclass(frozen=True)
class LigneSolidite:
    territoire: str
    version: str
    lecture: Lecture
    solidite: SoliditeLieu


class Solidite:
    """What a reader is shown: the places of `lectures` ({(level, code, version): Lecture}) with a class, not masked."""

    def __init__(self, mesuree: Mesuree, niveau: str, lectures: dict):
        self.mesuree = mesuree
        self._lues = [lectures.get((niveau, *place), Lecture()) for place in mesuree.places]

    @cached_property
    def lignes(self) -> list[LigneSolidite]:
        return [
            LigneSolidite(*self.mesuree.places[i], self._lues[i], self.mesuree.lieux[i])
            for i in range(len(self._lues))
            if self._montre(i)
        ]

    def _montre(self, i: int) -> bool:
        return self._lues[i].rang is not None and self.mesuree.lieux[i].stabilite is not None

    @property
    def masques(self) -> int:
        return sum(lue.secret for lue in self._lues)

    @cached_property
    def poids(self) -> list[tuple[Poids, int, int, int]]:
        """Each weight with the places that change class when it is lowered, raised, either."""
        montres = {i for i in range(len(self._lues)) if self._montre(i)}
        return [
            (p, len(p.moins & montres), len(p.plus & montres), len((p.moins | p.plus) & montres))
            for p in self.mesuree.poids
        ]

    @property
    def sensibles(self) -> int:
        """Places that change class for one weight at least."""
        return sum(ligne.solidite.composantes > 0 for ligne in self.lignes)

    @property
    def stables(self) -> int:
        return sum(ligne.solidite.stabilite >= STABLE for ligne in self.lignes)

    @property
    def incertaines(self) -> int:
        return sum(ligne.solidite.stabilite < INCERTAINE for ligne in self.lignes)


def mesurer(epci: str, methode: Methode, millesime: int, niveau: str) -> Mesuree | None:
    """None without counts or indices. Kept an hour for the same indices: no reader is in it."""
    calcule_le = (
        Indice.objects.filter(epci=epci, methode=methode, millesime=millesime, niveau=niveau)
        .order_by()
        .values_list("calcule_le", flat=True)
        .first()
    )
    if calcule_le is None:
        return None
    reglages = Parametre.objects.valeurs(PARAMETRES, date.today(), epci)
    tirages, ecart = (reglages[nom] for nom in PARAMETRES)
    cle = sha256(f"{methode.pk} {epci} {millesime} {niveau} {calcule_le} {tirages} {ecart}".encode()).hexdigest()
    gardee = cache.get(f"solidite-{cle}")
    if gardee is None:
        gardee = _mesurer(epci, methode, millesime, niveau, tirages, Fraction(str(ecart)))
        cache.set(f"solidite-{cle}", gardee, GARDE_S)
    return gardee


def _mesurer(epci, methode, millesime, niveau, tirages: int, ecart: Fraction) -> Mesuree | None:
    territoire = lire_territoire(epci, [methode], [millesime])
    if territoire is None:
        return None
    prete = territoire.preparer(methode, territoire.comptes.du_millesime(millesime), millesime)
    ici = prete.niveaux == niveau
    entree = calcul.Entree(
        prete.regle,
        {nom: compte[ici] for nom, compte in prete.table.items()},
        {
            axe: {cle: tuple(_parmi(compte, ici) for compte in paire) for cle, paire in lues.items()}
            for axe, lues in prete.par_place.items()
        },
        prete.niveaux[ici],
        None if prete.empechements is None else prete.empechements[ici],
    )
    poids = calcul.sensibilite(entree, ecart)
    tire = calcul.reechantillonner(entree, tirages, GRAINE)
    nombre = np.sum([p.changees for p in poids], axis=0) if poids else np.zeros(len(entree), dtype=int)
    return Mesuree(
        places=list(prete.comptes.places.loc[ici, ["territoire", "version"]].itertuples(index=False, name=None)),
        lieux=[
            SoliditeLieu(*(None if np.isnan(v) else float(v) for v in valeurs), int(combien))
            for *valeurs, combien in zip(tire.bas, tire.haut, tire.stabilite, nombre)
        ],
        poids=[
            Poids(p.axe.nom, p.composante, *(frozenset(np.flatnonzero(c).tolist()) for c in (p.moins, p.plus)))
            for p in poids
        ],
        tirees=[c.cle for c in calcul.tirees(prete.regle)],
        tirages=tirages,
        ecart=float(ecart),
    )


def _parmi(compte, ici: np.ndarray):
    return compte[ici] if isinstance(compte, np.ndarray) else compte
