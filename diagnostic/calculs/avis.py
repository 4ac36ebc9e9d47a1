"""Notes of « bien vivre ensemble » and the two opinions that moderate them (E2 T32 C; regles §5 `urhlm_hdf`).

Notes: 1 excellente, 2 satisfaisante, 3 à conforter, 4 à travailler.
"""

from datetime import date

BAILLEUR_ET_COMMUNE = "bailleur_commune"
BAILLEUR_ET_PROPOSEE = "bailleur_proposee"
COMMUNE_ET_PROPOSEE = "commune_proposee"


def divergences(bailleur: int | None, commune: int | None, proposee: int | None) -> tuple[str, ...]:
    """The pairs of known notes that differ: the two opinions, and each of them with the statistical note."""
    paires = (
        (BAILLEUR_ET_COMMUNE, bailleur, commune),
        (BAILLEUR_ET_PROPOSEE, bailleur, proposee),
        (COMMUNE_ET_PROPOSEE, commune, proposee),
    )
    return tuple(code for code, une, autre in paires if None not in (une, autre) and une != autre)


def concordent(bailleur: int | None, commune: int | None, proposee: int | None) -> bool:
    """Both opinions are given, and no known note differs: the note may be published without a reason."""
    return None not in (bailleur, commune) and not divergences(bailleur, commune, proposee)


def est_a_reevaluer(echeance: date | None, le: date) -> bool:
    """Due on the very day (two years to the day after the publication, by default)."""
    return echeance is not None and le >= echeance
