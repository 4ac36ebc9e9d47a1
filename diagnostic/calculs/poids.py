"""Weight of a place in its territory (regles §4, S4 annexe 2; E2 T34): its part of the stock, of the population that an
indicator is counted on, and of those whom the indicator counts.

    indice de spécialisation = part of those counted / part of the population
                             = rate of the place / rate of the territory

Exact fractions; None where a count is unknown or where the territory has nobody.
"""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Poids:
    """`population`: part of the territory's denominator; `indicateur`: part of its numerator."""

    population: Fraction | None
    indicateur: Fraction | None

    @property
    def specialisation(self) -> Fraction | None:
        if self.indicateur is None or not self.population:
            return None
        return self.indicateur / self.population


def part(compte, total) -> Fraction | None:
    """Part of a count in its total."""
    if compte is None or not total:
        return None
    return Fraction(str(compte)) / Fraction(str(total))


def peser(lieu: tuple, territoire: tuple) -> Poids:
    """Weight of a place from its (numerator, denominator) and those of its territory."""
    (n, d), (total_n, total_d) = lieu, territoire
    return Poids(population=part(d, total_d), indicateur=part(n, total_n))
