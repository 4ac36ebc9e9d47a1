"""Opening a deposited file, whatever it is: CSV, gzipped CSV, Excel or geographic, as one stream of numbered rows.

What comes out is the same for all: the headers, and blocks of bytes ready for
`COPY brut FROM STDIN (FORMAT csv, DELIMITER …, QUOTE E'\\x02')`, each row beginning with its physical line number.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from partenaires.depots import archives
from partenaires.depots.rapport import LIGNES_CITEES, refuser

GUILLEMET_COPY = b"\x02"
SEPARATEUR_INTERNE = b"\x1f"
BLOC = 1 << 20
COLONNES_MAX = 500
GEOGRAPHIQUE_MAX = 1024 * archives.MO
ANCIEN_EXCEL = b"\xd0\xcf\x11\xe0"
# Spaces that spreadsheets put around and inside values: no-break, figure, thin, narrow no-break; BOM in mid-file.
ESPACES = tuple(
    un.encode() for un in ("\u00a0", "\u2007", "\u2009", "\u200a", "\u200b", "\u202f", "\ufeff", "\t", "\v", "\f", "\r")
)


@dataclass
class Fichier:
    """A file opened for reading. `lues` and `irregulieres` ({line: fields found}) fill up as `blocs` is read.

    `attendus`: about how many bytes `blocs` will give, 0 when unknown.
    """

    entetes: list[str]
    separateur: bytes = SEPARATEUR_INTERNE
    ligne_entete: int = 1
    sha256: str = ""
    taille: int = 0
    attendus: int = 0
    lues: int = 0
    nombre_irregulieres: int = 0
    irregulieres: dict[int, int] = field(default_factory=dict)
    source: Callable[["Fichier"], Iterator[bytes]] | None = None

    def blocs(self) -> Iterator[bytes]:
        assert self.source is not None
        return self.source(self)

    def signaler(self, ligne: int, champs: int):
        """A row that has not as many fields as the header."""
        self.nombre_irregulieres += 1
        if len(self.irregulieres) < LIGNES_CITEES:
            self.irregulieres[ligne] = champs


def nettoyer_espaces(octets: bytes, sauf: bytes = b"") -> bytes:
    """Every special space of an UTF-8 text as an ordinary one (`sauf`: the tab, where it separates)."""
    for espace in ESPACES:
        if espace != sauf:
            octets = octets.replace(espace, b" ")
    return octets


def ouvrir(
    chemin: Path, geographique: bool = False, feuille: str | None = None, encodage: str | None = None
) -> Fichier:
    """Raises Refus (`fichier_illisible`, `fichier_vide`)."""
    from partenaires.depots.lecture_csv import ouvrir_csv
    from partenaires.depots.lecture_excel import ouvrir_excel

    try:
        sha256, taille = empreinte(chemin)
        with chemin.open("rb") as flux:
            debut = flux.read(16)
    except OSError as erreur:
        raise refuser(
            "fichier_illisible",
            f"Le fichier {chemin.name} ne peut pas être ouvert : {motif(erreur)}. Vérifiez le chemin.",
        ) from erreur
    if taille == 0:
        raise refuser("fichier_vide", "Le fichier est vide. Déposez un fichier avec une ligne d'en-tête et des lignes.")
    if geographique:
        fichier = ouvrir_geographique(chemin)
    elif est_geographique(chemin, debut):
        raise refuser(
            "fichier_illisible",
            "Ce fichier est géographique ; ce type attend un tableau (CSV, CSV.gz ou XLSX). Vérifiez le type choisi.",
        )
    elif est_classeur(chemin, debut):
        fichier = ouvrir_excel(chemin, feuille)
    else:
        fichier = ouvrir_csv(chemin, encodage)
    fichier.sha256, fichier.taille = sha256, taille
    if len(fichier.entetes) > COLONNES_MAX:
        raise refuser(
            "fichier_illisible",
            f"L'en-tête a {len(fichier.entetes)} colonnes, {COLONNES_MAX} au plus : vérifiez le séparateur.",
        )
    return fichier


def motif(erreur: OSError) -> str:
    if isinstance(erreur, FileNotFoundError):
        return "il n'existe pas"
    if isinstance(erreur, IsADirectoryError):
        return "c'est un dossier"
    return "l'accès est refusé" if isinstance(erreur, PermissionError) else (erreur.strerror or "erreur de lecture")


def empreinte(chemin: Path) -> tuple[str, int]:
    condense, taille = hashlib.sha256(), 0
    with chemin.open("rb") as flux:
        while bloc := flux.read(BLOC):
            condense.update(bloc)
            taille += len(bloc)
    return condense.hexdigest(), taille


def contenu_zip(chemin: Path) -> list[str]:
    return [entree.filename for entree in archives.entrees(chemin)]


def est_classeur(chemin: Path, debut: bytes) -> bool:
    """A zip that is no workbook holds a CSV (`archives.seule_entree`). Raises Refus on the workbooks not read here."""
    if debut.startswith(ANCIEN_EXCEL):
        raise refuser(
            "fichier_illisible",
            "Ce classeur est d'un ancien format (.xls) ou protégé par un mot de passe. Enregistrez-le en XLSX, sans "
            "mot de passe.",
        )
    noms = contenu_zip(chemin) if debut.startswith(archives.ZIP) else []
    if "content.xml" in noms or "xl/workbook.bin" in noms:
        raise refuser(
            "fichier_illisible", "Ce classeur n'est pas un XLSX (ODS ou XLSB). Enregistrez-le en XLSX ou en CSV."
        )
    return any(nom.startswith("xl/") for nom in noms)


def est_geographique(chemin: Path, debut: bytes) -> bool:
    if debut.startswith(archives.ZIP):
        return any(nom.lower().endswith((".shp", ".geojson", ".gpkg")) for nom in contenu_zip(chemin))
    return debut.startswith(b"SQLite format 3") or debut.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def ouvrir_geographique(chemin: Path) -> Fichier:
    """Read whole in memory: its size is bounded."""
    from partenaires.depots.lecture_geographique import lire

    with chemin.open("rb") as flux:
        comprime = flux.read(4) == archives.ZIP
    taille = sum(une.file_size for une in archives.entrees(chemin)) if comprime else chemin.stat().st_size
    if taille > GEOGRAPHIQUE_MAX:
        raise refuser(
            "fichier_illisible",
            f"Ce fichier géographique est trop volumineux : {GEOGRAPHIQUE_MAX // archives.MO} Mo décompressé au plus. "
            "Simplifiez ses contours ou séparez-le.",
        )
    entetes, lignes = lire(chemin)
    return Fichier(entetes, source=lambda fichier: blocs_de_lignes(fichier, enumerate(lignes, 2)))


def blocs_de_lignes(fichier: Fichier, lignes: Iterable[tuple[int, Sequence[str | None]]]) -> Iterator[bytes]:
    """COPY blocks from (number, values) pairs; rows without any value are left out."""
    sortie: list[bytes] = []
    poids = 0
    for numero, valeurs in lignes:
        if not any(valeurs):
            continue
        fichier.lues += 1
        brute = "\x1f".join([str(numero), *("" if v is None else propre(v, numero) for v in valeurs)])
        octets = nettoyer_espaces(brute.encode("utf-8", "replace"))
        sortie.append(octets)
        poids += len(octets)
        if poids > BLOC:
            yield b"\n".join([*sortie, b""])
            sortie, poids = [], 0
    if sortie:
        yield b"\n".join([*sortie, b""])


def propre(valeur: str, ligne: int) -> str:
    """A value that a line of COPY can hold. Raises Refus on the characters that no text has."""
    if any(c in valeur for c in "\x00\x01\x02\x1f"):
        raise caracteres_interdits(ligne)
    return valeur.replace("\r\n", " ").replace("\n", " ") if "\n" in valeur else valeur


def caracteres_interdits(ligne: int):
    return refuser(
        "fichier_illisible",
        f"La ligne {ligne} contient des caractères de contrôle : ce n'est pas un fichier texte. "
        "Refaites l'export en CSV (UTF-8 ou Windows-1252) ou en XLSX.",
        lignes=[ligne],
    )
