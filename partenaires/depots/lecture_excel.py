"""Excel workbooks: XLSX (with or without macros), one sheet as a stream of rows of text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from partenaires.depots import archives
from partenaires.depots.lecture import Fichier, blocs_de_lignes
from partenaires.depots.lecture_feuille import (
    CHAINES_MAX,
    Feuille,
    abime,
    analyseur,
    lire_chaines,
    lire_partie,
    lire_styles,
    trop_grand,
)
from partenaires.depots.rapport import refuser

ANNEXE_MAX = 64 * archives.MO  # uncompressed bytes of the parts that are neither the sheet nor the strings


@dataclass
class Plan:
    """What the workbook says of itself: its sheets, in order, and the relation that gives the part of each."""

    feuilles: list[tuple[str, str]] = field(default_factory=list)
    relations: dict[str, tuple[str, str]] = field(default_factory=dict)  # id → (kind, part)
    en_1904: bool = False

    def tableaux(self) -> dict[str, str]:
        """Name of each worksheet → its part; a sheet that holds a chart is none."""
        return {
            nom: partie
            for nom, lien in self.feuilles
            for genre, partie in [self.relations.get(lien, ("", ""))]
            if genre == "worksheet"
        }

    def partie(self, genre: str) -> str | None:
        return next((partie for un, partie in self.relations.values() if un == genre), None)


class Classeur:
    def __init__(self, chemin: Path):
        self.chemin = chemin
        self.tailles = {une.filename: une.file_size for une in archives.entrees(chemin)}
        principal = self.relier("").partie("officeDocument") or "xl/workbook.xml"
        self.plan = self.relier(principal)
        self.lire_plan(principal)

    def exiger(self, partie: str, maximum: int = ANNEXE_MAX) -> str:
        if partie not in self.tailles:
            raise abime()
        if self.tailles[partie] > maximum:
            raise trop_grand()
        return partie

    def relier(self, partie: str) -> Plan:
        """The relations of a part of the workbook (of the workbook itself: "")."""
        plan, ou = Plan(), PurePosixPath(partie)
        lien = str(ou.parent / "_rels" / f"{ou.name}.rels")
        if lien not in self.tailles:
            return plan

        def ouvrir(nom, attributs):
            if nom == "Relationship":
                cible = attributs.get("Target", "")
                entiere = cible.lstrip("/") if cible.startswith("/") else str(ou.parent / cible)
                plan.relations[attributs.get("Id", "")] = (attributs.get("Type", "").rpartition("/")[2], entiere)

        lire_partie(self.chemin, self.exiger(lien), analyseur(ouvrir))
        return plan

    def lire_plan(self, principal: str):
        def ouvrir(nom, attributs):
            if nom == "sheet":
                lien = next((v for k, v in attributs.items() if k.endswith(":id")), "")
                self.plan.feuilles.append((attributs.get("name", ""), lien))
            elif nom == "workbookPr":
                self.plan.en_1904 = attributs.get("date1904") in ("1", "true", "on")

        lire_partie(self.chemin, self.exiger(principal), analyseur(ouvrir))

    def feuille(self, nom: str | None) -> Feuille:
        """The sheet of that name, else the first. Raises Refus."""
        tableaux = self.plan.tableaux()
        if nom is not None and nom not in tableaux:
            raise refuser(
                "fichier_illisible",
                f"Le classeur n'a pas de feuille « {nom} ». Feuilles présentes : {', '.join(tableaux)}.",
            )
        if not tableaux:
            raise abime()
        partie = self.exiger(tableaux[nom or next(iter(tableaux))], archives.DETENDU_MAX)
        comprime = self.chemin.stat().st_size
        return Feuille(self.chemin, partie, self.chaines(), self.dates(), self.plan.en_1904, comprime)

    def chaines(self) -> list[str]:
        partie = self.plan.partie("sharedStrings")
        return lire_chaines(self.chemin, self.exiger(partie, 4 * CHAINES_MAX)) if partie else []

    def dates(self) -> set[int]:
        partie = self.plan.partie("styles")
        try:
            return lire_styles(self.chemin, self.exiger(partie)) if partie else set()
        except ValueError as erreur:
            raise abime() from erreur


def ouvrir_excel(chemin: Path, feuille: str | None) -> Fichier:
    """Raises Refus (`fichier_illisible`, `fichier_vide`)."""
    lue = Classeur(chemin).feuille(feuille)
    pleines = (un for un in lue.lignes() if any(v.strip() for v in un[1]))
    numero, entetes = next(pleines, (0, []))
    if not entetes:
        raise refuser("fichier_vide", "La feuille est vide. Indiquez la feuille qui porte les données.")
    while entetes and not entetes[-1].strip():
        entetes.pop()
    return Fichier(
        entetes, ligne_entete=numero, source=lambda fichier: blocs_de_lignes(fichier, ajuster(fichier, pleines))
    )


def ajuster(fichier: Fichier, lignes: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str | None]]]:
    """Rows cut or filled to the width of the header; a value beyond it makes the row irregular."""
    largeur = len(fichier.entetes)
    for numero, valeurs in lignes:
        if any(v.strip() for v in valeurs[largeur:]):
            fichier.lues += 1
            fichier.signaler(numero, len(valeurs))
        else:
            yield numero, [v if v.strip() else None for v in valeurs[:largeur]] + [None] * (largeur - len(valeurs))
