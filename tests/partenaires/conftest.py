"""The conversation of a deposit, whose tasks a test runs itself; its files are those of `gestion_deposee`."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from partenaires.reception import recevoir as receptionner
from partenaires.services.depots import Choix, confirmer, recevoir
from partenaires.services.traitement import traiter
from tests import fabriques as f
from tests.partenaires.gestion_deposee import ENTETE, LIGNES


@pytest.fixture
def aucun_courtier(monkeypatch):
    """Each test runs the tasks itself, when it wants."""
    monkeypatch.setattr("partenaires.tasks.traiter_depot.delay", lambda pk: None)


@pytest.fixture
def bailleur(db):
    f.residence("R1")
    return f.adhesion("bailleur", "gestionnaire")


@pytest.fixture
def deposer(bailleur):
    """A file of the rent roll handed in by the bailleur; its task is not run."""

    def faire(contenu=ENTETE + LIGNES, nom="gestion_2025.csv", **choix):
        recu = receptionner(nom, SimpleUploadedFile(nom, contenu.encode()), 10**9)
        return recevoir(bailleur, [recu], Choix(**({"type": "gestion"} | choix)))[0]

    return faire


@pytest.fixture
def controle(deposer):
    """The same, checked."""
    return lambda *a, **k: traiter(deposer(*a, **k).pk)


@pytest.fixture
def charge(bailleur, controle):
    """The same, loaded."""
    return lambda *a, **k: traiter(confirmer(bailleur, controle(*a, **k)).pk)
