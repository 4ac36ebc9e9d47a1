"""Matching the headers of a file with the columns of a format: without case, accents or spaces, synonyms included."""

import re
import unicodedata
from dataclasses import dataclass, field

from partenaires.depots.contrats import REGISTRE, Colonne, Format
from partenaires.depots.rapport import Constat, Refus, refuser


def cle(nom: str) -> str:
    """`« Dép. com »` and `DEP_COM` are the same header."""
    sans_accent = unicodedata.normalize("NFKD", nom).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]+", "_", sans_accent.upper()).strip("_")


@dataclass
class Correspondance:
    """`rangs`: column of the format → position in the file (0-based)."""

    rangs: dict[str, int] = field(default_factory=dict)
    ignorees: set[int] = field(default_factory=set)
    inconnues: list[str] = field(default_factory=list)
    manquantes: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)  # column → {value in the file: ours}

    def reconnues(self) -> set[int]:
        """Positions of the headers that belong to the format, kept or not."""
        return set(self.rangs.values()) | self.ignorees

    def position(self, colonne: Colonne) -> int | None:
        return self.rangs.get(colonne.nom)


def rapprocher(un_format: Format, entetes: list[str], ligne: int = 1) -> Correspondance:
    """A column's own name first, then its synonyms; a synonym may be another column's name (EPCI for TERRITOIRE_CIL).

    Raises Refus where columns of the format stand twice.
    """
    cles = [cle(nom) for nom in entetes]
    trouve, doubles = Correspondance(), []
    for colonne in un_format.colonnes:
        for nom in (colonne.nom, *colonne.synonymes):
            if nom.startswith("__"):
                rangs = [i for i, brut in enumerate(entetes) if brut == nom]
            else:
                rangs = [i for i, une in enumerate(cles) if une == cle(nom)]
            if len(rangs) > 1:
                doubles.append(en_double(nom, rangs, ligne))
            if rangs:
                trouve.rangs[colonne.nom] = rangs[0]
                break
        else:
            if colonne.obligatoire:
                trouve.manquantes.append(colonne.nom)
    if doubles:
        raise Refus(*doubles)
    connues = {cle(nom) for nom in un_format.ignorees}
    trouve.ignorees = {i for i, une in enumerate(cles) if une in connues}
    pris = trouve.reconnues()
    trouve.inconnues = [nom for i, nom in enumerate(entetes) if i not in pris and nom and not nom.startswith("__")]
    return trouve


def en_double(nom: str, rangs: list[int], ligne: int = 1) -> Constat:
    places = " et ".join(str(rang + 1) for rang in rangs)
    return Constat(
        "fichier_illisible",
        nom,
        f"La colonne {nom} figure plusieurs fois dans l'en-tête (colonnes {places}). N'en gardez qu'une.",
        1,
        [ligne],
    )


def verifier(un_format: Format, entetes: list[str], trouve: Correspondance, ligne: int = 1) -> list[Constat]:
    """Missing columns. `ligne`: where the header stands.

    Raises Refus where the cells are not worth checking: another type's file, or no known header at all.
    """
    autre = autre_type(un_format, entetes, trouve)
    if autre:
        raise refuser(
            "type_inattendu",
            f"Ce fichier ressemble à un fichier {autre.type} ({autre.libelle}), pas à un fichier {un_format.type}. "
            f"Déposez-le avec le type {autre.type}, ou vérifiez le fichier choisi.",
            lignes=[ligne],
        )
    remede = "Ajoutez-la au fichier, même si certaines de ses cases sont vides."
    if not trouve.reconnues():
        remede = sans_entete(entetes, ligne)
    constats = [
        Constat(
            "colonne_manquante",
            nom,
            f"La colonne {nom} manque : elle est obligatoire pour le type {un_format.type}. {remede}",
            1,
            [ligne],
        )
        for nom in trouve.manquantes
    ]
    if constats and not trouve.reconnues():
        raise Refus(*constats)
    return constats


def sans_entete(entetes: list[str], ligne: int) -> str:
    """What to do of a file whose first line holds no name of ours: a title, data, another separator or encoding."""
    lus = ", ".join(f"« {nom[:40]} »" for nom in entetes[:3])
    return (
        f"La ligne {ligne}, lue comme en-tête, ne porte aucun nom connu ({lus}{'…' if len(entetes) > 3 else ''}) : "
        "l'en-tête doit être la première ligne, séparée par « ; », « , » ou des tabulations, dans un CSV ou un XLSX."
    )


def autre_type(un_format: Format, entetes: list[str], trouve: Correspondance) -> Format | None:
    """The registered type whose required columns are all there and that recognises more of the header.

    A file that has all the required columns of its own type is doubted only when most of its columns are foreign to
    that type and some of the type's own are absent (a `communes` file deposited as `epci`).
    """
    reconnues = len(trouve.reconnues())
    if not trouve.manquantes and (
        reconnues * 2 >= len(entetes) or all(colonne.nom in trouve.rangs for colonne in un_format.colonnes)
    ):
        return None
    meilleur, score = None, reconnues
    for autre in REGISTRE.values():
        if autre is un_format:
            continue
        try:
            essai = rapprocher(autre, entetes)
        except Refus:
            continue
        if not essai.manquantes and len(essai.reconnues()) > score:
            meilleur, score = autre, len(essai.reconnues())
    return meilleur
