from celery import shared_task

from partenaires.services import depots


@shared_task
def traiter_depot(pk: int, encodage: str | None = None) -> None:
    depots.traiter(pk, encodage)
