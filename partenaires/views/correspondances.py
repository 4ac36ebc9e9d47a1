"""How the files of an organisation name things: what is recorded by type, and settling it from a deposit."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from partenaires.depots.contrats import REGISTRE
from partenaires.models import Correspondance, Depot
from partenaires.services import correspondances as service
from partenaires.services.depots import DepotInterdit
from partenaires.views.acces import membre
from partenaires.views.depots import visibles

IGNORER = "-"  # a value of theirs left as it is; the empty choice says that it means « unknown »


@require_GET
@membre
def liste(request):
    """The version in force of each type, and the former ones."""
    siennes = Correspondance.objects.visible_to(request.adhesion).select_related("organisation", "cree_par")
    groupes: dict[tuple, list[Correspondance]] = {}
    for une in siennes.order_by("organisation__nom", "type", "-version"):
        groupes.setdefault((une.organisation, une.type), []).append(une)
    depots = derniers_depots(request)
    lignes = [
        (toutes[0], toutes[1:], REGISTRE.get(type), depots.get((organisation.pk, type)))
        for (organisation, type), toutes in groupes.items()
    ]
    return render(request, "partenaires/correspondances.html", {"lignes": lignes})


def derniers_depots(request) -> dict[tuple[int, str], int]:
    """Latest deposit by owner and type: where its mapping is changed."""
    cle = ("organisation_id", "type")
    derniers = Depot.objects.visible_to(request.adhesion).order_by(*cle, "-id").distinct(*cle)
    return {(organisation, type): pk for organisation, type, pk in derniers.values_list(*cle, "pk")}


@require_http_methods(["GET", "POST"])
@membre
def depuis_depot(request, pk):
    depot = get_object_or_404(visibles(request).select_related("organisation", "deposant"), pk=pk)
    organisation = service.organisation_de(depot)
    if organisation is None or depot.type not in REGISTRE:
        raise Http404
    edition = service.edition(depot, organisation)
    choisies, codes = choix(request.POST, edition)
    if request.method == "POST":
        try:
            une = service.enregistrer(request.adhesion, organisation, depot.type, choisies, codes)
            if service.recontroler(request.adhesion, depot):
                messages.success(
                    request, f"Correspondance v{une.version} enregistrée : le fichier est contrôlé de nouveau."
                )
                return redirect("depot", pk=depot.pk)
            messages.success(request, f"Correspondance v{une.version} enregistrée : {suite(depot)}")
            return redirect("correspondances")
        except service.CorrespondanceInvalide as refus:
            messages.error(request, str(refus))
        except DepotInterdit as refus:
            raise PermissionDenied(str(refus)) from refus
    contexte = {"depot": depot, "edition": edition, "ignorer": IGNORER} | champs(request.POST, edition)
    return render(request, "partenaires/correspondance.html", contexte)


def suite(depot) -> str:
    """What the mapping will change, for a deposit that is not checked again."""
    suivants = f"elle servira au prochain dépôt {depot.type}."
    if depot.etat != Depot.Etat.CHARGE:
        return suivants
    return f"{suivants} Pour l'appliquer au fichier déjà chargé, retirez ce dépôt puis déposez-le de nouveau."


def choix(donnees, edition) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """What the form says: {their header: our column}, {column: {their value: ours}}. A field left out says nothing."""
    entetes = {
        ligne.leur: notre for i, ligne in enumerate(edition.entetes) if (notre := donnees.get(f"entete-{i}", ""))
    }
    codes = {
        colonne: {
            ligne.leur: notre
            for i, ligne in enumerate(lignes)
            if (notre := donnees.get(f"code-{colonne}-{i}", IGNORER)) != IGNORER
        }
        for colonne, lignes in edition.codes.items()
    }
    return entetes, codes


def champs(donnees, edition) -> dict:
    """Rows of the form: field name, line, choice in force."""
    return {
        "entetes": rangees(donnees, "entete", edition.entetes, ""),
        "codes": [
            (colonne, edition.valeurs[colonne], rangees(donnees, f"code-{colonne}", lignes, IGNORER))
            for colonne, lignes in edition.codes.items()
        ],
    }


def rangees(donnees, prefixe: str, lignes, defaut: str) -> list[tuple]:
    noms = [f"{prefixe}-{i}" for i in range(len(lignes))]
    return [
        (nom, ligne, donnees.get(nom, defaut if ligne.notre is None else ligne.notre))
        for nom, ligne in zip(noms, lignes)
    ]
