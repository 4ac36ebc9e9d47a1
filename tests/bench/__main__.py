"""`make bench`: each measure beside its floor, in one run, in a database of its own that is dropped at the end.

    python -m tests.bench [NOM …] [--logements N]
    python -m tests.bench france          # seventeen minutes and 15 GB of disk

A measure is a module whose `mesurer`, given the number of dwellings (it has its own default), returns a `Mesure` or
several; add it to MESURES.
"""

import argparse
import os
import sys
from importlib import import_module

import django

MESURES = {
    "imports": "tests.bench.imports",
    "recalcul": "tests.bench.recalcul",
    "indices": "tests.bench.indices",
    "classeurs": "tests.bench.classeurs",
    "bibliotheque": "tests.bench.bibliotheque",
    "carte": "tests.bench.carte",
}
LONGUES = {"france": "tests.bench.france"}  # asked for by name


def principal() -> int:
    """Prints the table; 1 when a ratio is over its ceiling."""
    lecteur = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    lecteur.add_argument(
        "noms", nargs="*", metavar="NOM", help=f"{', '.join(MESURES)} (par défaut) ; {', '.join(LONGUES)}"
    )
    lecteur.add_argument("--logements", type=int, help="300 000, ou pour france 5 400 000")
    choix = lecteur.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection

    ancienne = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"mesure_{ancienne}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        mesures = [mesure for nom in choix.noms or MESURES for mesure in une_ou_plusieurs(nom, choix.logements)]
    finally:
        connection.creation.destroy_test_db(ancienne, verbosity=0)
    return afficher(mesures)


def une_ou_plusieurs(nom: str, logements: int | None) -> list:
    sys.stderr.write(f"{nom}…\n")
    mesurer = import_module((MESURES | LONGUES)[nom]).mesurer
    resultat = mesurer(logements) if logements else mesurer()
    return resultat if isinstance(resultat, list) else [resultat]


def afficher(mesures: list) -> int:
    sys.stdout.write(f"{'mesure':<58}{'valeur':>10}{'repère':>10}{'rapport':>9}{'plafond':>9}\n")
    for une in mesures:
        verdict = "" if une.rapport <= une.plafond else "  DÉPASSÉ"
        sys.stdout.write(
            f"{une.nom:<58}{une.duree_s:>10.2f}{une.plancher_s:>10.2f}{une.rapport:>9.2f}{une.plafond:>9.2f}{verdict}\n"
        )
    return int(any(une.rapport > une.plafond for une in mesures))


if __name__ == "__main__":
    sys.exit(principal())
