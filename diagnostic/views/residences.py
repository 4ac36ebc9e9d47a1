"""The residences of a territory: the table with its filters, and the sheet of one."""

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from diagnostic.calculs.recherche import sans_accent
from diagnostic.filters import ResidenceFilter
from diagnostic.models import Comptage, Residence
from diagnostic.models.comptage import Niveau
from diagnostic.services import indices
from diagnostic.views.classes import Classe
from diagnostic.views.familles import famille
from diagnostic.views.methodes import choisie
from diagnostic.views.noms import Noms
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export
from partenaires.models import Organisation

HORS_QPV = "hors"
PARTAGES = ("q", "bailleur", "commune", "famille")


@dataclass(frozen=True)
class Ligne:
    """A residence with its dwellings, its QPV and its index for one millésime and method."""

    residence: Residence
    bailleur: str
    qpv: str
    nom_qpv: str
    logements: int | None
    valeur: object
    classe: object

    @property
    def libelle_classe(self) -> str | None:
        """None when it is masked."""
        return None if self.classe is SECRET else self.classe.libelle

    @property
    def adresse(self) -> str:
        return reverse("residence", args=[self.residence.identifiant])


COLONNES = (
    Colonne("nom", "Résidence", lambda ligne: ligne.residence.nom, lien=lambda ligne: ligne.adresse),
    Colonne("code", "Code", lambda ligne: ligne.residence.code),
    Colonne("bailleur", "Bailleur", lambda ligne: ligne.bailleur),
    Colonne("commune", "Commune", lambda ligne: ligne.residence.commune.nom),
    Colonne("qpv", "QPV", lambda ligne: ligne.nom_qpv),
    Colonne("famille", "Famille", lambda ligne: famille(ligne.residence.famille)),
    Colonne("logements", "Logements", lambda ligne: ligne.logements, "nombre"),
    Colonne("valeur", "Indice", lambda ligne: ligne.valeur, "indice"),
    Colonne("classe", "Classe", lambda ligne: ligne.classe, "classe"),
)


def lignes_de(request, methode, noms: Noms) -> list[Ligne]:
    selection = request.selection
    residences = (
        Residence.objects.visible_to(request.adhesion)
        .courantes()
        .filter(commune__territoire=selection.epci)
        .select_related("commune")
        .defer("commune__contour")
        .annotate(nom_bailleur=Subquery(Organisation.objects.filter(siren=OuterRef("bailleur")).values("nom")[:1]))
    )
    comptes = {
        place: (logements, qpv)
        for place, logements, qpv in Comptage.objects.visible_to(request.adhesion)
        .filter(epci=selection.epci, millesime=selection.millesime, niveau=Niveau.RESIDENCE, population="ensemble")
        .values_list("territoire", "logements", "qpv")
    }
    valeurs = indices_des_residences(request, methode)
    quartiers = noms.perimetres(selection.epci)
    lignes = []
    for residence in residences:
        logements, qpv = comptes.get(residence.identifiant, (None, ""))
        valeur, classe = valeurs.get(residence.identifiant, (None, Classe("sans valeur", None)))
        bailleur = residence.nom_bailleur or residence.bailleur
        lignes.append(Ligne(residence, bailleur, qpv, quartiers.get(qpv, qpv), logements, valeur, classe))
    return lignes


def indices_des_residences(request, methode) -> dict[str, tuple]:
    """Place → (value, class) as this reader may see them."""
    if methode is None:
        return {}
    selection = request.selection
    lues = indices.lire(
        request.adhesion,
        epci=selection.epci,
        niveau=Niveau.RESIDENCE,
        methode=methode.code,
        millesime=selection.millesime,
        detail=False,
    )
    return {ligne.territoire: valeur_et_classe(ligne, methode) for ligne in lues}


def valeur_et_classe(ligne, methode) -> tuple:
    if ligne.secret:
        return SECRET, SECRET
    return ligne.valeur, Classe(ligne.classe or "sans valeur", ligne.rang, len(methode.libelles))


def filtrer(request, lignes: list[Ligne], choix: dict[str, str]) -> list[Ligne]:
    """Keep what every filter given keeps: those of the API, then the QPV and the class as shown. A masked class is
    never filtered in."""
    retenues = lignes
    if any(choix[nom] for nom in PARTAGES):
        visibles = Residence.objects.visible_to(request.adhesion).courantes()
        filtre = ResidenceFilter({nom: choix[nom] for nom in PARTAGES}, queryset=visibles)
        gardees = set(filtre.qs.values_list("pk", flat=True)) if filtre.is_valid() else set()
        retenues = [ligne for ligne in retenues if ligne.residence.pk in gardees]
    if choix["qpv"]:
        voulu = "" if choix["qpv"] == HORS_QPV else choix["qpv"]
        retenues = [ligne for ligne in retenues if ligne.qpv == voulu]
    if choix["classe"]:
        retenues = [ligne for ligne in retenues if ligne.libelle_classe == choix["classe"]]
    return retenues


def possibles(lignes: list[Ligne], methode) -> dict[str, list[tuple[str, str]]]:
    """Choices of each filter: what the residences of the territory hold, in alphabetical order."""

    def distincts(paire):
        return sorted({paire(ligne) for ligne in lignes if paire(ligne)[0]}, key=lambda p: sans_accent(p[1]))

    return {
        "bailleur": distincts(lambda ligne: (ligne.residence.bailleur, ligne.bailleur)),
        "commune": distincts(lambda ligne: (ligne.residence.commune_id, ligne.residence.commune.nom)),
        "qpv": [(HORS_QPV, "Hors QPV"), *distincts(lambda ligne: (ligne.qpv, ligne.nom_qpv))],
        "famille": distincts(lambda ligne: (ligne.residence.famille, famille(ligne.residence.famille))),
        "classe": [(libelle, libelle) for libelle in methode.libelles] if methode else [],
    }


@page("epci", "ddt", "bailleur")
def residences(request):
    """The residences that one may see, with their class under the chosen method."""
    methode, en_service = choisie(request)
    toutes = lignes_de(request, methode, Noms(request.adhesion))
    choix = {cle: request.GET.get(cle, "") for cle in (*PARTAGES, "qpv", "classe")}
    tableau = Tableau(
        request,
        "Résidences",
        COLONNES,
        filtrer(request, toutes, choix),
        vide="Aucune résidence ne répond à ces filtres : retirez-en un."
        if toutes
        else "Aucune résidence chargée : le bailleur, ou l'EPCI pour lui, dépose le fichier des résidences.",
        tri_defaut="nom",
        nom_fichier="residences",
        precision=f"(millésime {request.selection.millesime})",
    )
    contexte = {
        "tableau": tableau,
        "choix": choix,
        "possibles": possibles(toutes, methode),
        "methode": methode,
        "methodes": en_service,
        "total": len(toutes),
    }
    return page_ou_export(request, "diagnostic/residences.html", contexte, tableau)
