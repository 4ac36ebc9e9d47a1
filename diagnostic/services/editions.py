"""Documents asked for and made by the workers. The database is the queue: a row is claimed by SKIP LOCKED, its try is
numbered, one that gives no sign any more is sent again; a document is written once, under its row's number."""

import logging
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from diagnostic.models import Edition, Territoire
from diagnostic.services import dossier, edition
from diagnostic.services.territoires import millesimes_calcules
from partenaires.models import Parametre
from partenaires.services import stockage
from partenaires.services.conservation import dans
from partenaires.services.journal import noter

SILENCE = timedelta(minutes=10)  # a claimed document is made in less
ESSAIS_MAX = 3
journal = logging.getLogger(__name__)


class EditionImpossible(ValueError):
    """Nothing to write, or already asked for: why, and what to do."""


def demander(adhesion, epci: str, millesime: int, forme: str) -> Edition:
    """A document for this member, sent to the workers. Asked for twice, it is the same one while it is being made."""
    if forme not in Edition.Forme.values:
        raise EditionImpossible("Choisissez un document PDF ou un classeur.")
    if millesime not in millesimes_calcules(adhesion).get(epci, []):
        raise EditionImpossible(f"Aucun chiffre n'est calculé pour {millesime} : choisissez une autre année.")
    voulue, creee = Edition.objects.visible_to(adhesion).get_or_create(
        adhesion_id=adhesion.pk, epci=epci, millesime=millesime, forme=forme, etat__in=Edition.EN_ATTENTE
    )
    if creee:
        noter(adhesion, "edition", str(voulue))
        transaction.on_commit(lambda: _envoyer(voulue.pk))
    return voulue


def _envoyer(pk: int) -> None:
    from diagnostic.tasks import etablir_edition

    etablir_edition.delay(pk)


def etablir(pk: int) -> None:
    """Make the document. Nothing is done when another has it, or when it is made."""
    voulue = _reserver(pk)
    if voulue is None:
        return
    try:
        _ecrire(voulue)
    except Exception:
        journal.exception("Édition %s : échec imprévu.", pk)
        message = "Une erreur imprévue du serveur a arrêté le travail. Demandez le document de nouveau."
        _conclure(voulue, etat=Edition.Etat.ECHEC, message=message)


@transaction.atomic
def _reserver(pk: int) -> Edition | None:
    silencieuses = Q(etat=Edition.Etat.DEMANDEE) | Q(etat=Edition.Etat.EN_COURS, battement__lt=timezone.now() - SILENCE)
    voulue = (
        Edition.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("adhesion__organisation", "adhesion__utilisateur")
        .filter(silencieuses, pk=pk)
        .first()
    )
    if voulue is None:
        return None
    if voulue.essais >= ESSAIS_MAX:
        message = f"Le travail s'est interrompu {ESSAIS_MAX} fois. Demandez le document de nouveau."
        Edition.objects.filter(pk=pk).update(etat=Edition.Etat.ECHEC, message=message)
        return None
    voulue.etat, voulue.essais, voulue.battement = Edition.Etat.EN_COURS, voulue.essais + 1, timezone.now()
    voulue.save(update_fields=["etat", "essais", "battement"])
    return voulue


def _ecrire(voulue: Edition) -> None:
    territoire = Territoire.objects.visible_to(voulue.adhesion).get(siren=voulue.epci)
    document = dossier.diagnostic(voulue.adhesion, territoire, voulue.millesime, timezone.localdate())
    copie = stockage.Ecriture()
    if voulue.forme == Edition.Forme.PDF:
        copie.ecrire(edition.pdf(document))
    else:
        with tempfile.TemporaryFile() as fichier:
            edition.classeur(document, fichier)
            fichier.seek(0)
            while bloc := fichier.read(stockage.BLOC):
                copie.ecrire(bloc)
    empreinte = copie.clore()
    copie.ranger(chemin_de(voulue))
    _conclure(
        voulue,
        etat=Edition.Etat.PRETE,
        audience=document.audience,
        sha256=empreinte,
        taille=copie.taille,
        prete_le=timezone.now(),
        conserver_jusqu_au=dans(Parametre.objects.valeur("conservation_editions", date.today()), date.today()),
    )


def _conclure(voulue: Edition, **champs) -> None:
    """Written only by the try that holds the row."""
    Edition.objects.filter(pk=voulue.pk, essais=voulue.essais, etat=Edition.Etat.EN_COURS).update(**champs)


def chemin_de(voulue: Edition) -> Path:
    return stockage.dossier("editions") / f"{voulue.pk}.chiffre"


def lire(voulue: Edition) -> Iterator[bytes]:
    """The clear bytes of the document. Raises stockage.FichierAbime."""
    return stockage.lire(chemin_de(voulue))


def supprimer(adhesion, voulue: Edition) -> None:
    chemin_de(voulue).unlink(missing_ok=True)
    voulue.delete()
    noter(adhesion, "edition_supprimee", str(voulue))


def balayer() -> None:
    """Documents that wait or that a worker left are sent again; those past their date go, with their files."""
    passees = Edition.objects.filter(conserver_jusqu_au__lt=timezone.localdate())
    for voulue in passees:
        chemin_de(voulue).unlink(missing_ok=True)
    passees.delete()
    _effacer_les_orphelins()
    limite = timezone.now() - SILENCE
    attente = Edition.objects.filter(
        Q(etat=Edition.Etat.DEMANDEE, demandee_le__lt=timezone.now() - timedelta(seconds=50))
        | Q(etat=Edition.Etat.EN_COURS, battement__lt=limite)
    )
    for pk in attente.values_list("pk", flat=True):
        _envoyer(pk)


def _effacer_les_orphelins() -> None:
    """Files of rows that went while they were being written."""
    gardes = [chemin for chemin in stockage.dossier("editions").iterdir() if stockage.ancien(chemin)]
    connues = set(Edition.objects.filter(pk__in=[int(chemin.stem) for chemin in gardes]).values_list("pk", flat=True))
    for chemin in gardes:
        if int(chemin.stem) not in connues:
            chemin.unlink(missing_ok=True)
