"""The bound of low rents by the GPS&O way (E3 F06)."""

from decimal import Decimal


def loyer_m2_max(ressources, apl, surface, taux_effort, charges) -> Decimal:
    """Highest rent per m², charges out: (rent × (1 + charges) - APL) / resources <= taux_effort.

    `ressources`, `apl`: euros a month; `surface`: m²; `taux_effort` and `charges` (share of the rent) between 0 and 1.
    Raises ValueError without a surface.
    """
    ressources, apl, surface, taux_effort, charges = (
        Decimal(str(v)) for v in (ressources, apl, surface, taux_effort, charges)
    )
    if surface <= 0:
        raise ValueError("La surface doit être supérieure à 0 m².")
    return (taux_effort * ressources + apl) / ((1 + charges) * surface)
