"""What colours a map: the class of a method, or that of the rate of an indicator, read place by place as the reader
may see it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from diagnostic.calculs import carte as calcul
from diagnostic.calculs.definitions import Indicateur
from diagnostic.models import Indice, Methode
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs, indices, secret

Place = tuple[str, str, str]  # level, code, version of its perimeter
EN_PART = ("menages", "personnes", "logements", "propositions")


@dataclass(slots=True)
class Lecture:
    """What is read of a place: `rang` and `classe` are None without a class (no value, or masked: `secret`)."""

    valeur: float | None = None
    classe: str | None = None
    rang: int | None = None
    repondants: int | None = None
    secret: bool = False


SANS_LECTURE = Lecture()


class Mesure(Protocol):
    """`classes`: labels, the least fragile (or the lowest rate) first. `unite`: « indice », « part » or « nombre »."""

    @property
    def unite(self) -> str: ...

    @property
    def classes(self) -> list[str]: ...

    def lire(self, millesime: int) -> dict[Place, Lecture]: ...


class Indices:
    """Values and classes of some methods and millésimes on a territory, without what they are made of: one query for
    all where the reader is a partner or the holder of the rows. Others, who are shown few places, read whole lines:
    each component then counts in what is masked."""

    def __init__(self, adhesion, epci: str, methodes: list[Methode], millesimes: list[int], niveaux):
        self._adhesion, self._epci = adhesion, epci
        self._methodes, self._millesimes, self._niveaux = methodes, millesimes, tuple(niveaux)
        self._lecteur = secret.lecteur(adhesion)

    def lire(self, methode: Methode, millesime: int) -> dict[Place, Lecture]:
        return self._lues.get((methode.pk, millesime), {})

    @cached_property
    def _lues(self) -> dict[tuple[int, int], dict[Place, Lecture]]:
        sources = {methode.pk: indices.sources_de(methode) for methode in self._methodes}
        if any(self._diffuse(source, niveau) for source in sources.values() for niveau in self._niveaux):
            return {(m.pk, a): self._lignes_entieres(m, a) for m in self._methodes for a in self._millesimes}
        lues: dict[tuple[int, int], dict[Place, Lecture]] = {}
        masquees: dict[tuple, bool] = {}
        for ligne in self._lignes():
            place = (ligne.niveau, ligne.territoire, ligne.version)
            # the same for every place of the same size and bailleur
            cellule = ligne.methode_id, ligne.niveau, ligne.bailleur, ligne.repondants
            cellule += (ligne.premier_bailleur, ligne.repondants_premier)
            if cellule not in masquees:
                masquees[cellule] = indices.repondants_masques(self._lecteur, ligne, sources[ligne.methode_id])
            lues.setdefault((ligne.methode_id, ligne.millesime), {})[place] = (
                Lecture(secret=True)
                if masquees[cellule]
                else Lecture(ligne.valeur, ligne.classe or None, ligne.rang_classe, ligne.repondants)
            )
        return lues

    def _diffuse(self, sources: str, niveau: str) -> bool:
        siren = self._lecteur.siren if self._lecteur.est_bailleur and niveau == Niveau.RESIDENCE else ""
        return self._lecteur.audience(self._epci, sources, niveau, siren) == secret.Audience.DIFFUSION

    def _lignes(self):
        champs = ("methode_id", "millesime", "niveau", "territoire", "version", "epci", "bailleur", "valeur", "classe")
        return (
            Indice.objects.visible_to(self._adhesion)
            .filter(epci=self._epci, methode__in=self._methodes, millesime__in=self._millesimes)
            .filter(niveau__in=self._niveaux)
            .values_list(*champs, "rang_classe", "repondants", "premier_bailleur", "repondants_premier", named=True)
        )

    def _lignes_entieres(self, methode: Methode, millesime: int) -> dict[Place, Lecture]:
        lues = indices.lire(self._adhesion, epci=self._epci, methode=methode.code, millesime=millesime)
        return {
            (ligne.niveau, ligne.territoire, ligne.perimetre_version): Lecture(
                ligne.valeur, ligne.classe, ligne.rang, ligne.repondants, ligne.secret
            )
            for ligne in lues
            if ligne.version == methode.version and ligne.niveau in self._niveaux
        }


@dataclass(frozen=True)
class ParMethode:
    """The class of an index method in service."""

    methode: Methode
    indices: Indices
    unite = "indice"

    @property
    def classes(self) -> list[str]:
        return self.methode.libelles

    def lire(self, millesime: int) -> dict[Place, Lecture]:
        return self.indices.lire(self.methode, millesime)


@dataclass
class ParIndicateur:
    """The rate of an indicator in some millésimes. Its classes are the quintiles of the residences that the reader
    sees, or of the communes for who sees none, in the latest millésime known to the territory that has some: the same
    bounds whatever the year shown. Masked cells have no part in them."""

    adhesion: object
    epci: str
    indicateur: Indicateur
    population: str
    niveaux: tuple[str, ...]
    millesimes: tuple[int, ...]
    connus: tuple[int, ...]

    @property
    def en_part(self) -> bool:
        return self.indicateur.unite in EN_PART

    @property
    def unite(self) -> str:
        return "part" if self.en_part else "nombre"

    @cached_property
    def limites(self) -> tuple[float, ...]:
        for millesime in sorted(self.connus, reverse=True):
            connues = [ligne for ligne in self._lignes(millesime) if ligne.taux is not None]
            residences = [ligne.taux for ligne in connues if ligne.niveau == Niveau.RESIDENCE]
            communes = [ligne.taux for ligne in connues if ligne.niveau == Niveau.COMMUNE]
            if residences or communes:
                return calcul.bornes(residences or communes, self.en_part)
        return ()

    @cached_property
    def classes(self) -> list[str]:
        return calcul.intervalles(self.limites, self.en_part)

    def lire(self, millesime: int) -> dict[Place, Lecture]:
        return {
            (ligne.niveau, ligne.territoire, ligne.version): self._lecture(ligne) for ligne in self._lignes(millesime)
        }

    def _lecture(self, ligne) -> Lecture:
        if ligne.secret or ligne.taux is None:
            return Lecture(repondants=ligne.repondants, secret=ligne.secret)
        rang = calcul.rang(ligne.taux, self.limites)
        return Lecture(ligne.taux, self.classes[rang], rang, ligne.repondants)

    def _lignes(self, millesime: int) -> list:
        return self._lues.get(millesime, [])

    @cached_property
    def _lues(self) -> dict[int, list]:
        """One reading: the years shown, and every year where the latest one has no figure."""
        derniere = max(self.connus, default=None)
        lues = self._par_millesime({*self.millesimes, derniere} - {None})
        if derniere in lues or len(self.connus) <= 1:
            return lues
        return self._par_millesime(set(self.connus))

    def _par_millesime(self, millesimes: set[int]) -> dict[int, list]:
        lues: dict[int, list] = {}
        for ligne in indicateurs.lire(
            self.adhesion,
            epci=self.epci,
            millesime=tuple(millesimes),
            code=self.indicateur.code,
            population=self.population,
            niveau=tuple({*self.niveaux, Niveau.COMMUNE.value}),
            nommees=False,
        ):
            lues.setdefault(ligne.millesime, []).append(ligne)
        return lues
