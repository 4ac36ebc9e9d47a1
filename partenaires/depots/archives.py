"""What is compressed is bounded before it is read: sizes that a zip declares, bytes that a gzip gives.

`zipfile` never gives more bytes of an entry than the archive declares, so that what is declared bounds what is read.
"""

import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from partenaires.depots.rapport import Refus, refuser

MO = 1 << 20
RAPPORT_MAX = 300  # times smaller than its content: no table of rows is compressed that well
SANS_RAPPORT = 10 * MO  # bytes under which the ratio says nothing
DETENDU_MAX = 16_384 * MO  # uncompressed bytes of one file
SOMMAIRE_MAX = 8 * MO  # bytes of the list of entries of a zip
METHODES = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
CHIFFREE = 0x1
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
# OSError: a place outside the file, that a damaged archive points to; NotImplementedError: what zipfile raises of a
# compression or a version that it does not know
ABIMEE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    OSError,
)


def trop_comprime(detendu: int, comprime: int) -> bool:
    return detendu > DETENDU_MAX or (detendu > SANS_RAPPORT and detendu > RAPPORT_MAX * max(1, comprime))


def piege() -> Refus:
    return refuser(
        "fichier_illisible",
        f"Le contenu décompressé est démesuré (plus de {RAPPORT_MAX} fois le fichier, ou plus de "
        f"{DETENDU_MAX // (1024 * MO)} Go) : ce n'est pas un fichier de données. Déposez-le sans le comprimer.",
    )


def abimee() -> Refus:
    return refuser(
        "fichier_illisible", "L'archive est abîmée ou incomplète. Refaites l'export et déposez-le de nouveau."
    )


def entrees(chemin: Path) -> list[zipfile.ZipInfo]:
    """The entries of a zip, all fit to be read. Raises Refus (`fichier_illisible`)."""
    try:
        with chemin.open("rb") as flux:
            if taille_du_sommaire(flux) > SOMMAIRE_MAX:
                raise piege()
        with zipfile.ZipFile(chemin) as archive:
            toutes = archive.infolist()
    except ABIMEE as erreur:
        raise abimee() from erreur
    for une in toutes:
        verifier(une)
    return toutes


def seule_entree(chemin: Path) -> str:
    """The one file of a zip. Raises Refus."""
    noms = [e.filename for e in entrees(chemin) if not e.is_dir() and not e.filename.startswith("__MACOSX/")]
    if len(noms) != 1:
        raise refuser(
            "fichier_illisible",
            f"L'archive contient {len(noms)} fichiers : il en faut un seul, un CSV. Décompressez-la et déposez les "
            "fichiers un à un.",
        )
    return noms[0]


def verifier(une: zipfile.ZipInfo):
    if une.flag_bits & CHIFFREE:
        raise refuser("fichier_illisible", "L'archive est protégée par un mot de passe. Refaites-la sans mot de passe.")
    if une.compress_type not in METHODES:
        raise refuser(
            "fichier_illisible", "La compression de l'archive n'est pas celle d'un zip courant. Refaites-la en zip."
        )
    if trop_comprime(une.file_size, une.compress_size):
        raise piege()


def taille_du_sommaire(flux: BinaryIO) -> int:
    """Bytes of the central directory, as the end of the zip tells them."""
    fin = flux.seek(0, 2)
    flux.seek(max(0, fin - 65_557))
    queue = flux.read()
    marque = queue.rfind(b"PK\x05\x06")
    if marque < 0 or marque + 16 > len(queue):
        return 0
    (taille,) = struct.unpack_from("<L", queue, marque + 12)
    grande = queue.rfind(b"PK\x06\x06", 0, marque)
    if taille == 0xFFFFFFFF and 0 <= grande <= len(queue) - 48:
        (taille,) = struct.unpack_from("<Q", queue, grande + 40)
    return taille


def lire_entree(chemin: Path, nom: str, taille: int = MO) -> Iterator[bytes]:
    """Blocks of one entry of a zip. Raises Refus where it is damaged."""
    try:
        with zipfile.ZipFile(chemin) as archive, archive.open(nom) as flux:
            while bloc := flux.read(taille):
                yield bloc
    except ABIMEE as erreur:
        raise abimee() from erreur


def lire_gzip(chemin: Path, taille: int = MO) -> Iterator[bytes]:
    """Blocks of a gzipped file. Raises Refus where it is damaged, or blows up."""
    comprime, detendu = chemin.stat().st_size, 0
    try:
        with gzip.open(chemin) as flux:
            while bloc := flux.read(taille):
                detendu += len(bloc)
                if trop_comprime(detendu, comprime):
                    raise piege()
                yield bloc
    except (EOFError, gzip.BadGzipFile, zlib.error) as erreur:
        raise refuser(
            "fichier_illisible",
            "Le fichier compressé est tronqué ou abîmé : sa fin manque. Refaites l'export et déposez-le de nouveau.",
        ) from erreur
