"""CSV and gzipped CSV as a stream: two readings, the first to learn the encoding and whether anything is quoted.

A line without quotes goes to COPY almost as it is; only lines that hold a quote pass through Python's csv module.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from partenaires.depots import archives
from partenaires.depots.lecture import (
    BLOC,
    SEPARATEUR_INTERNE,
    Fichier,
    caracteres_interdits,
    nettoyer_espaces,
)
from partenaires.depots.rapport import Refus, refuser

SEPARATEURS = (";", ",", "\t")
MARQUES = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ENCODAGES = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii"),
    *("cp1252", "iso8859-1", "iso8859-15", "cp850", "cp437", "mac-roman"),
)
INTERDITS = (b"\x00", b"\x01", b"\x02", b"\x1f")
LIGNES_D_UN_CHAMP = 200  # a quoted field longer than that is a quote that was never closed
LIGNE_MAX = BLOC  # bytes of a line, of a row over several lines
ENTETE_MAX = 1 << 16
FIN = "\x03"


# Windows-1252 leaves five bytes undefined: they are read as Latin-1 does.
def _comme_latin1(erreur: UnicodeError) -> tuple[str, int]:
    assert isinstance(erreur, UnicodeDecodeError)
    return erreur.object[erreur.start : erreur.end].decode("latin-1"), erreur.end


codecs.register_error("comme_latin1", _comme_latin1)


@dataclass(frozen=True)
class Texte:
    """What the first reading taught: how to decode, how lines end, whether a quote occurs, bytes uncompressed."""

    chemin: Path
    encodage: str
    retour_chariot: bool
    guillemets: bool
    taille: int


def ouvrir_csv(chemin: Path, encodage: str | None) -> Fichier:
    texte = sonder(chemin, encodage)
    numero, entete = premiere_ligne(texte)
    separateur = trouver_separateur(entete)
    entetes = [nom.strip() for nom in next(csv.reader([entete], delimiter=separateur))]
    while entetes and not entetes[-1]:
        entetes.pop()
    return Fichier(
        entetes,
        separateur=SEPARATEUR_INTERNE if texte.guillemets else separateur.encode(),
        ligne_entete=numero,
        attendus=texte.taille,
        source=partial(blocs, texte=texte, separateur=separateur),
    )


def trouver_separateur(entete: str) -> str:
    return max(SEPARATEURS, key=lambda s: len(next(csv.reader([entete], delimiter=s))))


def sonder(chemin: Path, force: str | None) -> Texte:
    """First reading. UTF-8 when every byte agrees, else Windows-1252. Raises Refus."""
    guillemets = retour = saut = False
    debut, taille, utf8 = b"", 0, codecs.getincrementaldecoder("utf-8")()
    lisible = True
    for bloc in octets(chemin):
        debut, taille = debut or bloc[:4], taille + len(bloc)
        guillemets = guillemets or b'"' in bloc
        retour, saut = retour or b"\r" in bloc, saut or b"\n" in bloc
        lisible = lisible and (bool(force) or se_decode(utf8, bloc))
    if debut.startswith((archives.GZIP, archives.ZIP)):
        raise refuser(
            "fichier_illisible",
            "Le fichier comprimé contient une autre archive ou un classeur. Déposez ce fichier lui-même.",
        )
    if not debut:
        raise refuser("fichier_vide", "Le fichier est vide. Déposez un fichier avec une ligne d'en-tête et des lignes.")
    lisible = lisible and se_decode(utf8, b"", fin=True)
    marque = next((nom for octets_marque, nom in MARQUES if debut.startswith(octets_marque)), None)
    encodage = nom_encodage(force) if force else marque or ("utf-8" if lisible else "cp1252")
    return Texte(chemin, encodage, retour and not saut, guillemets, taille)


def se_decode(decodeur: codecs.IncrementalDecoder, bloc: bytes, fin: bool = False) -> bool:
    try:
        decodeur.decode(bloc, fin)
    except UnicodeDecodeError:
        return False
    return True


def nom_encodage(force: str) -> str:
    try:
        nom = codecs.lookup(force).name
    except (LookupError, ValueError):
        nom = ""
    if nom not in ENCODAGES:
        raise refuser(
            "fichier_illisible", f"L'encodage « {force} » n'est pas connu. Indiquez utf-8 ou windows-1252, ou rien."
        )
    return nom


def octets(chemin: Path) -> Iterator[bytes]:
    """Raw bytes, decompressed when gzipped or alone in a zip. Raises Refus where the archive is damaged."""
    with chemin.open("rb") as brut:
        debut = brut.read(4)
    if debut.startswith(archives.GZIP):
        return archives.lire_gzip(chemin)
    if debut == archives.ZIP:
        return archives.lire_entree(chemin, archives.seule_entree(chemin))
    return lire_fichier(chemin)


def lire_fichier(chemin: Path) -> Iterator[bytes]:
    with chemin.open("rb") as flux:
        while bloc := flux.read(BLOC):
            yield bloc


def blocs_de_texte(texte: Texte) -> Iterator[bytes]:
    """Whole lines of UTF-8, ended by \\n, special spaces made ordinary, about a megabyte at a time."""
    decodeur = codecs.getincrementaldecoder(texte.encodage)("comme_latin1" if texte.encodage == "cp1252" else "strict")
    reste, ligne = b"", 1
    for bloc in octets(texte.chemin):
        if texte.encodage != "utf-8":
            bloc = decoder(decodeur, bloc, ligne).encode("utf-8", "replace")
        reste += bloc.replace(b"\r", b"\n") if texte.retour_chariot else bloc
        coupe = reste.rfind(b"\n") + 1
        if coupe:
            morceau, reste = reste[:coupe], reste[coupe:]
            ligne += morceau.count(b"\n")
            yield morceau
        if len(reste) > LIGNE_MAX:
            raise demesuree(ligne)
    if reste:
        yield reste + b"\n"


def demesuree(ligne: int) -> Refus:
    return refuser(
        "fichier_illisible",
        f"La ligne {ligne} est d'une longueur démesurée : ce n'est pas un tableau. Vérifiez le fichier choisi.",
        lignes=[ligne],
    )


def decoder(decodeur, bloc: bytes, ligne: int) -> str:
    try:
        return decodeur.decode(bloc)
    except UnicodeDecodeError as erreur:
        ligne += bloc[: erreur.start].count(b"\n")
        raise refuser(
            "fichier_illisible",
            f"La ligne {ligne} n'est pas de l'encodage {erreur.encoding}. N'en indiquez pas (il est reconnu seul) ou "
            "enregistrez le fichier en UTF-8.",
            lignes=[ligne],
        ) from erreur


def verifier(morceau: bytes, encodage: str, ligne: int):
    """A text in UTF-8 without control characters. Raises Refus with the line."""
    for interdit in INTERDITS:
        if interdit in morceau:
            raise caracteres_interdits(ligne + morceau[: morceau.index(interdit)].count(b"\n"))
    if encodage == "utf-8":
        decoder(codecs.getincrementaldecoder("utf-8")(), morceau, ligne)


def morceaux(texte: Texte, separateur: str) -> Iterator[tuple[int, list[bytes]]]:
    """(number of the first line, lines) of each block, checked and with ordinary spaces."""
    ligne = 1
    for morceau in blocs_de_texte(texte):
        verifier(morceau, texte.encodage, ligne)
        lignes = nettoyer_espaces(morceau.replace(b"\r\n", b"\n"), sauf=separateur.encode()).split(b"\n")
        lignes.pop()
        if max(map(len, lignes)) > LIGNE_MAX:
            raise demesuree(ligne + [len(une) > LIGNE_MAX for une in lignes].index(True))
        yield ligne, lignes
        ligne += len(lignes)


def premiere_ligne(texte: Texte) -> tuple[int, str]:
    for debut, lignes in morceaux(texte, "\t"):
        for numero, ligne in enumerate(lignes, debut):
            # Excel may tell itself the separator on a line « sep=; » above the header
            if ligne.strip(b' ;,\t"') and not ligne.lower().startswith(b"sep="):
                if len(ligne) > ENTETE_MAX:
                    raise demesuree(numero)
                return numero, ligne.decode()
    raise refuser("fichier_vide", "Le fichier est vide. Déposez un fichier avec une ligne d'en-tête et des lignes.")


def blocs(fichier: Fichier, texte: Texte, separateur: str) -> Iterator[bytes]:
    """Blocks for COPY: « number, fields » lines of exactly as many fields as the header."""
    entre, cite = fichier.separateur, Cite(separateur)
    vide = entre + b" "
    attendus = len(fichier.entetes) - 1
    for debut, lignes in morceaux(texte, separateur):
        numerotees: Iterator[tuple[int, bytes]] = (
            (n, un) for n, un in enumerate(lignes, debut) if n > fichier.ligne_entete
        )
        if texte.guillemets:
            numerotees = sans_guillemets(numerotees, separateur, cite)
        sortie: list[bytes] = []
        for numero, ligne in numerotees:
            if ligne.count(entre) != attendus:
                recadree = recadrer(fichier, numero, ligne, entre)
                if recadree is None:
                    continue
                ligne = recadree
            elif not ligne.strip(vide):
                continue
            fichier.lues += 1
            sortie.append(b"%d%b%b" % (numero, entre, ligne))
        sortie.append(b"")
        yield b"\n".join(sortie)
    cite.verifier_fin()


def sans_guillemets(lignes: Iterable[tuple[int, bytes]], separateur: str, cite: "Cite") -> Iterator[tuple[int, bytes]]:
    """Rows with their fields set apart by SEPARATEUR_INTERNE; `cite` keeps a row left open from block to block."""
    sep = separateur.encode()
    for numero, ligne in lignes:
        if cite.ouvert or b'"' in ligne:
            complete = cite.ajouter(numero, ligne)
            if complete is not None:
                yield complete
        else:
            yield numero, ligne.replace(sep, SEPARATEUR_INTERNE)


def recadrer(fichier: Fichier, numero: int, ligne: bytes, entre: bytes) -> bytes | None:
    """A blank line is nothing; empty fields beyond the header are dropped; otherwise the line is irregular."""
    champs = ligne.split(entre)
    largeur = len(fichier.entetes)
    if not any(champ.strip() for champ in champs):
        return None
    if len(champs) > largeur and not any(champ.strip() for champ in champs[largeur:]):
        return entre.join(champs[:largeur])
    fichier.lues += 1
    fichier.signaler(numero, len(champs))
    return None


class Cite:
    """A row that holds quotes, possibly over several lines."""

    def __init__(self, separateur: str):
        self.separateur = separateur
        self.lignes: list[str] = []
        self.debut, self.poids = 0, 0

    @property
    def ouvert(self) -> bool:
        return bool(self.lignes)

    def ajouter(self, numero: int, ligne: bytes) -> tuple[int, bytes] | None:
        """(first line, fields joined) once the row is complete. Raises Refus on a quote never closed."""
        if not self.lignes:
            self.debut, self.poids = numero, 0
        self.poids += len(ligne)
        if self.poids > LIGNE_MAX:
            raise self.non_ferme()
        self.lignes.append(ligne.decode())
        lecteur = csv.reader([*(un + "\n" for un in self.lignes), FIN], delimiter=self.separateur)
        try:
            champs = next(lecteur)
        except csv.Error:
            raise self.non_ferme() from None
        if champs and champs[-1].endswith(FIN):
            if len(self.lignes) > LIGNES_D_UN_CHAMP:
                raise self.non_ferme()
            return None
        self.lignes = []
        return self.debut, SEPARATEUR_INTERNE.join(champ.replace("\n", " ").encode() for champ in champs)

    def verifier_fin(self):
        if self.lignes:
            raise self.non_ferme()

    def non_ferme(self):
        return refuser(
            "fichier_illisible",
            f"Un guillemet ouvert à la ligne {self.debut} n'est jamais fermé. Corrigez cette ligne.",
            lignes=[self.debut],
        )
