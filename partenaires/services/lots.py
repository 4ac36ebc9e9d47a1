"""Files handed in on the page: kept as soon as they arrive, then told what they are, then sent to be checked.

What the header says of each is noted at once (state `a_preciser`); the member corrects or confirms it.
"""

from dataclasses import dataclass
from datetime import date
from functools import partial

from django.db import transaction

from partenaires.depots.contrats import REGISTRE, Format
from partenaires.depots.correspondances import connues
from partenaires.depots.rapport import Refus
from partenaires.depots.reconnaissance import Reconnaissance, apercu, reconnaitre
from partenaires.models import Depot, Organisation
from partenaires.reception import FichierRecu
from partenaires.services.conservation import jusqu_au
from partenaires.services.depots import (
    REMIS,
    DepotInterdit,
    EtatInterdit,
    controler_droit,
    envoyer,
    garder,
    verifier_fichier,
)
from partenaires.services.journal import noter

Etat = Depot.Etat
# Before anything is loaded, one may still say that the file is something else.
PRECISABLES = (Etat.A_PRECISER, Etat.A_CONFIRMER, Etat.REFUSE)


@dataclass(frozen=True)
class Identite:
    """What a file is, as the member says it."""

    type: str
    organisation: Organisation
    millesime: int | None = None
    nature: str = ""
    version: str = ""
    feuille: str = ""


def formats_deposables(adhesion) -> list[Format]:
    """The types that the member's organisation may hand in, by label."""
    siens = [un for un in REGISTRE.values() if adhesion.nature in un.deposants]
    return sorted(siens, key=lambda un: un.libelle) if adhesion.peut_ecrire else []


def organisations_servies(adhesion):
    """Those that the member may deposit for: its own, and for an EPCI the bailleurs attached to it."""
    toutes = Organisation.objects.visible_to(adhesion)
    siennes = toutes.filter(pk=adhesion.organisation_id)
    if adhesion.nature == Organisation.Nature.EPCI:
        siennes |= toutes.filter(nature=Organisation.Nature.BAILLEUR, epci=adhesion.siren)
    return siennes


def precisables(adhesion):
    """Files handed in by the member's organisation that wait to be told what they are, in the order of arrival."""
    return Depot.objects.visible_to(adhesion).filter(
        etat=Etat.A_PRECISER, deposant=adhesion.organisation_id, efface_le=None
    )


def accueillir(adhesion, fichiers: list[FichierRecu]) -> list[Depot]:
    """One deposit a file, in state `a_preciser`. Raises DepotInterdit, DepotIncomplet, TropVolumineux, DisquePlein."""
    if not adhesion.peut_ecrire:
        raise DepotInterdit("Votre rôle est lecteur : un gestionnaire de votre organisation peut déposer.")
    if not formats_deposables(adhesion):
        raise DepotInterdit("Votre organisation ne dépose aucun type de fichier.")
    leurs = connues(adhesion)
    return garder(fichiers, lambda recu: deviner(recu, leurs), partial(inscrire, adhesion))


def deviner(recu: FichierRecu, leurs: dict[str, dict[str, str]]) -> Reconnaissance:
    """What the header says, `leurs` being those that the sender has mapped, by type; nothing where it cannot be read:
    the check will say why. Raises DisquePlein."""
    try:
        with recu.en_clair(apercu(recu.chunks())) as chemin:
            return reconnaitre(chemin, recu.name, connues=leurs)
    except Refus:
        return Reconnaissance()


def inscrire(adhesion, recu: FichierRecu, trouve: Reconnaissance) -> Depot:
    depot = Depot.objects.create(
        type=trouve.type or next(iter(trouve.candidats), ""),
        etat=Etat.A_PRECISER,
        organisation=servie_par_son_nom(adhesion, recu.name),
        deposant=adhesion.organisation,
        depose_par=adhesion.utilisateur,
        fichier=recu.name[:255],
        taille=recu.size,
        sha256=recu.sha256,
        millesime=trouve.millesime,
        nature=trouve.nature[:20],
        version=trouve.version[:20],
        rapport={"reconnu": trouve.type is not None, "candidats": list(trouve.candidats)},
        conserver_jusqu_au=jusqu_au(next(iter(REGISTRE.values())), date.today(), ecarte=True),
    )
    noter(adhesion, "depot", f"{depot.fichier} (n° {depot.pk})")
    return depot


def servie_par_son_nom(adhesion, nom: str) -> Organisation:
    """The one whose SIREN the name of the file holds, else one's own."""
    servies = [une for une in organisations_servies(adhesion) if une.siren in nom]
    return servies[0] if servies else adhesion.organisation


@transaction.atomic
def preciser(adhesion, depot: Depot, identite: Identite) -> Depot:
    """The file is what the member says: it goes to be checked. Raises DepotInterdit, EtatInterdit."""
    controler_droit(adhesion, REGISTRE[identite.type], identite.organisation)
    depot = retenir(adhesion, depot)
    verifier_fichier(depot)
    for champ, valeur in vars(identite).items():
        setattr(depot, champ, valeur)
    depot.conserver_jusqu_au = jusqu_au(REGISTRE[identite.type], date.today())
    depot.etat, depot.rapport, depot.essais, depot.battement = Etat.RECU, {}, 0, None
    depot.phase, depot.progression, depot.reste_s, depot.partiel = "", 0, None, False
    depot.save()
    noter(adhesion, "depot", f"{depot.type} {depot.fichier} (n° {depot.pk})")
    envoyer(depot)
    return depot


def retenir(adhesion, depot: Depot) -> Depot:
    """The row, locked; only who handed it in settles what it is. Raises DepotInterdit, EtatInterdit."""
    if not adhesion.peut_ecrire or depot.deposant_id != adhesion.organisation_id:
        raise DepotInterdit(REMIS)
    depot = Depot.objects.select_for_update(of=("self",)).get(pk=depot.pk)
    if depot.etat not in PRECISABLES:
        raise EtatInterdit(f"Le type de ce dépôt ne se change plus : son état est « {depot.get_etat_display()} ».")
    return depot
