from diagnostic.views.page import page
from diagnostic.views.tableau import Colonne, Tableau, page_ou_export
from partenaires.models import Depot
from suivi.models import Calcul

ETAPES = {
    "appartenances": "périmètres",
    "indicateurs": "indicateurs",
    "qualite": "qualité des données",
    "attributions": "attributions",
    "qualite_sne": "qualité du SNE",
    "populations": "demandeurs et entrants",
    "indices": "indices",
    "objectifs": "objectifs légaux",
    "atteintes": "atteintes",
}
CALCULS_MONTRES = 60


def etapes(calcul: Calcul) -> str:
    """Duration of each step, in words."""
    durees = calcul.details.get("etapes", {})
    return ", ".join(f"{ETAPES.get(nom, nom)} {duree:.1f} s".replace(".", ",") for nom, duree in durees.items())


COLONNES_CALCULS = (
    Colonne("debut", "Début", lambda c: c.debut, "instant"),
    Colonne("au", "Arrêté au", lambda c: c.au, "date"),
    Colonne("statut", "État", lambda c: c.get_statut_display()),
    Colonne("duree", "Durée (s)", lambda c: c.duree_s, "indice"),
    Colonne("depots", "Dépôts pris en compte", lambda c: c.details.get("depots", {}).get("nombre"), "nombre"),
    Colonne("etapes", "Étapes", etapes, triable=False),
)
COLONNES_DEPOTS = (
    Colonne("charge_le", "Chargé le", lambda d: d.charge_le, "instant"),
    Colonne("type", "Type", lambda d: d.type),
    Colonne("millesime", "Millésime", lambda d: d.millesime, "annee"),
    Colonne("organisation", "Données de", lambda d: d.organisation.nom if d.organisation else "données nationales"),
    Colonne("lignes", "Lignes chargées", lambda d: d.rapport.get("lignes_chargees"), "nombre"),
    Colonne("pris", "Prise en compte", lambda d: d.prise_en_compte),
)


@page()
def suivi(request):
    """How fresh the figures of the territory are: its computations, the deposits they were made from."""
    selection = request.selection
    calculs = Calcul.objects.visible_to(request.adhesion).filter(epci=selection.epci)[:CALCULS_MONTRES]
    calculs = list(calculs)
    dernier = next((calcul.dernier_depot for calcul in calculs if calcul.statut == Calcul.Statut.TERMINE), 0)
    depots = list(
        Depot.objects.visible_to(request.adhesion)
        .charges()
        .filter(territoires__contains=[selection.epci])
        .select_related("organisation")
    )
    for depot in depots:
        depot.prise_en_compte = "oui" if depot.pk <= dernier else "au prochain calcul"
    tableaux = (
        Tableau(
            request,
            "Calculs",
            COLONNES_CALCULS,
            calculs,
            vide="Aucun calcul pour ce territoire. Le calcul de la nuit commence à 3 h 30, dès qu'un dépôt le touche.",
            tri_defaut="-debut",
            prefixe="calculs_",
            nom_fichier=f"calculs-{selection.epci}",
            taille_defaut=25,
        ),
        Tableau(
            request,
            "Dépôts de votre organisation, ou faits par elle",
            COLONNES_DEPOTS,
            depots,
            vide="Aucun dépôt de votre organisation ne touche ce territoire.",
            tri_defaut="-charge_le",
            prefixe="depots_",
            nom_fichier=f"depots-{selection.epci}",
            taille_defaut=25,
        ),
    )
    contexte = {"calculs": tableaux[0], "depots": tableaux[1], "fraicheur": selection.fraicheur}
    return page_ou_export(request, "suivi/suivi.html", contexte, *tableaux)
