from celery import shared_task

from partenaires.services import traitement


@shared_task
def traiter_depot(pk: int) -> None:
    traitement.traiter(pk)


@shared_task
def balayer_depots(tout: bool = False) -> None:
    traitement.balayer(tout)
