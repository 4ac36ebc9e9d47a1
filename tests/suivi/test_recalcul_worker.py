"""A real Celery worker, on the broker of the environment, does the nightly job."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connection

from suivi.models import Calcul
from tests import fabriques as f

RACINE = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds


def url_de_la_base() -> str:
    """The test database; a host that is a folder (socket) goes in the query."""
    reglages = connection.settings_dict
    compte = quote(reglages["USER"]) + (f":{quote(reglages['PASSWORD'])}" if reglages["PASSWORD"] else "")
    port = f":{reglages['PORT']}" if reglages["PORT"] else ""
    return f"postgresql://{compte}@localhost{port}/{reglages['NAME']}?{urlencode({'host': reglages['HOST']})}"


def attendre(vrai) -> bool:
    fin = time.monotonic() + PATIENCE
    while time.monotonic() < fin:
        if vrai():
            return True
        time.sleep(0.3)
    return False


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_worker_computes_the_territories_that_a_deposit_touched(tmp_path):
    f.commune()
    f.depot("rpls", territoires=[f.EPCI])
    environnement = os.environ | {
        "DATABASE_URL": url_de_la_base(),
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    celery = [sys.executable, "-m", "celery", "-A", "config.celery"]
    journal = tmp_path / "worker.log"
    with journal.open("wb") as sortie:
        worker = subprocess.Popen(
            [*celery, "worker", "--pool", "solo", "--without-gossip", "--without-mingle"],
            cwd=RACINE,
            env=environnement,
            stdout=sortie,
            stderr=sortie,
        )
        try:
            envoi = [*celery, "call", "suivi.tasks.recalcul_nocturne"]
            subprocess.run(envoi, cwd=RACINE, env=environnement, check=True, capture_output=True, timeout=PATIENCE)
            fait = attendre(lambda: Calcul.objects.filter(epci=f.EPCI, statut="termine").exists())
            assert fait, journal.read_text()[-3000:]
        finally:
            worker.terminate()
            worker.wait(timeout=PATIENCE)
