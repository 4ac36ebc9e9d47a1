"""Withdrawing a loaded deposit: exactly what stood before comes back (contrat §2)."""

from django.db import transaction
from django.utils import timezone

from partenaires.depots import identite
from partenaires.depots.contrats import REGISTRE
from partenaires.depots.restitution import Restitution, est_restituable
from partenaires.models import Depot
from partenaires.services.depots import DepotInterdit, EtatInterdit
from partenaires.services.journal import noter


class RetraitImpossible(EtatInterdit):
    """The state or the type of the deposit forbids its withdrawal: why, and what to do."""


@transaction.atomic
def retirer(depot: Depot, adhesion=None) -> Depot:
    """The deposit in state `retire`, its rows no longer in force. `adhesion`: None for the platform's administrator.

    Raises DepotInterdit, RetraitImpossible.
    """
    controler_droit(depot, adhesion)
    un_format = REGISTRE[depot.type]
    identite.verrouiller(un_format, depot)
    depot = Depot.objects.select_for_update(of=("self",)).get(pk=depot.pk)
    if depot.etat != Depot.Etat.CHARGE:
        raise RetraitImpossible(
            f"Ce dépôt ne peut pas être retiré : son état est « {depot.get_etat_display()} ». Seul un dépôt chargé se "
            "retire."
        )
    if not est_restituable(un_format):
        raise RetraitImpossible(
            f"Un fichier {depot.type} met à jour des données de référence sur place : il ne se retire pas. Déposez un "
            "fichier corrigé."
        )
    Restitution(depot, un_format).rendre()
    depot.etat, depot.retire_le = Depot.Etat.RETIRE, timezone.now()
    depot.save(update_fields=["etat", "retire_le"])
    noter(adhesion, "retrait", f"{depot.type} {depot.fichier} (n° {depot.pk})")
    return depot


def controler_droit(depot: Depot, adhesion) -> None:
    """A member who writes, of the organisation that owns the rows or that made the deposit. Raises DepotInterdit."""
    if adhesion is None:
        return
    if not adhesion.peut_ecrire:
        raise DepotInterdit("Votre rôle est lecteur : un gestionnaire de votre organisation peut retirer un dépôt.")
    if adhesion.organisation_id not in (depot.organisation_id, depot.deposant_id):
        raise DepotInterdit("Seule l'organisation dont ce sont les données, ou celle qui les a déposées, les retire.")
