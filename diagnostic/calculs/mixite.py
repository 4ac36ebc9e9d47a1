"""Social mix of the URHLM method (E2 T32 D to F): the reference of each family of stock, and how far from it the
residences noted 3 or 4 stand, segment by segment. Exact fractions; the CALEOL stays sovereign.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from diagnostic.calculs.definitions_ops import SEGMENTS

CODES = tuple(f"segment_{nom}" for _, nom, _ in SEGMENTS)
LIBELLES = {f"segment_{nom}": libelle for _, nom, libelle in SEGMENTS}
NOTES_DE_REFERENCE = frozenset({1, 2})
NOTES_A_RAPPROCHER = frozenset({3, 4})

Comptes = tuple[int, ...]  # households by segment, in the order of CODES
Parts = tuple[Fraction, ...]


@dataclass(frozen=True)
class Occupation:
    """A residence: its family of stock ("" unknown), its published note (None without), its households."""

    famille: str
    note: int | None
    menages: Comptes


def parts(menages: Comptes) -> Parts | None:
    """Share of each segment; None without any household whose segment is known."""
    total = sum(menages)
    return tuple(Fraction(nombre, total) for nombre in menages) if total else None


def de_reference(occupations: Iterable[Occupation], famille: str) -> list[Occupation]:
    """The residences of the family whose published note is 1 or 2."""
    return [une for une in occupations if famille and une.famille == famille and une.note in NOTES_DE_REFERENCE]


def cumul(occupations: Iterable[Occupation]) -> Comptes:
    """Households of several residences together, by segment."""
    sommes = [0] * len(CODES)
    for une in occupations:
        sommes = [somme + nombre for somme, nombre in zip(sommes, une.menages)]
    return tuple(sommes)


def reference(occupations: Iterable[Occupation], famille: str) -> Parts | None:
    """Reference mix of a family: pooled occupation of its residences noted 1 or 2; None where there is none, or no
    household: never invented."""
    return parts(cumul(de_reference(occupations, famille)))


def ecarts(occupation: Occupation, la_reference: Parts | None) -> Parts | None:
    """Share of each segment less the reference's; None unless the note is 3 or 4 and both sides are defined."""
    siennes = parts(occupation.menages)
    if occupation.note not in NOTES_A_RAPPROCHER or siennes is None or la_reference is None:
        return None
    return tuple(ici - la for ici, la in zip(siennes, la_reference))


def a_favoriser(les_ecarts: Parts | None) -> list[str]:
    """Codes of the segments that the residence lacks (gap below 0), the largest lack first; equal ones in the order
    of the segments."""
    manques = [(ecart, code) for ecart, code in zip(les_ecarts or (), CODES) if ecart < 0]
    return [code for _, code in sorted(manques, key=lambda paire: paire[0])]
