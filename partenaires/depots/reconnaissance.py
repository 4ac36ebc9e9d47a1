"""What a file is, from its header: its type, and what its name or its first rows say of its year."""

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from partenaires.depots import entetes
from partenaires.depots.contrats import REGISTRE, Format
from partenaires.depots.correspondances import rattacher_tout
from partenaires.depots.lecture import BLOC, Fichier, est_geographique, ouvrir
from partenaires.depots.rapport import Refus

ANNEE = re.compile(r"(?<!\d)(19[5-9]\d|20\d\d)(?!\d)")
NATURE = re.compile(r"(?<![a-z])(qpv|qva|zus|npnru|secteur)", re.IGNORECASE)
COLONNES_D_ANNEE = ("MILLESIME", "ANNEE")
CANDIDATS = 3
# first bytes of what cannot be read by its beginning alone: zip (workbooks, shapefiles), old Excel, GPKG, GeoJSON
ENTIERS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"SQLite format 3", b"{", b"\xef\xbb\xbf{")
GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Reconnaissance:
    """`type` is None when no type has all its columns; `candidats` then names the nearest, best first."""

    type: str | None = None
    candidats: tuple[str, ...] = ()
    millesime: int | None = None
    nature: str = ""
    version: str = ""


def apercu(blocs: Iterable[bytes]) -> Iterator[bytes]:
    """As much of a file as recognising it takes: its beginning, uncompressed, where that can be read."""
    reste = iter(blocs)
    debut = next(reste, b"")
    if debut.lstrip().startswith(ENTIERS):
        return chain([debut], reste)
    if debut.startswith(GZIP):
        try:
            dedans = zlib.decompressobj(31).decompress(debut, BLOC)
        except zlib.error:
            return iter([debut])
        if dedans.startswith((GZIP, *ENTIERS)):
            return chain([debut], reste)
        debut = dedans
    return iter([debut[: len(debut) // 2 * 2 or 1]])  # whole pairs of bytes, for UTF-16


def reconnaitre(
    chemin: Path,
    nom: str,
    feuille: str | None = None,
    encodage: str | None = None,
    connues: Mapping[str, Mapping[str, str]] | None = None,
) -> Reconnaissance:
    """`chemin`: the file or its beginning. `nom`: the sender's name of it. `connues`: by type, the sender's headers and
    our columns (`correspondances.connues`). Raises Refus where nothing can be read."""
    with chemin.open("rb") as flux:
        geographique = est_geographique(chemin, flux.read(16))
    fichier = ouvrir(chemin, geographique, feuille, encodage)
    formats = [un for un in REGISTRE.values() if un.geographique == geographique]
    leurs = connues or {}
    notes = sorted(
        (note(un, fichier.entetes, leurs.get(un.type, {})) for un in formats), key=lambda n: n[:3], reverse=True
    )
    complets = [un for complet, _, _, un in notes if complet]
    proches = tuple(un.type for _, reconnues, _, un in notes[:CANDIDATS] if reconnues)
    annee, nature = annee_de(nom, fichier), NATURE.search(nom)
    return Reconnaissance(
        type=complets[0].type if complets else None,
        candidats=proches,
        millesime=annee,
        nature=nature.group(1).lower() if nature else "",
        version=str(annee) if annee and geographique else "",
    )


def note(un_format: Format, noms: list[str], leurs: Mapping[str, str]) -> tuple[bool, int, float, Format]:
    """(has all the compulsory columns, columns recognised, share of the type's own columns, format)."""
    try:
        trouve = entetes.rapprocher(un_format, noms)
        rattacher_tout(un_format, noms, trouve, leurs)
    except Refus:
        return False, 0, 0.0, un_format
    reconnues = len(trouve.reconnues())
    part = len(trouve.rangs) / len(un_format.colonnes)
    return not trouve.manquantes and reconnues > 0, reconnues, part, un_format


def annee_de(nom: str, fichier: Fichier) -> int | None:
    """The last year that the name holds; failing that the year that the first rows have in a column of years."""
    trouvees = [int(annee) for annee in ANNEE.findall(nom)]
    possibles = [annee for annee in trouvees if annee <= date.today().year + 1]
    return possibles[-1] if possibles else annee_du_contenu(fichier)


def annee_du_contenu(fichier: Fichier) -> int | None:
    rang = next((i for i, nom in enumerate(fichier.entetes) if entetes.cle(nom) in COLONNES_D_ANNEE), None)
    if rang is None:
        return None
    try:
        debut = next(fichier.blocs(), b"")
    except Refus:
        return None
    # the first field of a row is its line number; the last line of a beginning may be cut
    lignes = [ligne.split(fichier.separateur) for ligne in debut.split(b"\n")[:100]]
    valeurs = {ligne[rang + 1].decode("utf-8", "replace").strip() for ligne in lignes if len(ligne) > rang + 1}
    annees = {int(v) for v in valeurs if ANNEE.fullmatch(v)}
    return annees.pop() if len(annees) == 1 else None
