"""Drawing secteurs in a browser: by the mouse, by the keyboard alone, cut and checked, nothing saved."""

import json

from playwright.sync_api import expect

from tests.e2e.conftest import ETROIT
from tests.e2e.test_pages import debordements, violations

ADRESSE = "/diagnostic/secteurs/"


def contours(page) -> dict:
    """Code → number of corners of each secteur of the drawing."""
    dessin = json.loads(page.locator("#contours").input_value())
    return {e["properties"]["code"]: len(e["geometry"]["coordinates"][0]) - 1 for e in dessin["features"]}


def cliquer(page, *places):
    """Corners, as parts of the width and height of the map."""
    cadre = page.locator(".atelier-carte .carte").bounding_box()
    for x, y in places:
        page.mouse.click(cadre["x"] + cadre["width"] * x, cadre["y"] + cadre["height"] * y)


def ouvrir(page):
    page.goto(ADRESSE)
    page.locator("#champ-fichier").wait_for(state="attached")
    expect(page.locator(".atelier-carte .leaflet-interactive").first).to_be_attached()


def test_a_secteur_is_drawn_with_the_mouse_cut_and_checked(page_de):
    page = page_de("epci")
    ouvrir(page)
    avant = contours(page)
    page.get_by_label("Code du secteur").fill("NORD")
    page.get_by_label("Nom", exact=True).fill("Quartier du nord")
    page.get_by_role("button", name="Dessiner", exact=True).click()
    cliquer(page, (0.3, 0.3), (0.6, 0.3), (0.6, 0.6), (0.3, 0.6))
    page.get_by_role("button", name="Fermer le contour").click()
    assert contours(page) == avant | {"NORD": 4}
    page.get_by_role("button", name="Tracer une ligne de coupe").click()
    cliquer(page, (0.45, 0.1), (0.45, 0.9))
    page.get_by_role("button", name="Fermer le contour").click()
    page.get_by_label("Secteur du dessin").select_option("NORD")
    page.get_by_role("button", name="Diviser par la ligne").click()
    page.wait_for_load_state()
    assert {"NORD-1", "NORD-2"} <= set(contours(page)) and "NORD" not in contours(page)
    expect(page.locator("#t-dessin")).to_be_visible()
    assert page.erreurs + violations(page) == []


def test_a_secteur_is_drawn_with_the_keyboard_alone(page_de):
    page = page_de("epci")
    ouvrir(page)
    avant = contours(page)
    page.get_by_label("Code du secteur").fill("CLAVIER")
    page.get_by_label("Nom", exact=True).fill("Au clavier")
    page.get_by_role("button", name="Dessiner", exact=True).focus()
    page.keyboard.press("Enter")
    for touche in ("Enter", "ArrowRight", "Enter", "ArrowDown", "Enter"):
        page.keyboard.press(touche)
    expect(page.locator("#dit-atelier")).to_contain_text("3 sommets")
    page.get_by_role("button", name="Fermer le contour").focus()
    page.keyboard.press("Enter")
    assert contours(page) == avant | {"CLAVIER": 3}
    assert page.erreurs == []


def test_a_secteur_that_crosses_itself_is_refused_with_the_place_and_the_drawing_kept(page_de):
    page = page_de("epci")
    ouvrir(page)
    page.get_by_label("Code du secteur").fill("NOEUD")
    page.get_by_label("Nom", exact=True).fill("Noué")
    page.get_by_role("button", name="Dessiner", exact=True).click()
    cliquer(page, (0.3, 0.3), (0.6, 0.6), (0.6, 0.3), (0.3, 0.6))
    page.get_by_role("button", name="Fermer le contour").click()
    page.get_by_role("button", name="Enregistrer cette version").click()
    expect(page.get_by_role("alert")).to_contain_text("Secteur NOEUD : son contour se croise lui-même")
    assert "NOEUD" in contours(page)


def test_nothing_overflows_on_a_telephone(page_de):
    page = page_de("epci", ETROIT)
    ouvrir(page)
    assert debordements(page) == [] and page.erreurs + violations(page) == []
