"""What the EPCI decides of the low rents: bound per m², fragile sectors, from a date."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse

from diagnostic.forms_parc import ReglageForm
from diagnostic.services import parc
from diagnostic.services.reglages_parc import DejaRegle, Reglage, peut_regler, regler, secteurs_possibles
from diagnostic.views.page import page


@page("epci")
def reglages(request):
    """For an administrateur of the EPCI of the territory; unknown to the others."""
    epci, millesime = request.selection.epci, request.selection.millesime
    if not peut_regler(request.adhesion, epci):
        raise Http404
    secteurs = secteurs_possibles(request.adhesion, epci)
    if request.method == "POST":
        formulaire = ReglageForm(request.POST, secteurs=secteurs)
        if formulaire.is_valid() and enregistrer(request, epci, formulaire):
            messages.success(request, "Paramètres enregistrés. La borne au m² compte au prochain calcul du territoire.")
            return redirect(f"{reverse('parc')}?epci={epci}&annee={request.selection.annee}")
    else:
        lus = parc.parametres(epci, millesime)
        initiales = ReglageForm.initiales(lus["bas_loyer_gpso"], lus["bas_loyer_reims"])
        formulaire = ReglageForm(initial=initiales, secteurs=secteurs)
    statut = 400 if formulaire.errors else 200
    return render(request, "diagnostic/reglages_parc.html", {"formulaire": formulaire}, status=statut)


def enregistrer(request, epci: str, formulaire: ReglageForm) -> bool:
    saisie = formulaire.cleaned_data
    try:
        regler(request.adhesion, epci, Reglage(saisie["debut"], saisie["source"], formulaire.gpso, formulaire.reims))
    except DejaRegle as refus:
        formulaire.add_error("debut", str(refus))
        return False
    return True
