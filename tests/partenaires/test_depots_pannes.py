"""A load cut off at any moment, by the death of its process or of its connection to PostgreSQL: the database is as
before or as after, the deposit says which, and it can be taken up again."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from diagnostic.models import GestionResidence
from partenaires.models import Depot
from partenaires.reception import recevoir as receptionner
from partenaires.services.depots import Choix, confirmer, recevoir
from partenaires.services.traitement import traiter
from tests import fabriques as f
from tests.partenaires.travail_a_part import lancer

pytestmark = pytest.mark.django_db(transaction=True)
TOURS_LONGS = 30
LIGNES = 10_000
ATTENTE_S = 60
ENTETE = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES\n"
CONTENU = "SELECT md5(string_agg(code_residence || ':' || nb_occupes, ',' ORDER BY code_residence)), count(*)"
AUTRES = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


# --- what a load is -------------------------------------------------------------------------------------------------
def fichier(occupes: int) -> bytes:
    """The rent roll of as many residences as there are rows, all with that many occupied dwellings."""
    lignes = "".join(f"{f.BAILLEUR};R{n:05d};2025;99;{occupes}\n" for n in range(LIGNES))
    return (ENTETE + lignes).encode()


@dataclass
class Etat:
    """What the platform holds: the rows in force, every row, the deposits loaded."""

    contenu: tuple
    lignes: int
    charges: int


def etat() -> Etat:
    with connection.cursor() as curseur:
        curseur.execute(f"{CONTENU} FROM diagnostic_gestionresidence WHERE courant")
        contenu = curseur.fetchone()
    return Etat(contenu, GestionResidence.objects.count(), Depot.objects.charges().filter(type="gestion").count())


def attendre(condition: Callable[[], bool], quoi: str):
    limite = time.monotonic() + ATTENTE_S
    while not condition():
        assert time.monotonic() < limite, f"{quoi} : rien après {ATTENTE_S} s."
        time.sleep(0.02)


def autres_connexions() -> int:
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT count(*) {AUTRES} AND backend_type = 'client backend'")
        return curseur.fetchone()[0]


# --- how it is cut off ----------------------------------------------------------------------------------------------
def tuer(processus):
    """SIGKILL, and its connections gone: what was being committed is, or is not."""
    with suppress(ProcessLookupError):
        os.killpg(processus.pid, signal.SIGKILL)
    processus.wait()
    processus.stdout.close()
    attendre(lambda: autres_connexions() == 0, "Fin des connexions du processus tué")


def couper_la_base(processus):
    """The server cuts off every connection of the process, which lives on."""
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT pg_terminate_backend(pid) {AUTRES} AND backend_type = 'client backend'")


# --- the command ----------------------------------------------------------------------------------------------------
class Commande:
    """`manage.py importer` of a file in a process of its own."""

    def __init__(self, dossier: Path):
        self.dossier, self.var = dossier, dossier / "var"
        self.var.mkdir(exist_ok=True)

    def lancer(self, occupes: int):
        chemin = self.dossier / f"gestion{occupes}.csv"
        chemin.write_bytes(fichier(occupes))
        return lancer(self.var, "importer", "gestion", str(chemin))

    def entiere(self, occupes: int) -> float:
        """Seconds of a run that nothing stops."""
        processus = self.lancer(occupes)
        depart = time.monotonic()
        assert processus.wait(ATTENTE_S) == 0, (self.var / "erreurs").read_text()
        processus.stdout.close()
        return time.monotonic() - depart

    def couper(self, occupes: int, moment: float, comment: Callable):
        processus = self.lancer(occupes)
        time.sleep(moment)
        comment(processus)
        processus.wait(ATTENTE_S)
        processus.stdout.close()
        attendre(lambda: autres_connexions() == 0, "Fin des connexions de la commande")
        return processus.returncode, (self.var / "erreurs").read_text()


@pytest.fixture
def commande(tmp_path):
    f.organisation("bailleur")
    f.commune()
    connection.ensure_connection()
    return Commande(tmp_path)


def verifier_commande(commande, tours: int, comment: Callable, hasard: random.Random):
    duree = commande.entiere(1)
    issues = set()
    for occupes in range(2, 2 + tours):
        avant = etat()
        code, erreurs = commande.couper(occupes, hasard.uniform(0, 1.1 * duree), comment)
        apres = etat()
        charge = apres != avant
        issues.add(charge)
        if charge:
            assert (apres.lignes, apres.charges) == (avant.lignes + LIGNES, avant.charges + 1)
        if code > 0:
            assert "recommencez" in erreurs.lower(), erreurs
            assert "Traceback" not in erreurs
        commande.entiere(occupes)
        assert etat().contenu[1] == LIGNES
        assert GestionResidence.objects.courantes().exclude(nb_occupes=occupes).count() == 0
        assert (etat().lignes, etat().charges) == (avant.lignes + LIGNES, avant.charges + 1)
    return issues


@pytest.mark.parametrize(("comment", "tours"), [(tuer, 3), (couper_la_base, 1)])
def test_import_cut_off_leaves_the_database_as_before_or_as_after(commande, comment, tours):
    verifier_commande(commande, tours, comment, random.Random())


@pytest.mark.robustesse
@pytest.mark.parametrize("comment", [tuer, couper_la_base])
def test_import_cut_off_thirty_times(commande, comment):
    assert False in verifier_commande(commande, TOURS_LONGS, comment, random.Random())


# --- the worker -----------------------------------------------------------------------------------------------------
class Ouvrier:
    """A Celery worker in a process of its own, that takes up at its start the deposits that wait."""

    def __init__(self, var: Path):
        self.var = var
        self.bailleur = f.adhesion("bailleur", "gestionnaire")

    def confirme(self, occupes: int) -> Depot:
        """A deposit received, checked and confirmed, that no worker has taken yet."""
        nom = f"gestion{occupes}.csv"
        recu = receptionner(nom, SimpleUploadedFile(nom, fichier(occupes)), 10**9)
        (depot,) = recevoir(self.bailleur, [recu], Choix(type="gestion"))
        depot = traiter(depot.pk)
        assert depot.etat == Depot.Etat.A_CONFIRMER, depot.rapport
        return confirmer(self.bailleur, depot)

    def lancer(self):
        return lancer(self.var, "ouvrier")

    def jusqu_au_bout(self, depot: Depot) -> float:
        """Seconds for a new worker to load what is confirmed."""
        depart, processus = time.monotonic(), self.lancer()
        attendre(lambda: relu(depot).etat != Depot.Etat.CHARGEMENT, "Chargement par l'ouvrier")
        duree = time.monotonic() - depart
        tuer(processus)
        assert relu(depot).etat == Depot.Etat.CHARGE, relu(depot).rapport
        return duree


def relu(depot: Depot) -> Depot:
    return Depot.objects.get(pk=depot.pk)


@pytest.fixture
def ouvrier(settings, monkeypatch):
    monkeypatch.setattr("partenaires.tasks.traiter_depot.delay", lambda pk: None)
    f.organisation("bailleur")
    f.commune()
    Path(settings.VAR).mkdir(parents=True, exist_ok=True)
    return Ouvrier(Path(settings.VAR))


def verifier_ouvrier(ouvrier, tours: int, comment: Callable, hasard: random.Random):
    duree = ouvrier.jusqu_au_bout(ouvrier.confirme(1))
    for occupes in range(2, 2 + tours):
        depot, avant = ouvrier.confirme(occupes), etat()
        processus = ouvrier.lancer()
        time.sleep(hasard.uniform(0.3, 1.1) * duree)
        comment(processus)
        tuer(processus)
        apres = etat()
        if apres == avant:
            assert relu(depot).etat == Depot.Etat.CHARGEMENT
            ouvrier.jusqu_au_bout(depot)
        assert relu(depot).etat == Depot.Etat.CHARGE
        assert relu(depot).rapport["lignes_chargees"] == LIGNES
        assert GestionResidence.objects.courantes().filter(depot=depot, nb_occupes=occupes).count() == LIGNES
        assert etat() == Etat(etat().contenu, avant.lignes + LIGNES, avant.charges + 1)
        assert etat().contenu[1] == LIGNES


@pytest.mark.parametrize(("comment", "tours"), [(tuer, 3), (couper_la_base, 1)])
def test_worker_cut_off_leaves_a_deposit_that_another_loads(ouvrier, comment, tours):
    verifier_ouvrier(ouvrier, tours, comment, random.Random())


@pytest.mark.robustesse
@pytest.mark.parametrize("comment", [tuer, couper_la_base])
def test_worker_cut_off_thirty_times(ouvrier, comment):
    verifier_ouvrier(ouvrier, TOURS_LONGS, comment, random.Random())
