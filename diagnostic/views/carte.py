from dataclasses import dataclass
from functools import total_ordering
from urllib.parse import urlencode

from django.shortcuts import redirect
from django.urls import reverse

from diagnostic.models.comptage import Niveau
from diagnostic.services.lieux import Lieu
from diagnostic.views.carte_choix import Demande
from diagnostic.views.classes import Classe
from diagnostic.views.indicateurs import SOURCES, definition, par_source, provenance_source
from diagnostic.views.methodes import POPULATIONS, classes
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export

SENS = {1: ("▲", "plus fragile"), -1: ("▼", "moins fragile"), 0: ("=", "même classe")}
SENS_TAUX = {1: ("▲", "classe plus haute"), -1: ("▼", "classe plus basse"), 0: ("=", "même classe")}
# Dashes of the outlines, one a nature and version: what tells them apart without colour.
TRAITS = ("", "7 4", "2 3", "10 3 2 3", "1 5", "5 2")


@total_ordering
@dataclass(frozen=True)
class Evolution:
    """A change of class: its direction by shape and word."""

    sens: int
    mots: tuple[str, str]

    @property
    def exporte(self) -> str:
        return self.mots[1]

    def __str__(self):
        return " ".join(self.mots)

    def __lt__(self, autre):
        return self.sens < autre.sens


def colonnes(demande: Demande) -> list[Colonne]:
    """The places with their value and class; with a comparison, both classes and what changed."""

    def adresse(lieu: Lieu) -> str | None:
        if lieu.niveau != Niveau.RESIDENCE:
            return None
        annee = {"epci": demande.epci, "annee": demande.selection.annee}
        return f"{reverse('residence', args=[lieu.territoire])}?{urlencode(annee)}"

    lieu = [
        Colonne("nom", "Lieu", lambda lieu: lieu.nom or lieu.territoire, lien=adresse),
        Colonne("niveau", "Échelle", lambda lieu: Niveau(lieu.niveau).label),
        Colonne("code", "Code", lambda lieu: lieu.code),
    ]
    sur = "Population" if demande.indicateur else "Répondants"
    repondants = Colonne("repondants", sur, lambda lieu: ou_secret(lieu.ici, lieu.ici.repondants), "nombre")
    if not demande.comparaison:
        return [*lieu, *_lecture(demande, "ici", demande.mesure), repondants]
    compare = demande.comparaison
    mots = SENS_TAUX if demande.indicateur else SENS
    return [
        *lieu,
        *_lecture(demande, "autre", compare.vue.mesure, f", {compare.autre}"),
        *_lecture(demande, "ici", demande.mesure, f", {compare.ici}"),
        Colonne("sens", _entete_du_sens(compare), lambda lieu: evolution(lieu, mots)),
        repondants,
    ]


def _entete_du_sens(compare) -> str:
    if compare.entre_methodes:
        return f"{compare.ici}, contre {compare.autre}"
    return f"De {compare.autre} à {compare.ici}"


def _lecture(demande: Demande, cote: str, mesure, suffixe: str = "") -> list[Colonne]:
    """Value and class on one side, `ici` or `autre`."""
    format = f"mesure:{demande.indicateur.unite}" if demande.indicateur else "indice"
    libelle = "Taux" if demande.indicateur and mesure.unite == "part" else "Valeur" if demande.indicateur else "Indice"
    nombre = len(mesure.classes) if mesure else 0
    fin = "" if cote == "ici" else "_autre"

    def valeur(lieu):
        lecture = getattr(lieu, cote)
        return ou_secret(lecture, lecture.valeur)

    def classe(lieu):
        lecture = getattr(lieu, cote)
        return ou_secret(lecture, Classe(lecture.classe or "sans valeur", lecture.rang, nombre))

    return [
        Colonne(f"valeur{fin}", f"{libelle}{suffixe}", valeur, format),
        Colonne(f"classe{fin}", f"Classe{suffixe}", classe, "classe"),
    ]


def ou_secret(lecture, valeur):
    return SECRET if lecture.secret else valeur


def evolution(lieu: Lieu, mots=SENS):
    if lieu.ici.secret or lieu.autre.secret:
        return SECRET
    return None if lieu.sens is None else Evolution(lieu.sens, mots[lieu.sens])


def legende(demande: Demande) -> list[tuple[Classe, str]]:
    """Classes of what colours the map, each with its interval where its label does not tell it."""
    if demande.mesure is None:
        return []
    if not demande.indicateur:
        return classes(demande.methode)
    libelles = demande.mesure.classes
    return [(Classe(libelle, rang, len(libelles)), "") for rang, libelle in enumerate(libelles)]


def traits(demande: Demande) -> list[dict]:
    """Layers of outlines that can be shown, with the dash of each."""
    return [
        {"couche": couche, "trait": TRAITS[rang % len(TRAITS)], "montree": couche.code in demande.couches_montrees}
        for rang, couche in enumerate(demande.couches)
    ]


def provenance(demande: Demande) -> list[tuple[str, str]]:
    """What the figures come from: definition or method, deposits of each source, version of the QPV."""
    lignes = [("Année", str(demande.millesime))]
    if demande.indicateur:
        lignes.append(("Comptés", definition(demande.indicateur)))
    elif demande.methode:
        lignes.append(("Méthode", f"{demande.methode.libelle}, version {demande.methode.version}"))
    sources = demande.indicateur.source.value.split("+") if demande.indicateur else ("ops", "gestion", "rpls")
    return lignes + [ligne for p in demande.provenances if p.source in sources for ligne in provenance_source(p)]


def tableau_de(request, demande: Demande) -> Tableau:
    return Tableau(
        request,
        f"{demande.libelle} : les lieux de la carte",
        colonnes(demande),
        demande.lieux,
        vide="Aucun lieu ne répond à ces filtres : retirez-en un."
        if demande.filtre
        else "Aucune résidence ni périmètre pour ce territoire. Le bailleur, ou l'EPCI pour lui, dépose le fichier des "
        "résidences ; l'administrateur charge les périmètres.",
        tri_defaut="niveau",
        nom_fichier=f"carte-{demande.indicateur.code if demande.indicateur else getattr(demande.methode, 'code', '')}",
        precision=f"(millésime {demande.millesime})",
    )


@page()
def accueil(request):
    return redirect("carte")


@page()
def carte(request):
    """Residences and areas coloured by class of a method or by the rate of an indicator, alone or beside another year
    or method, and the same in a table."""
    demande = Demande(request)
    tableau = tableau_de(request, demande)
    contexte = {
        "demande": demande,
        "tableau": tableau,
        "legende": legende(demande),
        "sens": [mots for _, mots in sorted((SENS_TAUX if demande.indicateur else SENS).items(), reverse=True)],
        "traits": traits(demande),
        "possibles": demande.possibles,
        "indicateurs": [(SOURCES[source], groupe) for source, groupe in par_source()],
        "populations": [(p.value, POPULATIONS[p.value]) for p in demande.indicateur.populations]
        if demande.indicateur
        else [],
        "provenance": provenance(demande),
    }
    return page_ou_export(request, "diagnostic/carte.html", contexte, tableau)
