"""Withdrawing a loaded deposit: exactly what stood before comes back (contrat §2).

A member asks (`demander`) and a worker does it (`executer`), whatever the size: a withdrawal may wait for the load of
the same slot, and takes as long as its rows are many. The administrator's command does it at once (`retirer`).
"""

from django.db import transaction
from django.utils import timezone

from partenaires.depots import identite
from partenaires.depots.contrats import REGISTRE
from partenaires.depots.moteur import Dessaisi
from partenaires.depots.progression import RETRAIT, Progression
from partenaires.depots.restitution import Restitution, est_restituable
from partenaires.models import Depot
from partenaires.services.depots import DepotInterdit, EtatInterdit, relancer
from partenaires.services.journal import noter

Etat = Depot.Etat
INTERROMPU = "retrait_interrompu"  # in the report of a deposit still in force: why its withdrawal stopped


class RetraitImpossible(EtatInterdit):
    """The state or the type of the deposit forbids its withdrawal: why, and what to do."""


@transaction.atomic
def demander(adhesion, depot: Depot) -> Depot:
    """The deposit in state `retrait`, that a worker is to withdraw. Raises DepotInterdit, RetraitImpossible."""
    controler_droit(depot, adhesion)
    depot = Depot.objects.select_for_update(of=("self",)).get(pk=depot.pk)
    verifier(depot, (Etat.CHARGE,))
    depot.retire_par = adhesion.utilisateur
    depot.rapport.pop(INTERROMPU, None)
    relancer(depot, Etat.RETRAIT)
    noter(adhesion, "retrait", f"{depot.type} {depot.fichier} (n° {depot.pk})")
    return depot


def retirer(depot: Depot) -> Depot:
    """At once, by the platform's administrator; a withdrawal that a worker has not ended too.

    Raises RetraitImpossible.
    """
    depot = Depot.objects.get(pk=depot.pk)
    verifier(depot, Depot.EN_VIGUEUR)
    try:
        depot = executer(depot)
    except Dessaisi:
        raise RetraitImpossible("Ce dépôt vient de changer d'état. Regardez-le de nouveau.") from None
    noter(None, "retrait", f"{depot.type} {depot.fichier} (n° {depot.pk})")
    return depot


@transaction.atomic
def executer(depot: Depot, progression: Progression | None = None) -> Depot:
    """The deposit in state `retire`, its rows no longer in force; those of the others are, whose territories it now
    names too. The row is taken at the very end, as by a load: its progress is written meanwhile. Raises Dessaisi."""
    un_format = REGISTRE[depot.type]
    identite.verrouiller(un_format, depot)
    rendus = Restitution(depot, un_format, progression or Progression(parts=RETRAIT)).rendre()
    tenus = Depot.objects.select_for_update(of=("self",)).select_related("depose_par", "retire_par")
    tenu = tenus.filter(pk=depot.pk, etat=depot.etat, essais=depot.essais).first()
    if tenu is None:
        raise Dessaisi
    rendues = Depot.objects.filter(pk__in=rendus).values_list("territoires", flat=True)
    tenu.territoires = sorted({*tenu.territoires, *(siren for liste in rendues for siren in liste)})
    tenu.etat, tenu.retire_le = Etat.RETIRE, timezone.now()
    tenu.phase, tenu.progression, tenu.reste_s = "", 100, None
    tenu.save(update_fields=["etat", "retire_le", "territoires", "phase", "progression", "reste_s"])
    return tenu


def verifier(depot: Depot, etats) -> None:
    """Raises RetraitImpossible."""
    if depot.etat not in etats:
        raise RetraitImpossible(
            f"Ce dépôt ne peut pas être retiré : son état est « {depot.get_etat_display()} ». Seul un dépôt chargé se "
            "retire."
        )
    un_format = REGISTRE.get(depot.type)
    if un_format is None or not est_restituable(un_format):
        raise RetraitImpossible(
            f"Un fichier {depot.type} met à jour des données de référence sur place : il ne se retire pas. Déposez un "
            "fichier corrigé."
        )


def controler_droit(depot: Depot, adhesion) -> None:
    """A member who writes, of the organisation that owns the rows or that made the deposit. Raises DepotInterdit."""
    if not adhesion.peut_ecrire:
        raise DepotInterdit("Votre rôle est lecteur : un gestionnaire de votre organisation peut retirer un dépôt.")
    if adhesion.organisation_id not in (depot.organisation_id, depot.deposant_id):
        raise DepotInterdit("Seule l'organisation dont ce sont les données, ou celle qui les a déposées, les retire.")
