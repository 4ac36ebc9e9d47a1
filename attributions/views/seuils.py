from attributions.models import SeuilQuartile
from diagnostic.views.page import page
from diagnostic.views.tableau import Colonne, Tableau, page_ou_export

COLONNES = (
    Colonne("annee", "Année", lambda seuil: seuil.annee, "annee"),
    Colonne("s1", "Seuil Q1 (€ par UC et par an)", lambda seuil: seuil.s1, "euros"),
    Colonne("s2", "Seuil Q2", lambda seuil: seuil.s2, "euros"),
    Colonne("s3", "Seuil Q3", lambda seuil: seuil.s3, "euros"),
    Colonne("source", "Source", lambda seuil: seuil.source),
    Colonne("depot", "Dépôt", lambda seuil: f"n° {seuil.depot_id}"),
)


@page()
def seuils(request):
    """Quartile thresholds of the territory, year by year."""
    epci = request.selection.epci
    tableau = Tableau(
        request,
        "Seuils de quartile du territoire",
        COLONNES,
        list(SeuilQuartile.objects.visible_to(request.adhesion).courantes().filter(epci=epci)),
        vide="Aucun seuil chargé : l'administrateur de la plateforme charge l'arrêté annuel (type seuils).",
        tri_defaut="-annee",
        nom_fichier=f"seuils-{epci}",
    )
    return page_ou_export(request, "attributions/seuils.html", {"tableau": tableau}, tableau)
