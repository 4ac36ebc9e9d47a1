"""The first screen of each role and the frame around every page."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from attributions.models import Objectif
from attributions.services import atteintes
from diagnostic.models import Territoire
from partenaires.models import Depot
from suivi.services.accueil import PARC
from suivi.templatetags.nombres import nombre, pourcent
from tests import fabriques as f

pytestmark = pytest.mark.django_db

TITRES = {
    "bailleur": "engagements et dépôts en",
    "epci": "Où en sommes-nous en",
    "ddt": "Quels territoires décrochent en",
    "commune": "le contingent et le territoire en",
    "action_logement": "le contingent et le territoire en",
}


def lire(client: Client, chemin: str, **entetes) -> str:
    reponse = client.get(chemin, **entetes)
    assert reponse.status_code == 200, chemin
    return reponse.content.decode()


def membre(monde, nature: str):
    """A member of that kind who sees the territory."""
    if nature == "ddt":
        return f.adhesion("ddt", departement="99")
    return next(qui for qui in (*monde.proprietaires, *monde.voisins) if qui.nature == nature)


@pytest.mark.parametrize("nature", TITRES)
def test_each_role_has_its_own_first_screen(nature, monde, client_de):
    assert TITRES[nature] in lire(client_de(membre(monde, nature)), "/?annee=2025")


def test_first_screen_of_the_epci_shows_the_count_of_the_service(monde, client_de):
    qui = membre(monde, "epci")
    (ligne,) = atteintes.lire(qui, epci=f.EPCI, annee=2025, objectif="q1_ou_reloges_hors_qpv")
    page = lire(client_de(qui), f"/?epci={f.EPCI}&annee=2025")
    assert ligne.denominateur > 0
    assert f"{nombre(ligne.numerateur)} sur {nombre(ligne.denominateur)}" in page
    assert pourcent(ligne.taux) in page


def test_first_screen_of_a_bailleur_names_the_files_it_has_still_to_deposit(monde, client_de):
    page = lire(client_de(membre(monde, "bailleur")), "/")
    en_vigueur = Depot.objects.charges().filter(organisation__siren=f.BAILLEUR, type__in=PARC)
    assert page.count("à déposer") == len(PARC) - len(set(en_vigueur.values_list("type", flat=True)))
    assert reverse("depot", args=[monde.depot.pk]) in page


def test_ddt_reads_one_line_a_territory_of_its_departement(monde, client_de):
    page = lire(client_de(membre(monde, "ddt")), "/?annee=2025")
    assert f"epci={f.EPCI}&amp;annee=2025" in page
    assert "900000002" not in page


def test_year_and_territory_stay_in_the_links_and_in_the_session(monde, client_de):
    client = client_de(membre(monde, "epci"))
    page = lire(client, f"/attributions/?epci={f.EPCI}&annee=2025")
    assert f"/diagnostic/?epci={f.EPCI}&amp;annee=2025" in page
    assert client.session["annee"] == 2025
    assert "<option selected>2025</option>" in lire(client, "/diagnostic/methodes/")


@pytest.mark.parametrize("annee", ["", "abc", "99999999", "-3", "²"])
def test_a_year_that_means_nothing_falls_back_on_the_latest(annee, monde, client_de):
    assert "<option selected>2025</option>" in lire(client_de(membre(monde, "epci")), f"/attributions/?annee={annee}")


def test_a_year_with_nothing_but_the_leases_of_the_year_before_is_not_the_first_one_shown(monde, client_de):
    bail = Objectif.objects.get(epci=f.EPCI, code="q1_ou_reloges_hors_qpv")
    derniere = bail.atteintes.filter(annee=2025, axe="total").get()
    derniere.pk, derniere.annee = None, 2026
    derniere.save()
    page = lire(client_de(membre(monde, "epci")), "/")
    assert "<option selected>2025</option>" in page
    assert "<option>2026</option>" in page


@pytest.mark.parametrize("epci", ["900000002", "000000000", "abc"])
def test_a_territory_that_one_may_not_know_does_not_exist(epci, monde, client_de):
    client = client_de(membre(monde, "epci"))
    for chemin in ("/", "/attributions/", "/diagnostic/residences/", "/suivi/"):
        assert client.get(chemin, {"epci": epci}).status_code == 404


def test_a_fictitious_territory_says_so_on_every_page(monde, client_de):
    Territoire.objects.filter(siren=f.EPCI).update(nature="FICTIF")
    client = client_de(membre(monde, "epci"))
    for chemin in ("/", "/attributions/bailleurs/", "/relogement/", "/aide/", "/depots/", "/administration/"):
        assert "Territoire fictif" in lire(client, chemin), chemin


def test_a_real_territory_is_not_said_fictitious(monde, client_de):
    assert "Territoire fictif" not in lire(client_de(membre(monde, "epci")), "/")


def test_freshness_is_on_every_page(monde, client_de):
    page = lire(client_de(membre(monde, "epci")), "/aide/")
    assert re.search(r"Calculé le \d\d/\d\d/\d{4} à \d\d:\d\d, arrêté au 20/11/2026", page)


def test_another_membership_of_the_same_person_is_offered(monde, client_de):
    qui = f.adhesion("epci")
    f.adhesion("bailleur", utilisateur=qui.utilisateur)
    page = lire(client_de(qui), "/")
    assert "Agir pour une autre organisation" in page
    assert "Office des Lilas (Administrateur)" in page


def test_someone_without_membership_is_told_what_to_do(monde):
    client = Client()
    client.force_login(monde.sans_adhesion.utilisateur)
    assert "rattaché à aucune organisation" in lire(client, "/attributions/")


@pytest.mark.parametrize(
    ("nom", "page", "signe"),
    [
        ("panneau_relogement", "relogement", "Maîtrise du reste à charge"),
        ("panneau_classes", "carte", "Indice de précarité"),
        ("panneau_commune", "indicateurs", "Bénéficiaires de l&#x27;APL"),
    ],
)
def test_a_panel_is_a_fragment_and_leads_to_its_page_when_opened_alone(nom, page, signe, monde, client_de):
    client = client_de(membre(monde, "epci"))
    fragment = lire(client, reverse(nom), HTTP_HX_REQUEST="true")
    assert signe in fragment
    assert "<html" not in fragment
    assert client.get(reverse(nom)).headers["Location"] == reverse(page)


def test_a_panel_does_not_change_the_year_that_the_reader_chose(monde, client_de):
    client = client_de(membre(monde, "epci"))
    lire(client, "/?annee=2025")
    lire(client, "/accueil/classes/?annee=2023", HTTP_HX_REQUEST="true")
    assert client.session["annee"] == 2025


def test_follow_up_lists_the_computations_and_the_deposits(monde, client_de):
    page = lire(client_de(membre(monde, "bailleur")), "/suivi/")
    assert "Terminé" in page
    assert "périmètres" in page
    assert "Office des Lilas" in page


CHEMINS = (
    "/",
    "/aide/",
    "/aide/composants/",
    "/suivi/",
    "/attributions/",
    "/attributions/bailleurs/",
    "/diagnostic/carte/",
    "/diagnostic/residences/",
    "/diagnostic/indicateurs/",
    "/diagnostic/methodes/",
    "/relogement/",
)


@pytest.mark.parametrize("chemin", CHEMINS)
def test_no_inline_style_nor_script_for_a_strict_policy(chemin, monde, client_de):
    page = lire(client_de(membre(monde, "epci")), chemin)
    assert not re.search(r"<[^>]+\sstyle=|<style|<script(?![^>]*\ssrc=)|<[^>]+\son[a-z]+=", page)


@pytest.mark.parametrize("chemin", CHEMINS)
def test_every_table_has_a_caption_and_every_header_a_scope(chemin, monde, client_de):
    page = lire(client_de(membre(monde, "epci")), chemin)
    for tableau in re.findall(r"<table.*?</table>", page, re.S):
        assert "<caption" in tableau
        assert all("scope=" in entete for entete in re.findall(r"<th\b[^>]*>", tableau))


def test_components_page_says_that_its_values_are_examples(monde, client_de):
    page = lire(client_de(membre(monde, "epci")), "/aide/composants/")
    assert "exemples inventés" in page
    assert "412 sur 2\u202f239" in page


def test_a_page_that_does_not_exist_says_where_to_go(monde, client_de):
    reponse = client_de(membre(monde, "epci")).get("/nulle-part/")
    assert reponse.status_code == 404
    assert "Page introuvable" in reponse.content.decode()


def test_pages_of_a_long_section_stand_under_one_heading_each(monde, client_de):
    """No heading comes twice, none is empty, and what a reader may not open is not shown."""
    page = lire(client_de(membre(monde, "commune")), "/diagnostic/methodes/")
    navigation = re.search(r'<nav class="locale".*?</nav>', page, re.DOTALL)[0]
    groupes = re.findall(r'<li class="groupe"><span>(.*?)</span><ul>(.*?)</ul></li>', navigation)
    assert [titre for titre, _ in groupes] == ["Lieux", "Mesures", "Offre", "Peuplement", "Données"]
    assert all("<a " in entrees for _, entrees in groupes)
    assert "Quartiers" in groupes[0][1] and "Résidences" not in navigation
