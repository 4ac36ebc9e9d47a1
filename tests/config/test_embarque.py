"""The embedded PostgreSQL: shared by the processes that use it, stopped by the last one, whatever the path and locale.

Each case runs in processes of its own: the server must stop when they end.
"""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import embarque

UTILISE = """
import sys, time
from pathlib import Path
import psycopg
from config import embarque
entree = embarque.postgresql_embarque(Path(sys.argv[1]))
with psycopg.connect(host=entree["HOST"], user=entree["USER"], dbname=entree["NAME"]) as base:
    print(base.execute("SELECT lower('ÉCOLE'), pg_encoding_to_char(encoding), current_setting('server_version_num')"
                       " FROM pg_database WHERE datname = current_database()").fetchone(), flush=True)
    time.sleep(float(sys.argv[2]))
"""


def processus(dossier, duree=0.0, **environnement):
    return subprocess.Popen(
        [sys.executable, "-c", UTILISE, str(dossier), str(duree)],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1"} | environnement,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def en_marche(dossier) -> bool:
    return (dossier / "postmaster.pid").exists()


@pytest.mark.parametrize(
    ("nom", "environnement"),
    [
        ("simple", {}),
        ("avec espace et d'apostrophe, virgule", {"LC_ALL": "fr_FR.ISO-8859-1"}),
        ("très-" + "long-" * 25, {"LANG": "inexistante"}),
    ],
)
def test_starts_in_any_path_and_locale_and_stops_with_its_only_user(tmp_path, nom, environnement):
    dossier = tmp_path / nom / "postgres"
    un = processus(dossier, **environnement)
    sortie, _ = un.communicate(timeout=120)
    assert un.returncode == 0, sortie
    assert "('école', 'UTF8'" in sortie
    assert not en_marche(dossier)


def test_processes_that_start_at_once_share_one_server_and_the_last_one_stops_it(tmp_path):
    dossier = tmp_path / "postgres"
    tous = [processus(dossier, duree) for duree in (0, 0.5, 2.5)]
    sorties = [un.communicate(timeout=120)[0] for un in tous[:2]]
    assert [un.returncode for un in tous[:2]] == [0, 0], sorties
    assert en_marche(dossier)
    tous[2].communicate(timeout=120)
    assert tous[2].returncode == 0
    assert not en_marche(dossier)


def test_a_killed_process_does_not_keep_the_server_for_ever(tmp_path):
    dossier = tmp_path / "postgres"
    tue = processus(dossier, 60)
    next(ligne for ligne in tue.stdout if ligne.startswith("("))
    tue.kill()
    tue.communicate()
    assert en_marche(dossier)
    processus(dossier).communicate(timeout=120)
    assert not en_marche(dossier)


def test_data_of_another_version_are_named_with_the_remedy(tmp_path):
    (tmp_path / "PG_VERSION").write_text("12\n")
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL 12, il faut 18"):
        embarque.verifier_version(tmp_path)


def test_an_address_gives_its_database():
    entree = embarque.depuis_url("postgres://jean:mot%40passe@bd.exemple:5433/cil?sslmode=require")
    assert (entree["USER"], entree["PASSWORD"], entree["HOST"], entree["PORT"]) == (
        "jean",
        "mot@passe",
        "bd.exemple",
        "5433",
    )
    assert entree["NAME"] == "cil" and entree["OPTIONS"] == {"sslmode": "require"}


def test_the_socket_of_an_address_is_its_host():
    assert embarque.depuis_url("postgresql://postgres@/cil?host=/run/pg")["HOST"] == "/run/pg"


def test_a_free_folder_is_joined_within_a_few_seconds(tmp_path):
    dossier = tmp_path / "postgres"
    processus(dossier).communicate(timeout=120)
    debut = time.monotonic()
    processus(dossier).communicate(timeout=120)
    assert time.monotonic() - debut < 10
