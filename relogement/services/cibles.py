"""Local targets of the four criteria: the most precise one in force at a date (regles §7)."""

from datetime import date

from django.db import transaction

from partenaires.services import journal
from relogement.models import CibleRelogement, Operation, Projet


class Cibles:
    """The targets of one territory in force at a date, read once.

    `pour(critere, projet, operation)` gives that of the operation, else of its project, else of the territory; among
    those of one scale, the latest.
    """

    def __init__(self, epci: str, projets: list[Projet], le: date):
        lignes = CibleRelogement.objects.filter(debut__lte=le).order_by("debut", "id")
        lignes = (
            lignes.filter(epci=epci) | lignes.filter(projet__in=projets) | lignes.filter(operation__projet__in=projets)
        )
        self._en_vigueur = {(c.critere, c.projet_id, c.operation_id): c for c in lignes.order_by("debut", "id")}

    def pour(self, critere: str, projet: Projet | None, operation: Operation | None) -> CibleRelogement | None:
        echelles = [(None, operation.pk)] if operation else []
        echelles += [(projet.pk, None)] if projet else []
        for projet_id, operation_id in [*echelles, (None, None)]:
            cible = self._en_vigueur.get((critere, projet_id, operation_id))
            if cible:
                return cible
        return None


def enregistrer(adhesion, *, projet=None, operation=None, epci="", **champs) -> CibleRelogement:
    """A target at exactly one scale, already known to be the member's own; earlier targets are kept (dated data)."""
    cible = CibleRelogement(projet=projet, operation=operation, epci=epci, **champs)
    with transaction.atomic():
        cible.save(force_insert=True)
        journal.noter(adhesion, "cible_relogement", f"{cible.critere} = {cible.valeur} à partir du {cible.debut}")
    return cible
