"""Households of the first quartile, written by the attributions and read by the accessibility of the stock."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction

from diagnostic.models import MenageQ1, PopulationQ1


@dataclass
class Menages:
    """Households alike, in one list; `inconnus`: those whose composition is not known, counted only."""

    lignes: list[dict] = field(default_factory=list)
    inconnus: int = 0
    depots: set[int] = field(default_factory=set)

    def ajouter(self, couple: bool, charge: int, personnes: int, uc: Decimal, ressources: Decimal, nombre: int) -> None:
        self.lignes.append(
            {
                "couple": couple,
                "charge": charge,
                "personnes": personnes,
                "uc": uc,
                "ressources": ressources,
                "nombre": nombre,
            }
        )


def oublier(epci: str) -> None:
    PopulationQ1.objects.filter(epci=epci).delete()


def enregistrer(
    epci: str, origine: str, millesime: int | None, seuil: tuple[int, Decimal], menages: Menages
) -> PopulationQ1:
    """Replace the households of a territory and origin. `seuil`: its year and value, euros a year and UC."""
    annee, valeur = seuil
    with transaction.atomic():
        PopulationQ1.objects.filter(epci=epci, origine=origine).delete()
        population = PopulationQ1.objects.create(
            epci=epci,
            origine=origine,
            millesime=millesime,
            annee_seuil=annee,
            seuil=valeur,
            inconnus=menages.inconnus,
            depots=sorted(menages.depots),
        )
        MenageQ1.objects.bulk_create(
            (MenageQ1(population=population, **ligne) for ligne in menages.lignes), batch_size=1000
        )
    return population
