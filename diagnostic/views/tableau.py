"""A data table, once for the page and for its export: columns as data, sort by links, pages, page size, CSV and XLSX
of exactly what is filtered, in the order shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.shortcuts import render

from partenaires.api import tableaux

TAILLES = (25, 50, 100, 500)
NUMERIQUES = ("nombre", "mesure_unite", "indice", "pourcent", "cible", "points", "euros")


class Secret:
    """A masked cell: « secret » on the page, empty in numbers, last whatever the sort."""

    def __str__(self):
        return "secret"


SECRET = Secret()


@dataclass(frozen=True)
class Colonne:
    """`valeur(ligne)`: the raw value, exported and sorted. `format`: how the page writes it (composants/cellule.html):
    texte, annee, nombre, indice, pourcent, cible, points, euros, date, instant, classe, mesure:<unit of an indicator>,
    mesure_unite, and for an attainment verdict, position, mois."""

    code: str
    libelle: str
    valeur: Callable[[Any], Any]
    format: str = "texte"
    lien: Callable[[Any], str | None] | None = None
    triable: bool = True
    exportee: bool = True

    @property
    def a_droite(self) -> bool:
        return bool(self.unite) or self.format in NUMERIQUES

    @property
    def unite(self) -> str:
        """Unit of an indicator, for a format « mesure:unite »."""
        return self.format.partition(":")[2]


@dataclass(frozen=True)
class Cellule:
    colonne: Colonne
    valeur: Any
    lien: str | None

    @property
    def secrete(self) -> bool:
        return isinstance(self.valeur, Secret)


def cle_de_tri(valeur):
    """Text without case, numbers as such."""
    return valeur.casefold() if isinstance(valeur, str) else valeur


@dataclass
class Tableau:
    """`lignes`: everything that is filtered (a list). `tri_defaut`: a column code, `-` before it for descending."""

    request: Any
    legende: str
    colonnes: Sequence[Colonne]
    lignes: Sequence[Any]
    vide: str = "Aucune ligne."
    tri_defaut: str = ""
    prefixe: str = ""
    nom_fichier: str = "tableau"
    taille_defaut: int = 50
    exportable: bool = True
    en_fiches: bool = True
    precision: str = ""

    @property
    def cle_tri(self) -> str:
        return f"{self.prefixe}tri"

    @property
    def cle_page(self) -> str:
        return f"{self.prefixe}page"

    @property
    def cle_taille(self) -> str:
        return f"{self.prefixe}taille"

    @cached_property
    def tri(self) -> str:
        demande = self.request.GET.get(self.cle_tri, "")
        codes = {colonne.code for colonne in self.colonnes if colonne.triable}
        return demande if demande.lstrip("-") in codes else self.tri_defaut

    @cached_property
    def triees(self) -> list:
        """Rows in order; unknown and masked values last in both directions."""
        colonne = next((c for c in self.colonnes if c.code == self.tri.lstrip("-")), None)
        if colonne is None:
            return list(self.lignes)
        connues, autres = [], []
        for ligne in self.lignes:
            valeur = colonne.valeur(ligne)
            groupe = autres if valeur in (None, "") or isinstance(valeur, Secret) else connues
            groupe.append((valeur, ligne))
        connues.sort(key=lambda paire: cle_de_tri(paire[0]), reverse=self.tri.startswith("-"))
        return [ligne for _, ligne in connues + autres]

    @cached_property
    def taille(self) -> int:
        demandee = self.request.GET.get(self.cle_taille, "")
        return int(demandee) if demandee in map(str, TAILLES) else self.taille_defaut

    @cached_property
    def page(self):
        return Paginator(self.triees, self.taille).get_page(self.request.GET.get(self.cle_page))

    def __len__(self):
        return len(self.lignes)

    @property
    def tailles(self):
        return TAILLES

    @property
    def rangees(self) -> list[list[Cellule]]:
        return [self._cellules(ligne) for ligne in self.page.object_list]

    def _cellules(self, ligne) -> list[Cellule]:
        return [
            Cellule(colonne, colonne.valeur(ligne), colonne.lien(ligne) if colonne.lien else None)
            for colonne in self.colonnes
        ]

    def adresse(self, **changements) -> str:
        """Query string of this page with some parameters replaced; None removes one."""
        requete = self.request.GET.copy()
        for cle, valeur in changements.items():
            requete.pop(cle, None)
            if valeur is not None:
                requete[cle] = valeur
        return f"?{requete.urlencode()}"

    @property
    def entetes(self) -> list[dict]:
        return [self._entete(colonne) for colonne in self.colonnes]

    def _entete(self, colonne: Colonne) -> dict:
        sens = {colonne.code: "ascending", f"-{colonne.code}": "descending"}.get(self.tri, "")
        suivant = f"-{colonne.code}" if sens == "ascending" else colonne.code
        adresse = self.adresse(**{self.cle_tri: suivant, self.cle_page: None}) if colonne.triable else ""
        return {"colonne": colonne, "sens": sens, "adresse": adresse if len(self.lignes) > 1 else ""}

    @property
    def precedente(self) -> str:
        return self._autre_page(-1) if self.page.has_previous() else ""

    @property
    def suivante(self) -> str:
        return self._autre_page(1) if self.page.has_next() else ""

    def _autre_page(self, pas: int) -> str:
        return self.adresse(**{self.cle_page: self.page.number + pas})

    @property
    def csv(self) -> str:
        return self.adresse(export=f"{self.prefixe}csv", **{self.cle_page: None})

    @property
    def xlsx(self) -> str:
        return self.adresse(export=f"{self.prefixe}xlsx", **{self.cle_page: None})

    @property
    def parametres_gardes(self) -> list[tuple[str, str]]:
        """Query parameters that the page-size form hands on."""
        ecartes = (self.cle_taille, self.cle_page)
        return [(cle, v) for cle, valeurs in self.request.GET.lists() if cle not in ecartes for v in valeurs]

    def lignes_exportees(self) -> list[dict]:
        """Every filtered row, in the order shown, by label of column; a masked cell is written « secret »."""
        colonnes = [colonne for colonne in self.colonnes if colonne.exportee]
        return [{c.libelle: _exporte(c.valeur(ligne)) for c in colonnes} for ligne in self.triees]

    def export(self, format: str):
        colonnes = [colonne.libelle for colonne in self.colonnes if colonne.exportee]
        audience = tableaux.audience_de(self.request.adhesion)
        return tableaux.reponse(self.nom_fichier, colonnes, self.lignes_exportees(), format, audience)


def _exporte(valeur):
    return str(valeur) if isinstance(valeur, Secret) else getattr(valeur, "exporte", valeur)


def page_ou_export(request, gabarit: str, contexte: dict, *exportables: Tableau):
    """The page, or with `?export=csv|xlsx` the document of the same filtered table."""
    demande = request.GET.get("export", "")
    for tableau in exportables:
        for format in tableaux.FORMATS:
            if demande == f"{tableau.prefixe}{format}":
                return tableau.export(format)
    return render(request, gabarit, contexte)
