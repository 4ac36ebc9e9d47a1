"""A real Celery worker behind the API, killed in the middle of the conversation."""

import os
import subprocess
import sys

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from diagnostic.models import GestionResidence
from tests import fabriques as f
from tests.suivi.test_recalcul_worker import PATIENCE, RACINE, attendre, url_de_la_base

DEPOTS = "/api/v1/depots/"
GESTION = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES\n900100001;R1;2025;20;18\n"


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_checks_then_loads_what_the_api_received(api_de, tmp_path, settings):
    """The worker starts after the deposit: what it takes up is what the database says, not a message."""
    f.residence("R1")
    bailleur = f.adhesion("bailleur", "gestionnaire")
    settings.VAR = tmp_path
    environnement = os.environ | {
        "DATABASE_URL": url_de_la_base(),
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }

    def statut():
        return api_de(bailleur).get(f"{DEPOTS}{numero}/").json()["statut"]

    with pytest.MonkeyPatch.context() as sans_courtier:
        sans_courtier.setattr("partenaires.tasks.traiter_depot.delay", lambda pk: None)
        fichier = SimpleUploadedFile("gestion.csv", GESTION.encode())
        numero = api_de(bailleur).post(DEPOTS, {"fichier": fichier}, format="multipart").json()["id"]
        assert statut() == "recu"
        journal = tmp_path / "worker.log"
        with journal.open("wb") as sortie:
            worker = lancer(environnement, sortie)
            try:
                assert attendre(lambda: statut() == "a_confirmer"), journal.read_text()[-3000:]
                assert api_de(bailleur).post(f"{DEPOTS}{numero}/confirmer/").json()["statut"] == "chargement"
                worker.kill()
                worker.wait(timeout=PATIENCE)
                worker = lancer(environnement, sortie)
                assert attendre(lambda: statut() == "charge"), journal.read_text()[-3000:]
            finally:
                worker.terminate()
                worker.wait(timeout=PATIENCE)
    assert GestionResidence.objects.get().depot_id == numero


def lancer(environnement, sortie) -> subprocess.Popen:
    celery = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--pool", "solo"]
    return subprocess.Popen(
        [*celery, "--without-gossip", "--without-mingle"], cwd=RACINE, env=environnement, stdout=sortie, stderr=sortie
    )
