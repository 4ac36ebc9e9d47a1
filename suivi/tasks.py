"""Celery tasks: a call to a service, nothing else."""

from celery import shared_task

from suivi.services.recalcul import recalculer, recalculer_si_change


@shared_task
def recalcul_nocturne() -> None:
    """Every territory whose deposits changed since its last computation."""
    for _ in recalculer():
        pass


@shared_task
def recalculer_territoire(epci: str) -> None:
    """One territory, if its deposits changed: sent again for nothing, it does nothing."""
    recalculer_si_change(epci)
