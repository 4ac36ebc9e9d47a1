"""A class of fragility as it is shown: its label, its rank and its colour among the five steps."""

from dataclasses import dataclass
from functools import total_ordering


@total_ordering
@dataclass(frozen=True)
class Classe:
    """`rang` 0 is the least fragile, among `nombre` classes; None without value."""

    libelle: str
    rang: int | None
    nombre: int = 4

    @property
    def couleur(self) -> str:
        """CSS class of the step: the palest for the first class, the darkest for the last."""
        if self.rang is None:
            return "rang-aucun"
        return f"rang-{round(self.rang * 4 / max(self.nombre - 1, 1))}"

    @property
    def exporte(self) -> str:
        return self.libelle

    def __str__(self):
        return self.libelle

    def __lt__(self, autre):
        return (self.rang or 0) < (autre.rang or 0)


def classe_de(indice, methode) -> Classe:
    """The class of an index row under its method; « sans valeur » where there is none."""
    return Classe(indice.classe or "sans valeur", indice.rang_classe, len(methode.libelles))
