"""The main path of each kind of user, from the dashboard to what it leads to."""

import csv
import io
import re

from playwright.sync_api import expect

from suivi.demonstration.decor import BAILLEURS, NOM_EPCI, PROJET
from tests.e2e.conftest import ROLES, connecter

LEGAL = "Premier quartile et relogés, hors QPV"


def objectif(page, titre: str):
    return page.locator("article.objectif").filter(has=page.get_by_role("heading", name=titre)).first


def test_epci_goes_from_the_figure_to_who_must_act(page_de):
    page = page_de("epci")
    page.goto("/")
    bloc = objectif(page, LEGAL)
    expect(bloc).to_contain_text("cible 25")
    expect(bloc).to_contain_text(re.compile(r"\d+ sur \d+"))
    bloc.get_by_text("d'où vient ce chiffre").click()
    expect(bloc).to_contain_text("au seuil de l'année de la décision")
    bloc.get_by_role("link", name="où et par qui").click()
    expect(page).to_have_url(re.compile("/attributions/bailleurs/"))
    for bailleur in BAILLEURS:
        expect(page.get_by_role("rowheader", name=bailleur.nom).first).to_be_visible()


def test_epci_changes_the_year_and_keeps_it_from_page_to_page(page_de, demonstration):
    """In a session of its own, which keeps the year: the others stay at the current one."""
    page = page_de(None)
    connecter(page, ROLES["epci"], demonstration[1])
    page.get_by_label("Année", exact=True).select_option("2024")
    page.get_by_role("button", name="Afficher").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2024")
    page.get_by_role("link", name="Attributions", exact=True).click()
    expect(page).to_have_url(re.compile("annee=2024"))
    expect(page.get_by_label("Année", exact=True)).to_have_value("2024")


def test_epci_filters_residences_and_exports_exactly_what_it_sees(page_de):
    page = page_de("epci")
    page.goto("/diagnostic/residences/")
    page.get_by_label("QPV", exact=True).select_option("QP000001")
    page.get_by_role("button", name="Filtrer").click()
    nombre = page.locator("tbody tr").count()
    assert nombre >= 3
    with page.expect_download() as attendu:
        page.get_by_role("link", name="CSV").click()
    texte = attendu.value.path().read_text(encoding="utf-8-sig")
    separateur = csv.Sniffer().sniff(texte.splitlines()[-1], ";,").delimiter
    donnees = [ligne for ligne in csv.reader(io.StringIO(texte), delimiter=separateur) if len(ligne) > 3]
    assert len(donnees) - 1 == nombre


def test_epci_opens_the_sheet_of_a_residence(page_de):
    page = page_de("epci")
    page.goto("/diagnostic/residences/")
    lien = page.locator("tbody th a").first
    nom = lien.inner_text()
    lien.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(nom)


def test_bailleur_sees_its_commitments_its_deposits_and_only_its_residences(page_de):
    page = page_de("bailleur")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(BAILLEURS[0].nom)
    page.get_by_role("link", name="Tous mes dépôts").click()
    page.get_by_role("rowheader", name=f"rpls_2025_{BAILLEURS[0].siren}.csv").get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("Chargé")
    expect(page.locator("main")).to_contain_text("Avertissements")
    page.goto("/diagnostic/residences/")
    corps = page.inner_text("main")
    assert not any(autre.nom in corps for autre in BAILLEURS[1:])


def test_bailleur_does_not_know_the_commitments_of_another(page_de):
    page = page_de("bailleur")
    page.goto("/attributions/bailleurs/")
    corps = page.inner_text("main")
    assert BAILLEURS[0].nom in corps
    assert not any(autre.nom in corps for autre in BAILLEURS[1:])


def test_ddt_goes_from_its_departement_to_the_review_of_a_project_in_one_click(page_de):
    page = page_de("ddt")
    page.goto("/")
    expect(page.get_by_role("rowheader", name=NOM_EPCI)).to_be_visible()
    page.get_by_role("link", name=PROJET.nom).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Revue de projet")
    assert page.locator("article.objectif").count() == 4
    page.get_by_label("Au").fill("2024-01-01")
    page.get_by_role("button", name="Afficher").last.click()
    expect(page.locator("main")).to_contain_text("01/01/2024")


def test_commune_sees_its_aggregates_and_no_household_nor_residence(page_de):
    page = page_de("commune")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Valbrume")
    expect(page.get_by_role("navigation", name="Rubriques")).to_be_visible()
    for adresse in ("/diagnostic/residences/", "/relogement/menages/", "/attributions/bailleurs/"):
        assert page.goto(adresse).status == 404
    page.goto("/diagnostic/indicateurs/")
    assert page.locator("tbody tr").count() > 0


def test_reader_goes_from_the_menu_of_a_phone_to_the_objectives(page_de):
    page = page_de("commune", {"width": 390, "height": 844})
    page.goto("/")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Attributions", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_member_signs_out(page_de, demonstration):
    """In a session of its own: the others stay open."""
    page = page_de(None)
    connecter(page, "epci.lecture@exemple.invalid", demonstration[1])
    page.locator("details.compte summary").click()
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto("/attributions/")
    assert "/connexion/" in page.url
