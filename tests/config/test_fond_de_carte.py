"""Background of the map: none unless the platform names one, and then its server alone joins the security policy."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environnement import tuiles

IGN = "https://data.geopf.fr/wmts?LAYER=PLAN&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"


def test_without_a_background_no_other_server_is_allowed(monkeypatch):
    monkeypatch.delenv("FOND_CARTE_URL", raising=False)
    assert tuiles("FOND_CARTE_URL") == ("", "")


def test_a_background_allows_its_server_and_nothing_more(monkeypatch):
    monkeypatch.setenv("FOND_CARTE_URL", IGN)
    assert tuiles("FOND_CARTE_URL") == (IGN, "https://data.geopf.fr")


@pytest.mark.parametrize(
    "adresse",
    [
        "http://tuiles.exemple.invalid/{z}/{x}/{y}.png",
        "https://tuiles.exemple.invalid/{z}/{x}.png",
        "https://{s}.exemple.invalid/{z}/{x}/{y}.png",
        "https://a.invalid; script-src *//{z}/{x}/{y}",
        "{z}/{x}/{y}",
    ],
)
def test_an_address_that_cannot_be_one_stops_the_start_with_the_name_of_the_variable(adresse, monkeypatch):
    monkeypatch.setenv("FOND_CARTE_URL", adresse)
    with pytest.raises(ImproperlyConfigured, match="FOND_CARTE_URL"):
        tuiles("FOND_CARTE_URL")
