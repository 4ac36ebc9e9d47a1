"""Zip archives of files to deposit: each entry becomes a received file; what no honest export makes is refused."""

import zipfile
import zlib
from lzma import LZMAError
from pathlib import PurePosixPath

from django.conf import settings

from partenaires.reception import FichierRecu, TropVolumineux, recevoir

ENTREES_MAX = 50
RAPPORT_MAX = 300  # times smaller than its content: no table of rows is compressed that well
SANS_RAPPORT = 10 * 1024**2  # bytes under which the ratio says nothing
ZIP = b"PK\x03\x04"
ABIMEE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error, LZMAError)


class ArchiveRefusee(Exception):
    """The archive cannot be taken: what to do instead."""


def deplier(fichier: FichierRecu) -> list[FichierRecu]:
    """The files of an archive; the file itself when it is none (a workbook and a shapefile are zips too).

    Raises ArchiveRefusee, TropVolumineux, DisquePlein.
    """
    if not next(iter(fichier.chunks()), b"").startswith(ZIP):
        return [fichier]
    with fichier.en_clair() as chemin:
        try:
            with zipfile.ZipFile(chemin) as archive:
                entrees = archive.infolist()
                if est_un_seul_fichier(entrees):
                    return [fichier]
                return extraire(archive, verifier(entrees))
        except ABIMEE as erreur:
            raise ArchiveRefusee(
                "L'archive est abîmée, incomplète ou d'une compression inconnue. Refaites-la et déposez-la de nouveau."
            ) from erreur


def est_un_seul_fichier(entrees: list[zipfile.ZipInfo]) -> bool:
    noms = [entree.filename.lower() for entree in entrees]
    return any(nom.startswith("xl/") or nom == "content.xml" or nom.endswith((".shp", ".gpkg")) for nom in noms)


def verifier(entrees: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The files of the archive, by what it declares. Raises ArchiveRefusee, TropVolumineux."""
    fichiers = [e for e in entrees if not e.is_dir() and not ignorable(PurePosixPath(e.filename))]
    if not fichiers:
        raise ArchiveRefusee("L'archive ne contient aucun fichier. Vérifiez-la et déposez-la de nouveau.")
    if len(fichiers) > ENTREES_MAX:
        raise ArchiveRefusee(
            f"L'archive contient {len(fichiers)} fichiers, {ENTREES_MAX} au plus. Déposez-les en plusieurs archives."
        )
    if any(entree.flag_bits & 1 for entree in fichiers):
        raise ArchiveRefusee("L'archive est protégée par un mot de passe. Refaites-la sans mot de passe.")
    if sum(entree.file_size for entree in fichiers) > settings.TAILLE_MAX_DEPOT:
        raise TropVolumineux
    for entree in fichiers:
        if trop_comprimee(entree.file_size, entree.compress_size):
            raise piegee(entree)
    return fichiers


def ignorable(nom: PurePosixPath) -> bool:
    """What a Mac adds to an archive."""
    return "__MACOSX" in nom.parts or nom.name.startswith(".")


def trop_comprimee(taille: int, comprimee: int) -> bool:
    return taille > SANS_RAPPORT and taille > RAPPORT_MAX * max(1, comprimee)


def piegee(entree: zipfile.ZipInfo) -> ArchiveRefusee:
    return ArchiveRefusee(
        f"Dans l'archive, {PurePosixPath(entree.filename).name} est comprimé plus de {RAPPORT_MAX} fois : ce n'est pas "
        "un fichier de données. Déposez-le sans le comprimer."
    )


def extraire(archive: zipfile.ZipFile, entrees: list[zipfile.ZipInfo]) -> list[FichierRecu]:
    """What is read counts, whatever the archive declares; all or none."""
    recus: list[FichierRecu] = []
    reste = settings.TAILLE_MAX_DEPOT
    try:
        for entree in entrees:
            recus.append(extraire_un(archive, entree, reste))
            reste -= recus[-1].size
    except BaseException:
        for recu in recus:
            recu.close()
        raise
    return recus


def extraire_un(archive: zipfile.ZipFile, entree: zipfile.ZipInfo, limite: int) -> FichierRecu:
    with archive.open(entree) as flux:
        if flux.peek(4).startswith(ZIP) and not PurePosixPath(entree.filename).suffix.lower().startswith(".x"):
            raise ArchiveRefusee("L'archive contient une autre archive. Déposez les fichiers eux-mêmes.")
        return recevoir(PurePosixPath(entree.filename).name[:255], flux, limite)
