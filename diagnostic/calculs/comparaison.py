"""Two classings of the same places beside one another: how many are in each pair of classes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SANS = -1  # rank of a place without class


@dataclass(frozen=True)
class Case:
    """Places of a pair of classes, and their dwellings where they are known."""

    lieux: int = 0
    logements: int = 0


@dataclass(frozen=True)
class Matrice:
    """`cases[rank under the first][rank under the second]`; the last line and column are of places without class."""

    cases: tuple[tuple[Case, ...], ...]

    @property
    def total(self) -> Case:
        return somme([case for ligne in self.cases for case in ligne])

    @property
    def lignes(self) -> list[Case]:
        return [somme(ligne) for ligne in self.cases]

    @property
    def colonnes(self) -> list[Case]:
        return [somme(colonne) for colonne in zip(*self.cases)]

    @property
    def classees(self) -> int:
        """Places with a class under both."""
        return sum(case.lieux for ligne in self.cases[:-1] for case in ligne[:-1])


def somme(cases: Sequence[Case]) -> Case:
    return Case(sum(case.lieux for case in cases), sum(case.logements for case in cases))


def croiser(paires: Iterable[tuple[int | None, int | None, int | None]], premier: int, second: int) -> Matrice:
    """`paires`: rank under each method (None: without class) and dwellings of each place; `premier`, `second`: how many
    classes each method has."""
    comptes = [[[0, 0] for _ in range(second + 1)] for _ in range(premier + 1)]
    for a, b, logements in paires:
        case = comptes[SANS if a is None else a][SANS if b is None else b]
        case[0] += 1
        case[1] += logements or 0
    return Matrice(tuple(tuple(Case(*case) for case in ligne) for ligne in comptes))
