"""Deposits: the list with its filters, and the report of one file."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from partenaires.filters import DepotFilter
from partenaires.models import Depot
from partenaires.views.acces import membre

DEPOTS_PAR_PAGE = 50


def visibles(request):
    return Depot.objects.visible_to(request.adhesion).select_related("organisation", "depose_par")


def requete_filtree(request) -> str:
    """The filters in force, to be carried by the links to pages and exports."""
    gardes = request.GET.copy()
    for cle in set(gardes) - set(DepotFilter.base_filters):
        del gardes[cle]
    return gardes.urlencode() + "&" if gardes else ""


@require_GET
@membre
def liste(request):
    filtre = DepotFilter(request.GET, queryset=visibles(request))
    page = Paginator(filtre.qs, DEPOTS_PAR_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "partenaires/depots.html", {"filtre": filtre, "page": page, "requete": requete_filtree(request)}
    )


@require_GET
@membre
def depot(request, pk):
    un_depot = get_object_or_404(visibles(request), pk=pk)
    return render(request, "partenaires/depot.html", {"depot": un_depot, "rapport": un_depot.rapport})
