"""Sheets of a quartier: prospective (Reims) with its simulator, territoriale (Poitiers) with its point zero."""

from dataclasses import replace
from fractions import Fraction
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from diagnostic.calculs.definitions import PAR_CODE
from diagnostic.calculs.document import Document
from diagnostic.forms_fiches import (
    ActionsFormSet,
    CiblesFormSet,
    FicheForm,
    ObjectifsFormSet,
    PointZeroForm,
    SimulateurForm,
    en_saisie,
)
from diagnostic.services import fiches_quartier as service
from diagnostic.services import quartiers, simulation
from diagnostic.services.cibles import voulu
from diagnostic.services.fiche_prospective import Prospective
from diagnostic.services.fiche_territoriale import Territoriale, poser
from diagnostic.services.fiches_quartier import FicheDepassee, FicheInvalide
from diagnostic.services.simulation import Hypotheses
from diagnostic.services.situations import peut_ecrire
from diagnostic.views.fiches import repondre
from diagnostic.views.page import page
from partenaires.api.tableaux import audience_de

PARTS = ("stock", "entrants", "sortants", "rotation")


def lieu_connu(request, niveau: str, code: str) -> quartiers.Lieu:
    """Unknown, of another scale or of another territory: 404."""
    lieu = quartiers.trouver(request.adhesion, request.selection.epci, niveau, code)
    if lieu is None:
        raise Http404
    return lieu


def adresse(request, nom: str, niveau: str, code: str) -> str:
    requete = {"epci": request.selection.epci, "annee": request.selection.annee}
    return f"{reverse(nom, args=[niveau, code])}?{urlencode(requete)}"


# --- prospective ----------------------------------------------------------------------------------------------------
@page()
def prospective(request, niveau, code):
    """The version asked for by `?version=`, else the latest; the simulation of `?cible=` and its hypotheses."""
    lieu = lieu_connu(request, niveau, code)
    versions = service.versions(request.adhesion, lieu)
    contexte = {
        "lieu": lieu,
        "versions": versions,
        "ecrit": peut_ecrire(request.adhesion, lieu.epci),
        "nom_fiche": "Fiche prospective",
        "gabarit": "diagnostic/fiche_prospective.html",
    }
    if not versions:
        contexte["vide"] = "Aucune fiche prospective n'est écrite pour ce quartier."
        return repondre(request, _vide(request, lieu), f"prospective-{code}", **contexte)
    fiche = _choisie(versions, request.GET.get("version", ""))
    lue = Prospective(request.adhesion, lieu, versions, fiche, request.selection.millesime)
    document = lue.document(timezone.localdate())
    formulaire, partie = simuler(request.GET, lue)
    if partie:
        document = replace(document, parties=(*document.parties[:-1], partie, document.parties[-1]))
    contexte |= {"fiche": fiche, "simulateur": formulaire}
    return repondre(request, document, f"prospective-{code}", **contexte)


def _vide(request, lieu) -> Document:
    return Document(
        f"Fiche prospective : {lieu.nom}", lieu.nom_commune, audience_de(request.adhesion), timezone.localdate(), ()
    )


def _choisie(versions: list, numero: str):
    if not numero:
        return versions[0]
    for fiche in versions:
        if str(fiche.numero) == numero:
            return fiche
    raise Http404


def simuler(champs, lue: Prospective):
    """The form of the simulator, and the simulation when it is asked for; no form without a target to simulate."""
    cibles = simulation.simulables(lue)
    if not cibles:
        return None, None
    choix = [(rang, f"{PAR_CODE[cible['indicateur']].libelle}, {voulu(cible)}") for rang, cible in enumerate(cibles)]
    if "stock" not in champs:
        rang = champs.get("cible", "")
        cible = cibles[int(rang)] if rang.isdigit() and int(rang) < len(cibles) else cibles[0]
        connues = simulation.connues(lue, cible)
        initiales = {nom: round(taux * 100, 2) for nom, taux in connues.items() if taux is not None}
        return SimulateurForm(cibles=choix, initial=initiales | {"cible": cibles.index(cible)}), None
    formulaire = SimulateurForm(champs, cibles=choix)
    if not formulaire.is_valid():
        return formulaire, None
    saisie = formulaire.cleaned_data
    parts = {nom: None if saisie[nom] is None else Fraction(saisie[nom]) / 100 for nom in PARTS}
    try:
        hypotheses = Hypotheses(**parts, annees=saisie["annees"])
        return formulaire, simulation.partie(lue, cibles[saisie["cible"]], hypotheses)
    except ValueError as refus:
        formulaire.add_error(None, str(refus))
        return formulaire, None


@page("epci")
def modifier(request, niveau, code):
    """A new version of the sheet, from the latest."""
    lieu = lieu_connu(request, niveau, code)
    if not peut_ecrire(request.adhesion, lieu.epci):
        raise PermissionDenied
    versions = service.versions(request.adhesion, lieu)
    derniere = versions[0] if versions else None
    residences = service.residences_du_lieu(request.adhesion, lieu)
    fautes: list[str] = []
    statut = 200
    if request.method == "POST":
        formulaire = FicheForm(request.POST)
        lignes = _formulaires(residences, donnees=request.POST)
        if all([formulaire.is_valid(), *(une.is_valid() for une in lignes.values())]):
            saisie = formulaire.saisie() | {nom: une.lignes for nom, une in lignes.items()}
            try:
                return _enregistrer(request, lieu, formulaire.cleaned_data["vu"], saisie)
            except FicheInvalide as refus:
                fautes, statut = refus.fautes, 400
            except FicheDepassee as refus:
                fautes, statut = [str(refus)], 409
        else:
            fautes, statut = ["Corrigez les champs signalés."], 400
    else:
        formulaire, lignes = FicheForm.de(derniere), _formulaires(residences, fiche=derniere)
    contexte = {
        "lieu": lieu,
        "derniere": derniere,
        "formulaire": formulaire,
        "lignes": lignes,
        "fautes": fautes,
        "residences": residences,
        "retour": adresse(request, "fiche_prospective", niveau, code),
    }
    return render(request, "diagnostic/fiche_prospective_edition.html", contexte, status=statut)


def _formulaires(residences: dict, donnees=None, fiche=None) -> dict:
    """The lines of the sheet, by their name in it."""

    def un(classe, nom, **options):
        initiales = [en_saisie(ligne) for ligne in getattr(fiche, nom)] if fiche else None
        return classe(donnees, initial=initiales, prefix=nom, **options)

    return {
        "actions": un(ActionsFormSet, "actions"),
        "cibles": un(CiblesFormSet, "cibles"),
        "objectifs": un(ObjectifsFormSet, "objectifs", form_kwargs={"residences": residences}),
    }


def _enregistrer(request, lieu, vu: int, saisie: dict):
    fiche = service.enregistrer(request.adhesion, lieu, request.selection.millesime, vu, saisie)
    if fiche:
        messages.success(request, f"Version {fiche.numero} de la fiche enregistrée : {lieu.nom}.")
    else:
        messages.info(request, "Rien n'a changé : aucune version n'a été ajoutée.")
    return redirect(adresse(request, "fiche_prospective", lieu.niveau, lieu.code))


# --- territoriale ---------------------------------------------------------------------------------------------------
@page()
def territoriale(request, niveau, code):
    """The gaps to the territory; the EPCI sets the point zero again."""
    lieu = lieu_connu(request, niveau, code)
    lue = Territoriale(request.adhesion, lieu, request.selection.millesime)
    ecrit = peut_ecrire(request.adhesion, lieu.epci)
    formulaire = PointZeroForm(annees=lue.annees, initial={"millesime": lue.point_zero}) if ecrit else None
    if request.method == "POST":
        if not ecrit:
            raise PermissionDenied
        formulaire = PointZeroForm(request.POST, annees=lue.annees)
        if formulaire.is_valid():
            saisie = formulaire.cleaned_data
            poser(request.adhesion, lieu, saisie["millesime"], saisie["raison"], lue.annees)
            messages.success(request, f"Point zéro posé : {saisie['millesime']}.")
            return redirect(adresse(request, "fiche_territoriale", niveau, code))
    contexte = {"lieu": lieu, "formulaire": formulaire if lue.annees else None, "nom_fiche": "Fiche territoriale"}
    contexte |= {"gabarit": "diagnostic/fiche_territoriale.html", "statut": 400 if request.method == "POST" else 200}
    return repondre(request, lue.document(timezone.localdate()), f"territoriale-{code}", **contexte)
