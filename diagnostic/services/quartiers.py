"""One quartier, secteur or commune beside its territory: its weights, its trend, and its tenants beside those who moved
in lately, those who move in and those who apply. One reading of the indicators for all of it."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from django.db.models import OuterRef, Subquery

from diagnostic.calculs.definitions import INDICATEURS, Population
from diagnostic.models import Commune, Perimetre
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs
from diagnostic.services.indicateurs import LigneIndicateur
from diagnostic.services.poids import FonctionsAccueil, LignePoids, fonctions_accueil, peser_lignes

NIVEAUX = (Niveau.QPV, Niveau.NPNRU, Niveau.SECTEUR, Niveau.COMMUNE)
# Traits that the survey and the SNE both tell, in the order of the definitions.
TRAITS = tuple(i.code for i in INDICATEURS if Population.ENTRANTS in i.populations)
POPULATIONS = (Population.ENSEMBLE, Population.RECENTS, Population.ENTRANTS, Population.DEMANDEURS)


@dataclass(frozen=True)
class Lieu:
    """`versions`: those of its outline, the latest first; none for a commune. `commune`: INSEE code, "" if unknown."""

    epci: str
    niveau: str
    code: str
    nom: str
    versions: tuple[str, ...] = ()
    commune: str = ""
    nom_commune: str = ""


@dataclass(frozen=True)
class Etape:
    """One millésime of a trend."""

    millesime: int
    ici: LigneIndicateur
    territoire: LigneIndicateur | None


@dataclass(frozen=True)
class Releve:
    """Where and when the figures of a population are read: the place itself, else its commune, else the territory, at
    the latest millésime up to the one looked at."""

    population: str
    niveau: str
    nom: str
    millesime: int


@dataclass(frozen=True)
class Trait:
    """One trait of the households, population by population; no line where the population is not known there."""

    code: str
    libelle: str
    unite: str
    lignes: dict[str, LigneIndicateur]


def trouver(adhesion, epci: str, niveau: str, code: str) -> Lieu | None:
    """A place of the territory that the reader may know."""
    if niveau == Niveau.COMMUNE:
        commune = Commune.objects.filter(territoire=epci, code=code).only("code", "nom").first()
        return commune and Lieu(epci, niveau, code, commune.nom, commune=code, nom_commune=commune.nom)
    connus = Perimetre.objects.visible_to(adhesion).courantes().filter(territoire=epci, nature=niveau, code=code)
    nom_commune = Subquery(Commune.objects.filter(code=OuterRef("commune_code")).values("nom"))
    connus = connus.order_by("-version").annotate(nom_commune=nom_commune)
    lignes = list(connus.values_list("version", "nom", "commune_code", "nom_commune"))
    if not lignes:
        return None
    _, nom, commune, nom_commune = lignes[0]
    return Lieu(epci, niveau, code, nom, tuple(version for version, *_ in lignes), commune, nom_commune or "")


class Portrait:
    """The indicators of a place, of its commune and of its territory, every millésime, as the reader sees them."""

    def __init__(self, adhesion, lieu: Lieu, millesime: int):
        self.lieu = lieu
        self.millesime = millesime
        self.lignes = list(
            indicateurs.lire(
                adhesion,
                epci=lieu.epci,
                niveau=tuple({lieu.niveau, Niveau.COMMUNE.value, Niveau.EPCI.value}),
                territoire=tuple({lieu.code, lieu.commune, lieu.epci} - {""}),
            )
        )

    @cached_property
    def _lues(self) -> dict[tuple, LigneIndicateur]:
        """(level, code of the indicator, population, millésime) → the line of the place, its commune or territory."""
        codes = {Niveau.EPCI: self.lieu.epci, Niveau.COMMUNE: self.lieu.commune, self.lieu.niveau: self.lieu.code}
        return {
            (ligne.niveau, ligne.code, ligne.population, ligne.millesime): ligne
            for ligne in self.lignes
            if codes.get(ligne.niveau) == ligne.territoire
        }

    @property
    def vide(self) -> bool:
        return not any(niveau == self.lieu.niveau for niveau, *_ in self._lues)

    @cached_property
    def poids(self) -> list[LignePoids]:
        """Weights of the place at the millésime looked at."""
        siennes = {self.lieu.niveau, Niveau.EPCI}
        return peser_lignes(
            ligne
            for (niveau, _, _, millesime), ligne in self._lues.items()
            if niveau in siennes and millesime == self.millesime
        )

    @cached_property
    def accueil(self) -> FonctionsAccueil | None:
        return next(iter(fonctions_accueil(self.poids).values()), None)

    def tendance(self, code: str, population: str) -> list[Etape]:
        """One indicator and population of the place, millésime after millésime."""
        annees = sorted(
            annee for niveau, c, p, annee in self._lues if (niveau, c, p) == (self.lieu.niveau, code, population)
        )
        return [
            Etape(
                annee,
                self._lues[self.lieu.niveau, code, population, annee],
                self._lues.get((Niveau.EPCI, code, population, annee)),
            )
            for annee in annees
        ]

    @cached_property
    def releves(self) -> list[Releve]:
        """Where each population is read."""
        annees = defaultdict(set)
        for niveau, code, population, annee in self._lues:
            if code in TRAITS and annee <= self.millesime:
                annees[population, niveau].add(annee)
        trouves = []
        for population in POPULATIONS:
            niveau = next((n for n in self._du_plus_pres if annees[population, n]), None)
            if niveau:
                trouves.append(Releve(population, niveau, self._nom(niveau), max(annees[population, niveau])))
        return trouves

    @property
    def _du_plus_pres(self) -> list[str]:
        return list(dict.fromkeys([self.lieu.niveau, Niveau.COMMUNE.value, Niveau.EPCI.value]))

    def _nom(self, niveau: str) -> str:
        noms = {Niveau.EPCI.value: "territoire", Niveau.COMMUNE.value: self.lieu.nom_commune}
        return "" if niveau == self.lieu.niveau else noms[niveau]

    @cached_property
    def traits(self) -> list[Trait]:
        """Tenants, recent arrivals, newcomers and applicants side by side."""
        lus = []
        for code in TRAITS:
            lignes = {
                r.population: self._lues[r.niveau, code, r.population, r.millesime]
                for r in self.releves
                if (r.niveau, code, r.population, r.millesime) in self._lues
            }
            if lignes:
                premiere = next(iter(lignes.values()))
                lus.append(Trait(code, premiere.libelle, premiere.unite, lignes))
        return lus
