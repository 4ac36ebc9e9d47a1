"""A browser on the demo's own data, at a reduced size, loaded once for the whole run."""

import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.test.utils import setup_databases, teardown_databases
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from suivi.demonstration.chargement import charger

LOGEMENTS = int(os.environ.get("LOGEMENTS", 1_500))
CAPTURES = Path(settings.BASE_DIR) / "var" / "captures"
LARGE, ETROIT = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
ROLES = {
    "epci": "epci@exemple.invalid",
    "bailleur": "bailleur@exemple.invalid",
    "ddt": "ddt@exemple.invalid",
    "commune": "commune@exemple.invalid",
}
NAVIGATEURS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def demonstration(django_test_environment, django_db_modify_db_settings, django_db_blocker, tmp_path_factory):
    """Address of the pages and password of the accounts. The rows are committed, for the server's own connections."""
    with django_db_blocker.unblock():
        bases = setup_databases(verbosity=0, interactive=False, aliases={"default"})
        mot_de_passe = charger(tmp_path_factory.mktemp("demo"), LOGEMENTS, date.today(), lambda ligne: None)
        serveur = LiveServer("127.0.0.1")
        yield serveur.url, mot_de_passe
        serveur.stop()
        teardown_databases(bases, verbosity=0)


@pytest.fixture(scope="session")
def navigateur(demonstration):
    programme = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAVIGATEURS)), None)
    if programme is None:
        pytest.exit("Chromium est absent : installez-le (apt-get install chromium) ou indiquez CHROMIUM=…", 2)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=programme, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def sessions(navigateur, demonstration):
    """Cookies of each role, signed in once through the form."""
    adresse, mot_de_passe = demonstration
    gardees = {}

    def ouvrir(role: str) -> dict:
        if role not in gardees:
            contexte = navigateur.new_context(base_url=adresse, locale="fr-FR")
            connecter(contexte.new_page(), ROLES[role], mot_de_passe)
            gardees[role] = contexte.storage_state()
            contexte.close()
        return gardees[role]

    return ouvrir


@pytest.fixture
def page_de(navigateur, sessions, demonstration):
    """`page_de(role, taille)`: a page signed in as that role; its console errors are in `page.erreurs`."""
    contextes = []

    def ouvrir(role: str | None, taille=LARGE):
        contexte = navigateur.new_context(
            base_url=demonstration[0],
            locale="fr-FR",
            timezone_id="Europe/Paris",
            viewport=taille,
            storage_state=sessions(role) if role else None,
        )
        contextes.append(contexte)
        page = contexte.new_page()
        page.erreurs = []
        page.on("console", lambda message: noter(page, message) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda erreur: page.erreurs.append(str(erreur)))
        return page

    yield ouvrir
    for contexte in contextes:
        contexte.close()


def connecter(page, email: str, mot_de_passe: str):
    """Sign in through the form, up to the dashboard."""
    page.goto("/")
    page.get_by_label("Adresse e-mail").fill(email)
    page.get_by_label("Mot de passe").fill(mot_de_passe)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_url(lambda url: "/connexion/" not in url)


def noter(page, message):
    page.erreurs.append(f"{message.text} ({message.location.get('url', '')})")
