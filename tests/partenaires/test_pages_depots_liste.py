"""The list of deposits follows by itself those whose work goes on, and no longer than that."""

import re

import pytest

from partenaires.models import Depot
from tests import fabriques as f

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
EN_COURS = [etat.value for etat in Depot.EN_COURS]


@pytest.fixture
def membre():
    return f.adhesion("bailleur", "gestionnaire")


@pytest.mark.parametrize("etat", Depot.Etat.values)
def test_page_asks_again_only_while_something_goes_on(client_de, membre, etat):
    f.depot("gestion", membre.organisation, etat=etat, progression=42)
    page = client_de(membre).get("/depots/").text
    assert ("every 3s" in page) == ("htmx-2.min.js" in page) == ("(42 %)" in page) == (etat in EN_COURS)


def test_its_table_alone_is_sent_and_stops_asking_once_all_rest(client_de, membre):
    depot = f.depot("gestion", membre.organisation, etat="chargement")
    client = client_de(membre)
    tableau = client.get("/depots/", headers=HTMX).text
    assert "Chargement en cours" in tableau
    assert "every 3s" in tableau
    assert "<h1>" not in tableau
    Depot.objects.filter(pk=depot.pk).update(etat="charge")
    tableau = client.get("/depots/", headers=HTMX).text
    assert "Chargé" in tableau
    assert "every 3s" not in tableau


def test_filters_and_page_are_kept_from_one_answer_to_the_next(client_de, membre):
    f.depot("gestion", membre.organisation, etat="chargement")
    f.depot("ops", membre.organisation, etat="refuse")
    tableau = client_de(membre).get("/depots/?type=gestion&statut=chargement", headers=HTMX).text
    assert 'hx-get="/depots/?type=gestion&amp;statut=chargement"' in tableau
    assert "Refusé" not in tableau


def test_work_of_another_organisation_is_not_followed(client_de, membre):
    f.depot("gestion", f.organisation("bailleur", "900100002"), etat="chargement")
    assert "every 3s" not in client_de(membre).get("/depots/").text


def test_the_page_and_its_table_take_few_queries(client_de, membre, django_assert_max_num_queries):
    for _ in range(30):
        f.depot("gestion", membre.organisation, etat="chargement")
    client = client_de(membre)
    with django_assert_max_num_queries(14):
        client.get("/depots/")
    with django_assert_max_num_queries(8):
        client.get("/depots/", headers=HTMX)


def test_rows_loaded_are_written_in_thousands_and_left_blank_before(client_de, membre):
    f.depot("gestion", membre.organisation, etat="charge", rapport={"lignes_chargees": 12345})
    f.depot("ops", membre.organisation, etat="recu", rapport={})
    lignes = re.findall(
        r'data-colonne="Lignes chargées" class="droite">(.*?)</td>', client_de(membre).get("/depots/").text
    )
    assert sorted(lignes) == ["", "12\u202f345"]
