"""What a deposit sets going: the recomputation of the territories that it touches. `services.balayage` does the same of
what no message told: the command line sends none, and a broker may lose one."""

from functools import partial

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from partenaires.models import Depot
from suivi.services.balayage import ATTENTE_S, TERRITOIRES_SUR_LE_CHAMP


@receiver(post_save, sender=Depot, dispatch_uid="recalculer_apres_depot")
def recalculer_apres_depot(sender, instance: Depot, **_):
    """Deposits handed in or withdrawn by a member."""
    from suivi.tasks import recalculer_territoire

    par_un_membre = instance.depose_par_id or instance.retire_par_id
    en_jeu = instance.etat in (Depot.Etat.CHARGE, Depot.Etat.RETIRE) and par_un_membre
    if not en_jeu or len(instance.territoires) > TERRITOIRES_SUR_LE_CHAMP:
        return
    for epci in instance.territoires:
        envoi = partial(recalculer_territoire.apply_async, args=[epci], countdown=ATTENTE_S)
        transaction.on_commit(envoi, robust=True)
