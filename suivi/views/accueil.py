"""The first screen of each role. Its slower panels are fragments that the page asks for once it is shown."""

from datetime import date

from django.shortcuts import redirect, render

from attributions.services.sources import sources
from attributions.views.provenance import provenance
from diagnostic.models import Commune
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs, indices
from diagnostic.services.lecture_avis import a_faire
from diagnostic.views.classes import Classe
from diagnostic.views.methodes import choisie
from diagnostic.views.page import page
from relogement.models import Projet
from relogement.services.revue import Inconnu
from relogement.services.revue import revue as lire_revue
from relogement.views.projets import verdicts
from suivi.services import accueil as service
from suivi.templatetags.objectifs import etat

A_SURVEILLER = 8
INDICATEURS_COMMUNE = ("beneficiaires_apl", "menages_moins_40_pct_plus", "personnes_seules", "vacance_3_mois_rpls")


@page()
def accueil(request):
    """The dashboard of one's role."""
    vues = {"epci": epci, "bailleur": bailleur, "ddt": ddt}
    return vues.get(request.adhesion.nature, partenaire)(request)


def blocs(request, atteintes: service.Atteintes, axe: str) -> list[dict]:
    """The legal objectives as blocks, with the other variant of the 25 % and where the figure comes from."""
    variante = atteintes.seule(axe, service.VARIANTE)
    vues = sources(request.adhesion, request.selection.epci, request.selection.annee)
    retenus = []
    for code in service.LEGAUX:
        situation = atteintes.seule(axe, code)
        if situation:
            seul = variante if code == service.LEGAUX[0] else None
            retenus.append({"situation": situation, "variante": seul, "provenance": provenance(situation.ligne, vues)})
    return retenus


def epci(request):
    """« Où en sommes-nous ? »"""
    selection = request.selection
    atteintes = service.lire(request.adhesion, selection.epci, selection.annee)
    millesimes = service.parc_par_bailleur(request.adhesion, selection.epci)
    par_bailleur = [
        (situation, etat(situation.ligne), millesimes.get(situation.ligne.bailleur))
        for situation in atteintes.situations("bailleur", service.LEGAUX[0], "bailleur")
    ]
    contexte = {
        "blocs": blocs(request, atteintes, "total"),
        "reservataires": atteintes.situations("reservataire", "prioritaires_reservataire", "reservataire"),
        "locaux": atteintes.locaux,
        "par_bailleur": sorted(par_bailleur, key=lambda triplet: -(triplet[0].ligne.denominateur or 0)),
        "fraicheur": selection.fraicheur,
    }
    return render(request, "suivi/accueil_epci.html", contexte)


def bailleur(request):
    """« Qu'est-ce que je dois, qu'est-ce que je dois déposer ? »"""
    selection = request.selection
    atteintes = service.lire(request.adhesion, selection.epci, selection.annee, ("total", "bailleur"))
    contexte = {
        "blocs": blocs(request, atteintes, "bailleur"),
        "ensemble": {situation.ligne.objectif: situation for situation in toutes_au_total(atteintes)},
        "depots": service.depots_du_bailleur(request.adhesion),
        "fraicheur": selection.fraicheur,
    }
    return render(request, "suivi/accueil_bailleur.html", contexte)


def toutes_au_total(atteintes: service.Atteintes) -> list[service.Situation]:
    trouvees = [atteintes.seule("total", code) for code in service.LEGAUX]
    return [situation for situation in trouvees if situation]


def ddt(request):
    """« Quels territoires décrochent ? »"""
    selection = request.selection
    contexte = {
        "territoires": service.par_territoire(request.adhesion, selection.territoires, selection.annee),
        "projets": list(Projet.objects.visible_to(request.adhesion)),
        "legaux": service.LEGAUX,
    }
    return render(request, "suivi/accueil_ddt.html", contexte)


def partenaire(request):
    """Commune, Action Logement, département, région: its contingent, then the aggregates it may read."""
    selection = request.selection
    contingent = service.CONTINGENTS.get(request.adhesion.nature)
    atteintes = service.lire(request.adhesion, selection.epci, selection.annee, ("total", "reservataire"))
    lignes = atteintes.situations("reservataire", "prioritaires_reservataire", "reservataire")
    contexte = {
        "blocs": blocs(request, atteintes, "total"),
        "contingent": next((s for s in lignes if s.ligne.reservataire == contingent), None),
        "est_commune": request.adhesion.nature == "commune",
    }
    return render(request, "suivi/accueil_partenaire.html", contexte)


# --- fragments ------------------------------------------------------------------------------------------------------


def fragment(adresse: str):
    """A panel of the dashboard; opened by itself, it leads to the page it sums up."""

    def decorer(vue):
        @page()
        def panneau(request):
            return vue(request) if request.htmx else redirect(adresse)

        return panneau

    return decorer


@fragment("relogement")
def panneau_relogement(request):
    """The four criteria over the projects of the territory that the reader sees."""
    try:
        revue = lire_revue(request.adhesion, epci=request.selection.epci)
    except Inconnu:
        revue = None
    par_projet = revue.projets if revue and request.adhesion.nature == "ddt" else []
    contexte = {
        "revue": revue,
        "verdicts": verdicts(revue.ensemble) if revue else [],
        "projets": [(projet, verdicts(bilan)) for projet, bilan in par_projet],
    }
    return render(request, "suivi/panneau_relogement.html", contexte)


@fragment("carte")
def panneau_classes(request):
    """Residences by class under the first method in service, and those with the highest index."""
    methode, _ = choisie(request)
    lues = (
        indices.lire(
            request.adhesion,
            epci=request.selection.epci,
            niveau=Niveau.RESIDENCE,
            methode=methode.code,
            millesime=request.selection.millesime,
            tri="-valeur",
            detail=False,
        )
        if methode
        else []
    )
    lignes = list(lues)
    nombre = len(methode.libelles) if methode else 0
    comptes = [
        (Classe(libelle, rang, nombre), sum(ligne.rang == rang for ligne in lignes))
        for rang, libelle in enumerate(methode.libelles if methode else [])
    ]
    elevees = [ligne for ligne in lignes if not ligne.secret and ligne.valeur is not None][:A_SURVEILLER]
    contexte = {
        "methode": methode,
        "comptes": comptes,
        "total": len(lignes),
        "elevees": [(ligne, Classe(ligne.classe, ligne.rang, nombre)) for ligne in elevees],
    }
    return render(request, "suivi/panneau_classes.html", contexte)


@fragment("avis")
def panneau_avis(request):
    """What is left to do about the opinions on residences; nothing for who has no part in them."""
    reste = a_faire(request.adhesion, request.selection.epci, date.today())
    return render(request, "suivi/panneau_avis.html", {"avis": reste})


@fragment("indicateurs")
def panneau_commune(request):
    """A few indicators of the reader's commune beside the territory's."""
    commune = Commune.objects.visible_to(request.adhesion).defer("contour").first()
    selection = request.selection
    lues = indicateurs.lire(
        request.adhesion,
        epci=selection.epci,
        millesime=selection.millesime,
        population="ensemble",
        niveau=(Niveau.COMMUNE, Niveau.EPCI),
        territoire=(commune.code if commune else "", selection.epci),
    )
    par_code: dict[str, dict] = {code: {} for code in INDICATEURS_COMMUNE}
    for ligne in lues:
        if ligne.code in par_code:
            par_code[ligne.code][ligne.niveau] = ligne
    lignes = [(paire.get("commune"), paire.get("epci")) for paire in par_code.values() if paire.get("epci")]
    return render(request, "suivi/panneau_commune.html", {"commune": commune, "lignes": lignes})
