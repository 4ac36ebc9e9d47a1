"""An agent of the EPCI makes a method of the territory out of a preset, without a mouse where it matters, and sees the
map change."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ETROIT
from tests.e2e.test_pages import debordements, violations

METHODES = "/diagnostic/methodes/?annee=2025"


def lieux(page) -> list[str]:
    page.locator(".lieux-carte li").first.wait_for()
    return page.locator(".lieux-carte li").all_inner_texts()


def test_duplicate_change_a_weight_preview_adopt_and_see_the_map_change(page_de):
    page = page_de("epci")
    page.goto("/diagnostic/carte/?annee=2025&methode=valenciennes")
    avant = lieux(page)

    page.goto(METHODES)
    page.get_by_role("button", name="Dupliquer : Indice de fragilité (Valenciennes)").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("brouillon")
    page.get_by_label("Nom de la méthode").fill("Indice de l'agglomération")
    page.get_by_label("Poids de la composante 1").fill("5")
    assert violations(page) == []
    page.get_by_role("button", name="Enregistrer et voir l'aperçu").first.press("Enter")

    expect(page.get_by_role("heading", name="Taille des classes")).to_be_visible()
    expect(page.locator("table.matrice")).to_be_visible()
    page.get_by_label("Décision de la CIL").fill("CIL du 12 janvier 2026")
    page.get_by_label("Prise le").fill("2026-01-12")
    assert page.erreurs + violations(page) == []
    page.get_by_role("button", name="Adopter cette version").press("Enter")

    expect(page.get_by_role("status").first).to_contain_text("est en service")
    expect(page).to_have_url(re.compile("/diagnostic/carte/.*methode="))
    assert (
        page.get_by_label("Méthode", exact=True).locator("option:checked").inner_text() == "Indice de l'agglomération"
    )
    apres = lieux(page)
    assert len(apres) == len(avant) and apres != avant

    # out of service again: the other tests of the run read the presets
    page.goto(METHODES)
    page.get_by_role("button", name="Retirer du service : Indice de l'agglomération").press("Enter")
    expect(page.get_by_role("heading", name="Versions retirées")).to_be_visible()
    assert page.erreurs + violations(page) == []


def test_a_refused_rule_says_why_and_keeps_what_was_typed(page_de):
    page = page_de("epci")
    page.goto(METHODES)
    page.get_by_role("button", name="Dupliquer : Indice de fragilité (Valenciennes)").click()
    page.get_by_label("Poids de la composante 1").fill("-2")
    page.get_by_role("button", name="Enregistrer le brouillon").first.click()
    expect(page.get_by_role("alert")).to_contain_text("le poids est négatif")
    expect(page.get_by_label("Poids de la composante 1")).to_have_value("-2")
    page.get_by_role("button", name="Supprimer ce brouillon").click()
    expect(page.get_by_role("status").first).to_contain_text("supprimé")


@pytest.mark.parametrize("adresse", ["nouvelle", "comparaison", "solidite"], ids=["editeur", "comparaison", "solidite"])
def test_pages_hold_on_a_narrow_screen(page_de, adresse):
    chemins = {
        "nouvelle": "/diagnostic/methodes/nouvelle/?annee=2025",
        "comparaison": "/diagnostic/comparaison/?annee=2025",
        "solidite": "/diagnostic/comparaison/solidite/?annee=2025",
    }
    page = page_de("epci", ETROIT)
    page.goto(chemins[adresse])
    assert debordements(page) == [] and page.erreurs + violations(page) == []
