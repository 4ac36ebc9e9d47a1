"""Objectives as pages: the figures are those of the service, the export is the table."""

import csv
import io

import pytest

from attributions.services import atteintes
from attributions.services.quartiles import ecarts
from suivi.templatetags.nombres import nombre, pourcent
from tests import fabriques as f

pytestmark = pytest.mark.django_db
ANNEE = f"epci={f.EPCI}&annee=2025"


@pytest.fixture
def epci(monde):
    return next(qui for qui in monde.proprietaires if qui.nature == "epci")


def lire(client, chemin) -> str:
    reponse = client.get(chemin)
    assert reponse.status_code == 200, chemin
    return reponse.content.decode()


def exporter(client, chemin) -> list[dict]:
    corps = b"".join(client.get(chemin).streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(corps), delimiter=";"))


def test_objectives_of_the_year_show_both_variants_of_the_25_percent(epci, client_de):
    page = lire(client_de(epci), f"/attributions/?{ANNEE}")
    for code in ("q1_ou_reloges_hors_qpv", "q1_hors_qpv"):
        (ligne,) = atteintes.lire(epci, epci=f.EPCI, annee=2025, objectif=code)
        assert ligne.libelle in page
        assert f"{nombre(ligne.numerateur)} sur {nombre(ligne.denominateur)}" in page


def test_objectives_say_where_each_figure_comes_from(epci, client_de):
    page = lire(client_de(epci), f"/attributions/?{ANNEE}")
    assert page.count("d'où vient ce chiffre") == len(atteintes.lire(epci, epci=f.EPCI, annee=2025))
    assert "attributions suivies d&#x27;un bail signé, à l&#x27;année du bail" in page


@pytest.mark.parametrize(
    ("chemin", "axe", "objectif"),
    [
        ("bailleurs", "bailleur", "q1_ou_reloges_hors_qpv"),
        ("bailleurs", "bailleur", "q2_q4_en_qpv"),
        ("qpv", "qpv", "q2_q4_en_qpv"),
        ("reservataires", "reservataire", "prioritaires_reservataire"),
    ],
)
def test_page_of_an_axis_gives_the_lines_of_the_service(chemin, axe, objectif, epci, client_de):
    adresse = f"/attributions/{chemin}/?{ANNEE}&objectif={objectif}"
    lignes = atteintes.lire(epci, epci=f.EPCI, annee=2025, objectif=objectif, axe=axe)
    page, export = lire(client_de(epci), adresse), exporter(client_de(epci), f"{adresse}&export=csv")
    assert len(export) == len(lignes) > 0
    assert sorted(int(ligne["Base"]) for ligne in export) == sorted(ligne.denominateur for ligne in lignes)
    for ligne in lignes:
        assert pourcent(ligne.taux) in page


def test_by_bailleur_q1_alone_stands_beside_the_legal_rate(epci, client_de):
    (seul,) = atteintes.lire(epci, epci=f.EPCI, annee=2025, objectif="q1_hors_qpv", axe="bailleur")
    (exporte,) = exporter(client_de(epci), f"/attributions/bailleurs/?{ANNEE}&export=csv")
    assert float(exporte["Q1 seul"]) == seul.taux


def test_a_year_without_allocation_says_where_they_come_from(epci, client_de):
    assert "extraits du SNE" in lire(client_de(epci), f"/attributions/bailleurs/?epci={f.EPCI}&annee=2019")
    assert "choisissez une autre année" in lire(client_de(epci), f"/attributions/?epci={f.EPCI}&annee=2019")


def test_an_unknown_objective_falls_back_on_the_first_of_the_axis(epci, client_de):
    assert 'value="q1_ou_reloges_hors_qpv" selected' in lire(
        client_de(epci), f"/attributions/bailleurs/?{ANNEE}&objectif=inconnu"
    )


def test_a_commune_has_no_page_by_bailleur(monde, client_de):
    commune = next(qui for qui in monde.voisins if qui.nature == "commune")
    assert client_de(commune).get("/attributions/bailleurs/").status_code == 404
    assert "bailleurs/" not in lire(client_de(commune), "/attributions/")


def test_a_commune_reads_secret_where_the_service_masks(monde, client_de):
    commune = next(qui for qui in monde.voisins if qui.nature == "commune")
    lignes = atteintes.lire(commune, epci=f.EPCI, annee=2025)
    assert any(ligne.secret for ligne in lignes)
    assert "secret</abbr>" in lire(client_de(commune), f"/attributions/?{ANNEE}")


def test_thresholds_and_differences_of_quartiles(epci, client_de):
    page = lire(client_de(epci), f"/attributions/seuils/?{ANNEE}")
    export = exporter(client_de(epci), f"/attributions/seuils/?{ANNEE}&export=ecarts_csv")
    assert "9\u202f000\u202f€" in page
    assert sum(int(ligne["Attributions"]) for ligne in export) == sum(e.nombre for e in ecarts(epci, f.EPCI))


def test_a_commune_reads_the_thresholds_but_no_list_of_allocations(monde, client_de):
    commune = next(qui for qui in monde.voisins if qui.nature == "commune")
    page = lire(client_de(commune), "/attributions/seuils/")
    assert "Seuils de quartile" in page
    assert "recalculés" not in page
