"""Celery tasks: a call to a service, nothing else."""

from celery import shared_task
from django.utils import timezone

from diagnostic.services import baremes_apl
from diagnostic.services.rappels_avis import chaque_nuit
from suivi.services import balayage
from suivi.services.recalcul import recalculer, recalculer_si_change


@shared_task
def recalcul_nocturne() -> None:
    """Every territory whose deposits changed since its last computation."""
    for resultat in recalculer():
        baremes_apl.completer(resultat.epci)


@shared_task
def rappels_avis() -> None:
    """Rounds of opinions opened where a note is due, reminders to who owes one: once a day, again for nothing."""
    chaque_nuit(timezone.localdate())


@shared_task
def recalculer_territoire(epci: str) -> None:
    """One territory, if its deposits changed: sent again for nothing, it does nothing."""
    recalculer_si_change(epci)
    baremes_apl.completer(epci)


@shared_task
def balayer_territoires() -> None:
    """The territories whose deposits changed without a computation since."""
    balayage.balayer()
