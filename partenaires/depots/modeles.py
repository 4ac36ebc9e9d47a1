"""XLSX templates of the file formats, made from the contracts that read them: a sheet to fill, and its dictionary."""

from typing import BinaryIO

import xlsxwriter

from partenaires.depots.contrats import Colonne, Format, Nature
from partenaires.depots.documentation import NATURES, sens
from partenaires.depots.nettoyage import inconnus

LIGNES_A_REMPLIR = 10_000
LISTE_MAX = 255  # characters of a list written in the validation itself; a longer one has its own sheet
TITRE_MAX, MESSAGE_MAX = 32, 255
LARGEUR_MIN = 12
# Codes are texts: a number format would eat their leading zeros.
FORMATS_DE_NOMBRE = {
    Nature.TEXTE: "@",
    Nature.CODE: "@",
    Nature.SIREN: "@",
    Nature.SIRET: "@",
    Nature.COMMUNE: "@",
    Nature.ENTIER: "0",
    Nature.DECIMAL: "General",
    Nature.ANNEE: "0",
    Nature.DATE: "dd/mm/yyyy",
    Nature.BOOLEEN: "0",
}
DICTIONNAIRE = (
    ("Colonne", 24),
    ("Obligatoire", 12),
    ("Contenu", 20),
    ("Valeurs admises", 40),
    ("Bornes", 16),
    ("Lues comme inconnues", 30),
    ("Autres noms reconnus", 24),
    ("Précisions", 70),
)


def colonnes_a_remplir(un_format: Format) -> list[Colonne]:
    return [colonne for colonne in un_format.colonnes if not colonne.nom.startswith("__")]


def entete(colonne: Colonne) -> str:
    """The star marks a required column; the engine reads the name without it."""
    return f"{colonne.nom} *" if colonne.obligatoire else colonne.nom


def valeurs(colonne: Colonne) -> tuple[str, ...]:
    return colonne.valeurs or (("1", "0") if colonne.nature == Nature.BOOLEEN else ())


def bornes(colonne: Colonne) -> str:
    dites = (
        f"{mot} {borne:g}"
        for mot, borne in (("à partir de", colonne.minimum), ("jusqu'à", colonne.maximum))
        if borne is not None
    )
    return " ".join(dites)


def presence(colonne: Colonne) -> str:
    """A key must be filled on each row; a required column must be there."""
    if colonne.cle:
        return "oui, chaque case"
    return "oui" if colonne.obligatoire else "non"


def rang(un_format: Format, colonne: Colonne) -> tuple[str, ...]:
    """The line of a column in the dictionary, as DICTIONNAIRE names its cells."""
    return (
        colonne.nom,
        presence(colonne),
        NATURES[colonne.nature],
        ", ".join(valeurs(colonne)),
        bornes(colonne),
        ", ".join(["case vide", *(v for v in inconnus(colonne) if v and not v.islower())]),
        ", ".join(colonne.synonymes),
        sens(un_format, colonne),
    )


def ecrire(un_format: Format, sortie: BinaryIO) -> None:
    """The workbook of a type; a geographic type, whose file is no table, has its dictionary alone."""
    classeur = xlsxwriter.Workbook(sortie, {"in_memory": True})
    if not un_format.geographique:
        ecrire_feuille(classeur, un_format)
    ecrire_dictionnaire(classeur, un_format)
    classeur.close()


def ecrire_feuille(classeur, un_format: Format) -> None:
    feuille = classeur.add_worksheet(un_format.type)
    styles = {True: classeur.add_format({"bold": True, "bg_color": "#0a5c6b", "font_color": "#ffffff"})}
    styles[False] = classeur.add_format({"bold": True, "bg_color": "#d9dbd5"})
    for i, colonne in enumerate(colonnes_a_remplir(un_format)):
        style = classeur.add_format({"num_format": FORMATS_DE_NOMBRE[colonne.nature]})
        feuille.set_column(i, i, max(LARGEUR_MIN, len(colonne.nom) + 4), style)
        feuille.write_string(0, i, entete(colonne), styles[colonne.obligatoire])
        feuille.data_validation(1, i, LIGNES_A_REMPLIR, i, validation(classeur, un_format, colonne))
    feuille.freeze_panes(1, 0)


def validation(classeur, un_format: Format, colonne: Colonne) -> dict:
    """What Excel offers and says in the cells of a column."""
    regle = {"validate": "any", "input_title": colonne.nom[:TITRE_MAX]}
    message = "\n".join(t for t in (NATURES[colonne.nature], sens(un_format, colonne), bornes(colonne)) if t)
    regle["input_message"] = message[:MESSAGE_MAX]
    if admises := valeurs(colonne):
        regle |= {
            "validate": "list",
            "source": source(classeur, colonne, admises),
            "error_title": "Valeur hors liste",
            "error_message": "Choisissez une valeur de la liste, ou laissez la case vide.",
        }
    return regle


def source(classeur, colonne: Colonne, admises: tuple[str, ...]):
    """The values themselves, or the range of a hidden sheet where they are too long for that."""
    if len(",".join(admises)) <= LISTE_MAX:
        return list(admises)
    feuille = classeur.add_worksheet(f"Liste {colonne.nom}"[:31])
    feuille.hide()
    feuille.write_column(0, 0, admises)
    return f"='{feuille.name}'!$A$1:$A${len(admises)}"


def ecrire_dictionnaire(classeur, un_format: Format) -> None:
    feuille = classeur.add_worksheet("Dictionnaire")
    gras, plie = classeur.add_format({"bold": True}), classeur.add_format({"text_wrap": True, "valign": "top"})
    feuille.write_row(0, 0, [titre for titre, _ in DICTIONNAIRE], gras)
    for i, (_, largeur) in enumerate(DICTIONNAIRE):
        feuille.set_column(i, i, largeur, plie)
    for ligne, colonne in enumerate(colonnes_a_remplir(un_format), 1):
        for i, texte in enumerate(rang(un_format, colonne)):
            feuille.write_string(ligne, i, texte)
    feuille.freeze_panes(1, 1)
