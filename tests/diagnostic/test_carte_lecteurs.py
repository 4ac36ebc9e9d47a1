"""The map of the small world: every reader, the filters, the outlines, and how it all travels."""

import gzip
import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from diagnostic.calculs.definitions import PAR_CODE
from diagnostic.services import contours, indices
from diagnostic.services.mesures import Indices, ParIndicateur
from partenaires.models import Protocole
from tests import fabriques as f

pytestmark = pytest.mark.django_db
CARRE = {"type": "Polygon", "coordinates": [[[2, 46], [3, 46], [3, 47], [2, 47], [2, 46]]]}
NIVEAUX = ("residence", "qpv", "commune", "epci", "hors_qpv")


@pytest.mark.parametrize("avec_protocole", [True, False])
def test_short_reading_of_the_map_tells_what_the_whole_lines_tell(monde, avec_protocole):
    if not avec_protocole:
        Protocole.objects.update(revoque_le=date(2021, 1, 1))
    for qui in (*monde.proprietaires, *monde.voisins, *monde.lointains):
        for une in indices.methodes(qui):
            lues = Indices(qui, f.EPCI, [une], [2025], NIVEAUX).lire(une, 2025)
            attendues = {
                (li.niveau, li.territoire, li.perimetre_version): (li.valeur, li.classe, li.rang, li.secret)
                for li in indices.lire(qui, epci=f.EPCI, methode=une.code, millesime=2025)
                if li.niveau in NIVEAUX
            }
            assert {p: (li.valeur, li.classe, li.rang, li.secret) for p, li in lues.items()} == attendues


def test_an_indicator_without_any_figure_has_one_class_and_no_place(monde):
    (epci,) = [qui for qui in monde.proprietaires if qui.nature == "epci"]
    sans = ParIndicateur(epci, f.EPCI, PAR_CODE["pression"], "ensemble", ("residence",), (2025,), (2025,))
    assert sans.classes == ["toutes les valeurs"] and sans.lire(2025) == {}


# --- filters: the same for the map and for its table ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("filtre", "gardees"),
    [
        ({}, {"R0", "R1", "R2", "R3", "R4", "R5", "V1"}),
        ({"q": "GLYCINES 3"}, {"R3"}),
        ({"q": "rien"}, set()),
        ({"q": "\x00"}, set()),
        ({"bailleur": f.BAILLEUR, "qpv": "hors"}, {"R1", "R3", "R5"}),
        ({"qpv": "QP099001"}, {"R0", "R2", "R4"}),
        ({"qpv": "hors"}, {"R1", "R3", "R5", "V1"}),
        ({"commune": "98001"}, set()),
        ({"famille": "rural"}, set()),
        ({"classe": "inconnue"}, set()),
    ],
)
def test_map_and_table_show_what_the_filters_keep(filtre, gardees, monde, lire, exporter):
    (epci,) = [qui for qui in monde.proprietaires if qui.nature == "epci"]
    assert {un.partition(":")[2] for un in lire(epci, **filtre)["residences"]["territoire"]} == gardees
    tableau = {ligne["Code"] for ligne in exporter(epci, **filtre) if ligne["Échelle"] == "Résidence"}
    assert tableau == gardees


@pytest.mark.parametrize(
    "requete",
    [
        {"methode": "x", "contre": "x", "avec": "demain", "fond": "zac", "couche": "qpv-1999"},
        {"indicateur": "x", "population": "x"},
        {"avec": "2025"},
        {"contre": "repere17_precarite"},
        {"indicateur": "rotation", "contre": "valenciennes"},
        {"change": "1", "fond": "aucune"},
        {"fond": "secteur"},
    ],
)
def test_what_means_nothing_is_left_aside(requete, monde, lire, exporter):
    (epci,) = [qui for qui in monde.proprietaires if qui.nature == "epci"]
    assert lire(epci, **requete)["comparaison"] is None
    assert len(exporter(epci, **requete)) >= 7


# --- outlines -------------------------------------------------------------------------------------------------------


def tracer(client_de, adhesion, couche, **parametres):
    return client_de(adhesion).get(f"/diagnostic/carte/contours/{couche}/", {"epci": f.EPCI} | parametres)


def test_outlines_of_each_version_and_of_the_communes(monde, client_de):
    f.diagnostic.Commune.objects.filter(code=f.COMMUNE).update(contour=CARRE)
    (epci,) = [qui for qui in monde.proprietaires if qui.nature == "epci"]
    for couche, code in (("qpv-2015", "QP099001"), ("qpv-2024", "QP099001"), ("commune", f.COMMUNE)):
        collection = tracer(client_de, epci, couche, detail=0).json()
        assert [(forme["id"], forme["geometry"]["type"]) for forme in collection["features"]] == [(code, "Polygon")]


@pytest.mark.parametrize("couche", ["qpv-1999", "zac-2015", "-", "qpv", "commune-1"])
def test_a_layer_that_does_not_exist_is_not_found(couche, monde, client_de):
    assert tracer(client_de, monde.proprietaire, couche).status_code == 404


def test_outlines_of_a_foreign_territory_are_not_found(monde, client_de):
    for qui in monde.lointains:
        assert tracer(client_de, qui, "qpv-2024").status_code == 404


def test_outlines_are_made_again_when_their_rows_change_and_not_otherwise(monde):
    premier = contours.contours(monde.proprietaire, f.EPCI, "qpv-2024", 0)
    with CaptureQueriesContext(connection) as requetes:
        assert contours.contours(monde.proprietaire, f.EPCI, "qpv-2024", 0) == premier
    assert not any('"geometrie" FROM' in une["sql"] for une in requetes)
    f.perimetre("QP099002", version="2024", geometrie=CARRE)
    texte, empreinte = contours.contours(monde.proprietaire, f.EPCI, "qpv-2024", 0)
    assert empreinte != premier[1] and len(json.loads(texte)["features"]) == 2


# --- how it travels -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chemin", ["donnees/", "contours/qpv-2024/"])
def test_payload_is_compressed_private_and_travels_once(chemin, monde, client_de):
    client = client_de(monde.proprietaire)
    adresse = f"/diagnostic/carte/{chemin}?epci={f.EPCI}&annee=2025"
    premiere = client.get(adresse, headers={"accept-encoding": "gzip"})
    assert "private" in premiere["Cache-Control"] and "Accept-Encoding" in premiere["Vary"]
    if premiere.headers.get("Content-Encoding") == "gzip":
        assert json.loads(gzip.decompress(premiere.content))
    meme = client.get(adresse, headers={"if-none-match": premiere["ETag"], "accept-encoding": "gzip"})
    assert (meme.status_code, meme.content) == (304, b"")
    assert client.get(adresse, headers={"if-none-match": '"autre"'}).status_code == 200


def test_payload_repeats_nothing_of_the_address_but_what_exists(monde, client_de):
    client = client_de(monde.proprietaire)
    for nom in ("methode", "q", "classe", "couche", "indicateur", "fond", "avec", "contre"):
        corps = client.get(f"/diagnostic/carte/donnees/?epci={f.EPCI}&{nom}=hameçon").content.decode()
        assert "hameçon" not in corps


# --- background -----------------------------------------------------------------------------------------------------


def test_no_tile_is_asked_for_unless_the_platform_names_a_background(monde, client_de, settings):
    client = client_de(monde.proprietaire)
    assert "data-tuiles" not in client.get("/diagnostic/carte/").content.decode()
    settings.FOND_CARTE_URL = "https://tuiles.exemple.invalid/{z}/{x}/{y}.png"
    page = client.get("/diagnostic/carte/").content.decode()
    assert 'data-tuiles="https://tuiles.exemple.invalid/{z}/{x}/{y}.png" data-attribution="IGN"' in page
