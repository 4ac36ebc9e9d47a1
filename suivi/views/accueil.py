from django.shortcuts import render

from diagnostic.views.page import page


@page()
def accueil(request):
    """The dashboard of one's role."""
    return render(request, "suivi/accueil.html")


@page()
def suivi(request):
    return render(request, "suivi/suivi.html")
