"""The qualitative grid as numbers (S4 step 3; regles §5): notes from 1 (best) to 4 (worst), two sides."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

NOTES = (1, 2, 3, 4)

Notes = Mapping[str, int]  # criterion → note, those rated only


def comptes(fiches: Iterable[Notes]) -> tuple[int, int]:
    """Sum and number of the notes of several sheets: `n` and `d` of the indicator `note_qualitative`."""
    notes = [note for fiche in fiches for note in fiche.values()]
    return sum(notes), len(notes)


def moyenne(fiches: Iterable[Notes]) -> Fraction | None:
    """Mean note over both sides; None where nothing is rated."""
    somme, nombre = comptes(fiches)
    return Fraction(somme, nombre) if nombre else None


def desaccords(bailleur: Notes, commune: Notes) -> dict[str, int]:
    """Criterion → distance between the two sides, where both rated it and differ."""
    ecarts = {code: abs(note - commune[code]) for code, note in bailleur.items() if code in commune}
    return {code: ecart for code, ecart in ecarts.items() if ecart}
