"""Errors of the API: JSON, in French, with the fields in fault; never a 500 for an input."""

import pytest
from django.core.cache import cache
from rest_framework.throttling import UserRateThrottle

from tests import fabriques

pytestmark = pytest.mark.django_db
DEPOTS = "/api/v1/depots/"


@pytest.fixture
def api(api_de):
    return api_de(fabriques.adhesion())


@pytest.mark.parametrize(
    "parametre, valeur",
    [
        ("page_size", "abc"),
        ("page_size", "0"),
        ("page_size", "-1"),
        ("page_size", "²"),
        ("millesime", "deux mille"),
        ("millesime", "99999999999999999999"),
        ("millesime", "NaN"),
        ("statut", "inconnu"),
        ("ordering", "rapport"),
        ("ordering", "organisation__adhesions__utilisateur__password"),
        ("bailleurr", "900100001"),
        ("organisation", "\x00"),
        ("type", "\x00"),
    ],
)
def test_bad_parameter_is_a_400_that_names_it(api, parametre, valeur):
    reponse = api.get(DEPOTS, {parametre: valeur})
    assert reponse.status_code == 400
    assert parametre in reponse.json()


@pytest.mark.parametrize("page", ["0", "-1", "abc", "9999", "1.5", "\x00"])
def test_page_that_does_not_exist_is_a_404(api, page):
    reponse = api.get(DEPOTS, {"page": page})
    assert reponse.status_code == 404
    assert "detail" in reponse.json()


def test_page_size_is_cut_at_a_thousand(api):
    assert api.get(DEPOTS, {"page_size": "5000"}).status_code == 200


def test_unknown_format_is_a_404_in_json(api):
    assert "detail" in api.get(DEPOTS, {"format": "pdf"}).json()


@pytest.mark.parametrize("identifiant", ["0", "999999999999999999999999", "abc", "1e3"])
def test_unknown_deposit_is_a_404(api, identifiant):
    reponse = api.get(f"{DEPOTS}{identifiant}/")
    assert (reponse.status_code, "organisation" in reponse.json()["detail"]) == (404, True)


@pytest.mark.parametrize("corps", [b'{"partiel"', b"\xff\xfe"])
def test_a_body_that_is_not_json_is_a_400_in_french(api, corps):
    depot = fabriques.depot("gestion", fabriques.adhesion().organisation)
    reponse = api.post(f"{DEPOTS}{depot.pk}/confirmer/", corps, content_type="application/json")
    assert reponse.status_code == 400
    assert "ne se lit pas" in reponse.json()["detail"]


def test_unknown_address_is_a_404_in_json(api):
    assert "detail" in api.get("/api/v1/inconnue/").json()


def test_method_not_allowed_is_a_405_in_json(api):
    reponse = api.delete(f"{DEPOTS}1/")
    assert reponse.status_code == 405
    assert "DELETE" in reponse.json()["detail"]


def test_member_without_an_active_membership_is_refused(api_de, client):
    adhesion = fabriques.adhesion()
    client.force_login(adhesion.utilisateur)
    assert client.get(DEPOTS).status_code == 200
    type(adhesion).objects.update(revoquee_le="2026-01-01T00:00Z")
    assert client.get(DEPOTS).status_code == 403


def test_beyond_the_throttle_is_a_429_that_says_when_to_come_back(api, monkeypatch):
    cache.clear()
    monkeypatch.setattr(UserRateThrottle, "THROTTLE_RATES", {"user": "2/min"})
    statuts = [api.get(DEPOTS).status_code for _ in range(3)]
    assert statuts == [200, 200, 429]
    assert "Retry-After" in api.get(DEPOTS)
