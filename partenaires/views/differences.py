"""What a deposit changed, row by row, a page at a time."""

from datetime import date

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from partenaires.models import Depot
from partenaires.services.differences import Differences, Incomparable
from partenaires.views.acces import membre

LIGNES_PAR_PAGE = 100
GENRES = {"nouvelle": "Nouvelle", "modifiee": "Modifiée", "disparue": "Disparue"}
VIDE = "(vide)"


def en_clair(valeur) -> str:
    if valeur is None or valeur == "":
        return VIDE
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    return f"{valeur:g}".replace(".", ",") if isinstance(valeur, float) else str(valeur)


def rangees(lignes) -> list[dict]:
    return [
        {
            "genre": GENRES[ligne.genre],
            "cle": ", ".join(f"{nom} {en_clair(valeur)}" for nom, valeur in ligne.cle.items()),
            "ecarts": [(e.colonne, en_clair(e.avant), en_clair(e.apres)) for e in ligne.ecarts],
        }
        for ligne in lignes
    ]


@require_GET
@membre
def differences(request, pk):
    """With `?avec=<id>`, against that deposit; else against what stood before."""
    visibles = Depot.objects.visible_to(request.adhesion).select_related("organisation")
    depot = get_object_or_404(visibles, pk=pk)
    demande = request.GET.get("avec", "")
    avec = get_object_or_404(visibles, pk=int(demande)) if demande.isdecimal() and len(demande) < 19 else None
    contexte = {"depot": depot, "avec": avec, "changements": depot.rapport.get("changements")}
    try:
        page = Paginator(Differences(request.adhesion, depot, avec), LIGNES_PAR_PAGE).get_page(request.GET.get("page"))
    except Incomparable as refus:
        return render(request, "partenaires/differences.html", contexte | {"refus": str(refus)})
    contexte |= {"page": page, "rangees": rangees(page.object_list), "requete": f"avec={avec.pk}&" if avec else ""}
    return render(request, "partenaires/differences.html", contexte)
