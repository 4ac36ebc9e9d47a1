"""Deposited files at rest: encrypted under VAR/depots, in clear only in a private file while the engine reads them.

A file is a header (mark, 16-byte salt, 8-byte nonce prefix) and blocks of 1 MiB, each under AES-256-GCM with a key
drawn from CLE_CHIFFREMENT and the salt. The nonce of a block is the prefix and its number; its number and whether it
is the last are authenticated with it, so that blocks moved, taken out or cut off at the end are found out.

A file in the making, and a file in clear, are locked (flock) by the process that uses them: what a killed process
left behind is what nobody locks.
"""

import errno
import fcntl
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from partenaires.models import Depot

MARQUE = b"DEPOT-1\n"
SEL, PREFIXE, ETIQUETTE = 16, 8, 16  # bytes
BLOC = 1 << 20
SUFFIXE = re.compile(r"(\.[a-z0-9]{1,8}){1,2}$")
DISQUE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DisquePlein(Exception):
    def __init__(self):
        super().__init__(
            "Le disque du serveur est plein : rien n'a été gardé. Prévenez l'administrateur, puis réessayez."
        )


class FichierAbime(Exception):
    """The kept file is not there, or is not what was received."""


@contextmanager
def disque():
    """A disk that has no room left is said plainly. Raises DisquePlein."""
    try:
        yield
    except OSError as erreur:
        if erreur.errno in DISQUE:
            raise DisquePlein from erreur
        raise


# --- places ---------------------------------------------------------------------------------------------------------
def dossier(nom: str = "") -> Path:
    """A private folder under VAR/depots, outside the web root."""
    racine = Path(settings.VAR) / "depots"
    for chemin in (racine, racine / nom):  # the mode is not that of the parents that mkdir makes
        chemin.mkdir(parents=True, exist_ok=True, mode=0o700)
    return racine / nom


def chemin_de(depot: Depot) -> Path:
    """Where the encrypted file stands: its name is the deposit's number, never the sender's."""
    return dossier() / f"{depot.pk}.chiffre"


def chemin_des_erreurs(depot: Depot) -> Path:
    """The list of its errors, kept and removed with it."""
    return dossier() / f"{depot.pk}.erreurs"


def suffixe(nom: str) -> str:
    """What the name says of the kind of file, for libraries that look at it."""
    trouve = SUFFIXE.search(nom.lower())
    return trouve.group() if trouve else ""


def creer(chemin: Path) -> BinaryIO:
    """A new file readable by us alone, and locked."""
    flux = os.fdopen(os.open(chemin, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    fcntl.flock(flux, fcntl.LOCK_EX)
    return flux


@contextmanager
def prive(fin: str = "") -> Iterator[tuple[Path, BinaryIO]]:
    """A new file readable by us alone, locked, gone on leaving. Raises DisquePlein."""
    chemin = dossier("clair") / f"{secrets.token_hex(12)}{fin}"
    with disque(), creer(chemin) as flux:
        try:
            yield chemin, flux
        finally:
            chemin.unlink(missing_ok=True)


# --- encryption -----------------------------------------------------------------------------------------------------
class Bloc:
    """One file's cipher: seals and opens its blocks by their number."""

    def __init__(self, entete: bytes):
        self.entete, self.prefixe = entete, entete[len(MARQUE) + SEL :]
        derive = HKDF(SHA256(), 32, salt=entete[len(MARQUE) : len(MARQUE) + SEL], info=b"depots")
        self.aes = AESGCM(derive.derive(settings.CLE_CHIFFREMENT.encode()))

    def nonce(self, numero: int) -> bytes:
        return self.prefixe + numero.to_bytes(4, "big")

    def place(self, numero: int, dernier: bool) -> bytes:
        return self.entete + numero.to_bytes(8, "big") + (b"\x01" if dernier else b"\x00")

    def sceller(self, numero: int, clair: bytes, dernier: bool) -> bytes:
        return self.aes.encrypt(self.nonce(numero), clair, self.place(numero, dernier))

    def ouvrir(self, numero: int, scelle: bytes, dernier: bool) -> bytes:
        return self.aes.decrypt(self.nonce(numero), scelle, self.place(numero, dernier))


class Ecriture:
    """An encrypted file in the making. `ecrire` any number of times, then `clore`, then `ranger`; else `abandonner`.

    Raises DisquePlein, having left nothing behind.
    """

    def __init__(self):
        self.chemin = dossier("reception") / secrets.token_hex(12)
        self.taille, self.numero, self.attente = 0, 0, bytearray()
        self.condense = hashlib.sha256()
        with disque():
            self.flux = creer(self.chemin)
        entete = MARQUE + secrets.token_bytes(SEL + PREFIXE)
        self.bloc = Bloc(entete)
        self._poser(entete)

    def ecrire(self, octets: bytes):
        self.condense.update(octets)
        self.taille += len(octets)
        self.attente += octets
        # a full block waits until more comes: the last one is sealed as such
        while len(self.attente) > BLOC:
            self._sceller(bytes(self.attente[:BLOC]), dernier=False)
            del self.attente[:BLOC]

    def clore(self) -> str:
        """SHA-256 of what was written, now on the disk for good."""
        self._sceller(bytes(self.attente), dernier=True)
        self.attente.clear()
        try:
            with disque():
                self.flux.flush()
                os.fsync(self.flux.fileno())
        except DisquePlein:
            self.abandonner()
            raise
        return self.condense.hexdigest()

    def ranger(self, destination: Path):
        """Under its final name, for good."""
        self.chemin.replace(destination)
        self.flux.close()
        synchroniser(destination.parent)

    def abandonner(self):
        self.chemin.unlink(missing_ok=True)
        # what waits in the buffer has nowhere to go on a full disk
        with suppress(OSError):
            self.flux.close()

    def _sceller(self, clair: bytes, dernier: bool):
        self._poser(self.bloc.sceller(self.numero, clair, dernier))
        self.numero += 1

    def _poser(self, octets: bytes):
        try:
            with disque():
                self.flux.write(octets)
        except DisquePlein:
            self.abandonner()
            raise


def synchroniser(un_dossier: Path):
    numero = os.open(un_dossier, os.O_RDONLY)
    try:
        os.fsync(numero)
    finally:
        os.close(numero)


def lire(chemin: Path) -> Iterator[bytes]:
    """The clear blocks of an encrypted file. Raises FichierAbime."""
    try:
        with chemin.open("rb") as flux:
            entete = flux.read(len(MARQUE) + SEL + PREFIXE)
            if len(entete) < len(MARQUE) + SEL + PREFIXE or not entete.startswith(MARQUE):
                raise abime()
            bloc, numero, scelle = Bloc(entete), 0, flux.read(BLOC + ETIQUETTE)
            while True:
                suite = flux.read(BLOC + ETIQUETTE)
                yield bloc.ouvrir(numero, scelle, dernier=not suite)
                if not suite:
                    return
                numero, scelle = numero + 1, suite
    except FileNotFoundError as erreur:
        raise FichierAbime(
            "Le fichier n'est plus gardé sur le serveur : sa durée de conservation est passée. Déposez-le de nouveau."
        ) from erreur
    except (InvalidTag, ValueError) as erreur:
        raise abime() from erreur


def abime() -> FichierAbime:
    return FichierAbime(
        "Le fichier gardé ne peut pas être déchiffré : il est abîmé, ou la clé de chiffrement du serveur a changé. "
        "Déposez-le de nouveau, et prévenez l'administrateur."
    )


@contextmanager
def en_clair(chemin: Path, nom: str, sha256: str | None = None) -> Iterator[Path]:
    """The file in clear under a private temporary name, while it is read.

    Raises FichierAbime where it is damaged or is not `sha256`, DisquePlein.
    """
    condense = hashlib.sha256()
    with prive(suffixe(nom)) as (clair, sortie):
        for bloc in lire(chemin):
            condense.update(bloc)
            sortie.write(bloc)
        sortie.flush()
        if sha256 is not None and condense.hexdigest() != sha256:
            raise FichierAbime("Le fichier gardé n'est plus celui qui a été reçu. Déposez-le de nouveau.")
        yield clair


# --- what goes ------------------------------------------------------------------------------------------------------
def effacer(depot: Depot):
    for chemin in (chemin_de(depot), chemin_des_erreurs(depot)):
        chemin.unlink(missing_ok=True)


def balayer() -> int:
    """Removes what killed processes left: files in the making or in clear that nobody locks, and kept files whose
    deposit was never recorded. Returns how many."""
    orphelins = [chemin for nom in ("clair", "reception") for chemin in dossier(nom).iterdir() if libre(chemin)]
    gardes = [chemin for chemin in dossier().iterdir() if chemin.is_file() and ancien(chemin)]
    connus = set(Depot.objects.filter(pk__in=[int(chemin.stem) for chemin in gardes]).values_list("pk", flat=True))
    orphelins += [chemin for chemin in gardes if int(chemin.stem) not in connus]
    for chemin in orphelins:
        chemin.unlink(missing_ok=True)
    return len(orphelins)


def libre(chemin: Path) -> bool:
    try:
        with chemin.open("rb") as flux:
            fcntl.flock(flux, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return False
    return ancien(chemin, 5)


def ancien(chemin: Path, secondes: int = 3600) -> bool:
    """Not made a moment ago: a file exists before its process has locked it, a kept file before its row is seen."""
    try:
        return time.time() - chemin.stat().st_mtime > secondes
    except FileNotFoundError:
        return False
