"""Reads a file, or has the engine check it, in a process of its own: what came of it and the memory that it took.

python -m tests.partenaires.lecture_a_part FICHIER [TYPE]
"""

import json
import os
import subprocess
import sys
from pathlib import Path


def lire_a_part(chemin: Path, type: str = "") -> dict:
    """{"lues", "constats": [[code, lines, message]], "memoire_mo"}; `memoire_mo`: what reading took over the start."""
    from django.db import connection

    commande = [sys.executable, "-m", "tests.partenaires.lecture_a_part", str(chemin), type]
    base = connection.settings_dict | {"NAME": connection.settings_dict["NAME"]}
    environnement = os.environ | {"BASE_DE_TEST": str(base["NAME"])}
    sortie = subprocess.run(commande, check=True, capture_output=True, text=True, env=environnement).stdout
    return json.loads(sortie.splitlines()[-1])


def principal(chemin: str, type: str):
    import django

    django.setup()
    from django.db import connection

    from partenaires.depots.lecture import ouvrir
    from partenaires.depots.moteur import importer
    from partenaires.depots.rapport import Refus
    from tests.bench.imports import memoire_mo

    connection.settings_dict["NAME"] = os.environ["BASE_DE_TEST"]
    lues, constats, au_depart = 0, [], memoire_mo()
    if type:
        rapport = importer(type, chemin, simulation=True, millesime=2025).rapport
        lues = rapport["lignes_lues"]
        constats = [[un["code"], un["lignes"], un["message"]] for un in rapport["erreurs"]]
    else:
        try:
            fichier = ouvrir(Path(chemin))
            for _ in fichier.blocs():
                pass
            lues = fichier.lues
        except Refus as refus:
            constats = [[un.code, un.lignes, un.message] for un in refus.constats]
    sys.stdout.write(json.dumps({"lues": lues, "constats": constats, "memoire_mo": memoire_mo() - au_depart}) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    principal(*sys.argv[1:])
