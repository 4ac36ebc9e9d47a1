"""A process of its own that imports a file, or a worker, on the test database: to be killed.

    python -m tests.partenaires.travail_a_part VAR importer TYPE FICHIER [OPTION …]
    python -m tests.partenaires.travail_a_part VAR ouvrier

It says PRET once it is about to begin.
"""

import os
import subprocess
import sys
from pathlib import Path


def lancer(var: Path, *arguments: str) -> subprocess.Popen:
    """The process, ready; its standard error goes to `var`/erreurs."""
    from tests.suivi.test_recalcul_worker import url_de_la_base

    commande = [sys.executable, "-m", "tests.partenaires.travail_a_part", str(var)]
    with (var / "erreurs").open("w") as erreurs:
        processus = subprocess.Popen(
            [*commande, *arguments],
            env=os.environ | {"DATABASE_URL": url_de_la_base()},
            stdout=subprocess.PIPE,
            stderr=erreurs,
            text=True,
            start_new_session=True,
        )
    while (ligne := processus.stdout.readline()) and ligne != "PRET\n":
        pass
    assert ligne, (var / "erreurs").read_text()
    return processus


def principal(var: str, travail: str, *arguments: str):
    import django

    django.setup()
    from django.conf import settings

    settings.VAR = Path(var)
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
