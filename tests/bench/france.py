"""Import of as many `rpls` rows as France has social dwellings against the bare floor; does its cost grow with them?

Same file, floor and process as `tests.bench.imports`, at the whole number of dwellings and at a quarter of it.
"""

import tempfile
from pathlib import Path

from tests.bench.imports import chronometrer, inventer, plancher, preparer
from tests.bench.recalcul import Mesure

PART = 4
MEMOIRE_MAX_MO = 500


def mesurer(logements: int = 5_400_000) -> list[Mesure]:
    quart, memoire_quart, _ = importer(logements // PART)
    tout, memoire, repere = importer(logements)
    return [
        Mesure(f"import rpls, {logements} lignes (s)", tout, repere, 2.5),
        Mesure(f"coût de {logements} lignes contre {logements // PART} (s)", tout, quart, 4.4),
        Mesure("mémoire du processus d'import (Mo)", max(memoire, memoire_quart), MEMOIRE_MAX_MO, 1.0),
    ]


def importer(logements: int) -> tuple[float, float, float]:
    """(seconds, peak of memory in Mo, seconds of the floor)"""
    planchers: list[float] = []
    preparer(logements)
    with tempfile.TemporaryDirectory() as dossier:
        chemin = Path(dossier) / "rpls.csv"
        inventer(chemin, logements)
        duree, memoire = chronometrer(chemin, logements, 1, lambda: planchers.append(plancher(chemin)))
    return duree, memoire, min(planchers)
