from django.urls import reverse

from diagnostic.views.noms import Noms
from diagnostic.views.page import page
from diagnostic.views.tableau import Colonne, Tableau, page_ou_export
from relogement.models import MenageRelogement, Projet


def colonnes(noms: Noms):
    return (
        Colonne("identifiant", "Ménage", lambda m: m.identifiant),
        Colonne("projet", "Projet", lambda m: m.projet.nom, lien=lambda m: reverse("revue", args=[m.projet_id])),
        Colonne("operation", "Opération", lambda m: m.operation.code if m.operation else None),
        Colonne("etat", "État déclaré", lambda m: m.get_etat_display() if m.etat else None),
        Colonne("origine", "Bailleur d'origine", lambda m: noms.organisation(m.bailleur_origine or "") or None),
        Colonne("taille", "Personnes", lambda m: m.taille, "nombre"),
        Colonne("enquete", "Enquête", lambda m: m.date_enquete, "date"),
        Colonne("propositions", "Propositions", lambda m: len(m.propositions.all()), "nombre"),
        Colonne("bail", "Bail", lambda m: m.date_bail, "date"),
        Colonne("arrivee", "Bailleur d'arrivée", lambda m: noms.organisation(m.bailleur_destination or "") or None),
        Colonne("minoration", "Minoration mensuelle", lambda m: m.minoration, "euros"),
    )


@page("epci", "ddt", "bailleur")
def menages(request):
    """Households to rehouse within one's own perimeter: those of the projects that the reader takes part in."""
    projets = list(Projet.objects.visible_to(request.adhesion).filter(epci=request.selection.epci))
    lignes = (
        MenageRelogement.objects.visible_to(request.adhesion)
        .courantes()
        .filter(projet__in=projets)
        .select_related("projet", "operation")
        .prefetch_related("propositions")
    )
    etat, projet = request.GET.get("etat", ""), request.GET.get("projet", "")
    if etat in MenageRelogement.Etat.values:
        lignes = lignes.filter(etat=etat)
    if projet in {str(p.pk) for p in projets}:
        lignes = lignes.filter(projet=projet)
    tableau = Tableau(
        request,
        "Ménages à reloger",
        colonnes(Noms(request.adhesion)),
        list(lignes),
        vide="Aucun ménage ne répond à ces filtres. Les ménages viennent du fichier des relogements que dépose l'EPCI.",
        tri_defaut="identifiant",
        nom_fichier="menages-a-reloger",
    )
    contexte = {
        "tableau": tableau,
        "projets": projets,
        "etats": MenageRelogement.Etat.choices,
        "etat": etat,
        "projet": projet,
    }
    return page_ou_export(request, "relogement/menages.html", contexte, tableau)
