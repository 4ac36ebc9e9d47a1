"""The dwellings of a bailleur that no file attaches to a residence, proposed group by group for confirmation: to the
bailleur itself, or to the EPCI that deposits for it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_http_methods

from diagnostic.models import Commune, Residence
from diagnostic.services import passages
from diagnostic.services import rattachements as service
from partenaires.models import Organisation
from partenaires.services.depots import DepotInterdit
from partenaires.services.stockage import DisquePlein
from partenaires.views.acces import membre

GROUPES_PAR_PAGE = 25
GROUPE, CODE, NOM = "groupe-", "code-", "nom-"
REFUS, NOUVELLE, RESIDENCE = "refuser", "nouvelle", "residence:"
PROPOSE = "propose"  # every proposal of every page, as it stands
NATURES = (Organisation.Nature.BAILLEUR, Organisation.Nature.EPCI)


@dataclass(frozen=True)
class Rangee:
    groupe: passages.Groupe
    commune: str
    residences: list[tuple[str, str]]  # value of the choice, label: those of the commune
    choix: str


@require_http_methods(["GET", "POST"])
@membre
def rattachements(request):
    """One bailleur's dwellings: they name its programmes."""
    if request.adhesion.nature not in NATURES:
        raise Http404
    servis = passages.bailleurs_servis(request.adhesion)
    bailleur = choisi(request, servis)
    if request.method == "POST":
        if bailleur is None:
            raise Http404
        return confirmer(request, bailleur)
    groupes = passages.proposer(bailleur.siren, passages.perimetre(request.adhesion)) if bailleur else []
    page = Paginator(groupes, GROUPES_PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        "bailleur": bailleur,
        "bailleurs": [] if bailleur == request.adhesion.organisation else servis,
        "page": page,
        "rangees": rangees(request.adhesion, bailleur, page),
        "logements": sum(groupe.a_rattacher for groupe in groupes),
        "proposes": sum(groupe.a_rattacher for groupe in groupes if groupe.propose),
        "propositions": sum(groupe.propose for groupe in groupes),
        "neuves": sum(groupe.a_creer for groupe in groupes),
        "refuser": REFUS,
        "nouvelle": NOUVELLE,
        "tout": PROPOSE,
        "code_max": service.CODE_MAX,
        "nom_max": passages.NOM_MAX,
        "requete": requete(request),
    }
    return render(request, "diagnostic/rattachements.html", contexte)


def choisi(request, servis) -> Organisation | None:
    """A bailleur is on its own; an EPCI names one, or has none chosen yet. 404 for one that it does not serve."""
    if siren := request.GET.get("bailleur"):
        return get_object_or_404(servis, siren=siren[:9])
    return servis.first() if request.adhesion.nature == Organisation.Nature.BAILLEUR else None


def rangees(adhesion, bailleur: Organisation | None, page) -> list[Rangee]:
    if bailleur is None:
        return []
    communes = {groupe.commune for groupe in page}
    noms = dict(Commune.objects.visible_to(adhesion).filter(code__in=communes).values_list("code", "nom"))
    offertes: dict[str, list[tuple[str, str]]] = {}
    siennes = Residence.objects.visible_to(adhesion).courantes().filter(bailleur=bailleur.siren, commune__in=communes)
    for commune, code, nom in siennes.values_list("commune_id", "code", "nom"):
        offertes.setdefault(commune, []).append((RESIDENCE + code, f"{code} – {nom}"))
    return [
        Rangee(groupe, noms.get(groupe.commune, groupe.commune), offertes.get(groupe.commune, []), valeur(groupe))
        for groupe in page
    ]


def valeur(groupe: passages.Groupe) -> str:
    """The choice that stands for the proposal, empty without one."""
    if groupe.a_creer:
        return NOUVELLE
    return RESIDENCE + groupe.residence if groupe.residence else ""


# --- what is answered -----------------------------------------------------------------------------------------------


def choix(donnees) -> service.Choix:
    """What the form says; what is left for later is not there."""
    dits = {nom.removeprefix(GROUPE): dit for nom, dit in donnees.items() if nom.startswith(GROUPE)}
    return service.Choix(
        connues={un: dit.removeprefix(RESIDENCE) for un, dit in dits.items() if dit.startswith(RESIDENCE)},
        nouvelles={
            un: service.Nouvelle(epurer(donnees.get(CODE + un, "")), epurer(donnees.get(NOM + un, "")))
            for un, dit in dits.items()
            if dit == NOUVELLE
        },
        refus=[un for un, dit in dits.items() if dit == REFUS],
    )


def epurer(texte: str) -> str:
    return " ".join(texte.split())


def confirmer(request, bailleur: Organisation):
    decide = None if PROPOSE in request.POST else choix(request.POST)
    try:
        depots = service.confirmer(request.adhesion, bailleur, decide)
    except DepotInterdit as refus:
        raise PermissionDenied(str(refus)) from refus
    except (service.RattachementInvalide, DisquePlein) as refus:
        messages.error(request, str(refus))
        return redirect(retour(request))
    if decide and decide.refus:
        messages.info(request, f"Groupes qui ne seront plus proposés : {len(decide.refus)}.")
    if depots:
        liens = format_html_join(
            ", ", '<a href="{}">{} n° {}</a>', ((reverse("depot", args=[un.pk]), un.type, un.pk) for un in depots)
        )
        messages.success(request, format_html("Rattachements chargés : {}. Retirer ces dépôts les défait.", liens))
    return redirect(retour(request))


def requete(request) -> str:
    """What the address keeps from page to page."""
    siren = request.GET.get("bailleur")
    return urlencode({"bailleur": siren}) + "&" if siren else ""


def retour(request) -> str:
    """The page again, for the same bailleur."""
    return f"{reverse('rattachements')}?{requete(request)}".rstrip("?&")
