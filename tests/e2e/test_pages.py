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
  const hors = [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > largeur + 1 && !e.closest('table, .defile'))
    .slice(0, 5).map(e => e.tagName + '.' + e.className);
  return hors.length ? hors : ["le contenu d'un tableau"];
}"""


@pytest.fixture(scope="module", params=ROLES)
def role(request):
    return request.param


@pytest.fixture(scope="module")
def adresses():
    """Pages that each role reaches, found once: {role: {name: address}}."""
    return {}


def violations(page) -> list[str]:
    resultats = Axe().run(page).response["violations"]
    return [f"{v['id']} : {v['help']} – {n['html'][:160]}" for v in resultats for n in v["nodes"][:3]]


def debordements(page) -> list[str]:
    return [f"dépasse de l'écran : {element}" for element in page.evaluate(DEBORDEMENT)]


def silence_sur_la_fiction(page) -> list[str]:
    return [] if "Territoire fictif" in page.inner_text("body") else ["ne dit pas que le territoire est fictif"]


def parcourir(page, role: str, taille: dict, adresses: dict, *controles) -> str:
    """Open every page within reach, take its picture, and gather what is wrong with it, one line a fault."""
    dossier = CAPTURES / role
    dossier.mkdir(parents=True, exist_ok=True)
    fautes = []
    if role not in adresses:
        adresses[role] = pages_accessibles(page)
    for nom, adresse in adresses[role].items():
        page.erreurs.clear()
        reponse = page.goto(adresse, wait_until="networkidle")
        page.screenshot(path=dossier / f"{re.sub(r'[^a-z0-9_-]', '_', nom)}-{taille['width']}.png", full_page=True)
        constats = [f"code {reponse.status}"] if reponse.status != 200 else []
        constats += page.erreurs + [constat for controle in controles for constat in controle(page)]
        fautes += [f"{adresse} : {constat}" for constat in constats]
    return "\n".join(fautes)


def test_every_page_on_a_desk_screen(page_de, role, adresses):
    page = page_de(role, LARGE)
    assert parcourir(page, role, LARGE, adresses, violations, silence_sur_la_fiction) == ""


def test_every_page_on_a_phone_scrolls_sideways_only_in_tables(page_de, role, adresses):
    page = page_de(role, ETROIT)
    assert parcourir(page, role, ETROIT, adresses, violations, debordements) == ""


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


def test_picture_of_the_dashboard_for_the_readme(page_de):
    page = page_de("epci", {"width": 1440, "height": 1000})
    page.goto("/", wait_until="networkidle")
    assert page.erreurs == []
    page.screenshot(path=CAPTURES / "tableau-de-bord.png")
