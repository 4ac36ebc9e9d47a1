"""The same 100,000 `rpls` rows as a workbook and as a CSV: seconds of the import of each, and its memory."""

import csv
import tempfile
from pathlib import Path

import xlsxwriter

from tests.bench.imports import chronometrer, inventer, preparer
from tests.bench.recalcul import Mesure

LIGNES = 100_000
MEMOIRE_MAX_MO = 500


def en_classeur(chemin: Path, destination: Path):
    """A workbook as a spreadsheet writes it: texts shared between cells, the rest as numbers."""
    with chemin.open(newline="") as flux, xlsxwriter.Workbook(destination, {"strings_to_numbers": True}) as classeur:
        feuille = classeur.add_worksheet()
        for numero, ligne in enumerate(csv.reader(flux, delimiter=";")):
            feuille.write_row(numero, 0, ligne)


def mesurer(_logements: int = LIGNES) -> list[Mesure]:
    preparer(LIGNES)
    with tempfile.TemporaryDirectory() as dossier:
        texte, classeur = Path(dossier) / "rpls.csv", Path(dossier) / "rpls.xlsx"
        inventer(texte, LIGNES)
        en_classeur(texte, classeur)
        duree_csv, _ = chronometrer(texte, LIGNES, 2)
        duree, memoire = chronometrer(classeur, LIGNES, 2)
    return [
        Mesure(f"import XLSX contre CSV, {LIGNES} lignes (s)", duree, duree_csv, 12.0),
        Mesure("mémoire de l'import XLSX (Mo)", memoire, MEMOIRE_MAX_MO, 1.0),
    ]
