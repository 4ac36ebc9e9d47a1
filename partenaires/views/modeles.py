"""The templates of the file formats: what each type is for, who hands it in, and the workbook to fill."""

import io
from dataclasses import dataclass

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from partenaires.depots.contrats import REGISTRE, Format
from partenaires.depots.documentation import deposants
from partenaires.depots.modeles import ecrire
from partenaires.views.acces import membre

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Modele:
    format: Format
    deposants: str
    le_mien: bool  # the reader's organisation deposits it


def modeles(adhesion) -> list[Modele]:
    """Those that the reader's organisation deposits first."""
    tous = [Modele(un, deposants(un), adhesion.nature in un.deposants) for un in REGISTRE.values()]
    return sorted(tous, key=lambda un: (not un.le_mien, un.format.libelle))


@require_GET
@membre
def liste(request):
    return render(request, "partenaires/modeles.html", {"modeles": modeles(request.adhesion)})


@require_GET
@membre
def modele(request, type):
    if type not in REGISTRE:
        raise Http404
    sortie = io.BytesIO()
    ecrire(REGISTRE[type], sortie)
    sortie.seek(0)
    return FileResponse(sortie, as_attachment=True, filename=f"modele_{type}.xlsx", content_type=XLSX)
