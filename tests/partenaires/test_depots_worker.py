"""A real Celery worker behind the API, killed in the middle of the conversation."""

import http.client
import json
import re
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from diagnostic.models import GestionResidence
from partenaires.models import Depot
from tests import fabriques as f
from tests.partenaires.serveur_a_part import Envoi, Serveur, environnement
from tests.suivi.test_recalcul_worker import PATIENCE, RACINE, attendre

DEPOTS = "/api/v1/depots/"
ENTETE = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES\n"
GESTION = ENTETE + "900100001;R1;2025;20;18\n"


@pytest.fixture
def variables(reglages_de_test):
    """Environment of the processes of a test. On a broker that outlives it, nothing is left of its queue."""
    settings.VAR.mkdir(parents=True, exist_ok=True)
    siennes = environnement(settings.VAR)
    yield siennes
    if settings.CELERY_BROKER_URL.startswith("redis"):
        with redis.from_url(settings.CELERY_BROKER_URL) as courtier:
            for cle in courtier.scan_iter(f"*{siennes['CELERY_FILE']}*"):
                courtier.delete(cle)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_checks_then_loads_what_the_api_received(api_de, variables):
    """The worker starts after the deposit: what it takes up is what the database says, not a message."""
    f.residence("R1")
    bailleur = f.adhesion("bailleur", "gestionnaire")

    def statut():
        return api_de(bailleur).get(f"{DEPOTS}{numero}/").json()["statut"]

    with pytest.MonkeyPatch.context() as sans_courtier:
        sans_courtier.setattr("partenaires.tasks.traiter_depot.delay", lambda pk: None)
        fichier = SimpleUploadedFile("gestion.csv", GESTION.encode())
        numero = api_de(bailleur).post(DEPOTS, {"fichier": fichier}, format="multipart").json()["id"]
        assert statut() == "recu"
        journal = settings.VAR / "worker.log"
        with journal.open("wb") as sortie:
            worker = lancer(variables, sortie)
            try:
                assert attendre(lambda: statut() == "a_confirmer"), journal.read_text()[-3000:]
                assert api_de(bailleur).post(f"{DEPOTS}{numero}/confirmer/").json()["statut"] == "chargement"
                worker.kill()
                worker.wait(timeout=PATIENCE)
                worker = lancer(variables, sortie)
                assert attendre(lambda: statut() == "charge"), journal.read_text()[-3000:]
            finally:
                worker.terminate()
                worker.wait(timeout=PATIENCE)
    assert GestionResidence.objects.get().depot_id == numero


class Partenaire:
    """A bailleur before the web process and the worker of production, on one broker."""

    def __init__(self, variables):
        self.variables, self.var = variables, Path(variables["VAR_DIR"])
        f.residence("R1")
        self.entetes = {"Authorization": f"Token {f.jeton(f.adhesion('bailleur', 'gestionnaire'))}"}
        self.serveur = None

    def servir(self, **autres):
        self.serveur = Serveur(self.variables | autres, self.var / "web.log")

    def deposer(self, contenu=GESTION) -> Depot:
        envoi = Envoi(DEPOTS, "fichier", "gestion.csv", contenu.encode(), self.entetes)
        statut, corps = envoi.faire(self.serveur.adresse)
        assert statut == 202, (self.var / "web.log").read_text()[-3000:]
        return Depot.objects.get(pk=json.loads(corps)["id"])

    def confirmer(self, depot: Depot):
        connexion = http.client.HTTPConnection(*self.serveur.adresse, timeout=PATIENCE)
        connexion.request("POST", f"{DEPOTS}{depot.pk}/confirmer/", headers=self.entetes)
        assert connexion.getresponse().status == 202
        connexion.close()

    @contextmanager
    def travailler(self, combien: int = 1):
        """So many workers, waiting for messages; the sweep that they begin with is over."""
        journaux = [self.var / f"worker{rang}.log" for rang in range(combien)]
        with ExitStack() as pile:
            workers = [lancer(self.variables, pile.enter_context(journal.open("wb"))) for journal in journaux]
            try:
                assert attendre(lambda: sum(map(balayages, journaux)) == combien), journaux[0].read_text()
                yield workers
            finally:
                for worker in workers:
                    worker.terminate()
                for worker in workers:
                    worker.wait(timeout=PATIENCE)

    def devient(self, depot: Depot, *etats: str) -> bool:
        return attendre(lambda: Depot.objects.get(pk=depot.pk).etat in etats)


@pytest.fixture
def partenaire(variables):
    un = Partenaire(variables)
    yield un
    if un.serveur:
        un.serveur.tuer()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_from_the_web_through_the_broker_to_the_worker(partenaire):
    """No sweep passes meanwhile: it is the messages that wake the worker, at the check then at the load."""
    partenaire.servir()
    with partenaire.travailler():
        depot = partenaire.deposer()
        assert partenaire.devient(depot, "a_confirmer")
        partenaire.confirmer(depot)
        assert partenaire.devient(depot, "charge")
    assert GestionResidence.objects.get().depot_id == depot.pk


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_broker_that_does_not_answer_loses_no_deposit(partenaire):
    """The file is received all the same, and its confirmation; the sweep of the next worker finds them."""
    partenaire.servir(CELERY_BROKER_URL="redis://127.0.0.1:1/0")
    depot = partenaire.deposer()
    assert depot.etat == "recu"
    with partenaire.travailler():
        assert partenaire.devient(depot, "a_confirmer")
        partenaire.confirmer(depot)
    assert Depot.objects.get(pk=depot.pk).etat == "chargement"
    with partenaire.travailler():
        assert partenaire.devient(depot, "charge")
    assert GestionResidence.objects.get().depot_id == depot.pk


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_same_file_twice_at_once_before_two_workers_is_loaded_once(partenaire):
    contenu = ENTETE + "".join(f"900100001;R{n};2025;20;18\n" for n in range(5000))
    partenaire.servir()
    with partenaire.travailler(2):
        depots = [partenaire.deposer(contenu) for _ in range(2)]
        for depot in depots:
            assert partenaire.devient(depot, "a_confirmer")
        for depot in depots:
            partenaire.confirmer(depot)
        for depot in depots:
            assert partenaire.devient(depot, "charge", "deja_charge")
    etats = sorted(Depot.objects.filter(pk__in=[un.pk for un in depots]).values_list("etat", flat=True))
    assert etats == ["charge", "deja_charge"]
    assert (GestionResidence.objects.count(), GestionResidence.objects.courantes().count()) == (5000, 5000)


def balayages(journal) -> int:
    """Sweeps that this worker has done."""
    return len(re.findall(r"balayer_depots\S* succeeded", journal.read_text()))


def lancer(variables, sortie) -> subprocess.Popen:
    commande = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--pool", "solo"]
    return subprocess.Popen(
        [*commande, "--loglevel", "info", "--without-gossip", "--without-mingle"],
        cwd=RACINE,
        env=variables,
        stdout=sortie,
        stderr=sortie,
    )
