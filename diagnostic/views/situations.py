"""Situation of the quartiers: what the EPCI writes of their equipment and transport."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse

from diagnostic.forms_situations import SituationForm
from diagnostic.services import indices, situations
from diagnostic.services.calcul_indices import regle_de
from diagnostic.views.page import page
from diagnostic.views.tableau import Colonne, Tableau, page_ou_export

OUI_NON = {True: "oui", False: "non"}


def adresse(selection, **parametres) -> str:
    requete = {"epci": selection.epci, "annee": selection.annee} | parametres
    return f"{reverse('situations')}?{urlencode(requete)}"


def colonnes(request, ecrit: bool) -> list[Colonne]:
    def modifier(quartier):
        return adresse(request.selection, quartier=quartier.cle) + "#modifier" if ecrit else None

    return [
        Colonne("nom", "Quartier", lambda q: q.nom, lien=modifier),
        Colonne("nature", "Nature", lambda q: q.situation.get_nature_display()),
        Colonne("code", "Code", lambda q: q.situation.code),
        Colonne("version", "Version", lambda q: q.situation.version),
        Colonne("equipements", "Équipements", lambda q: q.situation.get_equipements_display()),
        Colonne("desserte", "Desserte", lambda q: q.situation.get_desserte_display()),
        Colonne("qpv", "En QPV", lambda q: "oui" if q.situation.nature == "qpv" else OUI_NON.get(q.situation.en_qpv)),
        Colonne("commentaire", "Commentaire", lambda q: q.situation.commentaire),
        Colonne("ecrite_le", "Écrite le", lambda q: q.situation.ecrite_le, "instant"),
    ]


@page("epci", "ddt")
def situer(request):
    """The quartiers of the territory; for who may write, the form of the one asked for by `?quartier=`."""
    epci = request.selection.epci
    quartiers = situations.lire(request.adhesion, epci)
    par_cle = {quartier.cle: quartier for quartier in quartiers}
    ecrit = situations.peut_ecrire(request.adhesion, epci)
    if request.method == "POST":
        if not ecrit:
            raise PermissionDenied
        formulaire, choisi = SituationForm(request.POST), par_cle.get(request.POST.get("perimetre", ""))
        if choisi is None:
            raise Http404
        if formulaire.selon(choisi.situation.nature).is_valid():
            return enregistrer(request, choisi, formulaire.cleaned_data)
    else:
        choisi = par_cle.get(request.GET.get("quartier", "")) if ecrit else None
        formulaire = SituationForm.de(choisi) if choisi else None
    tableau = Tableau(
        request,
        "Situation des quartiers",
        colonnes(request, ecrit),
        quartiers,
        vide="Aucun quartier sur ce territoire : les QPV et les quartiers NPNRU sont chargés par l'administrateur, les "
        "secteurs locaux déposés par l'EPCI.",
        tri_defaut="nom",
        nom_fichier=f"situations-{epci}",
    )
    contexte = {
        "tableau": tableau,
        "ecrit": ecrit,
        "choisi": choisi,
        "formulaire": formulaire,
        "methodes": [m for m in indices.methodes(request.adhesion) if regle_de(m).quartiers],
    }
    if formulaire is not None and formulaire.errors:
        return render(request, "diagnostic/situations.html", contexte, status=400)
    return page_ou_export(request, "diagnostic/situations.html", contexte, tableau)


def enregistrer(request, quartier, saisie: dict):
    situation = quartier.situation
    del saisie["perimetre"]
    try:
        situations.ecrire(
            request.adhesion, situation.epci, situation.nature, situation.code, situation.version, **saisie
        )
    except (situations.SituationInterdite, situations.QuartierInconnu) as refus:
        raise Http404 from refus
    messages.success(request, f"Situation enregistrée : {quartier.nom}.")
    return redirect(adresse(request.selection))
