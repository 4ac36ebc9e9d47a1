"""Which territory is concerned by the two legal rates, in which year (regles §0)."""

from collections.abc import Iterable

from django.db.models import BooleanField, Value

from attributions.models import Applicabilite, SeuilQuartile


class Concernes:
    """`concernes(epci, annee)`: what the territory says of the year, else whether a threshold is loaded for it."""

    def __init__(self, epcis: Iterable[str]):
        epcis = list(epcis)
        dits = Applicabilite.objects.filter(epci__in=epcis).order_by().values_list("epci", "annee", "concerne")
        seuils = SeuilQuartile.objects.connus().filter(epci__in=epcis).order_by()
        seuils = seuils.values_list("epci", "annee", Value(None, BooleanField()))  # read together: one query
        lignes = list(dits.union(seuils, all=True))
        self.dits = {(epci, annee): concerne for epci, annee, concerne in lignes if concerne is not None}
        self.seuils = {(epci, annee) for epci, annee, concerne in lignes if concerne is None}

    def __call__(self, epci: str, annee: int) -> bool:
        return self.dits.get((epci, annee), (epci, annee) in self.seuils)
