"""Objectives of a territory and year: as a whole, by bailleur, by QPV, by réservataire."""

from collections import defaultdict
from dataclasses import dataclass

from attributions.services import atteintes
from attributions.services.sources import sources
from attributions.views.provenance import provenance
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export

# The 25 % is always shown in both variants (regles §2): with and without the rehoused.
VARIANTE = {"q1_ou_reloges_hors_qpv": "q1_hors_qpv"}
MULTIPLES_MAX = 24


@dataclass(frozen=True)
class Axe:
    """How an axis is shown: the name of its cells, its title, the objective looked at first."""

    nom: str
    colonne: str
    titre: str
    objectif: str
    vide: str


AXES = {
    "bailleur": Axe(
        "bailleur",
        "Bailleur",
        "Objectifs par bailleur",
        "q1_ou_reloges_hors_qpv",
        "Aucune attribution par bailleur cette année-là. Elles viennent des extraits du SNE (sne_radiations).",
    ),
    "qpv": Axe(
        "qpv",
        "QPV",
        "Objectifs par QPV",
        "q2_q4_en_qpv",
        "Aucune attribution située dans un QPV précis cette année-là. Une attribution se situe par les coordonnées de "
        "sa résidence et les contours des QPV.",
    ),
    "reservataire": Axe(
        "reservataire",
        "Réservataire",
        "Objectifs par réservataire",
        "prioritaires_reservataire",
        "Aucune attribution avec un réservataire connu cette année-là.",
    ),
}


def ou_secret(champ: str):
    return lambda ligne: SECRET if ligne is None or ligne.secret else getattr(ligne, champ)


def reste(ligne):
    """A number, or for a range the least to make: what the table sorts and exports."""
    valeur = ligne.reste_a_faire
    return valeur["min"] if isinstance(valeur, dict) else valeur


def colonnes_de_mesure() -> tuple[Colonne, ...]:
    return (
        Colonne("numerateur", "Comptées", ou_secret("numerateur"), "nombre"),
        Colonne("denominateur", "Base", ou_secret("denominateur"), "nombre"),
        Colonne("taux", "Taux", ou_secret("taux"), "pourcent"),
        Colonne("cible", "Cible", lambda ligne: ligne.cible, "cible"),
        Colonne("position", "Position", lambda ligne: ligne, "position", triable=False, exportee=False),
        Colonne("etat", "État", lambda ligne: ligne, "verdict", triable=False, exportee=False),
        Colonne("reste", "Reste à faire", lambda ligne: SECRET if ligne.secret else reste(ligne), "nombre"),
        Colonne("projection", "Fin d'année au rythme actuel", ou_secret("projection"), "pourcent"),
        Colonne("inconnus", "Sans information", ou_secret("inconnus"), "nombre"),
    )


MOIS = Colonne("mois", "Par mois", lambda ligne: ligne, "mois", triable=False, exportee=False)


def colonne_variante(variantes: dict, axe: Axe) -> Colonne:
    """Rate of the other variant of the 25 %, beside the legal one."""
    return Colonne("q1_seul", "Q1 seul", lambda ligne: _taux(variantes.get(getattr(ligne, axe.nom))), "pourcent")


def _taux(ligne):
    if ligne is None:
        return None
    return SECRET if ligne.secret else ligne.taux


@page()
def objectifs(request):
    """The objectives of the territory: bars of the year, then every year in a table."""
    selection = request.selection
    lignes = atteintes.lire(request.adhesion, epci=selection.epci, axe="total")
    de_l_annee = [ligne for ligne in lignes if ligne.annee == selection.annee]
    tableau = Tableau(
        request,
        "Objectifs, toutes les années",
        (
            Colonne("libelle", "Objectif", lambda ligne: ligne.libelle),
            Colonne("annee", "Année", lambda ligne: ligne.annee, "annee"),
            *colonnes_de_mesure(),
        ),
        lignes,
        vide="Aucune attribution calculée. Déposez les extraits du SNE (sne_radiations) et les seuils de quartile.",
        nom_fichier=f"objectifs-{selection.epci}",
    )
    vues = sources(request.adhesion, selection.epci, selection.annee)
    contexte = {
        "lignes": [(ligne, provenance(ligne, vues), evolution(lignes, ligne.objectif)) for ligne in de_l_annee],
        "tableau": tableau,
    }
    return page_ou_export(request, "attributions/objectifs.html", contexte, tableau)


def evolution(lignes, objectif: str) -> list[tuple[int, float | None]]:
    """(year, rate) of one objective, in order."""
    siennes = sorted((ligne for ligne in lignes if ligne.objectif == objectif), key=lambda ligne: ligne.annee)
    return [(ligne.annee, None if ligne.secret else ligne.taux) for ligne in siennes]


@page("epci", "ddt", "bailleur")
def par_bailleur(request):
    return par_axe(request, AXES["bailleur"])


@page()
def par_qpv(request):
    return par_axe(request, AXES["qpv"])


@page()
def par_reservataire(request):
    return par_axe(request, AXES["reservataire"])


def par_axe(request, axe: Axe):
    """One objective over the cells of an axis; the others by a choice in the page."""
    selection = request.selection
    lignes = atteintes.lire(request.adhesion, epci=selection.epci, axe=axe.nom)
    proposes = list(dict.fromkeys((ligne.objectif, ligne.libelle) for ligne in lignes))
    demande = request.GET.get("objectif", axe.objectif)
    choisi = demande if demande in dict(proposes) else next((code for code, _ in proposes), axe.objectif)
    siennes = [ligne for ligne in lignes if ligne.objectif == choisi]
    de_l_annee = [ligne for ligne in siennes if ligne.annee == selection.annee]
    variantes = {
        getattr(ligne, axe.nom): ligne
        for ligne in lignes
        if ligne.objectif == VARIANTE.get(choisi) and ligne.annee == selection.annee
    }
    nom = Colonne("nom", axe.colonne, lambda ligne: getattr(ligne, f"{axe.nom}_nom") or getattr(ligne, axe.nom))
    mesures = colonnes_de_mesure()
    variante = (colonne_variante(variantes, axe),) if variantes else ()
    tableau = Tableau(
        request,
        f"{dict(proposes).get(choisi, 'Objectif')}, {selection.annee}",
        (nom, *mesures[:3], *variante, *mesures[3:], MOIS),
        de_l_annee,
        vide=axe.vide,
        tri_defaut="-reste",
        nom_fichier=f"{choisi}-par-{axe.nom}-{selection.annee}",
    )
    contexte = {
        "axe": axe,
        "tableau": tableau,
        "objectifs": proposes,
        "choisi": choisi,
        "cible": next((ligne.cible for ligne in de_l_annee if ligne.cible is not None), None),
        "multiples": multiples(siennes, axe),
        "provenance": provenance(de_l_annee[0], sources(request.adhesion, selection.epci, selection.annee))
        if de_l_annee
        else None,
    }
    return page_ou_export(request, "attributions/par_axe.html", contexte, tableau)


def multiples(lignes, axe: Axe) -> list[tuple[str, list]]:
    """One small chart a cell that has several years: name and (year, rate) in order."""
    par_cellule = defaultdict(list)
    for ligne in lignes:
        nom = getattr(ligne, f"{axe.nom}_nom") or getattr(ligne, axe.nom)
        par_cellule[nom].append((ligne.annee, None if ligne.secret else ligne.taux))
    series = [(nom, sorted(points)) for nom, points in sorted(par_cellule.items()) if len(points) > 1]
    return series[:MULTIPLES_MAX]
