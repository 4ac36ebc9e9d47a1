"""What an indicator is: a pair of counts over a population (regles §4)."""

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    OPS = "ops"
    OPS_RPLS = "ops+rpls"
    GESTION = "gestion"
    RPLS = "rpls"
    SNE = "sne"
    GRILLE = "grille"


class Population(StrEnum):
    ENSEMBLE = "ensemble"
    RECENTS = "recents"
    ENTRANTS = "entrants"
    DEMANDEURS = "demandeurs"

    @property
    def libelle(self) -> str:
        return LIBELLES_POPULATIONS[self]


LIBELLES_POPULATIONS = {
    Population.ENSEMBLE: "tous les locataires",
    Population.RECENTS: "emménagés récents",
    Population.ENTRANTS: "entrants de l'année",
    Population.DEMANDEURS: "demandeurs",
}

# Populations known from the SNE, whatever the source of the indicator → their base, and the column of Comptage of it.
POPULATIONS_SNE = {Population.ENTRANTS: "entrants", Population.DEMANDEURS: "demandes"}


@dataclass(frozen=True)
class Indicateur:
    """One indicator. `base`: the unit of its population, on which secrecy is judged (regles §9). `comme`: the code of
    the indicator whose denominator it shares, as the classes of one breakdown do."""

    code: str
    libelle: str
    source: Source
    unite: str
    base: str
    numerateur: str
    connus: tuple[str, ...] = ()
    condition: str = ""
    denominateur: str = "1"
    somme: bool = False
    decimal: bool = False
    populations: tuple[Population, ...] = (Population.ENSEMBLE,)
    comme: str = ""

    @property
    def colonne_numerateur(self) -> str:
        return f"n_{self.code}"

    @property
    def colonne_denominateur(self) -> str:
        return f"d_{self.comme or self.code}"

    @property
    def colonnes(self) -> tuple[str, str]:
        """Columns of Comptage of its numerator and denominator."""
        return self.colonne_numerateur, self.colonne_denominateur

    @property
    def colonne_base(self) -> str:
        """Column of Comptage that counts the population of this indicator, out of the populations of the SNE."""
        return BASES[self.source, self.base]

    def source_pour(self, population: str) -> Source:
        """Where the counts of a population come from."""
        return Source.SNE if population in POPULATIONS_SNE else self.source

    def base_pour(self, population: str) -> str:
        """Unit of a population."""
        return POPULATIONS_SNE.get(Population(population), self.base)

    def colonne_base_pour(self, population: str) -> str:
        """Column of Comptage that counts a population."""
        return POPULATIONS_SNE.get(Population(population), self.colonne_base)


BASES = {
    (Source.OPS, "repondants"): "repondants",
    (Source.OPS_RPLS, "repondants"): "repondants",
    (Source.OPS, "occupes"): "enquetes",
    (Source.GESTION, "logements"): "gestion_logements",
    (Source.GESTION, "occupes"): "gestion_occupes",
    (Source.GESTION, "propositions"): "gestion_propositions",
    (Source.RPLS, "logements"): "logements",
    (Source.SNE, "demandes"): "demandes",
    (Source.SNE, "entrants"): "entrants",
    (Source.GRILLE, "notes"): "notes",
}
COLONNES_BASE = tuple(dict.fromkeys(BASES.values()))
# Bases of people and homes whose small cells are masked to a partner (regles §9); dwellings, offers and notes are not.
BASES_SECRETES = ("repondants", "enquetes", "gestion_occupes", "demandes", "entrants")
