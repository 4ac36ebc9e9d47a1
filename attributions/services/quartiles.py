"""Quality of the quartiles: what the SNE flags declare beside what income, UC and thresholds give (regles §1)."""

from dataclasses import dataclass

from django.db.models import Count

from attributions.calculs.quartiles import Q2_Q4
from attributions.models import Attribution


@dataclass(frozen=True)
class EcartQuartile:
    """One cell of the report: `declare`, `recalcule`: 1 to 4, 24 (Q2-Q4), 0 when unknown, None when not declared."""

    epci: str
    annee: int
    declare: int | None
    recalcule: int
    nombre: int

    @property
    def different(self) -> bool:
        """Unlike, where something is declared; Q2, Q3 or Q4 agree with « Q2-Q4 »."""
        if self.declare is None or self.declare == self.recalcule:
            return False
        return not (self.recalcule == Q2_Q4 and self.declare in (2, 3, 4))


def ecarts(adhesion, epci: str | None = None) -> list[EcartQuartile]:
    """Allocations that the member may see by year of decision (else of lease), declared and recomputed quartile."""
    visibles = Attribution.objects.visible_to(adhesion)
    if epci:
        visibles = visibles.filter(epci=epci)
    comptes: dict[tuple, int] = {}
    lignes = (
        visibles.order_by()
        .values_list("epci", "annee_decision", "annee_bail", "quartile_declare", "quartile")
        .annotate(nombre=Count("id"))
    )
    for siren, decision, bail, declare, recalcule, nombre in lignes:
        cle = (siren, decision or bail or 0, declare, recalcule or 0)
        comptes[cle] = comptes.get(cle, 0) + nombre
    return [
        EcartQuartile(*cle, nombre)
        for cle, nombre in sorted(
            comptes.items(), key=lambda paire: tuple(-1 if v is None else v for v in paire[0][1:])
        )
    ]
