"""The conversation with who hands in a file: received, checked, confirmed or abandoned, taken up again.

The work itself is done by a worker (`partenaires.services.traitement`); a deposit's row says what is to be done.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from partenaires.depots.contrats import REGISTRE, Format
from partenaires.depots.correspondances import connues
from partenaires.depots.rapport import Refus
from partenaires.depots.reconnaissance import Reconnaissance, apercu, reconnaitre
from partenaires.models import Depot, Organisation
from partenaires.reception import FichierRecu
from partenaires.services import archives
from partenaires.services.conservation import jusqu_au
from partenaires.services.journal import noter
from partenaires.services.stockage import chemin_de, effacer

Etat = Depot.Etat
ABANDONNABLES = (Etat.A_PRECISER, Etat.RECU, Etat.CONTROLE, Etat.A_CONFIRMER, Etat.ECHEC)

Sens = TypeVar("Sens")
REMIS = "Seule l'organisation qui a remis ce fichier, par un gestionnaire, dit ce qu'il est."


class DepotInterdit(Exception):
    """Who may not hand this in, and who may."""


class DepotIncomplet(Exception):
    """A field without which the file cannot be taken. `champ`: its name; the message says what to do."""

    def __init__(self, champ: str, message: str):
        super().__init__(message)
        self.champ = champ


class EtatInterdit(Exception):
    """The state of the deposit forbids it."""


@dataclass(frozen=True)
class Choix:
    """What the depositor says of the files. Left out: `type` is recognised from the header, `organisation` is one's
    own; where the type is recognised, so are the year and the version."""

    type: str = ""
    organisation: Organisation | None = None
    millesime: int | None = None
    nature: str = ""
    version: str = ""
    encodage: str = ""
    feuille: str = ""


# --- who ------------------------------------------------------------------------------------------------------------
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


def peut_agir(adhesion, depot: Depot) -> bool:
    """May this member carry the conversation on? Whoever may make this deposit, for the organisation it is for."""
    try:
        controler_action(adhesion, depot)
    except DepotInterdit:
        return False
    return True


def controler_action(adhesion, depot: Depot) -> None:
    """Raises DepotInterdit."""
    if depot.deposant_id == adhesion.organisation_id and adhesion.peut_ecrire:
        return
    if depot.etat == Etat.A_PRECISER or depot.type not in REGISTRE:
        raise DepotInterdit(REMIS)
    controler_droit(adhesion, REGISTRE[depot.type], depot.organisation or adhesion.organisation)


# --- receiving ------------------------------------------------------------------------------------------------------
def recevoir(adhesion, fichiers: list[FichierRecu], choix: Choix) -> list[Depot]:
    """One deposit a file, in state `recu`. Raises DepotInterdit, DepotIncomplet, TropVolumineux, DisquePlein."""
    return garder(fichiers, lambda recu: preciser(adhesion, recu, choix), partial(enregistrer, adhesion))


def garder(
    fichiers: list[FichierRecu],
    comprendre: Callable[[FichierRecu], Sens],
    inscrire: Callable[[FichierRecu, Sens], Depot],
) -> list[Depot]:
    """One deposit a file, an archive being unfolded, all of them or none: each is first understood, then its row
    written and its file put away. Raises DepotIncomplet, TropVolumineux, DisquePlein and what the two others raise."""
    recus: list[FichierRecu] = []
    ranges: list[Depot] = []
    try:
        for fichier in fichiers:
            recus += deplier(fichier)
        compris = [comprendre(recu) for recu in recus]
        with transaction.atomic():
            for recu, sens in zip(recus, compris):
                ranges.append(inscrire(recu, sens))
                recu.ranger(chemin_de(ranges[-1]))
    except BaseException:
        for depot in ranges:
            effacer(depot)
        raise
    finally:
        for recu in recus:
            recu.close()
    return ranges


def deplier(fichier: FichierRecu) -> list[FichierRecu]:
    if fichier.erreur is not None:
        raise fichier.erreur
    try:
        return archives.deplier(fichier)
    except archives.ArchiveRefusee as refus:
        raise DepotIncomplet("fichier", str(refus)) from refus


def preciser(adhesion, recu: FichierRecu, choix: Choix) -> Choix:
    """The depositor's choice, completed by what the file says. Raises DepotInterdit, DepotIncomplet, DisquePlein."""
    if not choix.type:
        trouve = identifier(adhesion, recu, choix)
        choix = replace(
            choix,
            type=trouve.type or "",
            millesime=choix.millesime or millesime_de(trouve),
            nature=choix.nature or (trouve.nature if REGISTRE[trouve.type or ""].geographique else ""),
            version=choix.version or trouve.version,
        )
    un_format = REGISTRE[choix.type]
    if un_format.proprietaire and adhesion.nature == Organisation.Nature.EPCI and choix.organisation is None:
        raise DepotIncomplet("organisation", "Indiquez le SIREN du bailleur de ces lignes.")
    if un_format.millesime_obligatoire and choix.millesime is None:
        raise DepotIncomplet("millesime", f"{recu.name} : le type {un_format.type} demande un millésime.")
    choix = replace(choix, organisation=choix.organisation or adhesion.organisation)
    controler_droit(adhesion, un_format, choix.organisation)
    return choix


def identifier(adhesion, recu: FichierRecu, choix: Choix) -> Reconnaissance:
    """Raises DepotIncomplet where no type is recognised."""
    try:
        with recu.en_clair(apercu(recu.chunks())) as chemin:
            trouve = reconnaitre(chemin, recu.name, choix.feuille or None, choix.encodage or None, connues(adhesion))
    except Refus as refus:
        raise DepotIncomplet("fichier", f"{recu.name} : {refus}") from refus
    if trouve.type is None:
        indice = " Aucun nom de colonne connu dans sa première ligne : vérifiez que c'est bien son en-tête."
        if trouve.candidats:
            indice = f" Il ressemble à : {', '.join(trouve.candidats)}."
        raise DepotIncomplet("type", f"{recu.name} : type de fichier non reconnu.{indice} Indiquez son type.")
    return trouve


def millesime_de(trouve: Reconnaissance) -> int | None:
    return trouve.millesime if REGISTRE[trouve.type or ""].millesime_obligatoire else None


def enregistrer(adhesion, recu: FichierRecu, choix: Choix) -> Depot:
    """The row of a file received, and its task once the transaction is over."""
    depot = Depot.objects.create(
        **vars(choix),
        deposant=adhesion.organisation,
        depose_par=adhesion.utilisateur,
        fichier=recu.name[:255],
        taille=recu.size,
        sha256=recu.sha256,
        conserver_jusqu_au=jusqu_au(REGISTRE[choix.type], date.today()),
    )
    noter(adhesion, "depot", f"{depot.type} {depot.fichier} (n° {depot.pk})")
    envoyer(depot)
    return depot


def envoyer(depot: Depot):
    from partenaires.tasks import traiter_depot

    transaction.on_commit(lambda: traiter_depot.delay(depot.pk), robust=True)


# --- answering ------------------------------------------------------------------------------------------------------
def prendre(adhesion, depot: Depot) -> Depot:
    """The row, locked until the end of the transaction. Raises DepotInterdit."""
    controler_action(adhesion, depot)
    return Depot.objects.select_for_update(of=("self",)).get(pk=depot.pk)


def chargeables(depot: Depot) -> int:
    """Rows of a refused file that are without error and could be loaded alone; 0 when it is not refused."""
    return depot.rapport.get("lignes_chargeables", 0) if depot.etat == Etat.REFUSE else 0


@transaction.atomic
def confirmer(adhesion, depot: Depot, partiel: bool = False) -> Depot:
    """The load is asked for. `partiel`: of a file refused for some rows, those without error.

    Raises DepotInterdit, EtatInterdit.
    """
    depot = prendre(adhesion, depot)
    if depot.etat == Etat.REFUSE and chargeables(depot) and not partiel:
        raise EtatInterdit(
            f"Ce fichier a des lignes en erreur. Corrigez-le et déposez-le de nouveau, ou confirmez le chargement "
            f"partiel de ses {chargeables(depot)} lignes sans erreur (partiel)."
        )
    if depot.etat != Etat.A_CONFIRMER and not (partiel and chargeables(depot)):
        raise EtatInterdit(f"Ce dépôt n'est pas à confirmer : {dire(depot)}.")
    verifier_fichier(depot)
    depot.partiel, depot.confirme_le = partiel, timezone.now()
    relancer(depot, Etat.CHARGEMENT)
    noter(adhesion, "confirmation", f"{depot.type} {depot.fichier} (n° {depot.pk})")
    return depot


@transaction.atomic
def abandonner(adhesion, depot: Depot) -> Depot:
    """Nothing more will be done of it; a file that nobody has said what it is is not kept at all.

    Raises DepotInterdit, EtatInterdit.
    """
    depot = prendre(adhesion, depot)
    if depot.etat not in ABANDONNABLES:
        raise EtatInterdit(f"Ce dépôt ne peut plus être abandonné : {dire(depot)}.")
    if depot.etat == Etat.A_PRECISER:
        depot.rapport, depot.efface_le = {}, timezone.now()
        transaction.on_commit(lambda: effacer(depot))
    else:
        depot.conserver_jusqu_au = jusqu_au(REGISTRE[depot.type], date.today(), ecarte=True)
    depot.etat, depot.progression, depot.phase, depot.reste_s = Etat.ABANDONNE, 100, "", None
    depot.save()
    noter(adhesion, "abandon", f"{depot.type} {depot.fichier} (n° {depot.pk})")
    return depot


@transaction.atomic
def reprendre(adhesion, depot: Depot) -> Depot:
    """A deposit that failed is treated again where it stopped. Raises DepotInterdit, EtatInterdit."""
    depot = prendre(adhesion, depot)
    if depot.etat != Etat.ECHEC:
        raise EtatInterdit(f"Ce dépôt n'est pas à reprendre : {dire(depot)}.")
    verifier_fichier(depot)
    relancer(depot, Etat.CHARGEMENT if depot.confirme_le else Etat.RECU)
    noter(adhesion, "reprise", f"{depot.type} {depot.fichier} (n° {depot.pk})")
    return depot


def relancer(depot: Depot, etat: str):
    """The row of a deposit that a worker is to take, and its task once the transaction is over."""
    depot.etat, depot.essais, depot.battement, depot.phase = etat, 0, timezone.now(), ""
    depot.progression = 50 if etat == Etat.CHARGEMENT else 0
    depot.save()
    envoyer(depot)


def verifier_fichier(depot: Depot):
    if depot.efface_le is not None or not chemin_de(depot).exists():
        raise EtatInterdit("Le fichier de ce dépôt n'est plus gardé. Déposez-le de nouveau.")


def dire(depot: Depot) -> str:
    return f"son état est « {depot.get_etat_display()} »"
