"""The templates of the file formats: the list of the types, and the workbook to fill of each."""

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from partenaires.depots.contrats import REGISTRE
from partenaires.services.modeles import XLSX, classeur, modeles
from partenaires.views.acces import membre


@require_GET
@membre
def liste(request):
    return render(request, "partenaires/modeles.html", {"modeles": modeles(request.adhesion)})


@require_GET
@membre
def modele(request, type):
    if type not in REGISTRE:
        raise Http404
    sortie, nom = classeur(REGISTRE[type])
    return FileResponse(sortie, as_attachment=True, filename=nom, content_type=XLSX)
