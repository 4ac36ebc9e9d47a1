"""The dwellings of a bailleur that no file attaches to a residence, proposed group by group for confirmation."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from diagnostic.models import Commune, Residence
from diagnostic.services import passages
from partenaires.models import Organisation
from partenaires.services.depots import DepotInterdit
from partenaires.services.stockage import DisquePlein
from partenaires.views.acces import membre

GROUPES_PAR_PAGE = 25
PREFIXE = "groupe-"
REFUS, RESIDENCE = "refuser", "residence:"


@dataclass(frozen=True)
class Rangee:
    groupe: passages.Groupe
    commune: str
    residences: list[tuple[str, str]]  # value of the choice, label: those of the commune
    choix: str


@require_http_methods(["GET", "POST"])
@membre
def rattachements(request):
    """The bailleur's own dwellings only: they name its programmes."""
    if request.adhesion.nature != Organisation.Nature.BAILLEUR:
        raise Http404
    if request.method == "POST":
        return confirmer(request)
    groupes = passages.proposer(request.adhesion.siren)
    page = Paginator(groupes, GROUPES_PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        "page": page,
        "rangees": rangees(request.adhesion, page),
        "logements": sum(groupe.a_rattacher for groupe in groupes),
        "proposes": sum(groupe.a_rattacher for groupe in groupes if groupe.residence),
        "refuser": REFUS,
    }
    return render(request, "diagnostic/rattachements.html", contexte)


def rangees(adhesion, page) -> list[Rangee]:
    communes = {groupe.commune for groupe in page}
    noms = dict(Commune.objects.visible_to(adhesion).filter(code__in=communes).values_list("code", "nom"))
    offertes: dict[str, list[tuple[str, str]]] = {}
    siennes = Residence.objects.visible_to(adhesion).courantes().filter(commune__in=communes)
    for residence in siennes:
        offertes.setdefault(residence.commune_id, []).append(
            (RESIDENCE + residence.code, f"{residence.code} – {residence.nom}")
        )
    return [
        Rangee(
            groupe,
            noms.get(groupe.commune, groupe.commune),
            offertes.get(groupe.commune, []),
            RESIDENCE + groupe.residence if groupe.residence else "",
        )
        for groupe in page
    ]


def choix(donnees) -> tuple[dict[str, str], list[str]]:
    """({group: code of a residence}, groups refused); what is left for later is not there."""
    dits = {nom.removeprefix(PREFIXE): dit for nom, dit in donnees.items() if nom.startswith(PREFIXE)}
    acceptes = {un: dit.removeprefix(RESIDENCE) for un, dit in dits.items() if dit.startswith(RESIDENCE)}
    return acceptes, [un for un, dit in dits.items() if dit == REFUS]


def confirmer(request):
    acceptes, refuses = choix(request.POST)
    try:
        depot = passages.confirmer(request.adhesion, acceptes, refuses)
    except DepotInterdit as refus:
        raise PermissionDenied(str(refus)) from refus
    except (passages.RattachementInvalide, DisquePlein) as refus:
        messages.error(request, str(refus))
        return redirect("rattachements")
    if refuses:
        messages.info(request, f"Groupes qui ne seront plus proposés : {len(refuses)}.")
    if depot is not None:
        lien = reverse("depot", args=[depot.pk])
        messages.success(request, format_html('Rattachements chargés : <a href="{}">dépôt n° {}</a>.', lien, depot.pk))
    return redirect("rattachements")
