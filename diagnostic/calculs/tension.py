"""Class of tension of a housing market, from its score (E1 I-6 and §3.7; Anah, 2017).

The source gives six classes that share their bounds: they are read half-open, `min <= score < max`, the last one
closed. The score comes from outside; its composition is not published.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class ClasseTension:
    rang: int
    minimum: Decimal
    maximum: Decimal

    @property
    def bornes(self) -> str:
        return f"de {self.minimum} à {self.maximum}"


def lire_classes(bornes) -> tuple[ClasseTension, ...]:
    """`bornes`: the bounds in order, one more than classes. Raises ValueError when they are not ordered."""
    nombres = [Decimal(str(borne)) for borne in bornes]
    if len(nombres) < 2 or any(a >= b for a, b in zip(nombres, nombres[1:])):
        raise ValueError("Les bornes des classes de tension doivent être au moins deux et croissantes.")
    return tuple(ClasseTension(rang, *paire) for rang, paire in enumerate(zip(nombres, nombres[1:]), start=1))


def classe_de(score, classes: tuple[ClasseTension, ...]) -> ClasseTension | None:
    """None off the scale."""
    valeur = Decimal(str(score))
    if valeur == classes[-1].maximum:
        return classes[-1]
    return next((classe for classe in classes if classe.minimum <= valeur < classe.maximum), None)
