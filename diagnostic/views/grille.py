"""The qualitative grid: the residences of a place with what both sides say of them, and the workshop where they are
rated one after the other (Reims, E1 F6)."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from diagnostic.forms_avis import SANS_MENAGE, CriteresForm, FicheForm
from diagnostic.models import Residence
from diagnostic.models.avis import Partie
from diagnostic.services import classes_residences, criteres_grille
from diagnostic.services import grille as service
from diagnostic.services.criteres_grille import Critere
from diagnostic.services.droits_avis import AvisInterdit, partie_de, parties_saisies
from diagnostic.services.grille import LigneGrille
from diagnostic.views.avis import LECTEURS
from diagnostic.views.classes import Classe
from diagnostic.views.methodes import choisie
from diagnostic.views.noms import Noms
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export


def moyenne(fiche) -> float | None:
    notes = fiche.notes.values() if fiche else ()
    return sum(notes) / len(notes) if notes else None


def colonnes(request, criteres: list[Critere], classes: dict, noms: Noms) -> list[Colonne]:
    """A side reads its own sheet; the commune no class: it is made of figures."""
    libelles = {critere.code: critere.libelle for critere in criteres}
    lieu = request.GET.get("lieu", "")
    retenues = [
        Colonne("nom", "Résidence", lambda une: une.residence.nom, lien=lambda une: adresse(une.residence, lieu)),
        Colonne("bailleur", "Bailleur", lambda une: noms.organisation(une.residence.bailleur)),
        Colonne("commune", "Commune", lambda une: une.residence.commune.nom),
        Colonne("classe", "Classe statistique", lambda une: classes.get(une.residence.identifiant), "classe"),
        Colonne("note_bailleur", "Note moyenne, bailleur", lambda une: moyenne(une.bailleur), "indice"),
        Colonne("note_commune", "Note moyenne, commune", lambda une: moyenne(une.commune), "indice"),
        Colonne("notes", "Critères notés", lambda une: une.notes, "nombre"),
        Colonne("desaccords", "Désaccords", lambda une: en_mots(une, libelles)),
        Colonne("appuis", "Points d'appui", lambda une: " / ".join(f.appuis for f in une.fiches if f.appuis) or None),
        Colonne("freins", "Freins", lambda une: " / ".join(f.freins for f in une.fiches if f.freins) or None),
    ]
    tues = {
        Partie.BAILLEUR: {"note_commune", "desaccords", "bailleur"},
        Partie.COMMUNE: {"note_bailleur", "desaccords", "classe", "commune"},
    }
    partie = partie_de(request.adhesion)
    return [colonne for colonne in retenues if partie is None or colonne.code not in tues[partie]]


def en_mots(ligne: LigneGrille, libelles: dict[str, str]) -> str | None:
    """How many criteria the sides differ on, and which ones by two or more."""
    ecarts = ligne.desaccords
    if not ecarts:
        return None
    nets = [libelles.get(code, code) for code, ecart in ecarts.items() if ecart > 1]
    pluriel = "s" if len(ecarts) > 1 else ""
    return f"{len(ecarts)} critère{pluriel}" + (f", nets sur : {', '.join(nets)}" if nets else "")


def adresse(residence: Residence, lieu: str) -> str:
    """The workshop, at that residence."""
    chemin = reverse("atelier", args=[residence.identifiant])
    return f"{chemin}?{urlencode({'lieu': lieu})}" if lieu else chemin


def classes_de(request, residences: list[Residence]) -> tuple[object, dict[str, object]]:
    """The method chosen, and residence → class as this reader may see it; none for a commune."""
    if partie_de(request.adhesion) == Partie.COMMUNE:
        return None, {}
    methode, _ = choisie(request)
    if methode is None:
        return None, {}
    selection, codes = request.selection, [une.identifiant for une in residences]
    lues = classes_residences.lire(request.adhesion, selection.epci, methode.code, selection.millesime, codes)
    nombre = len(methode.libelles)
    return methode, {
        residence: SECRET if lue.secret else Classe(lue.libelle or "sans valeur", lue.rang, nombre)
        for residence, lue in lues.items()
    }


@page(*LECTEURS)
def grille(request):
    """The residences of a place, with their sheets and their statistical class."""
    selection, lieu, le = request.selection, request.GET.get("lieu", ""), date.today()
    residences = service.residences_de(request.adhesion, selection.epci, lieu)
    lignes = service.lire(request.adhesion, selection.epci, selection.millesime, residences)
    methode, classes = classes_de(request, residences)
    criteres = criteres_grille.criteres(selection.epci, le)
    tableau = Tableau(
        request,
        "Grille qualitative",
        colonnes(request, criteres, classes, Noms(request.adhesion)),
        lignes,
        vide="Aucune résidence dans ce lieu : choisissez-en un autre.",
        tri_defaut="nom",
        nom_fichier=f"grille-{selection.epci}-{selection.millesime}",
        precision=f"(millésime {selection.millesime})",
    )
    contexte = {
        "tableau": tableau,
        "lieux": service.lieux(selection.epci, le),
        "lieu": lieu,
        "premiere": adresse(residences[0], lieu) if residences else "",
        "criteres": criteres,
        "methode": methode,
        "remplies": sum(bool(ligne.notes) for ligne in lignes),
        "saisit": bool(parties_saisies(request.adhesion, selection.epci)),
        "administre": criteres_grille.peut_ecrire_les_criteres(request.adhesion, selection.epci),
    }
    return page_ou_export(request, "diagnostic/grille.html", contexte, tableau)


@require_http_methods(["GET", "POST"])
@page("epci")
def criteres(request):
    """The list of criteria, for the EPCI's administrator to change from today on."""
    epci, le = request.selection.epci, date.today()
    if not criteres_grille.peut_ecrire_les_criteres(request.adhesion, epci):
        raise PermissionDenied
    en_vigueur = criteres_grille.criteres(epci, le)
    donnees = request.POST if request.method == "POST" else None
    formulaire = CriteresForm(donnees, initial={"criteres": criteres_grille.en_lignes(en_vigueur)})
    if donnees is not None and formulaire.is_valid():
        try:
            criteres_grille.enregistrer(request.adhesion, epci, formulaire.cleaned_data["criteres"], le)
        except criteres_grille.CriteresInvalides as refus:
            formulaire.add_error("criteres", str(refus))
        else:
            messages.success(request, "La liste des critères vaut à partir d'aujourd'hui.")
            return redirect(f"{reverse('grille')}?epci={epci}")
    return render(request, "diagnostic/criteres_grille.html", {"formulaire": formulaire})


# --- workshop -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where the workshop stands among the residences of its place."""

    residences: list[Residence]
    rang: int
    lieu: str

    @property
    def residence(self) -> Residence:
        return self.residences[self.rang]

    def adresse(self, rang: int) -> str:
        return adresse(self.residences[rang], self.lieu) if 0 <= rang < len(self.residences) else ""

    @property
    def precedente(self) -> str:
        return self.adresse(self.rang - 1)

    @property
    def suivante(self) -> str:
        return self.adresse(self.rang + 1)


def place_de(request, identifiant: str) -> Place:
    """404 for a residence that the reader may not know, or that is not of the place."""
    lieu = request.GET.get("lieu", "")
    residences = service.residences_de(request.adhesion, request.selection.epci, lieu)
    rang = next((rang for rang, une in enumerate(residences) if une.identifiant == identifiant), None)
    if rang is None:
        raise Http404
    return Place(residences, rang, lieu)


@require_http_methods(["GET", "POST"])
@page(*LECTEURS)
def atelier(request, identifiant):
    """One residence to rate; saved, the next one."""
    selection, place = request.selection, place_de(request, identifiant)
    (ligne,) = service.lire(request.adhesion, selection.epci, selection.millesime, [place.residence])
    fiches = {Partie.BAILLEUR: ligne.bailleur, Partie.COMMUNE: ligne.commune}
    criteres = criteres_grille.criteres(selection.epci, date.today())
    parties = parties_saisies(request.adhesion, selection.epci)
    donnees = request.POST if request.method == "POST" else None
    if donnees is not None and not parties:
        raise PermissionDenied
    formulaire = FicheForm(donnees, criteres=criteres, parties=parties, fiches=fiches)
    if donnees is not None and formulaire.is_valid() and enregistrer(request, place, formulaire):
        return redirect(place.suivante if "suivante" in donnees and place.suivante else place.adresse(place.rang))
    methode, classes = classes_de(request, [place.residence])
    partie = partie_de(request.adhesion)
    montrees = parties or ((partie,) if partie else tuple(Partie))
    contexte = {
        "place": place,
        "numero": place.rang + 1,
        "ligne": ligne,
        "formulaire": formulaire,
        "parties": montrees,
        "saisit": bool(parties),
        "rangees": rangees(ligne, criteres, formulaire, {une: fiches[une] for une in montrees}),
        "textes": formulaire.textes(),
        "methode": methode,
        "classe": classes.get(place.residence.identifiant),
        "bailleur": Noms(request.adhesion).organisation(place.residence.bailleur),
        "avertissement": SANS_MENAGE,
    }
    return render(request, "diagnostic/atelier.html", contexte)


def rangees(ligne: LigneGrille, criteres: list[Critere], formulaire: FicheForm, fiches: dict) -> list[dict]:
    """Each criterion: its fields where the member fills it in, the notes of each side, how far apart they are."""
    champs = {critere.code: liste for critere, liste in formulaire.rangees()}
    return [
        {
            "critere": critere,
            "champs": champs[critere.code],
            "notes": [(une, fiche.notes.get(critere.code) if fiche else None) for une, fiche in fiches.items()],
            "ecart": ligne.desaccords.get(critere.code),
        }
        for critere in criteres
    ]


def enregistrer(request, place: Place, formulaire: FicheForm) -> bool:
    selection = request.selection
    try:
        ecrites = service.enregistrer(
            request.adhesion, selection.epci, place.residence.identifiant, selection.millesime, formulaire.saisies()
        )
    except (service.GrilleInvalide, service.GrilleDepassee) as refus:
        formulaire.add_error(None, str(refus))
        return False
    except AvisInterdit as refus:
        raise PermissionDenied(str(refus)) from refus
    if ecrites:
        messages.success(request, f"{place.residence.nom} : fiche enregistrée.")
    return True
