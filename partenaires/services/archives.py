"""Zip archives of files to deposit: each entry becomes a received file, all of them or none.

What cannot be opened as an archive (damaged, protected, blown up) stays one file: its check says why.
"""

import zipfile
from pathlib import Path, PurePosixPath

from django.conf import settings

from partenaires.depots.archives import ABIMEE, ZIP, entrees
from partenaires.depots.rapport import Refus
from partenaires.reception import FichierRecu, TropVolumineux, recevoir

ENTREES_MAX = 50
UN_SEUL_FICHIER = (".shp", ".gpkg", ".geojson")  # a zip that holds one of these is a geographic file


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
            toutes = entrees(chemin)
        except Refus:
            return [fichier]
        if any(est_d_un_seul_fichier(entree.filename.lower()) for entree in toutes):
            return [fichier]
        return extraire(chemin, retenues(toutes))


def est_d_un_seul_fichier(nom: str) -> bool:
    return nom.startswith("xl/") or nom == "content.xml" or nom.endswith(UN_SEUL_FICHIER)


def retenues(toutes: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The files of an archive, by what it declares. Raises ArchiveRefusee, TropVolumineux."""
    fichiers = [e for e in toutes if not e.is_dir() and not ignorable(PurePosixPath(e.filename))]
    if not fichiers:
        raise ArchiveRefusee("L'archive ne contient aucun fichier. Vérifiez-la et déposez-la de nouveau.")
    if len(fichiers) > ENTREES_MAX:
        raise ArchiveRefusee(
            f"L'archive contient {len(fichiers)} fichiers, {ENTREES_MAX} au plus. Déposez-les en plusieurs archives."
        )
    if sum(entree.file_size for entree in fichiers) > settings.TAILLE_MAX_DEPOT:
        raise TropVolumineux
    return fichiers


def ignorable(nom: PurePosixPath) -> bool:
    """What a Mac adds to an archive."""
    return "__MACOSX" in nom.parts or nom.name.startswith(".")


def extraire(chemin: Path, fichiers: list[zipfile.ZipInfo]) -> list[FichierRecu]:
    """What is read counts, whatever the archive declares. Raises ArchiveRefusee, TropVolumineux, DisquePlein."""
    recus: list[FichierRecu] = []
    reste = settings.TAILLE_MAX_DEPOT
    try:
        with zipfile.ZipFile(chemin) as archive:
            for entree in fichiers:
                recus.append(extraire_un(archive, entree, reste))
                reste -= recus[-1].size
    except BaseException as erreur:
        for recu in recus:
            recu.close()
        if isinstance(erreur, ABIMEE):
            raise ArchiveRefusee("L'archive est abîmée ou incomplète. Refaites-la et déposez-la.") from erreur
        raise
    return recus


def extraire_un(archive: zipfile.ZipFile, entree: zipfile.ZipInfo, limite: int) -> FichierRecu:
    nom = PurePosixPath(entree.filename).name
    with archive.open(entree) as flux:
        recu = recevoir(nom[-255:], flux, limite)
    if next(iter(recu.chunks()), b"").startswith(ZIP) and not est_un_classeur(recu):
        recu.close()
        raise ArchiveRefusee(f"L'archive contient une autre archive ({nom}). Déposez les fichiers eux-mêmes.")
    return recu


def est_un_classeur(recu: FichierRecu) -> bool:
    """Also true of a shapefile, and of what cannot be opened: its check will say why."""
    with recu.en_clair() as chemin:
        try:
            return any(est_d_un_seul_fichier(entree.filename.lower()) for entree in entrees(chemin))
        except Refus:
            return True
