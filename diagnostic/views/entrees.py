"""One residence by entrance: a panel of its sheet, and a page of its own."""

from django.shortcuts import render

from diagnostic.calculs.definitions import PAR_CODE
from diagnostic.services import entrees as service
from diagnostic.views.fiche import residence_visible
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export


def part(code: str):
    """Rate of an indicator at one entrance."""

    def lire(entree: service.Entree):
        cellule = entree.cellules.get(code)
        return None if cellule is None else SECRET if cellule.secret else cellule.taux

    return lire


def repondants(entree: service.Entree):
    cellule = entree.cellules.get(service.CODES[0])
    return None if cellule is None else SECRET if cellule.secret else cellule.effectif


COLONNES = (
    Colonne("nom", "Entrée", lambda e: e.nom, triable=False),
    Colonne("logements", "Logements", lambda e: e.logements, "nombre"),
    Colonne("repondants", "Répondants", repondants, "nombre"),
    *(Colonne(code, PAR_CODE[code].libelle, part(code), "pourcent") for code in service.CODES),
)


@page("epci", "ddt", "bailleur")
def entrees(request, identifiant):
    """The entrances of a residence; unknown or another's: 404."""
    residence = residence_visible(request, identifiant)
    millesime = request.selection.millesime
    tableau = Tableau(
        request,
        "Occupation par entrée",
        COLONNES,
        service.lire(request.adhesion, residence, millesime),
        vide="Aucune entrée connue : le RPLS de cette année ne remplit ni BAT, ni ESC, ni ENTREE pour cette résidence.",
        nom_fichier=f"entrees-{residence.code}-{millesime}",
        precision=f"(millésime {millesime})",
        exportable=not request.htmx,
    )
    contexte = {"residence": residence, "tableau": tableau}
    if request.htmx:
        return render(request, "diagnostic/entrees_de_la_fiche.html", contexte)
    return page_ou_export(request, "diagnostic/entrees.html", contexte, tableau)
