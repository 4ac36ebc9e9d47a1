"""What a deposit sets going: the recomputation of the territories that it touches."""

from functools import partial

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from partenaires.models import Depot

# A deposit that touches more territories (reference data) is left to the nightly job.
TERRITOIRES_SUR_LE_CHAMP = 5
ATTENTE_S = 20  # files are handed in one after the other: one computation serves them all


@receiver(post_save, sender=Depot, dispatch_uid="recalculer_apres_depot")
def recalculer_apres_depot(sender, instance: Depot, **_):
    """Deposits handed in by a member; those of the command line are followed by `recalculer` or by the night."""
    from suivi.tasks import recalculer_territoire

    en_jeu = instance.etat in (Depot.Etat.CHARGE, Depot.Etat.RETIRE) and instance.depose_par_id
    if not en_jeu or len(instance.territoires) > TERRITOIRES_SUR_LE_CHAMP:
        return
    for epci in instance.territoires:
        envoi = partial(recalculer_territoire.apply_async, args=[epci], countdown=ATTENTE_S)
        transaction.on_commit(envoi, robust=True)
