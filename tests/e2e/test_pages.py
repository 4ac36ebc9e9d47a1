"""Every page, as each kind of user sees it: no error, no accessibility violation, nothing that overflows."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.conftest import CAPTURES, ETROIT, LARGE, ROLES
from tests.e2e.parcours import pages_accessibles

# Width by which the page overflows, and what overflows out of the tables (which alone may scroll).
DEBORDEMENT = """() => {
  const largeur = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= largeur) return [];
  return [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > largeur + 1 && !e.closest('table, .defile'))
    .slice(0, 5).map(e => e.tagName + '.' + e.className);
}"""


@pytest.fixture(scope="module", params=ROLES)
def role(request):
    return request.param


def violations(page) -> list[str]:
    resultats = Axe().run(page).response["violations"]
    return [f"{v['id']} : {v['help']} – {v['nodes'][0]['html'][:160]}" for v in resultats]


def parcourir(page, role: str, taille: dict, controler) -> list[str]:
    """Open every page within reach, take its picture, and gather what is wrong with it."""
    dossier = CAPTURES / role
    dossier.mkdir(parents=True, exist_ok=True)
    fautes = []
    for nom, adresse in pages_accessibles(page).items():
        page.erreurs.clear()
        reponse = page.goto(adresse, wait_until="networkidle")
        page.screenshot(path=dossier / f"{re.sub(r'[^a-z0-9_-]', '_', nom)}-{taille['width']}.png", full_page=True)
        constats = [f"code {reponse.status}"] if reponse.status != 200 else []
        fautes += [f"{adresse} : {constat}" for constat in constats + page.erreurs + controler(page)]
    return fautes


def test_every_page_on_a_desk_screen(page_de, role):
    page = page_de(role, LARGE)
    assert parcourir(page, role, LARGE, violations) == []


def test_every_page_on_a_phone_scrolls_sideways_only_in_tables(page_de, role):
    page = page_de(role, ETROIT)
    assert parcourir(page, role, ETROIT, lambda p: violations(p) + p.evaluate(DEBORDEMENT)) == []


def test_every_page_of_a_fictitious_territory_says_so(page_de, role):
    page = page_de(role)
    muettes = []
    for adresse in pages_accessibles(page).values():
        page.goto(adresse)
        if "fictives" not in page.inner_text("body"):
            muettes.append(adresse)
    assert muettes == []


def test_the_main_pages_are_within_three_clicks(page_de, role):
    """Sections of the navigation are one click away, their pages two."""
    page = page_de(role)
    page.goto("/")
    assert page.locator("header nav a").count() >= 4


def test_sign_in_page(page_de):
    page = page_de(None)
    page.goto("/connexion/")
    assert violations(page) == []
    assert page.erreurs == []
    CAPTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=CAPTURES / "connexion-1440.png")


def test_a_stranger_is_asked_to_sign_in(page_de):
    page = page_de(None)
    page.goto("/attributions/")
    assert "/connexion/" in page.url


def test_the_keyboard_first_offers_to_skip_to_the_content(page_de):
    page = page_de("epci")
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"
