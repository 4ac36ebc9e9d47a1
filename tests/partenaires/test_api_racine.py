"""The API root: routes of every app, schema and documentation page under the strict policy."""

import os

import pytest
from django.core.management import call_command

from tests import fabriques

pytestmark = pytest.mark.django_db


def test_stranger_gets_401_with_the_way_to_authenticate(api_de):
    reponse = api_de(None).get("/api/v1/")
    assert reponse.status_code == 401
    assert reponse["WWW-Authenticate"] == "Token"


def test_member_reads_the_list_of_routes(api_de):
    assert api_de(fabriques.adhesion()).get("/api/v1/").status_code == 200


def test_schema_is_served_without_a_token(client):
    reponse = client.get("/api/schema/")
    assert reponse.status_code == 200
    assert b"openapi" in reponse.content


def test_every_route_of_the_api_is_described_without_a_warning(capsys):
    call_command("spectacular", validate=True, fail_on_warn=True, file=os.devnull)


def test_documentation_page_has_no_inline_script(client):
    reponse = client.get("/api/docs/")
    assert reponse.status_code == 200
    assert b"<script>" not in reponse.content
    assert "'unsafe-inline'" not in reponse["Content-Security-Policy"].split("script-src")[-1].split("style-src")[0]


def test_inline_style_is_allowed_on_the_documentation_page_alone(client):
    assert "style-src 'self' 'unsafe-inline'" in client.get("/api/docs/")["Content-Security-Policy"]
    assert "unsafe-inline" not in client.get("/api/schema/")["Content-Security-Policy"]
