"""Drawing the local secteurs: nothing is kept before it is saved; every operation answers with the drawing as it then
stands, with or without JavaScript."""

from datetime import date
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from diagnostic.calculs.secteurs import Secteur, SecteursInvalides, diviser, ecrire, elargir, lire, lire_ligne
from diagnostic.models import Residence
from diagnostic.services import secteurs as service
from diagnostic.views.page import page
from diagnostic.views.tableau import Colonne, Tableau
from partenaires.services.depots import DepotInterdit
from partenaires.services.stockage import DisquePlein

VIDE = '{"type": "FeatureCollection", "features": []}'
COLONNES = (
    Colonne("code", "Code", lambda s: s.code),
    Colonne("nom", "Nom", lambda s: s.nom, lien=lambda s: reverse("quartier", args=["secteur", s.code])),
    Colonne("commune", "Commune", lambda s: s.commune_code),
    Colonne("debut", "En vigueur à partir du", lambda s: s.debut, "date"),
    Colonne("fin", "Jusqu'au", lambda s: s.fin, "date"),
    Colonne("depot", "Dépôt", lambda s: s.depot_id, "annee"),
)


@require_http_methods(["GET", "POST"])
@page("epci", "ddt", "bailleur")
def secteurs(request):
    """The secteurs of a version, and for who may draw them, the drawing."""
    epci = request.selection.epci
    dessine = service.peut_dessiner(request.adhesion, epci)
    if request.method == "POST":
        if not dessine:
            raise PermissionDenied("Seul un gestionnaire de l'EPCI dessine les secteurs de son territoire.")
        return travailler(request, epci)
    return montrer(request, epci, dessine)


def montrer(request, epci: str, dessine: bool, brouillon: dict | None = None, statut: int = 200):
    """`brouillon`: what is being drawn; without it, the version shown."""
    connues = service.versions(request.adhesion, epci)
    version = request.GET.get("version", "")
    version = version if version in connues else next(iter(connues), "")
    perimetres = service.de_la_version(request.adhesion, epci, version) if version else []
    if brouillon is None:
        brouillon = {"contours": ecrire(service.en_dessin(perimetres)) if perimetres else VIDE}
    tableau = Tableau(
        request,
        f"Secteurs de la version {version}" if version else "Secteurs locaux",
        COLONNES,
        perimetres,
        vide="Aucun secteur : "
        + (
            "dessinez-en un ci-dessous."
            if dessine
            else "l'EPCI les dessine ou les dépose (perimetres, nature secteur)."
        ),
        nom_fichier=f"secteurs-{version}",
        exportable=False,
    )
    contexte = {
        "tableau": tableau,
        "versions": connues,
        "version": version,
        "dessine": dessine,
        "modeles": service.modeles(request.adhesion, epci),
        "proposee": service.proposer_version(request.adhesion, epci, date.today()),
        "tuiles": settings.FOND_CARTE_URL,
        "attribution": settings.FOND_CARTE_ATTRIBUTION,
        "residences": points(request, epci) if dessine else [],
        "brouillon": {"fautes": [], "recouvrements": []} | brouillon,
        "codes": codes(brouillon["contours"]),
    }
    return render(request, "diagnostic/secteurs.html", contexte, status=statut)


def points(request, epci: str) -> list[list[float]]:
    """Where the residences stand, to draw around them."""
    siennes = Residence.objects.visible_to(request.adhesion).courantes()
    places = siennes.filter(commune__territoire=epci, longitude__isnull=False, latitude__isnull=False)
    return [[float(x), float(y)] for x, y in places.order_by().values_list("longitude", "latitude")]


def codes(contours: str) -> list[str]:
    """Codes of a drawing that can be read."""
    try:
        return [secteur.code for secteur in lire(contours)]
    except SecteursInvalides:
        return []


# --- what is done to the drawing ------------------------------------------------------------------------------------


def travailler(request, epci: str):
    """One operation on the drawing sent; saved only when that is what is asked for."""
    texte = request.POST.get("contours", "") or VIDE
    try:
        dessin = lire(texte)
        if request.POST.get("action") == "enregistrer":
            return enregistrer(request, epci, dessin)
        dessin = OPERATIONS.get(request.POST.get("action", ""), tel_quel)(request, epci, dessin)
    except SecteursInvalides as refus:
        return montrer(request, epci, True, {"contours": texte, "fautes": refus.fautes}, 400)
    except service.DessinRefuse as refus:
        return montrer(request, epci, True, {"contours": texte, "fautes": refus.fautes}, 400)
    except DepotInterdit as refus:
        raise PermissionDenied(str(refus)) from refus
    except DisquePlein as refus:
        return montrer(request, epci, True, {"contours": texte, "fautes": [str(refus)]}, 507)
    verifie = {"contours": ecrire(dessin), "recouvrements": service.recouvrements(dessin), "verifie": True}
    return montrer(request, epci, True, verifie)


def tel_quel(_request, _epci, dessin: list[Secteur]) -> list[Secteur]:
    return dessin


def ajouter_un_modele(request, epci: str, dessin: list[Secteur]) -> list[Secteur]:
    repris = service.reprendre(request.adhesion, epci, request.POST.get("modele", ""))
    if repris.code in {secteur.code for secteur in dessin}:
        raise SecteursInvalides([f"Le code {repris.code} est déjà dans le dessin : changez celui qui s'y trouve."])
    return [*dessin, repris]


def couper(request, _epci, dessin: list[Secteur]) -> list[Secteur]:
    ligne = lire_ligne(request.POST.get("ligne", ""))
    return remplacer(request, dessin, lambda secteur: diviser(secteur, ligne))


def etendre(request, _epci, dessin: list[Secteur]) -> list[Secteur]:
    try:
        metres = float(request.POST.get("metres", "").replace(",", "."))
    except ValueError:
        metres = 0
    return remplacer(request, dessin, lambda secteur: [elargir(secteur, metres)])


def supprimer(request, _epci, dessin: list[Secteur]) -> list[Secteur]:
    return remplacer(request, dessin, lambda secteur: [])


def remplacer(request, dessin: list[Secteur], par) -> list[Secteur]:
    """The drawing with the secteur chosen replaced."""
    choisi = request.POST.get("secteur", "")
    if choisi not in {secteur.code for secteur in dessin}:
        raise SecteursInvalides(["Choisissez un secteur du dessin."])
    return [autre for secteur in dessin for autre in (par(secteur) if secteur.code == choisi else [secteur])]


OPERATIONS = {"reprendre": ajouter_un_modele, "diviser": couper, "elargir": etendre, "supprimer": supprimer}


def enregistrer(request, epci: str, dessin: list[Secteur]):
    version = " ".join(request.POST.get("version", "").split())
    depot = service.enregistrer(request.adhesion, epci, version, dessin)
    adresse = reverse("depot", args=[depot.pk])
    nombre = f"{len(dessin)} secteur{'s' if len(dessin) > 1 else ''}"
    messages.success(
        request,
        format_html(
            'Version {} enregistrée, {} : <a href="{}">dépôt n° {}</a>. Le retirer la défait. Les chiffres par secteur '
            "suivent au prochain calcul.",
            version,
            nombre,
            adresse,
            depot.pk,
        ),
    )
    return redirect(f"{reverse('secteurs')}?{urlencode({'version': version})}")
