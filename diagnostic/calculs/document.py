"""A document as data: parts, tables and figures, rendered as PDF and as a workbook by `diagnostic.services.edition`.

Cells are raw: a number, a text, None (unknown) or SECRET (masked); `unite` says how a number is written. What a
document holds is already scoped and masked for its reader (regles §9).
"""

from dataclasses import dataclass
from datetime import date

from partenaires.calculs.nombres import INCONNU, euros, mesure, nombre, points

SECRET = "secret"
TEXTE, ENTIER, INDICE, ECART, ANNEE, EUROS = "texte", "entier", "indice", "ecart", "annee", "euros"
PART = "menages"  # and the other units of the indicators: written by `nombres.mesure`


@dataclass(frozen=True)
class Chiffre:
    """A number in a unit of its own, in a column that holds several."""

    valeur: float | None
    unite: str


Cellule = str | float | int | Chiffre | None


@dataclass(frozen=True)
class Colonne:
    libelle: str
    unite: str = TEXTE


@dataclass(frozen=True)
class Tableau:
    """`lignes`: as many cells as columns in each. `vide`: what is said when there is no line."""

    titre: str
    colonnes: tuple[Colonne, ...]
    lignes: tuple[tuple[Cellule, ...], ...]
    note: str = ""
    vide: str = "Aucune donnée."

    def __post_init__(self):
        if any(len(ligne) != len(self.colonnes) for ligne in self.lignes):
            raise ValueError(f"{self.titre} : une ligne n'a pas autant de cellules qu'il y a de colonnes.")


@dataclass(frozen=True)
class Figure:
    """`svg`: the drawing; `texte`: what it says, for who does not see it."""

    titre: str
    svg: str
    texte: str


@dataclass(frozen=True)
class Partie:
    titre: str
    paragraphes: tuple[str, ...] = ()
    contenus: tuple[Tableau | Figure, ...] = ()
    nouvelle_page: bool = False

    @property
    def tableaux(self) -> tuple[Tableau, ...]:
        return tuple(contenu for contenu in self.contenus if isinstance(contenu, Tableau))


@dataclass(frozen=True)
class Document:
    """`audience`: the line that says whom it was made for (regles §9)."""

    titre: str
    sous_titre: str
    audience: str
    le: date
    parties: tuple[Partie, ...]
    sommaire: bool = False

    @property
    def tableaux(self) -> tuple[Tableau, ...]:
        return tuple(tableau for partie in self.parties for tableau in partie.tableaux)


def en_texte(cellule: Cellule, unite: str) -> str:
    """The cell as it is printed."""
    if isinstance(cellule, Chiffre):
        return en_texte(cellule.valeur, cellule.unite)
    if cellule is None or cellule == "":
        return INCONNU
    if isinstance(cellule, str) or unite in (TEXTE, ANNEE):
        return str(cellule)
    if unite == ENTIER:
        return nombre(cellule)
    if unite == INDICE:
        return nombre(cellule, 2 if abs(cellule) < 10 else 1)
    if unite == ECART:
        return points(cellule)
    if unite == EUROS:
        return euros(cellule)
    return mesure(cellule, unite)


def a_droite(colonne: Colonne) -> bool:
    return colonne.unite != TEXTE
