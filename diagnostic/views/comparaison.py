"""Two methods compared on one territory, and how solid the classes of one are."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from diagnostic.calculs.comparaison import Case
from diagnostic.models.comptage import Niveau
from diagnostic.services import comparaison as service
from diagnostic.services import indicateurs, indices, solidite
from diagnostic.services.mesures import Indices, ParMethode
from diagnostic.services.territoires import noms_des_places
from diagnostic.views.carte import SENS, evolution, ou_secret
from diagnostic.views.classes import Classe
from diagnostic.views.fiche import libelle_de
from diagnostic.views.indicateurs import provenance_source
from diagnostic.views.methodes import POPULATIONS, choisie
from diagnostic.views.page import page
from diagnostic.views.tableau import Colonne, Tableau, page_ou_export

ECHELLES = {
    Niveau.RESIDENCE.value: "Résidences",
    Niveau.QPV.value: "QPV",
    Niveau.COMMUNE.value: "Communes",
    Niveau.NPNRU.value: "Quartiers NPNRU",
    Niveau.SECTEUR.value: "Secteurs",
}
SANS_CLASSE = "Sans valeur"


@dataclass(frozen=True)
class CaseMontree:
    """`lieux` None: masked. `egale`: same class on both sides."""

    lieux: int | None
    logements: int | None
    egale: bool = False


@dataclass(frozen=True)
class MatriceMontree:
    """Lines of the first method, columns of the second; totals None where a cell is masked."""

    colonnes: list[Classe]
    lignes: list[tuple[Classe, list[CaseMontree], CaseMontree | None]]
    totaux: list[CaseMontree] | None
    total: CaseMontree | None


def matrice_montree(comparaison: service.Comparaison) -> MatriceMontree:
    matrice, tait = comparaison.matrice, comparaison.a_masquer
    classes_ici, classes_autre = (_classes(mesure.classes) for mesure in (comparaison.ici, comparaison.autre))

    def montrer(case: Case, egale: bool = False) -> CaseMontree:
        if comparaison.masque(case.lieux):
            return CaseMontree(None, None, egale)
        return CaseMontree(case.lieux, case.logements, egale)

    memes = len(classes_ici) == len(classes_autre)
    lignes = [
        (
            classe,
            [montrer(case, memes and i == j) for j, case in enumerate(ligne)],
            None if tait else montrer(matrice.lignes[i]),
        )
        for i, (classe, ligne) in enumerate(zip(classes_ici, matrice.cases))
    ]
    totaux = None if tait else [montrer(case) for case in matrice.colonnes]
    return MatriceMontree(classes_autre, lignes, totaux, None if tait else montrer(matrice.total))


def _classes(libelles: list[str]) -> list[Classe]:
    connues = [Classe(libelle, rang, len(libelles)) for rang, libelle in enumerate(libelles)]
    return [*connues, Classe(SANS_CLASSE, None, len(libelles))]


def colonnes_comparees(request, nombre: int, autre, mots=SENS) -> list[Colonne]:
    """Places with the class under the first method, of `nombre` classes, beside that under `autre`."""
    choix = urlencode({"epci": request.selection.epci, "annee": request.selection.annee})

    def adresse(lieu) -> str | None:
        residence = lieu.niveau == Niveau.RESIDENCE
        return f"{reverse('residence', args=[lieu.territoire])}?{choix}" if residence else None

    def lecture(cote: str, combien: int):
        def classe(lieu):
            lue = getattr(lieu, cote)
            return ou_secret(lue, Classe(lue.classe or "sans valeur", lue.rang, combien))

        return classe

    colonnes = [
        Colonne("nom", "Lieu", lambda lieu: lieu.nom or lieu.territoire, lien=adresse),
        Colonne("bailleur", "Bailleur", lambda lieu: lieu.nom_bailleur),
        Colonne("logements", "Logements", lambda lieu: lieu.logements, "nombre"),
        Colonne("valeur", "Indice", lambda lieu: ou_secret(lieu.ici, lieu.ici.valeur), "indice"),
        Colonne("classe", "Classe", lecture("ici", nombre), "classe"),
    ]
    if autre is None:
        return colonnes
    return [
        *colonnes,
        Colonne("autre", f"Classe selon « {autre.libelle} »", lecture("autre", len(autre.libelles)), "classe"),
        Colonne("sens", "De l'autre à celle-ci", lambda lieu: evolution(lieu, mots)),
        Colonne("repondants", "Répondants", lambda lieu: ou_secret(lieu.ici, lieu.ici.repondants), "nombre"),
    ]


def niveau_demande(request) -> str:
    demande = request.GET.get("niveau", "")
    if demande in ECHELLES:
        return demande
    lignes = request.adhesion.nature in ("epci", "ddt", "bailleur")
    return Niveau.RESIDENCE.value if lignes else Niveau.COMMUNE.value


def provenance(request, *methodes) -> list[tuple[str, str]]:
    selection = request.selection
    lignes = [("Année", str(selection.millesime))]
    lignes += [("Méthode", f"{m.libelle}, version {m.version}") for m in methodes if m]
    lues = indicateurs.provenances(request.adhesion, selection.epci, selection.millesime)
    return lignes + [ligne for p in lues for ligne in provenance_source(p)]


@page()
def comparaison(request):
    """Agreement of two methods in service: how many places in each pair of classes, and those that change class."""
    methode, en_service = choisie(request)
    autres = [m for m in en_service if m != methode]
    demandee = request.GET.get("contre", "")
    contre = next((m for m in autres if m.code == demandee), next(iter(autres), None))
    niveau, selection = niveau_demande(request), request.selection
    lue = None
    if methode and contre:
        lues = Indices(request.adhesion, selection.epci, [methode, contre], [selection.millesime], [niveau])
        mesures = (ParMethode(methode, lues), ParMethode(contre, lues))
        lue = service.comparer(request.adhesion, selection.epci, *mesures, selection.millesime, niveau)
    tableau = Tableau(
        request,
        f"{ECHELLES[niveau]} qui changent de classe",
        colonnes_comparees(request, len(methode.libelles) if methode else 0, contre),
        lue.changent if lue else [],
        vide="Aucun lieu ne change de classe d'une méthode à l'autre.",
        tri_defaut="sens",
        nom_fichier=f"comparaison-{methode.code if methode else ''}-{contre.code if contre else ''}",
        precision=f"(millésime {selection.millesime})",
    )
    contexte = {
        "methode": methode,
        "contre": contre,
        "methodes": en_service,
        "niveau": niveau,
        "echelles": ECHELLES,
        "comparaison": lue,
        "matrice": matrice_montree(lue) if lue else None,
        "tableau": tableau,
        "provenance": provenance(request, methode, contre),
    }
    return page_ou_export(request, "diagnostic/comparaison.html", contexte, tableau)


# --- solidity -------------------------------------------------------------------------------------------------------


def stabilite_en_mots(part: float) -> str:
    if part >= solidite.STABLE:
        return "stable"
    return "incertaine" if part < solidite.INCERTAINE else "assez stable"


def colonnes_solidite(request, methode, noms) -> list[Colonne]:
    """The name leads to the contributions of the place, on the same page."""
    nombre = len(methode.libelles) if methode else 0

    def adresse(ligne) -> str:
        requete = request.GET.copy()
        requete["lieu"] = ligne.territoire
        requete.pop("export", None)
        return f"?{requete.urlencode()}#lieu"

    return [
        Colonne("nom", "Lieu", lambda ligne: noms(ligne), lien=adresse),
        Colonne("valeur", "Indice", lambda ligne: ligne.lecture.valeur, "indice"),
        Colonne("bas", "De", lambda ligne: ligne.solidite.bas, "indice"),
        Colonne("haut", "À", lambda ligne: ligne.solidite.haut, "indice"),
        Colonne("classe", "Classe", lambda ligne: Classe(ligne.lecture.classe, ligne.lecture.rang, nombre), "classe"),
        Colonne("stabilite", "Tirages dans la même classe", lambda ligne: ligne.solidite.stabilite, "pourcent"),
        Colonne("mots", "Solidité", lambda ligne: stabilite_en_mots(ligne.solidite.stabilite)),
        Colonne("poids", "Poids qui la changent", lambda ligne: ligne.solidite.composantes, "nombre"),
        Colonne("repondants", "Répondants", lambda ligne: ligne.lecture.repondants, "nombre"),
    ]


@page()
def page_solidite(request):
    """How many classes change when a weight moves, and how many times the same class is drawn again."""
    methode, en_service = choisie(request)
    niveau, selection = niveau_demande(request), request.selection
    lue = None
    mesuree = solidite.mesurer(selection.epci, methode, selection.millesime, niveau) if methode else None
    if mesuree:
        lues = Indices(request.adhesion, selection.epci, [methode], [selection.millesime], [niveau])
        lue = solidite.Solidite(mesuree, niveau, lues.lire(methode, selection.millesime))
    lignes = lue.lignes if lue else []
    par_place = noms_des_places({(niveau, ligne.territoire, ligne.version) for ligne in lignes})
    tableau = Tableau(
        request,
        f"{ECHELLES[niveau]} et solidité de leur classe",
        colonnes_solidite(request, methode, lambda ligne: par_place[niveau, ligne.territoire, ligne.version]),
        lignes,
        vide="Aucun lieu n'a de classe que vous puissiez lire à cette échelle et cette année.",
        tri_defaut="stabilite",
        nom_fichier=f"solidite-{methode.code if methode else ''}",
        precision=f"(millésime {selection.millesime})",
    )
    contexte = {
        "methode": methode,
        "methodes": en_service,
        "niveau": niveau,
        "echelles": ECHELLES,
        "solidite": lue,
        "poids": [
            (p.axe, p.composante.indicateur.libelle, POPULATIONS[p.composante.population], *nombres)
            for p, *nombres in (lue.poids if lue else [])
        ],
        "lieu": lieu_montre(request, methode, niveau) if lue else None,
        "tableau": tableau,
        "provenance": provenance(request, methode),
    }
    return page_ou_export(request, "diagnostic/solidite.html", contexte, tableau)


def lieu_montre(request, methode, niveau: str):
    """The line of the place asked for by `?lieu=`, with the contributions of each axis; None without one."""
    code = request.GET.get("lieu", "")
    if not code:
        return None
    selection = request.selection
    lues = indices.lire(
        request.adhesion,
        epci=selection.epci,
        niveau=niveau,
        methode=methode.code,
        millesime=selection.millesime,
        territoire=code,
    )[:1]
    ligne = next(iter(lues), None)
    return ligne and (
        ligne,
        [(axe, [(libelle_de(c), c.contribution) for c in axe.contributions]) for axe in ligne.axes],
    )
