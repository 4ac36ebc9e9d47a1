"""PostgreSQL killed whole during a load, server and sessions together: once it is back, the database is as before or
as after, the deposit says which, and it ends loaded, by another worker or by the one that lived through it."""

import os
import random
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from celery.exceptions import AlwaysEagerIgnored
from django.core.management import call_command
from django.db import connection
from kombu import Connection

from config import embarque
from config.celery import app
from partenaires.models import Depot
from tests import fabriques as f
from tests.partenaires.test_depots_pannes import LIGNES, Etat, Ouvrier, attendre, etat, relu, tuer

TOURS_LONGS = 30
CHAMPS = ("HOST", "NAME", "PASSWORD", "PORT", "USER")


class Grappe:
    """A PostgreSQL of the test's own, which Django's default connection is made to point to."""

    def __init__(self, dossier: Path):
        self.dossier = dossier

    def demarrer(self):
        """Started, or started again after its death: it replays its journal."""
        connection.close()
        entree = embarque.postgresql_embarque(self.dossier)
        connection.settings_dict.update({champ: entree[champ] for champ in CHAMPS})

    def tuer(self):
        """SIGKILL to the server first, so that it restarts nothing, then to all its processes."""
        serveur = int((self.dossier / "postmaster.pid").read_text().splitlines()[0])
        with connection.cursor() as curseur:
            curseur.execute("SELECT pid FROM pg_stat_activity")
            tous = [serveur, *(pid for (pid,) in curseur.fetchall())]
        for pid in tous:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        attendre(lambda: not any(map(vivant, tous)), "Fin des processus de PostgreSQL")


def vivant(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def grappe(django_db_setup, django_db_blocker) -> Iterator[Grappe]:
    """Not under pytest's own folder, that each run of pytest closes again to the account of the server."""
    avant = {champ: connection.settings_dict[champ] for champ in CHAMPS}
    with django_db_blocker.unblock(), tempfile.TemporaryDirectory(prefix="cil-grappe-") as dossier:
        une = Grappe(Path(dossier).resolve() / "postgres")
        try:
            une.demarrer()
            call_command("migrate", verbosity=0)
            yield une
        finally:
            connection.close()
            connection.settings_dict.update(avant)
            embarque.liberer(une.dossier, os.getpid())


@pytest.fixture
def ouvrier(grappe, settings, monkeypatch) -> Ouvrier:
    monkeypatch.setattr("partenaires.tasks.traiter_depot.delay", lambda pk: None)
    f.organisation("bailleur")
    f.commune()
    Path(settings.VAR).mkdir(parents=True, exist_ok=True)
    return Ouvrier(Path(settings.VAR))


def reveiller(ouvrier: Ouvrier):
    """What the clock sends every minute, to the worker's own queue."""
    reglages = embarque.courtier_fichiers(ouvrier.var / "celery")
    with (
        warnings.catch_warnings(action="ignore", category=AlwaysEagerIgnored),
        Connection("filesystem://", transport_options=reglages["CELERY_BROKER_TRANSPORT_OPTIONS"]) as courtier,
    ):
        app.send_task("partenaires.tasks.balayer_depots", kwargs={"tout": True}, connection=courtier)


@contextmanager
def au_travail(ouvrier: Ouvrier):
    processus = ouvrier.lancer()
    try:
        yield processus
        tuer(processus)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(processus.pid, signal.SIGKILL)


def couper(grappe: Grappe, ouvrier: Ouvrier, depot: Depot, moment: float, survit: bool) -> bool:
    """Was the deposit loaded before the server died? It is in the end. `survit`: the worker that lived takes it up."""
    avant = etat()
    with au_travail(ouvrier) as processus:
        time.sleep(moment)
        grappe.tuer()
        if not survit:
            os.killpg(processus.pid, signal.SIGKILL)
        grappe.demarrer()
        charge = etat() != avant
        assert relu(depot).etat == (Depot.Etat.CHARGE if charge else Depot.Etat.CHARGEMENT)
        if not charge and survit:
            assert processus.poll() is None
            reveiller(ouvrier)
            attendre(lambda: relu(depot).etat != Depot.Etat.CHARGEMENT, "Reprise par l'ouvrier")
    if relu(depot).etat == Depot.Etat.CHARGEMENT:
        ouvrier.jusqu_au_bout(depot)
    assert relu(depot).etat == Depot.Etat.CHARGE, relu(depot).rapport
    assert etat() == Etat(etat().contenu, avant.lignes + LIGNES, avant.charges + 1)
    assert etat().contenu[1] == LIGNES
    return charge


def verifier(grappe: Grappe, ouvrier: Ouvrier, tours: int, hasard: random.Random) -> set[bool]:
    """One time in two, at random, the worker dies too, and another one finishes."""
    duree = ouvrier.jusqu_au_bout(ouvrier.confirme(1))
    return {
        couper(
            grappe, ouvrier, ouvrier.confirme(2 + tour), hasard.uniform(0.3, 1.1) * duree, survit=hasard.random() < 0.5
        )
        for tour in range(tours)
    }


def test_postgresql_killed_whole_leaves_a_deposit_that_ends_loaded(grappe, ouvrier):
    verifier(grappe, ouvrier, 1, random.Random())


@pytest.mark.robustesse
def test_postgresql_killed_whole_thirty_times(grappe, ouvrier):
    assert False in verifier(grappe, ouvrier, TOURS_LONGS, random.Random())
