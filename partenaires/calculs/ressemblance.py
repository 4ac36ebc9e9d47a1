"""Which of our names a foreign name looks most like: a suggestion, that a person confirms."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

SEUIL = 0.6  # under it, a likeness is more often wrong than right


def normal(texte: str) -> str:
    """Lower-case words without accents: « Réf. Résidence » → « ref residence »."""
    plat = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z]+|\d+", plat))


def ressemblance(un: str, autre: str) -> float:
    """0 to 1; the order of the words does not count."""
    a, b = normal(un), normal(autre)
    if not a or not b:
        return 0.0
    tries = (" ".join(sorted(a.split())), " ".join(sorted(b.split())))
    return max(SequenceMatcher(None, a, b).ratio(), SequenceMatcher(None, *tries).ratio())


def meilleure(texte: str, noms: Iterable[str]) -> float:
    return max((ressemblance(texte, nom) for nom in noms), default=0.0)


def apparier(leurs: Iterable[str], notres: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Each of `leurs` with at most one of `notres` (name → all that it may be called), the most alike first."""
    notes = sorted(
        ((meilleure(un, noms), un, nom) for un in leurs for nom, noms in notres.items()),
        key=lambda note: (-note[0], note[1], note[2]),
    )
    paires: dict[str, str] = {}
    for note, un, nom in notes:
        if note >= SEUIL and un not in paires and nom not in paires.values():
            paires[un] = nom
    return paires


def plus_proche(texte: str, notres: Mapping[str, Iterable[str]]) -> str | None:
    """The one of `notres` that `texte` looks most like; several texts may share it."""
    note, nom = max(((meilleure(texte, noms), nom) for nom, noms in notres.items()), default=(0.0, None))
    return nom if note >= SEUIL else None
