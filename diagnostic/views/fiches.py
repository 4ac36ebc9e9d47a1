"""Sheets as printable pages and as PDF: the same document, whatever the sheet."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from diagnostic.calculs.document import Document, Figure, a_droite, en_texte
from diagnostic.services import edition, fiches
from diagnostic.views.fiche import residence_visible
from diagnostic.views.page import page
from partenaires.api.tableaux import nom_de_fichier


def repondre(
    request,
    document: Document,
    nom: str,
    gabarit: str = "diagnostic/fiche_document.html",
    statut: int = 200,
    **contexte,
):
    """The sheet as a page, or as the PDF asked for by `?format=pdf`, with the same choices."""
    if request.GET.get("format") == "pdf":
        reponse = HttpResponse(edition.pdf(document), content_type="application/pdf")
        reponse["Content-Disposition"] = f'inline; filename="{nom_de_fichier(nom, "pdf")}"'
        return reponse
    parties = [
        (partie.titre, partie.paragraphes, [contenu_de(contenu) for contenu in partie.contenus])
        for partie in document.parties
    ]
    choix = request.GET.dict() | {"epci": request.selection.epci, "annee": request.selection.annee, "format": "pdf"}
    contexte |= {"document": document, "parties": parties, "adresse_pdf": f"{request.path}?{urlencode(choix)}"}
    return render(request, gabarit, contexte, status=statut)


def contenu_de(contenu) -> dict:
    if isinstance(contenu, Figure):
        return {"figure": contenu}
    colonnes = [(colonne.libelle, a_droite(colonne)) for colonne in contenu.colonnes]
    lignes = [
        [(en_texte(cellule, colonne.unite), a_droite(colonne)) for cellule, colonne in zip(ligne, contenu.colonnes)]
        for ligne in contenu.lignes
    ]
    return {"tableau": contenu, "colonnes": colonnes, "lignes": lignes}


@page("epci", "ddt", "bailleur")
def portrait(request, identifiant):
    residence = residence_visible(request, identifiant)
    document = fiches.portrait(request.adhesion, residence, request.selection.millesime, timezone.localdate())
    return repondre(request, document, f"portrait-{residence.code}", residence=residence, nom_fiche="Portrait")


@page("epci", "ddt", "bailleur")
def immeuble(request, identifiant):
    residence = residence_visible(request, identifiant)
    document = fiches.carte_immeuble(request.adhesion, residence, request.selection.millesime, timezone.localdate())
    return repondre(request, document, f"immeuble-{residence.code}", residence=residence, nom_fiche="Fiche d'immeuble")
