"""Opinions on residences: the list with its divergences, the page of one residence where opinions are given and notes
published, the campaign of the EPCI."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from diagnostic.calculs.avis import BAILLEUR_ET_COMMUNE, BAILLEUR_ET_PROPOSEE, COMMUNE_ET_PROPOSEE
from diagnostic.calculs.mixite import LIBELLES
from diagnostic.calculs.recherche import sans_accent
from diagnostic.forms_avis import ArbitrageForm, AvisForm, CampagneForm
from diagnostic.models import Residence
from diagnostic.models.avis import Note
from diagnostic.services import avis as service
from diagnostic.services import lecture_avis as lecture
from diagnostic.services import mixite
from diagnostic.services.droits_avis import AvisInterdit, partie_de, peut_arbitrer, peut_donner
from diagnostic.services.lecture_avis import Etat, LigneAvis
from diagnostic.views.noms import Noms
from diagnostic.views.page import page
from diagnostic.views.tableau import Colonne, Tableau, page_ou_export

LECTEURS = ("epci", "ddt", "bailleur", "commune")
DIVERGENCES = {
    BAILLEUR_ET_COMMUNE: "bailleur et commune",
    BAILLEUR_ET_PROPOSEE: "bailleur et note proposée",
    COMMUNE_ET_PROPOSEE: "commune et note proposée",
}
ETATS_DE_PARTIE = (Etat.A_DONNER, Etat.DONNE, Etat.PUBLIE, Etat.A_REEVALUER)
ETATS = (Etat.ATTENDU, Etat.DIVERGENT, Etat.CONCORDANT, Etat.PUBLIE, Etat.A_REEVALUER)


def note(ligne) -> str | None:
    return Note(ligne.note).label if ligne else None


def adresse_de(identifiant: str) -> str:
    return reverse("avis_residence", args=[identifiant])


def colonnes(adhesion, noms: Noms) -> list[Colonne]:
    """A side reads its own opinion; the commune no figure: the proposed note is made of some."""
    partie = partie_de(adhesion)
    retenues = [
        Colonne(
            "nom", "Résidence", lambda une: une.residence.nom, lien=lambda une: adresse_de(une.residence.identifiant)
        ),
        Colonne("adresse", "Adresse", lambda une: une.residence.adresse),
        Colonne("bailleur", "Bailleur", lambda une: noms.organisation(une.residence.bailleur)),
        Colonne("commune", "Commune", lambda une: une.residence.commune.nom),
        Colonne("etat", "État", lambda une: lecture.LIBELLES[une.etat]),
        Colonne("limite", "Attendu le", lambda une: une.tour.limite if une.tour.est_ouvert else None, "date"),
        Colonne("avis_bailleur", "Avis du bailleur", lambda une: note(une.bailleur)),
        Colonne("avis_commune", "Avis de la commune", lambda une: note(une.commune)),
        Colonne("proposee", "Note proposée", lambda une: Note(une.proposee).label if une.proposee else None),
        Colonne("divergence", "Divergence", lambda une: " ; ".join(DIVERGENCES[d] for d in une.divergences) or None),
        Colonne("publiee", "Note publiée", lambda une: note(une.publiee)),
        Colonne("publiee_le", "Publiée le", lambda une: une.publiee.publiee_le if une.publiee else None, "date"),
        Colonne("echeance", "À réévaluer le", lambda une: une.publiee.echeance if une.publiee else None, "date"),
    ]
    tues = {"bailleur": {"avis_commune", "bailleur"}, "commune": {"avis_bailleur", "proposee", "divergence", "commune"}}
    return [colonne for colonne in retenues if colonne.code not in tues.get(partie.value if partie else "", set())]


def filtrer(lignes: list[LigneAvis], choix: dict[str, str]) -> list[LigneAvis]:
    mots = sans_accent(choix["q"]).split()
    return [
        ligne
        for ligne in lignes
        if (not choix["etat"] or ligne.etat == choix["etat"])
        and (not choix["commune"] or ligne.residence.commune_id == choix["commune"])
        and (not choix["bailleur"] or ligne.residence.bailleur == choix["bailleur"])
        and all(mot in ligne.residence.cle_recherche for mot in mots)
    ]


@page(*LECTEURS)
def avis(request):
    """The residences put to opinion, for who gives one, arbitrates or reads."""
    epci, noms = request.selection.epci, Noms(request.adhesion)
    toutes = lecture.lire(request.adhesion, epci, date.today())
    choix = {cle: request.GET.get(cle, "") for cle in ("q", "etat", "commune", "bailleur")}
    partie = partie_de(request.adhesion)
    tableau = Tableau(
        request,
        "Avis de proximité",
        colonnes(request.adhesion, noms),
        filtrer(toutes, choix),
        vide="Aucune résidence ne répond à ces filtres : retirez-en un."
        if toutes
        else "Aucune campagne d'avis n'a été ouverte sur ce territoire : l'EPCI l'ouvre depuis cette page.",
        tri_defaut="nom",
        nom_fichier=f"avis-{epci}",
    )
    contexte = {
        "tableau": tableau,
        "total": len(toutes),
        "choix": choix,
        "etats": [(etat.value, lecture.LIBELLES[etat]) for etat in (ETATS_DE_PARTIE if partie else ETATS)],
        "communes": sorted(
            {(une.residence.commune_id, une.residence.commune.nom) for une in toutes}, key=lambda c: c[1]
        ),
        "bailleurs": sorted({(une.residence.bailleur, noms.organisation(une.residence.bailleur)) for une in toutes}),
        "comptes": comptes(toutes),
        "arbitre": peut_arbitrer(request.adhesion, epci),
        "campagne": CampagneForm(),
        "partie": partie,
    }
    return page_ou_export(request, "diagnostic/avis.html", contexte, tableau)


def comptes(lignes: list[LigneAvis]) -> list[tuple[str, str, int]]:
    """(state, in words, residences), those that have some."""
    nombres = {etat: sum(ligne.etat == etat for ligne in lignes) for etat in Etat}
    return [(etat.value, lecture.LIBELLES[etat], nombre) for etat, nombre in nombres.items() if nombre]


@require_POST
@page("epci")
def ouvrir_campagne(request):
    formulaire = CampagneForm(request.POST)
    if not formulaire.is_valid():
        messages.error(request, "La campagne n'est pas ouverte : donnez une date limite et choisissez les résidences.")
        return retour(request)
    try:
        ouverts = service.ouvrir_campagne(request.adhesion, request.selection.epci, **formulaire.cleaned_data)
    except service.AvisInvalide as refus:
        messages.error(request, str(refus))
    except AvisInterdit as refus:
        raise PermissionDenied(str(refus)) from refus
    else:
        suite = "Le bailleur et la commune de chacune sont prévenus cette nuit." if ouverts else "Elles le sont déjà."
        messages.success(request, f"Résidences nouvellement soumises aux avis : {ouverts}. {suite}")
    return retour(request)


@require_POST
@page("epci")
def publier_concordantes(request):
    try:
        publiees = service.publier_concordantes(request.adhesion, request.selection.epci)
    except AvisInterdit as refus:
        raise PermissionDenied(str(refus)) from refus
    messages.success(request, f"Notes publiées : {publiees}.")
    return retour(request)


def retour(request):
    return redirect(f"{reverse('avis')}?epci={request.selection.epci}")


@require_http_methods(["GET", "POST"])
@page(*LECTEURS)
def avis_residence(request, identifiant):
    """One residence: its round, the opinion to give or the note to publish, and every former round."""
    lue = lecture.de_la_residence(request.adhesion, identifiant, date.today())
    if lue is None:
        raise Http404
    ligne, tours = lue
    donne = peut_donner(request.adhesion, ligne.tour)
    arbitre = peut_arbitrer(request.adhesion, ligne.tour.epci)
    if request.method == "POST" and not (donne or arbitre):
        raise PermissionDenied
    formulaire = formulaire_de(request, ligne, arbitre) if donne or arbitre else None
    if request.method == "POST" and formulaire.is_valid() and enregistrer(request, ligne, formulaire, arbitre):
        return redirect(adresse_de(identifiant))
    contexte = {
        "ligne": ligne,
        "etat": lecture.LIBELLES[ligne.etat],
        "bailleur": Noms(request.adhesion).organisation(ligne.residence.bailleur),
        "divergences": [DIVERGENCES[code] for code in ligne.divergences],
        "formulaire": formulaire,
        "arbitre": arbitre,
        "partie": partie_de(request.adhesion),
        "tours": tours,
        "proposee": Note(ligne.proposee).label if ligne.proposee else None,
    }
    return render(request, "diagnostic/avis_residence.html", contexte)


@page("epci", "ddt", "bailleur")
def panneau(request, identifiant):
    """Opinions and mix of one residence, as a panel of its sheet; opened by itself, the page of its opinions."""
    if not Residence.objects.visible_to(request.adhesion).courantes().filter(identifiant=identifiant).exists():
        raise Http404
    if not request.htmx:
        return redirect(adresse_de(identifiant))
    lue = lecture.de_la_residence(request.adhesion, identifiant, date.today())
    if lue is None:
        return render(request, "diagnostic/avis_de_la_fiche.html", {"identifiant": identifiant})
    ligne, tours = lue
    la_mixite = mixite.lire(request.adhesion, tours[0].tour.epci, request.selection.millesime, date.today())
    siennes = [une for une in la_mixite.lignes if une.residence.identifiant == identifiant]
    contexte = {
        "identifiant": identifiant,
        "avis": ligne,
        "etat": lecture.LIBELLES[ligne.etat],
        "partie": partie_de(request.adhesion),
        "mixite": next(iter(siennes), None),
        "enquete": la_mixite.millesime,
        "segments": [LIBELLES[code] for une in siennes for code in une.segments],
    }
    return render(request, "diagnostic/avis_de_la_fiche.html", contexte)


def formulaire_de(request, ligne: LigneAvis, arbitre: bool):
    donnees = request.POST if request.method == "POST" else None
    if arbitre:
        publiee = ligne.publiee if ligne.publiee and ligne.publiee.tour_id == ligne.tour.pk else None
        initial = {"vu": service.empreinte(publiee, ligne.bailleur, ligne.commune)}
        if publiee:
            initial |= {"note": publiee.note, "motif": publiee.motif}
        return ArbitrageForm(donnees, initial=initial)
    mien = ligne.bailleur or ligne.commune  # a side reads its own alone
    initial = {"vu": service.empreinte(mien)}
    if mien:
        initial |= {"note": mien.note, "commentaire": mien.commentaire}
    return AvisForm(donnees, initial=initial)


def enregistrer(request, ligne: LigneAvis, formulaire, arbitre: bool) -> bool:
    """True when it is recorded; else the form or a message says why."""
    agir = service.publier if arbitre else service.donner
    try:
        agir(request.adhesion, ligne.tour.pk, **formulaire.cleaned_data)
    except service.AvisInvalide as refus:
        formulaire.add_error(None, str(refus))
        return False
    except service.AvisDepasse as depasse:
        messages.warning(request, str(depasse))
        return True  # the page is shown again, with what the other wrote
    except AvisInterdit as refus:
        raise PermissionDenied(str(refus)) from refus
    messages.success(request, "La note est publiée." if arbitre else "Votre avis est enregistré.")
    return True
