"""A process of its own that imports a file, or a worker, on the test database: to be killed.

    python -m tests.partenaires.travail_a_part BASE VAR importer TYPE FICHIER [OPTION …]
    python -m tests.partenaires.travail_a_part BASE VAR ouvrier

It says PRET once it is about to begin.
"""

import os
import subprocess
import sys
from pathlib import Path


def lancer(var: Path, *arguments: str) -> subprocess.Popen:
    """The process, ready; its standard error goes to `var`/erreurs."""
    from django.db import connection

    commande = [sys.executable, "-m", "tests.partenaires.travail_a_part", connection.settings_dict["NAME"], str(var)]
    with (var / "erreurs").open("w") as erreurs:
        processus = subprocess.Popen(
            [*commande, *arguments], stdout=subprocess.PIPE, stderr=erreurs, text=True, start_new_session=True
        )
    while (ligne := processus.stdout.readline()) and ligne != "PRET\n":
        pass
    assert ligne, (var / "erreurs").read_text()
    return processus


def principal(base: str, var: str, travail: str, *arguments: str):
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.VAR = Path(var)
    connection.settings_dict["NAME"] = base
    sys.stdout.write("PRET\n")
    sys.stdout.flush()
    if travail == "ouvrier":
        ouvrir_ouvrier(Path(var))
    else:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", travail, *arguments])


def ouvrir_ouvrier(var: Path):
    """A Celery worker on a queue of its own, made of files."""
    from config.celery import app
    from config.embarque import courtier_fichiers

    app.conf.update({nom.removeprefix("CELERY_").lower(): v for nom, v in courtier_fichiers(var / "celery").items()})
    app.worker_main(["worker", "--pool=solo", "--loglevel=warning", "--without-gossip", "--without-mingle"])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    principal(*sys.argv[1:])
