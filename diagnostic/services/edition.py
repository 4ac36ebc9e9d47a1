"""A document as a file: PDF/UA by typst, and workbook, from the same data."""

import json
import re
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import category, normalize

import typst
import xlsxwriter
from django.conf import settings

from diagnostic.calculs.document import (
    TEXTE,
    Cellule,
    Chiffre,
    Colonne,
    Document,
    Figure,
    Tableau,
    a_droite,
    en_texte,
)
from partenaires.api.tableaux import TEXTE_MAX_XLSX

MODELE = Path(settings.BASE_DIR) / "templates" / "documents" / "document.typ"
LARGE = 7  # columns from which a table is written smaller
FEUILLE_MAX = 31  # letters of the name of a sheet
# What the fonts of typst can draw, for PDF/UA wants every letter to be: Latin, Greek, Cyrillic, punctuation, signs.
DESSINABLES = ((0x20, 0x24F), (0x370, 0x4FF), (0x1E00, 0x1EFF), (0x2000, 0x2040), (0x20A0, 0x20BF), (0x2190, 0x22FF))
INTERDITS = re.compile(r"[\[\]:*?/\\']")


# --- PDF ------------------------------------------------------------------------------------------------------------
def pdf(document: Document, paysage: bool = False) -> bytes:
    """PDF/UA-1, two-sided A4. The data go to typst as a file of JSON: none of it is markup."""
    with TemporaryDirectory(prefix="document-") as dossier:
        modele = Path(dossier) / "document.typ"
        modele.write_bytes(MODELE.read_bytes())
        donnees = _imprimable(json.dumps(_donnees(document, paysage), ensure_ascii=False))
        (Path(dossier) / "donnees.json").write_text(donnees, encoding="utf-8")
        return typst.compile(
            str(modele),
            root=dossier,
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=int(datetime.combine(document.le, datetime.min.time()).timestamp()),
        )


def _imprimable(texte: str) -> str:
    """Letters composed, and a question mark for each that no font of the document has."""
    return "".join(
        lettre if any(bas <= ord(lettre) <= haut for bas, haut in DESSINABLES) and category(lettre)[0] != "C" else "?"
        for lettre in normalize("NFC", texte)
    )


def _donnees(document: Document, paysage: bool) -> dict:
    return {
        "titre": document.titre,
        "sous_titre": document.sous_titre,
        "audience": document.audience,
        "marque": settings.PLATEFORME_NOM,
        "sommaire": document.sommaire,
        "paysage": paysage,
        "parties": [
            {
                "titre": partie.titre,
                "paragraphes": partie.paragraphes,
                "nouvelle_page": partie.nouvelle_page,
                "contenus": [_contenu(contenu) for contenu in partie.contenus],
            }
            for partie in document.parties
        ],
    }


def _contenu(contenu: Tableau | Figure) -> dict:
    if isinstance(contenu, Figure):
        return {"genre": "figure", "titre": contenu.titre, "svg": contenu.svg, "texte": contenu.texte}
    return {
        "genre": "tableau",
        "titre": contenu.titre,
        "note": contenu.note,
        "vide": contenu.vide,
        "taille": 8 if len(contenu.colonnes) < LARGE else 6.5,
        "largeurs": [1 if a_droite(colonne) else 2.5 for colonne in contenu.colonnes],
        "colonnes": [{"libelle": colonne.libelle, "droite": a_droite(colonne)} for colonne in contenu.colonnes],
        "lignes": [
            [en_texte(cellule, colonne.unite) for cellule, colonne in zip(ligne, contenu.colonnes)]
            for ligne in contenu.lignes
        ],
    }


# --- workbook -------------------------------------------------------------------------------------------------------
def classeur(document: Document, fichier) -> None:
    """One sheet a table, its numbers as numbers; the first sheet says what it is, for whom, and where each table is."""
    with xlsxwriter.Workbook(fichier, {"constant_memory": True}) as livre:
        livre.set_properties({"title": document.titre, "comments": document.audience})
        gras = livre.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        noms = _noms_des_feuilles(document.tableaux)
        _accueil(livre, document, noms, gras)
        for nom, tableau in zip(noms, document.tableaux):
            _feuille(livre, nom, tableau, document.audience, gras)


def _noms_des_feuilles(tableaux: tuple[Tableau, ...]) -> list[str]:
    """Short, allowed and distinct, whatever the titles."""
    return [
        f"{rang} {INTERDITS.sub(' ', tableau.titre)}"[:FEUILLE_MAX].strip() for rang, tableau in enumerate(tableaux, 1)
    ]


def _accueil(livre, document: Document, noms: list[str], gras) -> None:
    feuille = livre.add_worksheet("Sommaire")
    feuille.set_column(0, 0, 40)
    feuille.set_column(1, 1, 90)
    lignes = [(document.titre, document.sous_titre), ("Établi pour", document.audience), ("", "")]
    lignes += [(nom, tableau.titre) for nom, tableau in zip(noms, document.tableaux)]
    lignes += [("", "")] + [(partie.titre, texte) for partie in document.parties for texte in partie.paragraphes]
    for rang, (gauche, droite) in enumerate(lignes):
        feuille.write_string(rang, 0, gauche, gras)
        feuille.write_string(rang, 1, droite[:TEXTE_MAX_XLSX])


def _feuille(livre, nom: str, tableau: Tableau, audience: str, gras) -> None:
    feuille = livre.add_worksheet(nom)
    feuille.freeze_panes(1, 1)
    feuille.set_footer("&L" + audience.replace("&", "&&")[:200])
    feuille.set_column(0, 0, 40)
    feuille.set_column(1, max(1, len(tableau.colonnes) - 1), 18)
    for numero, colonne in enumerate(tableau.colonnes):
        feuille.write_string(0, numero, colonne.libelle, gras)
    for rang, ligne in enumerate(tableau.lignes, start=1):
        for numero, (cellule, colonne) in enumerate(zip(ligne, tableau.colonnes)):
            _cellule(feuille, rang, numero, cellule, colonne)


def _cellule(feuille, rang: int, numero: int, cellule: Cellule, colonne: Colonne) -> None:
    valeur = cellule.valeur if isinstance(cellule, Chiffre) else cellule
    if valeur is None or valeur == "":
        return
    if isinstance(valeur, str) or colonne.unite == TEXTE and not isinstance(cellule, Chiffre):
        feuille.write_string(rang, numero, str(valeur)[:TEXTE_MAX_XLSX])
    else:
        feuille.write_number(rang, numero, valeur)
