"""What the rates of a method are taken to: counts of the territory, of a year fixed once, or of a family of stock."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from diagnostic.calculs.indices_regle import Axe, Reference, Regle
from diagnostic.models import Methode, ReferenceIndice, ReferenceMethode
from diagnostic.models.comptage import Niveau
from diagnostic.services.comptes_indices import Comptes

TERRITOIRE = ""


@dataclass
class References:
    """References of one method on one millésime. `par_famille`: {family: {axis: {cle: (n, d)}}}, the territory's own
    under TERRITOIRE."""

    par_famille: dict[str, dict[str, dict[str, tuple]]] = field(default_factory=dict)

    def des_places(self, regle: Regle, familles: np.ndarray) -> dict[str, dict[str, tuple]]:
        """As the engine reads them: numbers, or one a place where they depend on its family."""
        lues = dict(self.par_famille.get(TERRITOIRE, {}))
        connues = [famille for famille in self.par_famille if famille != TERRITOIRE]
        rangs = pd.Index(connues).get_indexer(familles) if connues else np.full(len(familles), -1)
        for axe in regle.axes:
            if axe.reference == Reference.FAMILLE:
                lues[axe.code] = {
                    c.cle: tuple(self._une_par_place(axe, c.cle, cote, connues, rangs) for cote in (0, 1))
                    for c in axe.composantes
                }
        return lues

    def _une_par_place(self, axe: Axe, cle: str, cote: int, connues: list[str], rangs: np.ndarray) -> np.ndarray:
        comptes = [self.par_famille[famille][axe.code][cle][cote] for famille in connues]
        return np.array([np.nan if c is None else c for c in comptes] + [np.nan], dtype=float)[rangs]

    def lignes(self, methode: Methode, epci: str, millesime: int) -> list[ReferenceIndice]:
        return [
            ReferenceIndice(methode=methode, epci=epci, millesime=millesime, famille=famille, comptes=comptes)
            for famille, comptes in self.par_famille.items()
        ]


class Fixees:
    """Reference years of the methods of a territory: the latest millésime with respondents at the first computation,
    then for good. The year is what is fixed; its counts follow the deposits that complete or correct that very year,
    and are kept when it has none left. A closed year is not recomputed: its counts no longer move."""

    def __init__(self, epci: str, methodes: Iterable[Methode], territoire: Comptes):
        self._epci, self._territoire = epci, territoire
        self._connues = {r.methode_id: r for r in ReferenceMethode.objects.filter(epci=epci, methode__in=methodes)}
        self._enquetes = territoire.millesimes(["repondants"])

    def comptes(self, methode: Methode, axe: Axe) -> dict[str, tuple]:
        fixee = self._connues.get(methode.pk)
        if fixee is None:
            if not self._enquetes:
                return {}
            fixee = ReferenceMethode(methode=methode, epci=self._epci, millesime=max(self._enquetes), comptes={})
            self._connues[methode.pk] = fixee
        if fixee.millesime in self._enquetes:
            fixee.comptes |= self._territoire.du_millesime(fixee.millesime).sommes(axe.composantes)
        return fixee.comptes

    def enregistrer(self) -> None:
        ReferenceMethode.objects.bulk_create(
            list(self._connues.values()),
            update_conflicts=True,
            unique_fields=["methode", "epci"],
            update_fields=["comptes"],
        )


def references(methode: Methode, regle: Regle, comptes: Comptes, fixees: Fixees, familles: np.ndarray) -> References:
    """Of one method, from the counts of one millésime; `familles`: of each place, "" for none."""
    lues: dict[str, dict[str, dict[str, tuple]]] = {}
    for axe in regle.axes:
        if axe.reference == Reference.FIXEE:
            lues.setdefault(TERRITOIRE, {})[axe.code] = fixees.comptes(methode, axe)
        elif axe.reference == Reference.MILLESIME:
            lues.setdefault(TERRITOIRE, {})[axe.code] = comptes.du_territoire.sommes(axe.composantes)
        else:
            residences = (comptes.places["niveau"] == Niveau.RESIDENCE).to_numpy()
            for famille in sorted(set(familles[residences].tolist()) - {TERRITOIRE}):
                lues.setdefault(famille, {})[axe.code] = comptes.sommes(
                    axe.composantes, residences & (familles == famille)
                )
    return References(lues)
