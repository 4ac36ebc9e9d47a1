from urllib.parse import urlencode

from django.shortcuts import redirect
from django.urls import reverse

from diagnostic.models.comptage import Niveau
from diagnostic.services import indices
from diagnostic.views.methodes import choisie, classes
from diagnostic.views.page import page
from diagnostic.views.residences import valeur_et_classe
from diagnostic.views.tableau import Colonne, Tableau, page_ou_export

NIVEAUX = {Niveau.QPV: "QPV", Niveau.RESIDENCE: "Résidence"}
COLONNES = (
    Colonne("nom", "Lieu", lambda paire: paire[0].nom or paire[0].territoire, lien=lambda paire: adresse(paire[0])),
    Colonne("niveau", "Échelle", lambda paire: NIVEAUX[paire[0].niveau]),
    Colonne("code", "Code", lambda paire: paire[0].code_residence or paire[0].territoire),
    Colonne("valeur", "Indice", lambda paire: paire[1][0], "indice"),
    Colonne("classe", "Classe", lambda paire: paire[1][1], "classe"),
    Colonne("repondants", "Répondants", lambda paire: paire[0].repondants, "nombre"),
)


def source(selection, methode) -> str:
    """Address of the GeoJSON that the map reads."""
    requete = {"epci": selection.epci, "methode": methode.code, "millesime": selection.millesime}
    return f"{reverse('api-carte')}?{urlencode(requete)}"


def adresse(ligne) -> str | None:
    return reverse("residence", args=[ligne.territoire]) if ligne.niveau == Niveau.RESIDENCE else None


@page()
def accueil(request):
    return redirect("carte")


@page()
def carte(request):
    """Residences and QPV coloured by class of the chosen method, and the same in a table."""
    methode, en_service = choisie(request)
    selection = request.selection
    lues = (
        indices.lire(request.adhesion, epci=selection.epci, methode=methode.code, millesime=selection.millesime)
        if methode
        else []
    )
    lignes = [(ligne, valeur_et_classe(ligne, methode)) for ligne in lues if ligne.niveau in NIVEAUX]
    tableau = Tableau(
        request,
        "Résidences et QPV par classe",
        COLONNES,
        lignes,
        vide="Aucun indice pour ce territoire et cette année. Il vient de l'enquête OPS et de l'état locatif, une fois "
        "déposés et le calcul de la nuit passé.",
        tri_defaut="niveau",
        nom_fichier=f"indices-{methode.code}" if methode else "indices",
        precision=f"(millésime {selection.millesime})",
    )
    contexte = {
        "tableau": tableau,
        "methode": methode,
        "methodes": en_service,
        "legende": classes(methode) if methode else [],
        "source": source(selection, methode) if methode else "",
    }
    return page_ou_export(request, "diagnostic/carte.html", contexte, tableau)
