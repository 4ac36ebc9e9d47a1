"""Deposits on the pages and in the API."""

import pytest

from tests import fabriques

pytestmark = pytest.mark.django_db
RAPPORT = {
    "lignes_lues": 5,
    "lignes_chargees": 1,
    "colonnes_inconnues": ["ZZ_LOGICIEL"],
    "erreurs": [
        {"code": "valeur_illisible", "colonne": "SURFHAB", "message": "Illisible.", "nombre": 2, "lignes": [3, 5]}
    ],
    "avertissements": [],
}


@pytest.fixture
def membre():
    return fabriques.adhesion("bailleur", "lecteur")


@pytest.fixture
def depot(membre):
    return fabriques.depot("rpls", membre.organisation, millesime=2025, fichier="rpls_2025.csv", rapport=RAPPORT)


def test_list_shows_state_and_lines(client_de, membre, depot):
    page = client_de(membre).get("/depots/").content.decode()
    assert "rpls_2025.csv" in page
    assert "Chargé" in page


@pytest.mark.parametrize("filtre, present", [("statut=charge", True), ("statut=refuse", False), ("type=ops", False)])
def test_filters_of_the_page_and_of_the_api_agree(client_de, api_de, membre, depot, filtre, present):
    assert ("rpls_2025.csv" in client_de(membre).get(f"/depots/?{filtre}").content.decode()) is present
    assert api_de(membre).get(f"/api/v1/depots/?{filtre}").json()["count"] == int(present)


@pytest.mark.parametrize("filtre", ["millesime=abc", "statut=zzz", "page=abc", "page=999", "type=%00"])
def test_bad_filter_on_the_page_is_no_error_of_the_server(client_de, membre, depot, filtre):
    assert client_de(membre).get(f"/depots/?{filtre}").status_code == 200


def test_export_link_keeps_the_filters(client_de, membre, depot):
    assert "?statut=charge&amp;format=csv" in client_de(membre).get("/depots/?statut=charge&page=1").content.decode()


def test_report_groups_errors_with_their_lines(client_de, membre, depot):
    page = client_de(membre).get(f"/depots/{depot.pk}/").content.decode()
    for attendu in ("ZZ_LOGICIEL", "SURFHAB", "valeur_illisible", "3, 5"):
        assert attendu in page


def test_api_gives_the_fields_of_the_contract(api_de, membre, depot):
    lu = api_de(membre).get(f"/api/v1/depots/{depot.pk}/").json()
    assert {"id": depot.pk, "statut": "charge", "progression": 100, "rapport": RAPPORT}.items() <= lu.items()
    assert (lu["organisation"], lu["millesime"], lu["fichier"]) == (membre.siren, 2025, "rpls_2025.csv")


def test_depositor_sees_what_it_handed_in_for_another(api_de, membre):
    epci = fabriques.adhesion("epci")
    depot = fabriques.depot("rpls", membre.organisation, deposant=epci.organisation)
    assert api_de(epci).get(f"/api/v1/depots/{depot.pk}/").status_code == 200


def test_deposit_of_another_bailleur_does_not_exist(client_de, api_de, depot):
    autre = fabriques.adhesion("bailleur", siren="900100002")
    assert client_de(autre).get(f"/depots/{depot.pk}/").status_code == 404
    assert api_de(autre).get(f"/api/v1/depots/{depot.pk}/").status_code == 404
    assert api_de(autre).get("/api/v1/depots/").json()["count"] == 0


def test_national_deposits_are_not_listed_to_partners(api_de, membre):
    fabriques.depot("epci")
    assert api_de(membre).get("/api/v1/depots/").json()["count"] == 0
