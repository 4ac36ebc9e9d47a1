"""The parts of an XLSX workbook as streams: a sheet gives its rows one by one, whatever its size.

Nothing is kept but the row being read and the shared strings, both bounded. Formulas are never computed: the result
that the workbook holds is read. Macros are a part that nobody opens.
"""

import re
import xml.parsers.expat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from partenaires.depots.archives import MO, lire_entree, piege, trop_comprime
from partenaires.depots.rapport import Refus, refuser

BLOC_XML = 1 << 16
COLONNES_EXCEL = 16_384
LIGNE_MAX = MO  # characters of one row
CHAINES_MAX = 128 * MO  # characters of the shared strings
NUMERO_MAX = 9  # digits of what counts rows, strings, styles
REFERENCE = re.compile(r"([A-Z]{1,3})\d{1,9}")
DATES_INTEGREES = {*range(14, 23), *range(27, 37), *range(50, 59)}
# What a number format holds beside its letters: texts, escaped characters, colours and conditions, fillers.
A_PART = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')
ECOULEE = re.compile(r"\[[hms]+\]", re.IGNORECASE)
EPOQUE, EPOQUE_1904 = date(1899, 12, 30), date(1904, 1, 1)
SERIE_MAX = 2_958_466


class Noms(dict):
    """XML names without their prefix."""

    def __missing__(self, nom: str) -> str:
        self[nom] = court = nom.rpartition(":")[2]
        return court


def abime() -> Refus:
    return refuser(
        "fichier_illisible",
        "Le classeur ne peut pas être lu : il est abîmé ou incomplet. Enregistrez-le de nouveau en XLSX.",
    )


def analyseur(ouvrir: Callable, fermer: Callable | None = None, texte: Callable | None = None):
    """An expat parser that calls back with names without prefix, and refuses entities."""
    lecteur = xml.parsers.expat.ParserCreate()
    noms, lecteur.buffer_text = Noms(), True

    def refuser_entites(*_):
        raise abime()

    lecteur.StartDoctypeDeclHandler = refuser_entites
    lecteur.StartElementHandler = lambda nom, attributs: ouvrir(noms[nom], attributs)
    if fermer is not None:
        lecteur.EndElementHandler = lambda nom: fermer(noms[nom])
    if texte is not None:
        lecteur.CharacterDataHandler = texte
    return lecteur


def parcourir(chemin: Path, partie: str, lecteur) -> Iterator[None]:
    """Feeds the parser; a step a block. Raises Refus."""
    try:
        for bloc in lire_entree(chemin, partie, BLOC_XML):
            lecteur.Parse(bloc, False)
            yield
        lecteur.Parse(b"", True)
        yield
    except xml.parsers.expat.ExpatError as erreur:
        raise abime() from erreur


def lire_partie(chemin: Path, partie: str, lecteur):
    for _ in parcourir(chemin, partie, lecteur):
        pass


def est_date(format: str) -> bool:
    """Does a number format show a date or a time of day? (`[h]:mm` is a length of time.)"""
    return not ECOULEE.search(format) and bool(re.search("[dmyhs]", A_PART.sub("", format), re.IGNORECASE))


def lire_styles(chemin: Path, partie: str) -> set[int]:
    """Numbers of the cell styles that show a date."""
    formats: dict[int, str] = {}
    styles: list[int] = []
    dans = False

    def ouvrir(nom, attributs):
        nonlocal dans
        if nom == "cellXfs":
            dans = True
        elif nom == "numFmt":
            formats[int(attributs.get("numFmtId", -1))] = attributs.get("formatCode", "")
        elif nom == "xf" and dans:
            styles.append(int(attributs.get("numFmtId", 0)))

    def fermer(nom):
        nonlocal dans
        dans = dans and nom != "cellXfs"

    lire_partie(chemin, partie, analyseur(ouvrir, fermer))
    return {n for n, un in enumerate(styles) if un in DATES_INTEGREES or est_date(formats.get(un, ""))}


def lire_chaines(chemin: Path, partie: str) -> list[str]:
    """The strings that cells share. Raises Refus beyond CHAINES_MAX."""
    chaines: list[str] = []
    morceaux: list[str] = []
    lues, muet, dans = 0, 0, False

    def ouvrir(nom, _):
        nonlocal muet, dans
        muet += nom == "rPh"
        dans = nom == "t" and not muet

    def fermer(nom):
        nonlocal muet, dans
        muet -= nom == "rPh"
        dans = False
        if nom == "si":
            chaines.append("".join(morceaux))
            morceaux.clear()

    def texte(lu):
        nonlocal lues
        if dans:
            lues += len(lu)
            if lues > CHAINES_MAX:
                raise trop_grand()
            morceaux.append(lu)

    lire_partie(chemin, partie, analyseur(ouvrir, fermer, texte))
    return chaines


def trop_grand() -> Refus:
    return refuser(
        "fichier_illisible",
        "Le classeur est trop volumineux pour être lu. Enregistrez la feuille en CSV.",
    )


def entier(texte: str) -> int:
    if not texte.isdecimal() or len(texte) > NUMERO_MAX:
        raise abime()
    return int(texte)


def rang(reference: str) -> int:
    """Position of the column of a cell: A1 → 0, AB12 → 27."""
    trouve = REFERENCE.fullmatch(reference)
    if trouve is None:
        raise abime()
    numero = 0
    for lettre in trouve[1]:
        numero = numero * 26 + ord(lettre) - 64
    if numero > COLONNES_EXCEL:
        raise abime()
    return numero - 1


def nombre(texte: str) -> str:
    """A number as a CSV export would write it: integers without « .0 »."""
    if texte.isdigit() and len(texte) <= 15:
        return texte
    try:
        valeur = float(texte)
    except ValueError:
        return texte
    return str(int(valeur)) if valeur.is_integer() else repr(valeur)


def jour(texte: str, en_1904: bool) -> str:
    """A serial number as an ISO date, with its time where it has one; a number out of the calendar stays as it is."""
    try:
        serie = float(texte)
    except ValueError:
        return texte
    if not 0 <= serie < SERIE_MAX:
        return nombre(texte)
    secondes = round(serie % 1 * 86_400)
    heure = (datetime.min + timedelta(seconds=secondes % 86_400)).time()
    if serie < 1 and not en_1904:
        return heure.isoformat()
    # Excel counts a 29 February 1900 that was not
    decalage = timedelta(int(serie) + secondes // 86_400 + (0 if en_1904 or serie >= 60 else 1))
    le_jour = (EPOQUE_1904 if en_1904 else EPOQUE) + decalage
    return le_jour.isoformat() if heure == time() else f"{le_jour} {heure}"


@dataclass
class Feuille:
    """Reads a sheet. `lignes` gives (number, texts); a row without any value is not given."""

    chemin: Path
    partie: str
    chaines: list[str]
    dates: set[int]
    en_1904: bool = False
    comprime: int = 0  # bytes of the workbook, that its text is weighed against
    total: int = 0
    pretes: list[tuple[int, list[str]]] = field(default_factory=list)
    numero: int = 0
    colonne: int = -1
    poids: int = 0
    valeurs: dict[int, str] = field(default_factory=dict)
    genre: str = ""
    style: str = ""
    formule: bool = False
    ecoute: bool = False
    muet: int = 0
    texte: list[str] = field(default_factory=list)

    def lignes(self) -> Iterator[tuple[int, list[str]]]:
        self.numero, self.total, self.pretes = 0, 0, []
        for _ in parcourir(self.chemin, self.partie, analyseur(self.ouvrir, self.fermer, self.entendre)):
            yield from self.pretes
            self.pretes.clear()

    def ouvrir(self, nom: str, attributs: dict[str, str]):
        if nom == "v":
            self.ecoute = True
        elif nom == "c":
            self.ouvrir_cellule(attributs)
        elif nom == "row":
            self.ouvrir_ligne(attributs)
        elif nom == "t":
            self.ecoute = not self.muet
        elif nom == "f":
            self.formule = True
        elif nom == "rPh":
            self.muet += 1

    def ouvrir_ligne(self, attributs: dict[str, str]):
        numero = entier(attributs["r"]) if "r" in attributs else self.numero + 1
        if numero <= self.numero:
            raise abime()
        self.numero, self.colonne, self.poids = numero, -1, 0
        self.valeurs.clear()

    def ouvrir_cellule(self, attributs: dict[str, str]):
        reference = attributs.get("r")
        self.colonne = rang(reference) if reference else self.colonne + 1
        self.genre, self.style = attributs.get("t", ""), attributs.get("s", "")
        self.formule, self.ecoute = False, False
        self.texte.clear()

    def entendre(self, lu: str):
        if self.ecoute:
            self.peser(lu)
            self.texte.append(lu)

    def peser(self, lu: str):
        self.poids += len(lu)
        if self.poids > LIGNE_MAX:
            raise refuser(
                "fichier_illisible",
                f"La ligne {self.numero} est d'une longueur démesurée : ce n'est pas un tableau. Vérifiez le fichier.",
                lignes=[self.numero],
            )

    def fermer(self, nom: str):
        if nom == "c":
            valeur = self.valeur("".join(self.texte))
            if valeur:
                self.valeurs[self.colonne] = valeur
        elif nom == "row":
            if self.valeurs:
                vues = self.valeurs
                self.pretes.append((self.numero, [vues.get(i, "") for i in range(max(vues) + 1)]))
                self.valeurs = {}
            self.total += self.poids
            if trop_comprime(self.total, self.comprime):
                raise piege()
        elif nom in ("v", "t"):
            self.ecoute = False
        elif nom == "rPh":
            self.muet -= 1

    def valeur(self, texte: str) -> str:
        """What the cell says, by its type (ECMA-376 §18.18.11)."""
        if not texte:
            if self.formule and self.genre != "str":
                raise self.sans_resultat()
            return ""
        if self.genre == "s":
            return self.chaine(texte)
        if self.genre == "d":
            return texte.removesuffix("Z").removesuffix("T00:00:00").replace("T", " ")
        if self.genre in ("", "n"):
            if self.style and entier(self.style) in self.dates:
                return jour(texte, self.en_1904)
            return nombre(texte)
        return texte

    def chaine(self, texte: str) -> str:
        numero = entier(texte.strip())
        if numero >= len(self.chaines):
            raise abime()
        chaine = self.chaines[numero]
        self.peser(chaine)
        return chaine

    def sans_resultat(self) -> Refus:
        return refuser(
            "fichier_illisible",
            f"La ligne {self.numero} contient une formule dont le classeur ne garde pas le résultat. Ouvrez-le dans un "
            "tableur et enregistrez-le, ou remplacez les formules par leurs valeurs.",
            lignes=[self.numero],
        )
