"""Why a quartier is poorer than its territory (E1 I-12): three effects and what they share.

In a place whose part of social dwellings is s, of poverty p in the social stock and v in the private one, the poverty
is s × p + (1 − s) × v. The gap between the quartier (q) and the territory (t) is shared out by the territory's own
weights and rates (shift-share):

    structure de l'offre    (s_q − s_t) × (p_t − v_t)       more social dwellings, at the territory's rates
    attributions            s_t × (p_q − p_t)               poorer households within the social stock
    parc privé              (1 − s_t) × (v_q − v_t)         poorer households within the private stock
    résidu                  (s_q − s_t) × ((p_q − p_t) − (v_q − v_t))   what the first and the two others do together

The four sum to the gap, exactly. The sources name the effects and give no formula: this one is the platform's.
"""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Peuplement:
    """Part of the social dwellings in a place, poverty of their households and of those of the private stock."""

    part_sociale: Fraction
    pauvrete_sociale: Fraction
    pauvrete_privee: Fraction

    def __post_init__(self):
        if not all(0 <= valeur <= 1 for valeur in (self.part_sociale, self.pauvrete_sociale, self.pauvrete_privee)):
            raise ValueError("Une part et un taux de pauvreté vont de 0 à 1.")

    @property
    def pauvrete(self) -> Fraction:
        return self.part_sociale * self.pauvrete_sociale + (1 - self.part_sociale) * self.pauvrete_privee


@dataclass(frozen=True)
class TroisEffets:
    """Points of poverty, from 0 to 1, that each effect adds to the quartier or takes from it."""

    structure: Fraction
    attributions: Fraction
    parc_prive: Fraction
    residu: Fraction

    @property
    def ecart(self) -> Fraction:
        return self.structure + self.attributions + self.parc_prive + self.residu


def decomposer(quartier: Peuplement, territoire: Peuplement) -> TroisEffets:
    offre = quartier.part_sociale - territoire.part_sociale
    social = quartier.pauvrete_sociale - territoire.pauvrete_sociale
    prive = quartier.pauvrete_privee - territoire.pauvrete_privee
    return TroisEffets(
        structure=offre * (territoire.pauvrete_sociale - territoire.pauvrete_privee),
        attributions=territoire.part_sociale * social,
        parc_prive=(1 - territoire.part_sociale) * prive,
        residu=offre * (social - prive),
    )


def pauvrete_privee(pauvrete: Fraction, part_sociale: Fraction, pauvrete_sociale: Fraction) -> Fraction | None:
    """Poverty of the private stock, from that of all households; None without private stock, or where the sources
    contradict one another (a rate out of 0 to 1)."""
    if part_sociale >= 1:
        return None
    deduite = (pauvrete - part_sociale * pauvrete_sociale) / (1 - part_sociale)
    return deduite if 0 <= deduite <= 1 else None
