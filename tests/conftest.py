"""Fixtures shared by the whole suite."""

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from config.celery import app as celery
from partenaires.models import Jeton


@pytest.fixture(autouse=True, scope="session")
def taches_sur_le_champ():
    """A task runs where it is sent: no broker in the tests that do not ask for one."""
    celery.conf.task_always_eager = True


@pytest.fixture(autouse=True)
def reglages_de_test(settings, tmp_path):
    """Files under a folder of the test's own, nothing kept in the cache between two tests."""
    settings.VAR = tmp_path / "var"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    cache.clear()


@pytest.fixture
def client_de():
    """`client_de(adhesion)`: a browser signed in through that membership."""

    def ouvrir(adhesion) -> Client:
        client = Client()
        client.force_login(adhesion.utilisateur)
        session = client.session
        session["adhesion"] = adhesion.pk
        session.save()
        return client

    return ouvrir


@pytest.fixture
def api_de():
    """`api_de(adhesion)`: an API client that carries a token of that membership; `api_de(None)`: none."""

    def ouvrir(adhesion) -> APIClient:
        client = APIClient()
        if adhesion is not None:
            client.credentials(HTTP_AUTHORIZATION=f"Token {Jeton.objects.emettre(adhesion)}")
        return client

    return ouvrir


@pytest.fixture(scope="module")
def monde(django_db_setup, django_db_blocker):
    """The small world of `tests.monde`, computed, for a whole module of pages; undone at its end."""
    from tests.monde import Monde

    with django_db_blocker.unblock(), transaction.atomic():
        yield Monde()
        transaction.set_rollback(True)
