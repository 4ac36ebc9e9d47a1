"""Rows of PostgreSQL's COPY BINARY made column by column, from arrays: a row at a time costs seconds a million.

A column is a `Bloc`: for each row the bytes of its field, padded to the widest, and which of them are kept. `lignes`
puts the columns side by side and drops the padding.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

ENTETE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
FIN = b"\xff\xff"
EPOQUE = datetime(2000, 1, 1, tzinfo=UTC)
OID_SMALLINT, OID_DOUBLE, OID_VARCHAR = 21, 701, 1043


class Bloc(NamedTuple):
    """`octets` uint8 and `gardes` bool, both (rows, width); the length of the field comes first."""

    octets: np.ndarray
    gardes: np.ndarray


def _octets(valeurs: np.ndarray, genre: str) -> np.ndarray:
    """Big-endian bytes of each value, one line a value."""
    return np.ascontiguousarray(valeurs, dtype=f">{genre}").view(np.uint8).reshape(len(valeurs), -1)


def _champ(contenu: np.ndarray, longueurs: np.ndarray, nuls: np.ndarray | None = None) -> Bloc:
    """Field of `contenu`, of which each row keeps its first `longueurs` bytes."""
    if nuls is not None:
        longueurs = np.where(nuls, 0, longueurs)
    ecrites = longueurs if nuls is None else np.where(nuls, -1, longueurs)
    gardes = np.arange(contenu.shape[1]) < longueurs[:, None]
    tete = np.ones((len(contenu), 4), dtype=bool)
    return Bloc(np.hstack([_octets(ecrites, "i4"), contenu]), np.hstack([tete, gardes]))


def _nombres(valeurs: np.ndarray, genre: str, nuls: np.ndarray | None) -> Bloc:
    contenu = _octets(valeurs, genre)
    return _champ(contenu, np.full(len(contenu), contenu.shape[1]), nuls)


def entiers(valeurs, octets: int, nuls: np.ndarray | None = None) -> Bloc:
    """smallint, integer or bigint, by the number of bytes."""
    return _nombres(np.asarray(valeurs), f"i{octets}", nuls)


def doubles(valeurs: np.ndarray) -> Bloc:
    """double precision; NaN is null."""
    return _nombres(valeurs, "f8", np.isnan(valeurs))


def textes(valeurs: np.ndarray) -> Bloc:
    """text or varchar, from an array of UTF-8 bytes (dtype S)."""
    contenu = np.ascontiguousarray(valeurs).view(np.uint8).reshape(len(valeurs), -1)
    return _champ(contenu, np.char.str_len(valeurs))


def parmi(rangs: np.ndarray, valeurs: Sequence[bytes | None]) -> Bloc:
    """For each row, the field of that rank among `valeurs` (its bytes as PostgreSQL sends them; None for null)."""
    longueurs = np.array([len(valeur or b"") for valeur in valeurs])
    table = np.zeros((len(valeurs), max(1, longueurs.max())), dtype=np.uint8)
    for rang, valeur in enumerate(valeurs):
        table[rang, : longueurs[rang]] = np.frombuffer(valeur or b"", dtype=np.uint8)
    nuls = np.array([valeur is None for valeur in valeurs])
    return _champ(table[rangs], longueurs[rangs], nuls[rangs])


def constante(valeur: bytes, nombre: int) -> Bloc:
    return parmi(np.zeros(nombre, dtype=int), [valeur])


def instant(moment: datetime, nombre: int) -> Bloc:
    """timestamptz, the same on every row."""
    ecart = moment - EPOQUE
    microsecondes = (ecart.days * 86_400 + ecart.seconds) * 1_000_000 + ecart.microseconds
    return constante(microsecondes.to_bytes(8, "big", signed=True), nombre)


def tableau_de_textes(valeurs: Sequence[str]) -> bytes:
    """Field of a varchar[], for `parmi`."""
    if not valeurs:
        return tableau_vide(OID_VARCHAR)
    elements = (len(v.encode()).to_bytes(4, "big") + v.encode() for v in valeurs)
    return _tete_de_tableau(len(valeurs), 0, OID_VARCHAR) + b"".join(elements)


def tableau_vide(oid: int) -> bytes:
    return _tete_de_tableau(0, 0, oid)


def _tete_de_tableau(taille: int, nuls: int, oid: int) -> bytes:
    champs = (1, nuls, oid, taille, 1) if taille else (0, 0, oid)
    return b"".join(champ.to_bytes(4, "big") for champ in champs)


def tableau(valeurs: np.ndarray, genre: str, oid: int) -> Bloc:
    """Arrays of numbers, one line a row, as many elements in each; NaN is a null element."""
    nombre, taille = valeurs.shape
    nuls = np.isnan(valeurs)
    contenus = _octets(np.where(nuls, 0, valeurs).reshape(-1), genre).reshape(nombre, taille, -1)
    largeur = contenus.shape[2]
    longueurs = _octets(np.where(nuls, -1, largeur).reshape(-1), "i4").reshape(nombre, taille, 4)
    gardes = np.ones((nombre, taille, 4 + largeur), dtype=bool)
    gardes[:, :, 4:] = ~nuls[:, :, None]
    entete = np.frombuffer(_tete_de_tableau(taille, 1, oid), dtype=np.uint8)
    total = len(entete) + 4 * taille + largeur * (~nuls).sum(axis=1)
    elements = np.concatenate([longueurs, contenus], axis=2).reshape(nombre, -1)
    return Bloc(
        np.hstack([_octets(total, "i4"), np.broadcast_to(entete, (nombre, len(entete))), elements]),
        np.hstack([np.ones((nombre, 4 + len(entete)), dtype=bool), gardes.reshape(nombre, -1)]),
    )


def lignes(blocs: Sequence[Bloc]) -> bytes:
    """The rows, without header or trailer."""
    nombre = len(blocs[0].octets)
    tete = np.broadcast_to(np.frombuffer(len(blocs).to_bytes(2, "big"), dtype=np.uint8), (nombre, 2))
    octets = np.hstack([tete, *(bloc.octets for bloc in blocs)])
    gardes = np.hstack([np.ones((nombre, 2), dtype=bool), *(bloc.gardes for bloc in blocs)])
    return octets[gardes].tobytes()
