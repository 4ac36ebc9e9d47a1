"""A file handed in by a partner: who may, kept until it is treated, then checked and loaded by the engine."""

import hashlib
import re
from pathlib import Path

from django.conf import settings
from django.db import transaction

from partenaires.depots.contrats import REGISTRE, Format
from partenaires.depots.moteur import importer
from partenaires.models import Depot, Organisation
from partenaires.services.journal import noter

SUFFIXE = re.compile(r"(\.[a-z0-9]{1,8}){1,2}$")


class DepotInterdit(Exception):
    """Who may not hand this in, and who may."""


def controler_droit(adhesion, un_format: Format, organisation: Organisation) -> None:
    """The member writes, its organisation deposits this type, for itself; an EPCI also for a bailleur attached to it.

    Raises DepotInterdit.
    """
    if not adhesion.peut_ecrire:
        raise DepotInterdit("Votre rôle est lecteur : un gestionnaire de votre organisation peut déposer.")
    if adhesion.nature not in un_format.deposants:
        natures = ", ".join(Organisation.Nature(nature).label for nature in un_format.deposants)
        par = natures or "l'administrateur de la plateforme seul"
        raise DepotInterdit(f"Un fichier {un_format.type} est déposé par : {par}.")
    if organisation.pk == adhesion.organisation_id:
        return
    rattache = organisation.nature == Organisation.Nature.BAILLEUR and organisation.epci == adhesion.siren
    if adhesion.nature != Organisation.Nature.EPCI or not rattache:
        raise DepotInterdit(f"Votre organisation ne peut pas déposer pour {organisation}.")


def chemin_de(depot: Depot) -> Path:
    """Where the file waits; its name on the disk is the deposit's number, its suffix says how to read it."""
    suffixe = SUFFIXE.search(depot.fichier.lower())
    return Path(settings.VAR) / "depots" / f"{depot.pk}{suffixe.group() if suffixe else ''}"


def ecrire(fichier, chemin: Path) -> str:
    """Write the upload by blocks and return its SHA-256."""
    chemin.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    empreinte = hashlib.sha256()
    with chemin.open("wb") as sortie:
        for bloc in fichier.chunks():
            empreinte.update(bloc)
            sortie.write(bloc)
    return empreinte.hexdigest()


@transaction.atomic
def recevoir(
    adhesion, type: str, fichier, organisation: Organisation, encodage: str | None = None, **identite
) -> Depot:
    """The deposit, in state `recu`, its file kept; the task treats it once the transaction is over.

    `identite`: millesime, nature, version. Raises DepotInterdit.
    """
    from partenaires.tasks import traiter_depot

    controler_droit(adhesion, REGISTRE[type], organisation)
    depot = Depot.objects.create(
        type=type,
        organisation=organisation,
        deposant=adhesion.organisation,
        depose_par=adhesion.utilisateur,
        fichier=fichier.name[:255],
        taille=fichier.size,
        **identite,
    )
    depot.sha256 = ecrire(fichier, chemin_de(depot))
    depot.save(update_fields=["sha256"])
    noter(adhesion, "depot", f"{type} {depot.fichier} (n° {depot.pk})")
    transaction.on_commit(lambda: traiter_depot.delay(depot.pk, encodage), robust=True)
    return depot


def reserver(pk: int) -> Depot | None:
    """Claim a deposit that waits: None when it is already treated or being so."""
    with transaction.atomic():
        en_attente = Depot.objects.select_for_update(skip_locked=True, of=("self",))
        depot = en_attente.filter(pk=pk, etat=Depot.Etat.RECU).first()
        if depot:
            Depot.objects.filter(pk=pk).update(etat=Depot.Etat.CONTROLE)
    return depot


def traiter(pk: int, encodage: str | None = None) -> Depot | None:
    """Check and load a deposit received; its file goes once it has been read."""
    depot = reserver(pk)
    if depot is None:
        return None
    chemin = chemin_de(depot)
    try:
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
            encodage=encodage,
            depot=depot,
        )
    finally:
        chemin.unlink(missing_ok=True)
