"""The components of the pages, each shown live on /aide/composants/."""

from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.http import QueryDict
from django.urls import reverse

from diagnostic.views.familles import famille

register = template.Library()


def _choix(context) -> dict:
    """Territory and year of the address, to be kept in every link."""
    request = context.get("request")
    selection = getattr(request, "selection", None)
    if not getattr(request, "adhesion", None) or not selection or not selection.territoire:
        return {}
    return {"epci": selection.epci, "annee": selection.annee}


@register.simple_tag(takes_context=True)
def lien(context, nom_url, *args, **parametres) -> str:
    """Address of a page that keeps the territory and the year; keywords add to the query or replace them."""
    requete = {**_choix(context), **{cle: valeur for cle, valeur in parametres.items() if valeur not in (None, "")}}
    return reverse(nom_url, args=args) + (f"?{urlencode(requete)}" if requete else "")


@register.inclusion_tag("composants/fil.html", takes_context=True)
def fil(context, *etapes):
    """Breadcrumb: label and URL name in turn, the last label alone: {% fil "Diagnostic" "diagnostic" "Carte" %}."""
    paires = [
        (etapes[i], lien(context, etapes[i + 1]) if i + 1 < len(etapes) and etapes[i + 1] else None)
        for i in range(0, len(etapes), 2)
    ]
    return {"etapes": paires}


@register.inclusion_tag("composants/navigation_locale.html", takes_context=True)
def navigation_locale(context):
    """Pages of the current section, under the breadcrumb."""
    cadre = context.get("plateforme")
    if not cadre or not cadre.adhesion or not cadre.section:
        return {"pages": []}
    pages = [page for page in cadre.section.pages if page.visible_pour(cadre.adhesion)]
    return {"section": cadre.section, "pages": pages, "chemin": cadre.request.path, "request": cadre.request}


@register.inclusion_tag("composants/selecteurs.html", takes_context=True)
def selecteurs(context):
    """Territory and year pickers: a GET on the same page, other query parameters kept."""
    request = context["request"]
    selection = request.selection
    autres = [
        (cle, valeur)
        for cle, valeurs in request.GET.lists()
        if cle not in ("epci", "annee", "page", "millesime")
        for valeur in valeurs
    ]
    annees = selection.annees if selection.annee in selection.annees else [selection.annee, *selection.annees]
    return {
        "action": request.path,
        "territoires": selection.territoires,
        "territoire": selection.territoire,
        "annees": annees,
        "annee": selection.annee,
        "autres": autres,
    }


@register.inclusion_tag("composants/fraicheur.html", takes_context=True)
def fraicheur(context, selection):
    """When the figures shown were computed, as of which date, and how many bailleurs are up to date."""
    return {"fraicheur": selection.fraicheur if selection.territoire else None, "request": context["request"]}


@register.inclusion_tag("composants/classe.html")
def classe(valeur):
    """Swatch and label of a class of fragility."""
    return {"classe": valeur}


@register.inclusion_tag("composants/legende.html")
def legende(classes, sans_valeur=True):
    return {"classes": classes, "sans_valeur": sans_valeur}


@register.inclusion_tag("composants/carte.html", takes_context=True)
def carte(context, libelle, petite=False, methode=""):
    """The map of the territory and year, as the query of the page asks for it; `petite`: of the whole territory by
    `methode`, the first one without it, without controls. The page loads leaflet.css, leaflet.js and carte.js, and
    holds its table or leads to it."""
    choix = urlencode(_choix(context))
    requete = QueryDict(mutable=True) if petite else context["request"].GET.copy()
    for cle in ("epci", "annee", "tri", "page", "taille"):
        requete.pop(cle, None)
    if methode:
        requete["methode"] = methode
    demande = f"&{requete.urlencode()}" if requete else ""
    return {
        "libelle": f"Carte : {libelle}. Le même contenu est dans un tableau.",
        "petite": petite,
        "source": f"{reverse('carte_donnees')}?{choix}{demande}",
        "contours": reverse("carte_contours", args=["-"]),
        "fiche": reverse("residence", args=["000000000:X"]),
        "parametres": choix,
        "tuiles": settings.FOND_CARTE_URL,
        "attribution": settings.FOND_CARTE_ATTRIBUTION,
    }


@register.inclusion_tag("composants/etapes.html")
def etapes(liste):
    """Steps of a process: (label, "faite" | "en_cours" | "a_venir", when)."""
    return {"etapes": liste}


register.simple_tag(famille)
