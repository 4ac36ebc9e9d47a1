"""The map in a browser: its filters stay in the address, everything is reached without a mouse, the year changes what
it shows and its table with it."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import CAPTURES, ETROIT
from tests.e2e.test_pages import debordements, violations

CARTE = "/diagnostic/carte/?annee=2025"
# The canvas has no element a place: what it drew is read in its pixels.
COULEURS = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const vues = new Set();
  for (let i = 0; i < data.length; i += 4) vues.add(data[i] + ',' + data[i + 1] + ',' + data[i + 2]);
  return vues.size;
}"""


def ouvrir(page, adresse=CARTE):
    page.goto(adresse)
    expect(page.locator(".carte-etat")).to_contain_text(re.compile(r"\d+ résidences?"))
    page.locator(".lieux-carte li").first.wait_for()


def etat(page) -> str:
    return page.locator(".carte-etat").inner_text()


def lieux(page) -> list[str]:
    return page.locator(".lieux-carte li").all_inner_texts()


def focus(page) -> str:
    return page.evaluate("document.activeElement.innerText || document.activeElement.id")


def test_places_are_drawn_and_the_legend_tells_their_classes(page_de):
    page = page_de("epci")
    ouvrir(page)
    assert page.locator(".carte canvas").first.evaluate(COULEURS) > 10
    expect(page.locator("#legende-carte")).to_contain_text("sans valeur, ou secret")
    expect(page.get_by_role("rowheader", name="Les Hautes-Brumes")).to_be_visible()
    assert page.erreurs + violations(page) == []


def test_filters_stay_in_the_address_after_reload_and_back(page_de):
    page = page_de("epci")
    ouvrir(page)
    page.get_by_label("Méthode", exact=True).select_option("valenciennes")
    page.get_by_label("Surfaces colorées").select_option("commune")
    page.get_by_text("Filtrer les lieux").click()
    page.get_by_label("QPV", exact=True).select_option("hors")
    page.locator("#filtres-carte").get_by_role("button", name="Afficher").click()
    page.locator(".lieux-carte li").first.wait_for()
    page.get_by_label("QPV 2015").check()
    page.get_by_role("button", name="Agrandir").or_(page.locator(".leaflet-control-zoom-in")).first.click()
    expect(page).to_have_url(re.compile(r"couche=qpv-2015.*#carte=\d+/"))
    adresse, montre = page.url, etat(page)
    assert all(f"{cle}={valeur}" in adresse for cle, valeur in [("fond", "commune"), ("qpv", "hors")])

    page.reload()
    page.locator(".lieux-carte li").first.wait_for()
    assert (page.url, etat(page)) == (adresse, montre)
    expect(page.get_by_label("QPV 2015")).to_be_checked()
    expect(page.get_by_label("QPV", exact=True)).to_have_value("hors")

    page.locator("#jumeau tbody a").first.click()
    page.get_by_role("heading", level=1).wait_for()
    page.go_back()
    page.locator(".lieux-carte li").first.wait_for()
    assert (page.url, etat(page)) == (adresse, montre)


def test_a_residence_is_found_shown_and_opened_without_a_mouse(page_de):
    page = page_de("epci")
    ouvrir(page)
    page.get_by_label("Aller à un lieu").focus()
    page.keyboard.type("residence")
    expect(page.locator("#lieux-compte")).to_contain_text("trouvé")
    page.keyboard.press("Tab")
    premier = focus(page).splitlines()[0]
    page.keyboard.press("ArrowDown")
    second = focus(page).splitlines()[0]
    assert premier != second
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    bulle = page.locator(".leaflet-popup-content")
    expect(bulle).to_contain_text(premier)
    assert focus(page) == "Voir la fiche"
    page.keyboard.press("Escape")
    expect(bulle).to_have_count(0)
    assert focus(page).splitlines()[0] == premier
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(premier)


def test_focus_in_the_table_brings_the_place_into_view(page_de):
    page = page_de("epci")
    page.goto(f"{CARTE}#carte=16/46.99000/-7.90000")  # at sea
    expect(page.locator("#lieux-compte")).to_contain_text("0 lieu")
    page.locator("#jumeau tbody a").first.focus()
    expect(page.locator("#lieux-compte")).not_to_contain_text(re.compile("^0 lieu"))


def test_the_slider_changes_the_year_of_the_map_the_table_and_the_address(page_de):
    page = page_de("epci")
    ouvrir(page, f"{CARTE}&methode=valenciennes&avec=2023")
    assert re.search(r"changement de classe : \d+ ▲, \d+ ▼", etat(page))
    table = page.locator("#jumeau")
    expect(table.get_by_role("columnheader", name="De 2023 à 2025")).to_be_visible()
    expect(table).to_contain_text("plus fragile")
    avant = lieux(page)
    curseur = page.get_by_role("slider", name="Année montrée")
    curseur.focus()
    page.keyboard.press("Home")  # 2023, the year it is compared with
    expect(page.locator(".carte-etat")).to_contain_text("2023 :")
    expect(page.locator(".carte-etat")).not_to_contain_text("changement")
    expect(page).to_have_url(re.compile("annee=2023"))
    expect(table.locator("caption")).to_contain_text("millésime 2023")
    assert lieux(page) != avant
    assert page.evaluate("document.activeElement.id") == "curseur"
    page.reload()
    page.locator(".lieux-carte li").first.wait_for()
    expect(curseur).to_have_attribute("aria-valuetext", "2023")
    assert page.erreurs == []


def test_two_methods_side_by_side_tell_the_direction_by_word_and_shape(page_de):
    page = page_de("epci")
    ouvrir(page, f"{CARTE}&methode=repere17_precarite&contre=valenciennes&change=1")
    sens = page.locator("#jumeau tbody tr").filter(has_text=re.compile("plus fragile|moins fragile"))
    assert sens.count() == page.locator("#jumeau tbody tr").count() > 0
    expect(page.locator("#legende-carte")).to_contain_text("par rapport à « Indice de fragilité (Valenciennes) »")
    assert violations(page) == []


@pytest.mark.parametrize("fond", ["commune", "npnru", "aucune"])
def test_an_indicator_colours_residences_and_areas(page_de, fond):
    page = page_de("epci")
    ouvrir(page, f"{CARTE}&indicateur=rotation&fond={fond}&avec=2024")
    expect(page.locator("#legende-carte")).to_contain_text(re.compile(r"moins de [\d,]+\s%"))
    assert violations(page) + page.erreurs == []


def test_a_commune_sees_areas_and_no_residence(page_de):
    page = page_de("commune")
    ouvrir(page, f"{CARTE}&fond=commune")
    assert etat(page).startswith("2025 : 0 résidence ; 12 communes")
    assert page.locator("#jumeau tbody a").count() == 0


def test_the_map_of_a_phone_and_of_a_dark_screen(page_de):
    page = page_de("epci", ETROIT)
    page.emulate_media(color_scheme="dark")
    ouvrir(page, f"{CARTE}&avec=2023&fond=commune")
    CAPTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=CAPTURES / "carte-sombre-390.png", full_page=True)
    assert violations(page) + debordements(page) + page.erreurs == []


def test_the_map_prints_with_its_legend_in_the_width_of_the_paper(page_de):
    page = page_de("epci")
    page.emulate_media(color_scheme="dark")
    ouvrir(page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", color_scheme="dark")
    largeur = page.locator(".carte").bounding_box()["width"]
    assert largeur < 700
    assert page.locator(".carte canvas").first.evaluate(COULEURS) > 10
    expect(page.locator("#legende-carte")).to_be_visible()
    expect(page.locator(".lieux-carte")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.locator(".carte").bounding_box()["width"] > 700


def test_without_script_the_table_says_it_all(navigateur, sessions, demonstration):
    contexte = navigateur.new_context(
        base_url=demonstration[0], java_script_enabled=False, storage_state=sessions("epci")
    )
    page = contexte.new_page()
    page.goto(f"{CARTE}&avec=2023")
    page.get_by_label("Méthode", exact=True).select_option("valenciennes")
    page.locator("#filtres-carte").get_by_role("button", name="Afficher").click()
    expect(page.locator("#jumeau")).to_contain_text("De 2023 à 2025")
    expect(page.locator(".carte-etat")).to_contain_text("Sans JavaScript, le tableau donne le même contenu")
    contexte.close()
