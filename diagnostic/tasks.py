"""Celery tasks: a call to a service, nothing else."""

from celery import shared_task

from diagnostic.services import editions


@shared_task
def etablir_edition(pk: int) -> None:
    editions.etablir(pk)


@shared_task
def balayer_editions() -> None:
    editions.balayer()
