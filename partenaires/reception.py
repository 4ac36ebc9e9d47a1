"""Uploads go to the encrypted storage as they come: never whole in memory, never in clear on the disk."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from partenaires.services.stockage import DisquePlein, Ecriture, lire, prive, suffixe

LECTURE = 1 << 16


class TropVolumineux(Exception):
    def __init__(self):
        super().__init__(f"Fichier trop volumineux : {settings.TAILLE_MAX_DEPOT // 1024**2} Mo au plus.")


class FichierRecu(UploadedFile):
    """A file received and encrypted, not kept yet: closing it without `ranger` removes it.

    `erreur`: why it could not be received whole, to be raised by who wants it.
    """

    def __init__(self, nom: str, ecriture: Ecriture, sha256: str, erreur: Exception | None = None, **champs):
        self.ecriture, self.sha256, self.erreur = ecriture, sha256, erreur
        super().__init__(None, nom, size=ecriture.taille, **champs)

    def chunks(self, chunk_size=None) -> Iterator[bytes]:
        return lire(self.ecriture.chemin)

    def multiple_chunks(self, chunk_size=None) -> bool:
        return True

    @contextmanager
    def en_clair(self, blocs: Iterable[bytes] | None = None) -> Iterator[Path]:
        """The file, or the part of it that `blocs` gives, in clear while it is looked at. Raises DisquePlein."""
        with prive(suffixe(self.name)) as (chemin, sortie):
            sortie.writelines(self.chunks() if blocs is None else blocs)
            sortie.flush()
            yield chemin

    def ranger(self, destination: Path):
        self.ecriture.ranger(destination)

    def close(self):
        self.ecriture.abandonner()


def recevoir(nom: str, flux: BinaryIO, limite: int) -> FichierRecu:
    """A file from a stream rather than from a request. Raises TropVolumineux beyond `limite` bytes, DisquePlein."""
    ecriture = Ecriture()
    try:
        while bloc := flux.read(LECTURE):
            if ecriture.taille + len(bloc) > limite:
                raise TropVolumineux
            ecriture.ecrire(bloc)
        return FichierRecu(nom, ecriture, ecriture.clore())
    except BaseException:
        ecriture.abandonner()
        raise


class ReceptionHandler(FileUploadHandler):
    """Django's upload handler. A file over the limit, or too many for the disk, is given up at once and its error is
    told by the file itself: the rest of the request is read, so that the sender gets the answer."""

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.erreur: Exception | None = None
        self.ecriture: Ecriture | None = None
        self.tenter(self.ouvrir)

    def ouvrir(self):
        self.ecriture = Ecriture()

    def receive_data_chunk(self, raw_data, start):
        if self.erreur is None:
            self.tenter(lambda: self.ecrire(raw_data))

    def ecrire(self, octets: bytes):
        if self.ecriture.taille + len(octets) > settings.TAILLE_MAX_DEPOT:
            self.ecriture.abandonner()
            raise TropVolumineux
        self.ecriture.ecrire(octets)

    def file_complete(self, file_size):
        sha256 = self.tenter(self.ecriture.clore) if self.erreur is None else ""
        return FichierRecu(
            self.file_name,
            self.ecriture or AucuneEcriture(),
            sha256 or "",
            self.erreur,
            content_type=self.content_type,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_interrupted(self):
        if self.ecriture is not None:
            self.ecriture.abandonner()

    def tenter(self, faire):
        try:
            return faire()
        except (TropVolumineux, DisquePlein) as erreur:
            self.erreur = erreur


class AucuneEcriture:
    """What stands for a file that the disk could not even begin."""

    taille = 0

    def abandonner(self):
        pass
