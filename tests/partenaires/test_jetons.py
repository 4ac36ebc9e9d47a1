"""Tokens on the pages: shown once, listed by their first letters, revoked after confirmation."""

import re

import pytest

from partenaires.models import Jeton
from tests import fabriques

pytestmark = pytest.mark.django_db
JETONS = "/administration/jetons/"


@pytest.fixture
def admin():
    return fabriques.adhesion("bailleur", "administrateur")


@pytest.fixture
def collegue(admin):
    return fabriques.adhesion(organisation=admin.organisation, role="lecteur")


def test_new_token_is_shown_once_and_opens_the_api(client_de, client, collegue):
    navigateur = client_de(collegue)
    page = navigateur.post(JETONS, {"libelle": "tableur", "jours": 30}).content.decode()
    clair = re.search(r"<code>([\w-]{43})</code>", page).group(1)
    assert clair not in navigateur.get(JETONS).content.decode()
    assert client.get("/api/v1/depots/", headers={"authorization": f"Token {clair}"}).status_code == 200


@pytest.mark.parametrize("jours", ["0", "367", "abc", ""])
def test_bad_duration_is_said_so(client_de, collegue, jours):
    page = client_de(collegue).post(JETONS, {"libelle": "tableur", "jours": jours}).content.decode()
    assert "errorlist" in page
    assert not Jeton.objects.exists()


def test_member_sees_her_tokens_and_the_administrator_all(client_de, admin, collegue):
    for adhesion in (admin, collegue):
        fabriques.jeton(adhesion, libelle=f"jeton de {adhesion.role}")
    assert "jeton de administrateur" not in client_de(collegue).get(JETONS).content.decode()
    assert "jeton de lecteur" in client_de(admin).get(JETONS).content.decode()


def test_revocation_asks_first(client_de, client, collegue):
    clair = fabriques.jeton(collegue)
    adresse = f"{JETONS}{Jeton.objects.get().pk}/revoquer/"
    navigateur = client_de(collegue)
    assert clair[:6] in navigateur.get(adresse).content.decode()
    assert client.get("/api/v1/depots/", headers={"authorization": f"Token {clair}"}).status_code == 200
    navigateur.post(adresse)
    assert client.get("/api/v1/depots/", headers={"authorization": f"Token {clair}"}).status_code == 401


def test_token_of_another_member_does_not_exist(client_de, admin, collegue):
    fabriques.jeton(admin)
    assert client_de(collegue).post(f"{JETONS}{Jeton.objects.get().pk}/revoquer/").status_code == 404


def test_token_of_another_organisation_does_not_exist_even_for_an_administrator(client_de, admin):
    fabriques.jeton(fabriques.adhesion("epci"))
    assert client_de(admin).post(f"{JETONS}{Jeton.objects.get().pk}/revoquer/").status_code == 404
