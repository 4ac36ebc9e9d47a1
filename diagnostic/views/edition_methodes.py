"""The editor of methods: drafts written by the EPCI, seen on the territory, adopted, retired."""

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from diagnostic import forms_methode
from diagnostic.calculs.definitions import INDICATEURS
from diagnostic.calculs.indices_quartier import NIVEAUX
from diagnostic.models import Methode
from diagnostic.services import apercu_methodes, indices
from diagnostic.services import methodes as service
from diagnostic.services.comparaison import comparer
from diagnostic.services.mesures import Indices, ParMethode
from diagnostic.views.carte import SENS
from diagnostic.views.classes import Classe
from diagnostic.views.comparaison import colonnes_comparees, matrice_montree
from diagnostic.views.fiche import ALERTES
from diagnostic.views.indicateurs import SOURCES
from diagnostic.views.methodes import CALCULS, POPULATIONS
from diagnostic.views.page import page
from diagnostic.views.tableau import Tableau, page_ou_export

NORMALISATIONS = {
    "rapport": "Rapport au taux de la référence",
    "taux": "Taux lui-même",
    "rang": "Rang parmi les lieux de même échelle",
    "z": "Écart à la moyenne, en écarts-types",
    "points": "Points par paliers du taux",
}
REFERENCES = {
    "millesime": "Le territoire, au même millésime",
    "fixee": "Le territoire, à une année fixée au premier calcul",
    "famille": "Les résidences de la même famille de patrimoine",
}


class AdoptionForm(forms.Form):
    reference = forms.CharField(
        label="Décision de la CIL", max_length=200, help_text="Référence de la délibération ou de la séance."
    )
    du = forms.DateField(
        label="Prise le", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), input_formats=["%Y-%m-%d"]
    )


def adresse(nom: str, request, version: Methode | None = None, **parametres) -> str:
    arguments = [version.code, version.version] if version else []
    choix = {"epci": request.selection.epci, "annee": request.selection.annee}
    return f"{reverse(nom, args=arguments)}?{urlencode(choix | parametres)}"


def redactrice(request) -> None:
    """404 for who may not know that there are drafts, 403 for who may not write them."""
    if not service.peut_regler(request.adhesion, request.selection.epci):
        raise PermissionDenied("Les méthodes s'écrivent par un gestionnaire ou un administrateur de l'EPCI.")


def methode_du_territoire(request, code: str, version: str, statut: str | None = None) -> Methode:
    """A version of the territory's own; unknown: 404."""
    siennes = Methode.objects.visible_to(request.adhesion).filter(epci=request.selection.epci)
    trouvee = siennes.filter(code=code, version=version).first()
    if trouvee is None or (statut and trouvee.statut != statut):
        raise Http404
    return trouvee


def visible(request, code: str, version: str) -> Methode:
    """A version of the territory's own, or a preset."""
    visibles = Methode.objects.visible_to(request.adhesion).du_territoire(request.selection.epci)
    trouvee = visibles.filter(code=code, version=version).order_by("-epci").first()
    if trouvee is None:
        raise Http404
    return trouvee


def en_action(agir, request, succes: str, *suite):
    """The outcome of a service told in words; True when it was done."""
    try:
        resultat = agir(*suite)
    except service.MethodeInvalide as invalide:
        for faute in invalide.fautes:
            messages.error(request, faute)
    except service.MethodeDepassee as depassee:
        messages.warning(request, str(depassee))
    except service.MethodeInterdite as interdite:
        raise PermissionDenied(str(interdite)) from interdite
    else:
        messages.success(request, succes)
        return resultat or True
    return None


# --- form -----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@page("epci")
def nouvelle(request):
    redactrice(request)
    return editer(request, None)


@require_http_methods(["GET", "POST"])
@page("epci")
def modifier(request, code, version):
    redactrice(request)
    return editer(request, methode_du_territoire(request, code, version, Methode.Statut.BROUILLON))


def editer(request, methode: Methode | None):
    """The form as it is read; an action on a line shows it again without saving."""
    fautes: list[str] = []
    if request.method == "GET":
        donnees = service.donnees_de(methode) if methode else forms_methode.methode_vide()
        vu = service.empreinte(methode) if methode else ""
        return montrer(request, methode, donnees, vu, fautes)
    donnees, vu, action = forms_methode.lire(request.POST), request.POST.get("vu", ""), request.POST.get("action", "")
    if action == "actualiser" or forms_methode.agir(donnees, action):
        return montrer(request, methode, donnees, vu, fautes)
    try:
        enregistree = enregistrer(request, methode, donnees, vu)
    except service.MethodeInvalide as invalide:
        fautes = invalide.fautes
    except service.MethodeDepassee as depassee:
        fautes = [str(depassee)]
    else:
        messages.success(request, "Le brouillon est enregistré.")
        suite = "apercu_methode" if action == "apercu" else "modifier_methode"
        return redirect(adresse(suite, request, enregistree))
    return montrer(request, methode, donnees, vu, fautes, status=400)


def enregistrer(request, methode: Methode | None, donnees: dict, vu: str) -> Methode:
    if methode is None:
        return service.creer(request.adhesion, request.selection.epci, donnees)
    return service.modifier(request.adhesion, methode, donnees, vu)


def montrer(request, methode, donnees: dict, vu: str, fautes: list[str], status: int = 200):
    contexte = {
        "methode": methode,
        "donnees": donnees,
        "vu": vu,
        "fautes": fautes,
        "indicateurs": [
            (libelle, [i for i in INDICATEURS if i.source.value == source]) for source, libelle in SOURCES.items()
        ],
        "populations": POPULATIONS,
        "normalisations": NORMALISATIONS,
        "calculs": CALCULS,
        "references": REFERENCES,
        "manquantes": Methode.Manquante.choices,
        "niveaux": NIVEAUX,
        "classes": classes_de(donnees),
        "lignes_croisees": lignes_croisees(donnees),
    }
    return render(request, "diagnostic/methode_edition.html", contexte, status=status)


def classes_de(donnees: dict) -> list[str]:
    """Labels of the classes of the method, for the rules of quartiers."""
    if donnees["croisement"]:
        return [libelle for libelle in donnees["croisement"]["classes"] if libelle]
    axes = donnees["axes"]
    return [classe["libelle"] for classe in axes[0]["classes"] if classe["libelle"]] if axes else []


def lignes_croisees(donnees: dict) -> tuple[list[str], list[tuple[str, list]]]:
    """Header and lines of the crossing table: labels of the second axis, then of the first with its cells."""
    croisement = donnees["croisement"]
    if not croisement:
        return [], []
    libelles = {axe["code"]: [classe["libelle"] for classe in axe["classes"]] for axe in donnees["axes"]}
    premier, second = (libelles.get(code, []) for code in croisement["axes"])
    return second, list(zip(premier, croisement["table"]))


# --- life -----------------------------------------------------------------------------------------------------------


@require_POST
@page("epci")
def dupliquer(request, code, version):
    redactrice(request)
    modele, epci = visible(request, code, version), request.selection.epci
    copie = en_action(
        service.dupliquer, request, "La méthode est dupliquée en brouillon.", request.adhesion, epci, modele
    )
    return redirect(adresse("modifier_methode", request, copie) if copie else adresse("methodes", request))


@require_POST
@page("epci")
def nouvelle_version(request, code, version):
    redactrice(request)
    modele = methode_du_territoire(request, code, version)
    suivante = en_action(
        service.nouvelle_version, request, "Voici le brouillon de la nouvelle version.", request.adhesion, modele
    )
    return redirect(adresse("modifier_methode", request, suivante) if suivante else adresse("methodes", request))


@require_POST
@page("epci")
def supprimer(request, code, version):
    redactrice(request)
    methode = methode_du_territoire(request, code, version)
    en_action(service.supprimer, request, "Le brouillon est supprimé.", request.adhesion, methode)
    return redirect(adresse("methodes", request))


@require_POST
@page("epci")
def retirer(request, code, version):
    redactrice(request)
    methode = methode_du_territoire(request, code, version)
    en_action(service.retirer, request, f"« {methode.libelle} » n'est plus en service.", request.adhesion, methode)
    return redirect(adresse("methodes", request))


@require_POST
@page("epci")
def designer(request, code, version):
    redactrice(request)
    methode, epci = visible(request, code, version), request.selection.epci
    succes = f"« {methode.libelle} » est la méthode sur laquelle s'ouvrent les pages du territoire."
    en_action(service.designer, request, succes, request.adhesion, epci, methode)
    return redirect(adresse("methodes", request))


@require_POST
@page("epci")
def adopter(request, code, version):
    redactrice(request)
    methode = methode_du_territoire(request, code, version)
    formulaire = AdoptionForm(request.POST)
    if not formulaire.is_valid():
        return apercevoir(request, methode, formulaire, status=400)
    decision = service.Decision(**formulaire.cleaned_data)
    succes = f"« {methode.libelle} », version {methode.version}, est en service : ses indices sont calculés."
    if en_action(apercu_methodes.adopter, request, succes, request.adhesion, methode, decision):
        return redirect(adresse("carte", request, methode=methode.code))
    return redirect(adresse("apercu_methode", request, methode))


# --- preview --------------------------------------------------------------------------------------------------------


@page("epci")
def apercu(request, code, version):
    """What a draft gives on the territory, beside the method in service."""
    redactrice(request)
    return apercevoir(request, methode_du_territoire(request, code, version), AdoptionForm())


def apercevoir(request, methode: Methode, formulaire: AdoptionForm, status: int = 200):
    epci = request.selection.epci
    vu = apercu_methodes.apercu(request.adhesion, methode, epci, request.selection.millesime)
    en_service = list(indices.methodes(request.adhesion).du_territoire(epci))
    autre = next((m for m in en_service if m.code == methode.code), None)
    autre = autre or indices.methode_par_defaut(en_service)
    comparaison = None
    if vu.millesimes and autre:
        publiee = ParMethode(autre, Indices(request.adhesion, epci, [autre], [vu.millesime], ["residence"]))
        comparaison = comparer(request.adhesion, epci, vu.mesure, publiee, vu.millesime, "residence")
    tableau = Tableau(
        request,
        "Résidences",
        colonnes_comparees(request, len(vu.mesure.classes), autre, SENS),
        comparaison.lieux if comparaison else [],
        vide="Aucune résidence à montrer.",
        tri_defaut="-valeur",
        nom_fichier=f"apercu-{methode.code}-{vu.millesime}",
        precision=f"(millésime {vu.millesime}, brouillon)",
    )
    total = len(vu.mesure.classes)
    contexte = {
        "methode": methode,
        "apercu": vu,
        "classes": [
            (Classe(libelle, rang, total), nombre)
            for rang, (libelle, nombre) in enumerate(zip(vu.mesure.classes, vu.effectifs))
        ],
        "alertes": [(ALERTES.get(alerte, alerte.replace("_", " ")), nombre) for alerte, nombre in vu.alertes],
        "autre": autre,
        "comparaison": comparaison,
        "matrice": matrice_montree(comparaison) if comparaison else None,
        "formulaire": formulaire,
        "tableau": tableau,
    }
    if status != 200:
        return render(request, "diagnostic/methode_apercu.html", contexte, status=status)
    return page_ou_export(request, "diagnostic/methode_apercu.html", contexte, tableau)
