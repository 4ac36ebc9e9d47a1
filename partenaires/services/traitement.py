"""The worker's side of a deposit: checked, loaded once confirmed, withdrawn; taken up again where a worker was cut off.

The database is the queue. A worker takes a deposit by the lock of its follow-up (`progression.Suivi`), which falls with
the process, and by its row; each try is numbered, and the engine writes nothing that is no longer its try's.
"""

import logging
from datetime import timedelta
from functools import partial

from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from psycopg.errors import DiskFull

from partenaires.depots.contrats import REGISTRE
from partenaires.depots.moteur import Dessaisi, importer
from partenaires.depots.progression import Suivi
from partenaires.models import Depot
from partenaires.services import courriel, erreurs, retrait, stockage
from partenaires.services.conservation import jusqu_au

Etat = Depot.Etat
SILENCE = timedelta(seconds=60)
ESSAIS_MAX = 3
ECARTES = (Etat.REFUSE, Etat.DEJA_CHARGE, Etat.ABANDONNE)
journal = logging.getLogger(__name__)


class Interrompu(Exception):
    """The database was cut off: the sweep takes the deposit up again."""


def traiter(pk: int) -> Depot | None:
    """Check, load or withdraw a deposit, as its state wants. None: in another's hands, or nothing to be done of it."""
    with Suivi(pk) as suivi:
        depot = reserver(pk) if suivi.tenu else None
        if depot is None:
            return None
        if depot.essais > ESSAIS_MAX:
            return echouer(
                depot, f"Le traitement s'est interrompu {ESSAIS_MAX} fois sans aller à son terme. Rien n'a changé."
            )
        suivi.suivre(depot.etat, depot.essais)
        try:
            depot = executer(depot, suivi)
        except Dessaisi:
            return None
        except (stockage.FichierAbime, stockage.DisquePlein) as erreur:
            return echouer(depot, str(erreur))
        except (OperationalError, InterfaceError) as erreur:
            if not isinstance(erreur.__cause__, DiskFull):
                raise Interrompu(f"Dépôt {pk} : la base s'est interrompue.") from erreur
            return echouer(depot, str(stockage.DisquePlein()))
        except Exception:
            journal.exception("Dépôt %s : échec imprévu.", pk)
            return echouer(depot, "Une erreur imprévue du serveur a arrêté le traitement. Rien n'a changé.")
    return conclure(depot)


@transaction.atomic
def reserver(pk: int) -> Depot | None:
    """Claim a deposit that waits or that a worker left: its try is numbered. None when nothing is to be done of it."""
    depot = (
        Depot.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk, etat__in=Depot.EN_COURS)
        .select_related("organisation", "deposant", "depose_par", "retire_par")
        .first()
    )
    if depot is not None:
        depot.etat = Etat.CONTROLE if depot.etat == Etat.RECU else depot.etat
        depot.essais += 1
        depot.battement = timezone.now()
        depot.save(update_fields=["etat", "essais", "battement"])
    return depot


def executer(depot: Depot, suivi: Suivi) -> Depot:
    """The engine on the file in clear: in simulation for the check, for good for the load. A withdrawal reads none."""
    if depot.etat == Etat.RETRAIT:
        return retrait.executer(depot, suivi)
    chargement = depot.etat == Etat.CHARGEMENT
    if not chargement:
        erreurs.oublier(depot)
    with stockage.en_clair(stockage.chemin_de(depot), depot.fichier, depot.sha256) as chemin:
        return importer(
            depot.type,
            chemin,
            # a type that belongs to no bailleur has no owner but the one who hands it in
            organisation=depot.organisation,
            deposant=depot.deposant,
            utilisateur=depot.depose_par,
            millesime=depot.millesime,
            nature=depot.nature,
            version=depot.version,
            feuille=depot.feuille or None,
            encodage=depot.encodage or None,
            simulation=not chargement,
            confirmable=not chargement,
            accepter_partiel=chargement and depot.partiel,
            depot=depot,
            progression=suivi,
            detailler=None if chargement else partial(erreurs.garder, depot),
        )


def conclure(depot: Depot) -> Depot:
    """What remains once the outcome is written: how long the file is kept, who is told."""
    if depot.etat != Etat.RETIRE:
        depot.conserver_jusqu_au = jusqu_au(REGISTRE[depot.type], timezone.localdate(), depot.etat in ECARTES)
        Depot.objects.filter(pk=depot.pk).update(conserver_jusqu_au=depot.conserver_jusqu_au)
    courriel.prevenir(depot)
    return depot


def echouer(depot: Depot, message: str) -> Depot | None:
    """The deposit says why it failed and can be taken up again; one that could not be withdrawn stays in force, with
    its report. None when it is no longer ours."""
    if depot.etat == Etat.RETRAIT:
        issue, dit = Etat.CHARGE, {retrait.INTERROMPU: message}
    else:
        constat = {"code": "traitement_interrompu", "colonne": "", "message": message, "nombre": 1, "lignes": []}
        issue, dit = Etat.ECHEC, {"statut": Etat.ECHEC.value, "erreurs": [constat]}
    depot.rapport = depot.rapport | dit
    tenus = Depot.objects.filter(pk=depot.pk, essais=depot.essais, etat__in=(*Depot.EN_COURS, Etat.ECHEC))
    if not tenus.update(etat=issue, rapport=depot.rapport, progression=100, phase="", reste_s=None):
        return None
    depot.etat = issue
    courriel.prevenir(depot)
    return depot


def balayer(tout: bool = False) -> list[int]:
    """Deposits to be sent again: those that give no sign any more, or all that are not over (`tout`, at the start of a
    worker); sending one that is in hand does nothing. What killed processes left on the disk goes too."""
    from partenaires.tasks import traiter_depot

    stockage.balayer()
    attente = Depot.objects.filter(etat__in=Depot.EN_COURS).order_by("pk")
    if not tout:
        signe = Coalesce("battement", "confirme_le", "cree_le")
        attente = attente.annotate(signe=signe).filter(signe__lt=timezone.now() - SILENCE)
    a_renvoyer = list(attente.values_list("pk", flat=True))
    for pk in a_renvoyer:
        traiter_depot.delay(pk)
    return a_renvoyer
