"""Statistical secrecy: which cells show none of their figures, and to whom (regles §9). Complementary suppression is
not decided here: a cell is judged on its own.

Three audiences, decided by the reader's rights and the protocole d'échange, never by the page:
    lignes      holds the right to the rows: nothing is masked
    partenaire  the population of the cell is 1 to k-1; for a bailleur who reads, one other bailleur holds more than
                the dominance threshold of it. Populations of dwellings or of offers are not masked for their size
    diffusion   the same whatever the population is made of, and: a count or a complement of 1 to k-1, a group where
                all or none share a sensitive trait, dominance of any one bailleur
"""

from enum import StrEnum
from fractions import Fraction


class Audience(StrEnum):
    LIGNES = "lignes"
    PARTENAIRE = "partenaire"
    DIFFUSION = "diffusion"


# Bases (units of a population) whose small cells tell nothing of a household; every other base is of people or homes.
BASES_SANS_MENAGE = frozenset({"logements", "propositions", "gestion_logements", "gestion_propositions", "notes"})

# Populations that belong to no bailleur: none can dominate them.
BASES_SANS_BAILLEUR = frozenset({"demandes"})

# Indicators of a sensitive trait: resources, minima sociaux, impayés.
SENSIBLES = frozenset(
    {
        "menages_moins_20_pct_plus",
        "menages_moins_40_pct_plus",
        "menages_moins_60_pct_plus",
        "menages_plus_60_pct_plus",
        "menages_plus_80_pct_plus",
        "segment_plus_80",
        "sous_plafond_plai",
        "minima_sociaux",
        "impayes_3_mois",
    }
)


def petit(effectif, k: int) -> bool:
    """1 to k-1. A true 0 is shown; an unknown number is taken as small: secrecy fails closed."""
    return effectif is None or 0 < effectif < k


def domine(effectif_premier, effectif, dominance) -> bool:
    """One bailleur holds strictly more than `dominance` of the population; unknown ⇒ yes, no population ⇒ no."""
    if effectif == 0:
        return False
    if effectif is None or effectif_premier is None:
        return True
    return Fraction(effectif_premier) > Fraction(str(dominance)) * Fraction(effectif)


def _revele_un_compte(numerateur, denominateur, k: int) -> bool:
    """A count, its whole or what is left of it is 1 to k-1. A sum larger than its whole (persons over households)
    has no complement."""
    comptes = [c for c in (numerateur, denominateur) if c is not None]
    if numerateur is not None and denominateur is not None:
        comptes.append(denominateur - numerateur)
    return any(0 < c < k for c in comptes)


def _tous_ou_aucun(numerateur, denominateur) -> bool:
    return bool(denominateur) and numerateur in (0, denominateur)


def cellule_masquee(
    audience: Audience,
    base: str,
    effectif,
    k: int,
    *,
    dominance,
    numerateur=None,
    denominateur=None,
    sensible: bool = False,
    effectif_premier=None,
    juge_dominance: bool = False,
) -> bool:
    """True when the cell shows none of its figures.

    `base`: the unit of the population; `effectif`: its size in the cell; `effectif_premier`: the part of the bailleur
    whose dominance is feared, looked at in `diffusion` and, for a partner, when `juge_dominance` (a bailleur reads).
    """
    if audience == Audience.LIGNES:
        return False
    dominee = base not in BASES_SANS_BAILLEUR and domine(effectif_premier, effectif, dominance)
    if audience == Audience.PARTENAIRE:
        return (base not in BASES_SANS_MENAGE and petit(effectif, k)) or (juge_dominance and dominee)
    return (
        petit(effectif, k)
        or _revele_un_compte(numerateur, denominateur, k)
        or (sensible and _tous_ou_aucun(numerateur, denominateur))
        or dominee
    )
