"""Documents of the diagnosis: asked for here, made by the workers, downloaded by the organisation that asked."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from diagnostic.models import Edition
from diagnostic.services import editions
from diagnostic.services.territoires import millesimes_calcules
from diagnostic.views.page import page
from partenaires.api.tableaux import FORMATS
from partenaires.services.stockage import FichierAbime

TYPES = {Edition.Forme.PDF: "application/pdf", Edition.Forme.XLSX: FORMATS["xlsx"]}
MONTREES = 50


def adresse(selection) -> str:
    return f"{reverse('documents')}?{urlencode({'epci': selection.epci, 'annee': selection.annee})}"


def siennes(request):
    return Edition.objects.visible_to(request.adhesion).select_related("adhesion__utilisateur")


@page()
def documents(request):
    """Those of the territory that the reader's organisation asked for, and the form to ask for one."""
    selection = request.selection
    if request.method == "POST":
        try:
            millesime = int(request.POST.get("millesime", "0"))
            editions.demander(request.adhesion, selection.epci, millesime, request.POST.get("forme", ""))
        except ValueError as erreur:
            refus = str(erreur) if isinstance(erreur, editions.EditionImpossible) else "Choisissez une année."
            messages.error(request, refus)
        else:
            messages.success(request, "Le document est demandé : il apparaîtra ci-dessous dès qu'il sera prêt.")
        return redirect(adresse(selection))
    lues = list(siennes(request).filter(epci=selection.epci)[:MONTREES])
    contexte = {
        "editions": lues,
        "en_attente": any(une.en_attente for une in lues),
        "formes": Edition.Forme.choices,
        "millesimes": millesimes_calcules(request.adhesion).get(selection.epci, []),
        "montrees": MONTREES,
    }
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, "diagnostic/documents_liste.html" if fragment else "diagnostic/documents.html", contexte)


@page()
def document(request, pk):
    """The file itself, for the organisation that it was made for."""
    voulue = get_object_or_404(siennes(request), pk=pk, etat=Edition.Etat.PRETE)
    blocs = editions.lire(voulue)
    try:
        premier = next(blocs, b"")
    except FichierAbime as erreur:
        raise Http404("Ce document n'est plus gardé : demandez-le de nouveau.") from erreur
    reponse = StreamingHttpResponse(_suite(premier, blocs), content_type=TYPES[Edition.Forme(voulue.forme)])
    reponse["Content-Disposition"] = f'attachment; filename="{voulue.nom_fichier}"'
    reponse["Content-Length"] = voulue.taille
    return reponse


def _suite(premier: bytes, blocs):
    yield premier
    yield from blocs


@page()
@require_POST
def supprimer(request, pk):
    voulue = get_object_or_404(siennes(request), pk=pk)
    editions.supprimer(request.adhesion, voulue)
    messages.success(request, "Le document est supprimé.")
    return redirect(adresse(request.selection))
