"""Dwellings that left the stock: counts by bailleur and by residence; the bailleur's own dwellings one by one."""

from dataclasses import dataclass

from django.urls import reverse

from diagnostic.services import sorties as service
from diagnostic.services.sorties import LIBELLES, LigneSorties, LogementSorti, Motif
from diagnostic.views.noms import Noms
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export

SANS_RESIDENCE = "Sans résidence connue"
VIDE = (
    "Aucun logement sorti : tous ceux du fichier RPLS précédent sont dans celui-ci, ou l'un des deux n'est pas chargé."
)


@dataclass(frozen=True)
class Rangee:
    bailleur: str
    sorties: LigneSorties

    def nombre(self, motif: Motif):
        comptes = self.sorties.comptes
        return SECRET if comptes is None else comptes.get(motif, 0)

    @property
    def total(self):
        return SECRET if self.sorties.total is None else self.sorties.total


@dataclass(frozen=True)
class Vente:
    vendeur: str
    acquereur: str
    logements: int


def adresse_residence(une: LigneSorties | LogementSorti) -> str | None:
    """A residence that its bailleur's file no longer holds has no sheet."""
    return reverse("residence", args=[une.residence]) if une.ouverte else None


def _motif(motif: Motif) -> Colonne:
    return Colonne(motif.value, LIBELLES[motif], lambda rangee: rangee.nombre(motif), "nombre")


COMPTES = (Colonne("total", "Logements sortis", lambda rangee: rangee.total, "nombre"), *map(_motif, Motif))
BAILLEURS = (Colonne("bailleur", "Bailleur", lambda rangee: rangee.bailleur), *COMPTES)
RESIDENCES = (
    Colonne(
        "residence",
        "Résidence",
        lambda rangee: rangee.sorties.nom or SANS_RESIDENCE,
        lien=lambda rangee: adresse_residence(rangee.sorties),
    ),
    *BAILLEURS,
)
VENTES = (
    Colonne("vendeur", "Bailleur d'origine", lambda vente: vente.vendeur),
    Colonne("acquereur", "Bailleur qui le déclare désormais", lambda vente: vente.acquereur),
    Colonne("logements", "Logements", lambda vente: vente.logements, "nombre"),
)


def colonnes_des_logements(noms: Noms) -> tuple[Colonne, ...]:
    def repreneur(sorti: LogementSorti) -> str:
        return noms.organisation(sorti.acquereur) if sorti.acquereur else ""

    return (
        Colonne("ident_int", "Logement (IDENT_INT)", lambda sorti: sorti.ident_int),
        Colonne("ident_rep", "Numéro RPLS", lambda sorti: sorti.ident_rep),
        Colonne(
            "residence",
            "Résidence",
            lambda sorti: sorti.nom or SANS_RESIDENCE,
            lien=lambda sorti: adresse_residence(sorti),
        ),
        Colonne("motif", "Motif", lambda sorti: LIBELLES[sorti.motif]),
        Colonne("acquereur", "Déclaré désormais par", repreneur),
    )


@page("epci", "ddt", "bailleur")
def sorties(request):
    selection, noms = request.selection, Noms(request.adhesion)
    comptees = service.compter(request.adhesion, selection.epci, selection.millesime)
    logements = service.lister(request.adhesion, selection.epci, selection.millesime)

    def tableau(legende, colonnes, lignes, nom, tri):
        return Tableau(
            request,
            legende,
            colonnes,
            lignes,
            vide=VIDE,
            tri_defaut=tri,
            prefixe=f"{nom}_",
            nom_fichier=f"sorties-{nom}-{selection.millesime}",
            precision=f"(millésime {selection.millesime})",
        )

    def rangees(lignes):
        return [Rangee(noms.organisation(une.bailleur), une) for une in lignes]

    ventes = [Vente(noms.organisation(de), noms.organisation(a), n) for (de, a), n in comptees.ventes.items()]
    tableaux = {
        "bailleurs": tableau("Sorties par bailleur", BAILLEURS, rangees(comptees.bailleurs), "bailleurs", "bailleur"),
        "residences": tableau(
            "Sorties par résidence", RESIDENCES, rangees(comptees.residences), "residences", "residence"
        ),
        "ventes": tableau("Passages d'un bailleur à un autre", VENTES, ventes, "ventes", "vendeur"),
        "logements": tableau("Logements sortis", colonnes_des_logements(noms), logements, "logements", "residence"),
    }
    contexte = tableaux | {"est_bailleur": request.adhesion.nature == "bailleur"}
    return page_ou_export(request, "diagnostic/sorties.html", contexte, *tableaux.values())
