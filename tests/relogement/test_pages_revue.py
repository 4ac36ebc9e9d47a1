"""Rehousing as pages: the review, the projects, the households of one's perimeter."""

import pytest
from django.urls import reverse

from relogement.services.revue import revue
from suivi.templatetags.nombres import nombre, pourcent
from tests import fabriques as f

pytestmark = pytest.mark.django_db
CRITERES = ("Maîtrise du reste à charge", "Neuf ou conventionné", "Hors QPV", "Hors quartier")


@pytest.fixture
def epci(monde):
    return next(qui for qui in monde.proprietaires if qui.nature == "epci")


def lire(client, chemin) -> str:
    reponse = client.get(chemin)
    assert reponse.status_code == 200, chemin
    return reponse.content.decode()


def test_review_shows_the_four_criteria_of_the_service(monde, epci, client_de):
    lue = revue(epci, projet=monde.projet)
    page = lire(client_de(epci), reverse("revue", args=[monde.projet.pk]))
    assert all(critere in page for critere in CRITERES)
    for critere in lue.ensemble.criteres.values():
        assert f"{nombre(critere.numerateur)} sur {nombre(critere.denominateur)}" in page
        assert pourcent(critere.taux) in page


def test_review_at_a_date_before_the_leases_counts_no_one_rehoused(monde, epci, client_de):
    page = lire(client_de(epci), f"{reverse('revue', args=[monde.projet.pk])}?date=2001-01-01")
    assert "Situation au 01/01/2001" in page
    assert "0 sur 0" in page


def test_review_of_an_operation(monde, epci, client_de):
    page = lire(client_de(epci), f"{reverse('revue', args=[monde.projet.pk])}?operation=O1")
    assert "Opération O1" in page


def test_review_shows_the_gap_to_its_target(monde, epci, client_de):
    f.cible("hors_qpv", "0.5", projet=monde.projet)
    page = lire(client_de(epci), reverse("revue", args=[monde.projet.pk]))
    ecart = revue(epci, projet=monde.projet).ensemble.criteres["hors_qpv"].ecart
    assert "cible 50\u202f%" in page
    assert ("cible tenue" if ecart >= 0 else "sous la cible") in page


@pytest.mark.parametrize("requete", ["date=hier", "date=2026-02-31", "date="])
def test_an_unreadable_date_is_today(requete, monde, epci, client_de):
    lire(client_de(epci), f"{reverse('revue', args=[monde.projet.pk])}?{requete}")


@pytest.mark.parametrize("requete", ["operation=inconnue", "operation=%00"])
def test_an_unknown_operation_does_not_exist(requete, monde, epci, client_de):
    assert client_de(epci).get(f"{reverse('revue', args=[monde.projet.pk])}?{requete}").status_code == 404


def test_a_stranger_to_the_project_finds_nothing(monde, client_de):
    for qui in monde.lointains:
        assert client_de(qui).get(reverse("revue", args=[monde.projet.pk])).status_code == 404


def test_projects_lead_to_their_review(monde, epci, client_de):
    assert reverse("revue", args=[monde.projet.pk]) in lire(client_de(epci), "/relogement/")


def test_no_project_says_which_file_to_deposit(monde, client_de):
    ailleurs = next(qui for qui in monde.lointains if qui.nature == "epci")
    assert "Déposez le fichier des relogements" in lire(client_de(ailleurs), "/relogement/")


def test_a_commune_reads_the_projects_without_their_breakdown(monde, client_de):
    commune = next(qui for qui in monde.voisins if qui.nature == "commune")
    page = lire(client_de(commune), "/relogement/")
    assert monde.projet.nom in page
    assert "secret</abbr>" in page


def test_households_are_those_of_one_s_perimeter(monde, epci, client_de):
    assert "MEN-11" in lire(client_de(epci), "/relogement/menages/")
    ailleurs = next(qui for qui in monde.voisins if qui.nature == "bailleur")
    assert "Aucun ménage" in lire(client_de(ailleurs), "/relogement/menages/")


def test_households_filtered_by_state_stay_filtered_in_the_form(monde, epci, client_de):
    page = lire(client_de(epci), "/relogement/menages/?etat=enquete")
    assert '<option value="enquete" selected>' in page
    assert "MEN-1" not in page
