"""Handing files in: dropped or chosen, received, then told what each of them is."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from partenaires.depots.contrats import REGISTRE
from partenaires.forms import PrecisionForm
from partenaires.models import Depot
from partenaires.reception import TropVolumineux
from partenaires.services import lots
from partenaires.services.depots import DepotIncomplet, DepotInterdit, EtatInterdit, abandonner
from partenaires.services.stockage import DisquePlein
from partenaires.views.acces import membre
from partenaires.views.depots import visibles

STATUTS = {DepotIncomplet: 400, TropVolumineux: 413, DisquePlein: 507}


@require_http_methods(["GET", "POST"])
@membre
def deposer(request):
    """A script sends the files with their progress and is answered in JSON; a browser without script gets pages."""
    if request.method == "GET":
        return page_de_depot(request)
    fichiers = request.FILES.getlist("fichiers")
    if not fichiers:
        return refuser(request, "Choisissez au moins un fichier.", 400)
    try:
        recus = lots.accueillir(request.adhesion, fichiers)
    except DepotInterdit as refus:
        raise PermissionDenied(str(refus)) from refus
    except tuple(STATUTS) as refus:
        return refuser(request, str(refus), STATUTS[type(refus)])
    reprendre_identite(request, recus)
    suite = reverse("preciser_depots")
    return JsonResponse({"suite": suite}) if en_script(request) else redirect(suite)


def en_script(request) -> bool:
    return request.headers.get("X-Requested-With") == "depot"


def refuser(request, message: str, statut: int):
    if en_script(request):
        return JsonResponse({"erreur": message}, status=statut)
    return page_de_depot(request, message, statut)


def page_de_depot(request, erreur: str = "", statut: int = 200):
    formats = lots.formats_deposables(request.adhesion)
    contexte = {
        "formats": formats,
        "erreur": erreur,
        "limite": settings.TAILLE_MAX_DEPOT,
        "nombre": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        "corrige": depot_a_corriger(request),
        "attente": lots.precisables(request.adhesion).count(),
    }
    return render(request, "partenaires/deposer.html", contexte, status=statut)


def depot_a_corriger(request):
    """The deposit that the new file corrects, named in the address."""
    numero = request.GET.get("corrige") or request.POST.get("corrige") or ""
    return visibles(request).filter(pk=int(numero)).first() if numero.isdecimal() and len(numero) < 19 else None


def reprendre_identite(request, recus):
    """A corrected file is what the one that it corrects was said to be."""
    ancien = depot_a_corriger(request)
    if ancien is None or len(recus) != 1:
        return
    champs = ("type", "organisation", "millesime", "nature", "version", "feuille")
    for champ in champs:
        setattr(recus[0], champ, getattr(ancien, champ))
    recus[0].save(update_fields=champs)


# --- what each file is ----------------------------------------------------------------------------------------------
def formulaires(request, depots) -> list[PrecisionForm]:
    donnees = request.POST if request.method == "POST" else None
    return [
        PrecisionForm(donnees, adhesion=request.adhesion, depot=depot, prefix=f"d{depot.pk}", auto_id="id_%s")
        for depot in depots
    ]


@require_http_methods(["GET", "POST"])
@membre
def preciser(request):
    """Every file that waits; those whose form is right go to be checked, the others stay with what is wrong."""
    if not lots.formats_deposables(request.adhesion):
        messages.error(request, "Un gestionnaire de votre organisation dit ce que contiennent ces fichiers.")
        return redirect("depots")
    attente = lots.precisables(request.adhesion).select_related("organisation").order_by("pk")[:50]
    return traiter(request, formulaires(request, attente))


@require_http_methods(["GET", "POST"])
@membre
def preciser_un(request, pk):
    """One file, also once checked, as long as it is not loaded: it is then checked again."""
    depot = get_object_or_404(visibles(request), pk=pk)
    if depot.etat not in lots.PRECISABLES:
        messages.error(request, f"Le type de ce dépôt ne se change plus : il est « {depot.get_etat_display()} ».")
        return redirect("depot", pk)
    return traiter(request, formulaires(request, [depot]))


def traiter(request, formes: list[PrecisionForm]):
    if request.method == "GET":
        return page_de_precision(request, formes)
    envoyes, restants = [], []
    for forme in formes:
        (envoyes if forme.is_valid() and envoyer(request, forme) else restants).append(forme)
    if envoyes:
        messages.success(request, dire_envoyes(len(envoyes)))
    if restants:
        return page_de_precision(request, restants)
    return redirect("depot", envoyes[0].depot.pk) if len(envoyes) == 1 else redirect("depots")


def dire_envoyes(nombre: int) -> str:
    if nombre == 1:
        return "Fichier envoyé au contrôle. Rien ne sera chargé avant votre confirmation."
    return f"{nombre} fichiers envoyés au contrôle. Rien ne sera chargé avant votre confirmation."


def envoyer(request, forme: PrecisionForm) -> bool:
    """Did the file go? Otherwise its form says why not."""
    try:
        lots.preciser(request.adhesion, forme.depot, forme.identite())
    except (DepotInterdit, EtatInterdit) as refus:
        forme.add_error(None, str(refus))
        return False
    return True


def page_de_precision(request, formes):
    contexte = {"formulaires": formes, "libelles": {un.type: un.libelle for un in REGISTRE.values()}}
    return render(request, "partenaires/preciser.html", contexte)


@require_POST
@membre
def ecarter(request, pk):
    depot = get_object_or_404(visibles(request), pk=pk)
    if depot.etat != Depot.Etat.A_PRECISER:
        messages.error(request, f"Ce dépôt ne s'écarte plus : il est « {depot.get_etat_display()} ».")
        return redirect("depot", pk)
    try:
        abandonner(request.adhesion, depot)
        messages.success(request, f"{depot.fichier} est écarté : il n'est pas gardé.")
    except DepotInterdit as refus:
        raise PermissionDenied(str(refus)) from refus
    except EtatInterdit as refus:
        messages.error(request, str(refus))
    return redirect("preciser_depots" if lots.precisables(request.adhesion).exists() else "depots")
