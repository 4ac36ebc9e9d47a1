"""Two methods on the same places of a territory: how many in each pair of classes, and which ones change class.

The places, their names and their dwellings are those of the map (`services.lieux`); what is masked to the reader under
either method is left out of the matrix, and counted. In `diffusion`, where a small count might tell of a place, cells
of 1 to k-1 places are masked, and the totals that would give them back with them.
"""

from dataclasses import dataclass
from functools import cached_property

from diagnostic.calculs.comparaison import Matrice, croiser
from diagnostic.calculs.secret import petit
from diagnostic.models import Residence
from diagnostic.models.comptage import Niveau
from diagnostic.services import lieux, secret
from diagnostic.services.lieux import Lectures, Lieu, Vue
from diagnostic.services.mesures import Mesure

NIVEAUX = (Niveau.RESIDENCE, Niveau.QPV, Niveau.COMMUNE, Niveau.NPNRU, Niveau.SECTEUR)
SOURCES = "gestion+ops+rpls"  # what any method may be made from


@dataclass(frozen=True)
class Comparaison:
    """`lieux`: every place that the reader may see, `ici` under the first measure and `autre` under the second.
    `k`: the threshold under which a count of places is masked, None where none is."""

    lieux: list[Lieu]
    ici: Mesure
    autre: Mesure
    k: int | None

    @cached_property
    def comparables(self) -> list[Lieu]:
        return [lieu for lieu in self.lieux if not lieu.ici.secret and not lieu.autre.secret]

    @property
    def masques(self) -> int:
        """Places left out: masked under one method at least."""
        return len(self.lieux) - len(self.comparables)

    @cached_property
    def matrice(self) -> Matrice:
        """Lines: classes of the first; columns: of the second."""
        paires = ((lieu.ici.rang, lieu.autre.rang, lieu.logements) for lieu in self.comparables)
        return croiser(paires, len(self.ici.classes), len(self.autre.classes))

    @cached_property
    def a_masquer(self) -> bool:
        """Whether a cell of the matrix is masked, and its totals with it."""
        return any(self.masque(case.lieux) for ligne in self.matrice.cases for case in ligne)

    def masque(self, nombre: int) -> bool:
        return self.k is not None and petit(nombre, self.k)

    @cached_property
    def changent(self) -> list[Lieu]:
        """Places classed by both, in classes that are not the same (`lieu.sens`: towards the first)."""
        return [lieu for lieu in self.comparables if lieu.sens]

    @property
    def meme_classe(self) -> int:
        return sum(lieu.sens == 0 for lieu in self.comparables)


def comparer(adhesion, epci: str, ici: Mesure, autre: Mesure, millesime: int, niveau: str) -> Comparaison:
    lectures = Lectures(Vue(ici, millesime), Vue(autre, millesime))
    if niveau == Niveau.RESIDENCE:
        siennes = Residence.objects.visible_to(adhesion).courantes().filter(commune__territoire=epci)
        trouves = lieux.residences(adhesion, epci, siennes.order_by("cle_recherche", "identifiant"), lectures)
    else:
        trouves = list(lieux.aires(adhesion, epci, niveau, millesime, lectures).lieux)
    return Comparaison(trouves, ici, autre, _seuil(adhesion, epci, niveau))


def _seuil(adhesion, epci: str, niveau: str) -> int | None:
    lecteur = secret.lecteur(adhesion)
    siren = lecteur.siren if lecteur.est_bailleur and niveau == Niveau.RESIDENCE else ""
    diffuse = lecteur.audience(epci, SOURCES, niveau, siren) == secret.Audience.DIFFUSION
    return lecteur.k(epci) if diffuse else None
