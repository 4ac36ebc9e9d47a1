"""The pages « Parc et marché » and « Le marché »: what they say, to whom, and what they export."""

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from diagnostic.models import ParcOuvert
from diagnostic.services import appartenances, indicateurs, secteurs_fragiles
from partenaires.services.protocoles import creer_protocole_par_defaut
from tests import fabriques as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def territoire():
    f.commune(zone_apl=2, nom="Valcreux")
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))


def texte(reponse) -> str:
    assert reponse.status_code == 200
    sans_balise = unescape(re.sub(r"<[^>]+>", " ", reponse.content.decode()))
    return " ".join(sans_balise.replace("\u202f", " ").split())


def lu(client_de, nom="parc", adhesion=None, **requete) -> str:
    return texte(client_de(adhesion or f.adhesion("epci")).get(reverse(nom), {"annee": 2025} | requete))


def compter():
    appartenances.calculer(f.EPCI)
    secteurs_fragiles.recalculer(f.EPCI)
    indicateurs.recalculer(f.EPCI)


@pytest.fixture
def parc(territoire):
    f.residence()
    for loyer in (300, 300, 500, 460):
        f.logement(loyerprinc=loyer, loyermaxapl=400, surfhab=60, nbpiece=3, finan=13)
    compter()


def test_page_shows_the_bound_and_how_one_is_derived(parc, client_de):
    page = lu(client_de)
    assert "jusqu'à 5,50 €/m² compris" in page
    assert "900 € de ressources, 260 € d'APL et 65 m² : 6,22 €/m²" in page
    assert "zone 2" in page and "T3 2 à 4" in page
    assert "Valcreux Commune 4 50,0 %" in page


def test_communes_without_apl_zone_are_named(parc, client_de):
    f.commune("99002", nom="Sansbourg")
    assert "Communes sans zone connue, dont les logements ne sont pas comparés : Sansbourg" in lu(client_de)


def test_each_table_is_exported_as_shown(parc, client_de):
    client = client_de(f.adhesion("epci"))
    for nom, attendu in (
        ("stock", "Logements PLUS ou PLA"),
        ("loyers", "Valcreux"),
        ("bas", "GPS&O"),
        ("reims", "fragiles"),
    ):
        reponse = client.get(reverse("parc"), {"annee": 2025, "export": f"{nom}_csv"})
        assert attendu in b"".join(reponse.streaming_content).decode()


@pytest.mark.parametrize("loyers", ["commune", "qpv", "bailleur", "n'importe quoi"])
def test_scales_of_the_rents_and_one_that_does_not_exist(parc, client_de, loyers):
    assert "Loyers comparés" in lu(client_de, loyers=loyers)


def test_only_who_may_is_offered_to_set_the_parameters(parc, client_de):
    assert "Changer ces paramètres" in lu(client_de)
    assert "Changer ces paramètres" not in lu(client_de, adhesion=f.adhesion("epci", "lecteur"))
    assert "Changer ces paramètres" not in lu(client_de, adhesion=f.adhesion("bailleur"))


def test_without_any_file_the_page_says_what_to_wait_for(territoire, client_de):
    assert "le fichier RPLS des bailleurs n'est pas encore déposé" in lu(client_de)


def test_the_open_file_stands_in_and_says_so(territoire, client_de):
    ParcOuvert.objects.create(
        depot=f.depot("rpls_ouvert"),
        millesime=2024,
        departement="99",
        territoire=f.EPCI,
        commune=f.COMMUNE,
        finan=11,
        logements=7,
    )
    page = lu(client_de)
    assert "viennent du fichier ouvert 2024, tous bailleurs ensemble, sans loyers" in page
    assert "Logements PLAI Financement 7 100,0 %" in page
    assert "bas loyers, de trois façons" not in page


# --- the market -----------------------------------------------------------------------------------------------------


@pytest.fixture
def marche(territoire):
    f.perimetre(version="2024", nom="Les Hautes Terres")
    f.indicateur_territorial("score_tension", 13, annee=2021, unite="nombre")
    f.indicateur_territorial("taux_pauvrete", 0.158)
    f.indicateur_territorial("revenu_median_uc", 21900, unite="euros")
    f.indicateur_territorial("taux_pauvrete", 0.42, niveau="qpv", territoire="QP099001", publique=False, effectif=500)


def test_market_page_gives_the_class_of_tension_with_its_year(marche, client_de):
    page = lu(client_de, "marche")
    assert "classe 3 sur 6 en 2021 (score 13,0, de 13 à 17) · année atypique : crise sanitaire" in page
    assert "21 900 €" in page


def test_a_quarter_is_shown_beside_the_territory(marche, client_de):
    page = lu(client_de, "marche", niveau="qpv", lieu="QP099001")
    assert "Les Hautes Terres 2021 42,0 % 15,8 %" in page


def test_a_place_or_a_scale_that_does_not_exist_falls_back(marche, client_de):
    assert "Revenu médian" in lu(client_de, "marche", niveau="planète", lieu="QP000")


def test_what_the_protocole_does_not_open_is_secret(marche, client_de):
    f.commune("99003", siren="219900033")
    page = lu(client_de, "marche", adhesion=f.adhesion("commune", siren="219900033"), niveau="qpv")
    assert "Les Hautes Terres 2021 secret 15,8 %" in page
    assert "42,0" not in page


def test_empty_market_says_which_file_to_deposit(territoire, client_de):
    assert "l'EPCI les dépose par le fichier indicateurs_territoriaux" in lu(client_de, "marche")
