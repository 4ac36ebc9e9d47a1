"""Housing benefit (APL) of tenants of the social stock, computed by OpenFisca-France for many households at once.

Loading OpenFisca takes seconds (3 s on an idle machine, 20 s on a busy one): only what computes loads it, once a
process. Never call `apl` from a page. What is assumed: the resources are taxable income, of which `part` enters the
base (0.9: the 10 % deduction); no assets; a dwelling under convention; the réduction de loyer de solidarité lowers
neither the rent nor the benefit.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from diagnostic.calculs.plafonds_apl import Menage, bareme

ARRONDI = 100  # the base of resources is rounded up to a hundred euros a year
PAS = 20  # steps from a rent of 0 to the ceiling, over which the benefit no longer changes


@dataclass(frozen=True)
class Profil:
    """What the benefit depends on, rent apart. `base`: base of resources, euros a year."""

    zone: int
    outre_mer: bool
    couple: bool
    charge: int
    base: int


@dataclass(frozen=True)
class Grille:
    """Benefit of a profile, euros a month, at the rents 0, 1/20 … 20/20 of the ceiling."""

    plafond: float
    montants: tuple[int, ...]

    @property
    def loyers(self) -> np.ndarray:
        return np.linspace(0, self.plafond, len(self.montants))

    def apl(self, loyer):
        """Linear between the steps, hence right to about a euro: OpenFisca rounds down to the euro."""
        return np.interp(loyer, self.loyers, self.montants)


def base_ressources(ressources, part: float):
    """Euros a month (array or number) → base of resources, euros a year, rounded up to a hundred."""
    annuelles = np.round(12 * np.asarray(ressources, dtype=float) * part, 2)
    return (np.ceil(annuelles / ARRONDI) * ARRONDI).astype(int)


@cache
def _systeme():
    from openfisca_france import CountryTaxBenefitSystem

    return CountryTaxBenefitSystem()


def apl(profils: list[Profil], loyers: np.ndarray, le: date) -> np.ndarray:
    """Benefit of each profile at its rent, euros a month, by one simulation."""
    from openfisca_core.simulation_builder import SimulationBuilder

    if not profils:
        return np.zeros(0)
    simulation = SimulationBuilder().build_default_simulation(_systeme(), len(profils))
    mois = f"{le:%Y-%m}"
    for variable, valeurs in {
        "statut_occupation_logement": ["locataire_hlm"] * len(profils),
        "zone_apl": [f"zone_{profil.zone}" for profil in profils],
        "residence_dom": [profil.outre_mer for profil in profils],
        "loyer": loyers,
        "al_couple": [profil.couple for profil in profils],
        "al_nb_personnes_a_charge": [profil.charge for profil in profils],
        "aide_logement_base_ressources": [profil.base for profil in profils],
        "reduction_loyer_solidarite": np.zeros(len(profils)),
    }.items():
        simulation.set_input(variable, mois, np.asarray(valeurs))
    return simulation.calculate("apl", mois)


def grilles(profils: list[Profil], le: date) -> dict[Profil, Grille]:
    """All of them by one simulation."""
    if not profils:
        return {}
    plafonds = [float(bareme(p.zone, Menage(p.couple, p.charge), le, p.outre_mer).plafond) for p in profils]
    loyers = np.linspace(0, plafonds, PAS + 1, axis=1)
    repetes = [profil for profil in profils for _ in range(PAS + 1)]
    montants = apl(repetes, loyers.ravel(), le).reshape(loyers.shape)
    return {
        profil: Grille(plafond, tuple(int(montant) for montant in lignes))
        for profil, plafond, lignes in zip(profils, plafonds, montants)
    }
