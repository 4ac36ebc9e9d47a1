"""Deposits: the list with its filters, where one stands, its report, and what its depositor answers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from partenaires.filters import DepotFilter
from partenaires.models import Depot
from partenaires.services import attendus, depots, erreurs, lots, retrait
from partenaires.services.gestes import Gestes
from partenaires.views.acces import membre
from partenaires.views.rapport import lire_rapport

DEPOTS_PAR_PAGE = 50


def visibles(request):
    return Depot.objects.visible_to(request.adhesion).select_related("organisation", "depose_par")


def requete_filtree(request) -> str:
    """The filters in force, to be carried by the links to pages and exports."""
    gardes = request.GET.copy()
    for cle in set(gardes) - set(DepotFilter.base_filters):
        del gardes[cle]
    return gardes.urlencode() + "&" if gardes else ""


@never_cache
@require_GET
@membre
def liste(request):
    """While the work goes on for one of its rows, the page asks for its table alone."""
    filtre = DepotFilter(request.GET, queryset=visibles(request))
    page = Paginator(filtre.qs, DEPOTS_PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {"page": page, "en_cours": any(un.en_cours for un in page), "requete": requete_filtree(request)}
    if request.htmx:
        return render(request, "partenaires/depots_tableau.html", contexte)
    contexte |= {
        "filtre": filtre,
        "attendus": attendus.lire(request.adhesion, timezone.localdate()),
        "a_preciser": lots.precisables(request.adhesion).count(),
        "depose": bool(lots.formats_deposables(request.adhesion)),
    }
    return render(request, "partenaires/depots.html", contexte)


@never_cache
@require_GET
@membre
def depot(request, pk):
    """While the work goes on, the page asks for its progress alone; once it rests, for itself again."""
    un_depot = get_object_or_404(visibles(request), pk=pk)
    contexte = {"depot": un_depot, "en_attente": attend_un_travail(un_depot)}
    if request.htmx:
        if not un_depot.en_cours:
            return HttpResponseClientRefresh()
        return render(request, "partenaires/depot_avancement.html", contexte)
    contexte |= {"rapport": lire_rapport(un_depot), "gestes": Gestes(request.adhesion, un_depot)}
    return render(request, "partenaires/depot.html", contexte)


def attend_un_travail(un_depot: Depot) -> bool:
    """Nobody has taken it in hand for a while."""
    signe = un_depot.battement or un_depot.confirme_le or un_depot.cree_le
    return un_depot.en_cours and (timezone.now() - signe).total_seconds() > 30


@require_GET
@membre
def liste_des_erreurs(request, pk):
    un_depot = get_object_or_404(visibles(request), pk=pk)
    nom = f"erreurs_depot_{un_depot.pk}.csv"
    return StreamingHttpResponse(
        erreurs.lire(un_depot),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{nom}"'},
    )


# --- what the depositor answers -------------------------------------------------------------------------------------
REFUS = (depots.EtatInterdit, retrait.RetraitImpossible)


def repondre(request, pk, geste, message: str):
    """`geste(depot)`, then the page of the deposit, which says what came of it."""
    un_depot = get_object_or_404(visibles(request), pk=pk)
    try:
        geste(un_depot)
        messages.success(request, message)
    except depots.DepotInterdit as refus:
        raise PermissionDenied(str(refus)) from refus
    except REFUS as refus:
        messages.error(request, str(refus))
    return redirect("depot", pk)


def demander(request, pk, permis: str, gabarit: str):
    """The page that asks before what cannot be undone; the deposit's own page where its state forbids it."""
    un_depot = get_object_or_404(visibles(request), pk=pk)
    if not getattr(Gestes(request.adhesion, un_depot), permis):
        messages.error(request, f"Ce n'est pas possible : ce dépôt est « {un_depot.get_etat_display()} ».")
        return redirect("depot", pk)
    return render(request, gabarit, {"depot": un_depot, "rapport": lire_rapport(un_depot)})


@require_POST
@membre
def confirmer(request, pk):
    return repondre(
        request, pk, lambda un: depots.confirmer(request.adhesion, un), "Chargement demandé : suivez-le ici."
    )


@require_http_methods(["GET", "POST"])
@membre
def charger_partiel(request, pk):
    if request.method == "GET":
        return demander(request, pk, "charger_partiel", "partenaires/charger_partiel.html")
    return repondre(
        request,
        pk,
        lambda un: depots.confirmer(request.adhesion, un, partiel=True),
        "Chargement des lignes sans erreur demandé : suivez-le ici.",
    )


@require_http_methods(["GET", "POST"])
@membre
def abandonner(request, pk):
    if request.method == "GET":
        return demander(request, pk, "abandonner", "partenaires/abandonner.html")
    return repondre(
        request, pk, lambda un: depots.abandonner(request.adhesion, un), "Dépôt abandonné : rien n'a été chargé."
    )


@require_http_methods(["GET", "POST"])
@membre
def retirer(request, pk):
    if request.method == "GET":
        return demander(request, pk, "retirer", "partenaires/retirer.html")
    return repondre(
        request,
        pk,
        lambda un: retrait.demander(request.adhesion, un),
        "Retrait demandé : suivez-le ici.",
    )


@require_POST
@membre
def reprendre(request, pk):
    return repondre(request, pk, lambda un: depots.reprendre(request.adhesion, un), "Le traitement reprend.")
