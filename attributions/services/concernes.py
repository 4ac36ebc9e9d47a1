"""Which territory is concerned by the two legal rates, in which year (regles §0)."""

from collections.abc import Iterable

from attributions.models import Applicabilite, SeuilQuartile


class Concernes:
    """`concernes(epci, annee)`: what the territory says of the year, else whether a threshold is loaded for it."""

    def __init__(self, epcis: Iterable[str]):
        epcis = list(epcis)
        dits = Applicabilite.objects.filter(epci__in=epcis).values_list("epci", "annee", "concerne")
        self.dits = {(epci, annee): concerne for epci, annee, concerne in dits}
        self.seuils = set(SeuilQuartile.objects.connus().filter(epci__in=epcis).values_list("epci", "annee"))

    def __call__(self, epci: str, annee: int) -> bool:
        return self.dits.get((epci, annee), (epci, annee) in self.seuils)
