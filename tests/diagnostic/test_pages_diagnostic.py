"""Residences, their sheet, the map, indicators and methods as pages."""

import csv
import io
from html import escape
from urllib.parse import quote

import pytest
from django.urls import reverse

from diagnostic.services import indicateurs, indices
from suivi.templatetags.nombres import nombre, pourcent
from tests import fabriques as f

pytestmark = pytest.mark.django_db
ANNEE = f"epci={f.EPCI}&annee=2025"
LISTE = f"/diagnostic/residences/?{ANNEE}"


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


# --- residences -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filtres", "codes"),
    [
        ("", {"R0", "R1", "R2", "R3", "R4", "R5", "V1"}),
        ("&bailleur=" + f.BAILLEUR, {"R0", "R1", "R2", "R3", "R4", "R5"}),
        ("&q=GLYCINES 3", {"R3"}),
        ("&q=rien", set()),
        ("&qpv=QP099001", {"R0", "R2", "R4"}),
        ("&qpv=hors", {"R1", "R3", "R5", "V1"}),
        ("&commune=98001", set()),
        ("&qpv=hors&bailleur=" + f.BAILLEUR, {"R1", "R3", "R5"}),
    ],
)
def test_export_holds_exactly_what_is_filtered(filtres, codes, epci, client_de):
    export = exporter(client_de(epci), f"{LISTE}{filtres}&export=csv")
    assert {ligne["Code"] for ligne in export} == codes


def test_filters_survive_in_the_form_the_sort_links_and_the_export(epci, client_de):
    page = lire(client_de(epci), f"{LISTE}&q=glycines&qpv=QP099001&tri=-logements")
    assert '<option value="QP099001" selected>' in page
    assert 'name="q" value="glycines"' in page
    assert 'aria-sort="descending"' in page
    export = next(lien for lien in page.split('href="') if "export=csv" in lien).split('"')[0]
    assert all(filtre in export for filtre in ("q=glycines", "qpv=QP099001", "tri=-logements"))


@pytest.mark.parametrize(("tri", "premier", "dernier"), [("nom", "R0", "V1"), ("-nom", "V1", "R0")])
def test_rows_are_exported_in_the_order_shown(tri, premier, dernier, epci, client_de):
    codes = [ligne["Code"] for ligne in exporter(client_de(epci), f"{LISTE}&tri={tri}&export=csv")]
    assert (codes[0], codes[-1]) == (premier, dernier)


@pytest.mark.parametrize("requete", ["&tri=inconnu", "&page=999", "&taille=abc", "&page=²", "&methode=x", "&qpv="])
def test_a_parameter_that_means_nothing_is_left_aside(requete, epci, client_de):
    assert "Les Glycines" in lire(client_de(epci), LISTE + requete)


@pytest.mark.parametrize("requete", ["&classe=x", "&commune=%00", "&q=%00", "&famille=" + "x" * 300, "&bailleur=é"])
def test_a_filter_that_matches_nothing_empties_the_table(requete, epci, client_de):
    assert "Aucune résidence ne répond à ces filtres" in lire(client_de(epci), LISTE + requete)


def test_a_residence_without_value_comes_last_whatever_the_order(epci, client_de):
    for tri in ("valeur", "-valeur"):
        assert exporter(client_de(epci), f"{LISTE}&tri={tri}&export=csv")[-1]["Code"] == "V1"


def test_index_of_a_residence_is_that_of_the_service(epci, client_de):
    attendus = {
        ligne.code_residence: ligne.valeur
        for ligne in indices.lire(epci, epci=f.EPCI, niveau="residence", methode="repere17_precarite", millesime=2025)
        if ligne.valeur is not None
    }
    export = exporter(client_de(epci), f"{LISTE}&methode=repere17_precarite&export=csv")
    lus = {ligne["Code"]: float(ligne["Indice"]) for ligne in export if ligne["Indice"]}
    assert lus == pytest.approx(attendus)
    assert attendus


def test_a_bailleur_lists_its_own_residences_only(monde, client_de):
    page = lire(client_de(monde.proprietaire), LISTE)
    assert "Les Glycines 0" in page
    assert "Les Ormes" not in page


def test_no_residence_says_what_to_deposit(monde, client_de):
    ailleurs = next(qui for qui in monde.lointains if qui.nature == "epci")
    f.diagnostic.Residence.objects.filter(code="W1").update(courant=False)
    assert "dépose le fichier des résidences" in lire(client_de(ailleurs), "/diagnostic/residences/")


def test_communes_and_contingents_have_no_list_of_residences(monde, client_de):
    for nature in ("commune", "action_logement"):
        qui = next(voisin for voisin in monde.voisins if voisin.nature == nature)
        assert client_de(qui).get("/diagnostic/residences/").status_code == 404


# --- sheet ----------------------------------------------------------------------------------------------------------


def test_sheet_shows_identity_index_and_contributions(monde, epci, client_de):
    ligne = next(
        iter(indices.lire(epci, territoire=monde.residence.identifiant, methode="valenciennes", millesime=2025))
    )
    page = lire(client_de(epci), f"{reverse('residence', args=[monde.residence.identifiant])}?{ANNEE}")
    assert "Office des Lilas" in page
    assert nombre(ligne.valeur, 2) in page
    assert "Contributions : leur somme est l'indice" in page


def test_sheet_compares_the_residence_with_the_territory(monde, epci, client_de):
    identifiant = monde.residence.identifiant
    taux = {
        ligne.niveau: ligne.taux
        for ligne in indicateurs.lire(
            epci, code="beneficiaires_apl", population="ensemble", millesime=2025, territoire=(identifiant, f.EPCI)
        )
        if ligne.niveau in ("residence", "epci")
    }
    export = exporter(client_de(epci), f"{reverse('residence', args=[identifiant])}?{ANNEE}&export=csv")
    apl = next(ligne for ligne in export if ligne["Indicateur"] == "Bénéficiaires de l'APL")
    assert (float(apl["Résidence"]), float(apl["Territoire"])) == (taux["residence"], taux["epci"])


@pytest.mark.parametrize("identifiant", ["900100002:V1", "900100001:ABSENTE", "900100001:R0/../x"])
def test_another_s_residence_or_an_unknown_one_does_not_exist(identifiant, monde, client_de):
    chemin = f"/diagnostic/residences/{quote(identifiant)}/"
    assert client_de(monde.proprietaire).get(chemin).status_code == 404


# --- map ------------------------------------------------------------------------------------------------------------


def test_map_page_names_its_source_and_gives_the_same_in_a_table(epci, client_de):
    page = lire(client_de(epci), f"/diagnostic/carte/?{ANNEE}&methode=valenciennes")
    assert f'data-source="/diagnostic/carte/donnees/?epci={f.EPCI}&amp;annee=2025&amp;methode=valenciennes"' in page
    assert "Les Glycines 0" in page
    assert "Quartier QP099001" in page
    assert "de 0,90 à moins de 1,10" in page


def test_map_carries_the_outlines_of_the_communes(monde, epci, api_de):
    carre = {"type": "Polygon", "coordinates": [[[2, 46], [3, 46], [3, 47], [2, 46]]]}
    f.diagnostic.Commune.objects.filter(code=f.COMMUNE).update(contour=carre)
    reponse = api_de(epci).get("/api/v1/carte/", {"epci": f.EPCI})
    assert [c["id"] for c in reponse.json()["communes"]["features"]] == [f.COMMUNE]


def test_map_of_a_commune_has_the_quarters_and_no_residence(monde, client_de):
    commune = next(qui for qui in monde.voisins if qui.nature == "commune")
    page = lire(client_de(commune), f"/diagnostic/carte/?{ANNEE}")
    assert "Quartier QP099001" in page
    assert "Glycines" not in page


# --- indicators and methods -----------------------------------------------------------------------------------------


def test_indicator_of_the_territory_is_that_of_the_service(epci, client_de):
    (ligne,) = indicateurs.lire(
        epci, epci=f.EPCI, niveau="epci", millesime=2025, code="beneficiaires_apl", population="ensemble"
    )
    page = lire(client_de(epci), f"/diagnostic/indicateurs/?{ANNEE}&code=beneficiaires_apl")
    assert pourcent(ligne.taux) in page
    assert f"({nombre(ligne.numerateur)} sur {nombre(ligne.denominateur)}, millésime 2025)" in page


@pytest.mark.parametrize("niveau", ["qpv", "commune", "residence"])
def test_indicator_is_compared_over_the_places_of_a_scale(niveau, epci, client_de):
    adresse = f"/diagnostic/indicateurs/?{ANNEE}&code=rotation&niveau={niveau}&export=csv"
    lus = {ligne["Lieu"] for ligne in exporter(client_de(epci), adresse)}
    attendus = indicateurs.lire(
        epci, epci=f.EPCI, millesime=2025, code="rotation", population="ensemble", niveau=("epci", "hors_qpv", niveau)
    )
    assert lus == {ligne.nom for ligne in attendus}
    assert len(lus) >= 3


def test_an_indicator_says_how_it_is_counted_and_from_which_deposits(monde, epci, client_de):
    page = lire(client_de(epci), f"/diagnostic/indicateurs/?{ANNEE}&code=menages_moins_40_pct_plus")
    assert escape("pct_plafond_plus < 40") in page
    assert f"n° {monde.depot.pk}" in page


@pytest.mark.parametrize("requete", ["code=x", "population=x", "niveau=x", "code=rotation&population=recents"])
def test_an_unknown_choice_falls_back_on_the_first(requete, epci, client_de):
    lire(client_de(epci), f"/diagnostic/indicateurs/?{ANNEE}&{requete}")


def test_methods_show_weights_bounds_source_and_what_the_platform_set(epci, client_de):
    page = lire(client_de(epci), "/diagnostic/methodes/")
    assert "Réglage de la plateforme, non de la source" in page
    assert "de 110 à moins de 130" in page
    assert "année fixée au premier calcul" in page
