"""/indices/, /methodes/ and /carte/: fields, filters, errors, who sees what."""

import csv
import io
from datetime import date

import pytest

from diagnostic.services import indices
from partenaires.models import Protocole
from partenaires.services.protocoles import creer_protocole_par_defaut
from tests import fabriques as f

pytestmark = pytest.mark.django_db
AUTRE = "900100002"
QPV = "QP099001"
CARRE = [[[2.123456789, 46.1], [2.2, 46.1], [2.2, 46.2], [2.123456789, 46.1]]]
COMPTES = {
    "repondants": 60,
    "enquetes": 60,
    "logements": 80,
    "gestion_logements": 100,
    "gestion_occupes": 60,
    "n_rotation": 20,
    "d_rotation": 100,
    "n_impayes_3_mois": 15,
    "d_impayes_3_mois": 60,
    "n_beneficiaires_apl": 20,
    "d_beneficiaires_apl": 60,
    "n_sous_plafond_plai": 30,
    "d_sous_plafond_plai": 60,
}


@pytest.fixture
def territoire():
    f.commune()
    f.perimetre(QPV, version="2024", debut=date(2024, 1, 1), geometrie={"type": "Polygon", "coordinates": CARRE})
    f.perimetre(QPV, version="2015", geometrie={"type": "Polygon", "coordinates": CARRE})
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))
    for code, bailleur, longitude in (("R1", f.BAILLEUR, 2.123456789), ("R2", AUTRE, None)):
        f.residence(code, bailleur=bailleur, longitude=longitude)
        f.comptage(f"{bailleur}:{code}", bailleur=bailleur, commune=f.COMMUNE, qpv=QPV, **COMPTES)
        f.comptage(QPV, "qpv", bailleur=bailleur, version="2024", **COMPTES)
        f.comptage(f.EPCI, "epci", bailleur=bailleur, **COMPTES)
    indices.recalculer(f.EPCI)


def test_index_fields_are_those_of_the_contract(territoire, api_de):
    reponse = api_de(f.adhesion("epci")).get(
        "/api/v1/indices/", {"epci": f.EPCI, "niveau": "residence", "methode": "valenciennes", "millesime": 2025}
    )
    assert reponse.status_code == 200
    ligne = reponse.json()["results"][0]
    assert {
        "territoire": f"{f.BAILLEUR}:R1",
        "methode": "valenciennes",
        "version": "1",
        "valeur": 1.0,
        "classe": "Dans la moyenne de l'agglomération",
        "repondants": 60,
        "alertes": [],
        "secret": False,
        "code_residence": "R1",
        "bailleur": f.BAILLEUR,
        "millesime": 2025,
    }.items() <= ligne.items()
    assert ligne["contributions"][1] == {
        "code": "beneficiaires_apl",
        "population": "ensemble",
        "poids": 0.25,
        "taux": 0.3333,
        "reference": 0.3333,
        "contribution": 0.25,
        "secret": False,
        "alerte": "",
    }


def test_pages_and_tables_hold_the_same_lines(territoire, api_de):
    client = api_de(f.adhesion("epci"))
    page = client.get("/api/v1/indices/", {"methode": "valenciennes", "page_size": 2}).json()
    assert (page["count"], len(page["results"]), page["next"] is not None) == (4, 2, True)
    texte = b"".join(client.get("/api/v1/indices/?methode=valenciennes&format=csv").streaming_content).decode(
        "utf-8-sig"
    )
    lignes = list(csv.DictReader(io.StringIO(texte), delimiter=";"))
    assert [ligne["territoire"] for ligne in lignes] == [
        ligne["territoire"] for ligne in client.get("/api/v1/indices/?methode=valenciennes").json()["results"]
    ]


@pytest.mark.parametrize(
    ("parametres", "fautif"),
    [
        ("methode=inconnue", "methode"),
        ("niveau=immeuble", "niveau"),
        ("millesime=deux", "millesime"),
        ("millesime=99999", "millesime"),
        ("ordering=classe", "ordering"),
        ("ordering=valeur", "epci"),
        ("methodes=valenciennes", "methodes"),
    ],
)
def test_wrong_parameter_is_a_400_that_names_it(territoire, api_de, parametres, fautif):
    reponse = api_de(f.adhesion("epci")).get(f"/api/v1/indices/?{parametres}")
    assert reponse.status_code == 400
    assert fautif in reponse.json()


@pytest.mark.parametrize("chemin", ["indices/", "methodes/", f"carte/?epci={f.EPCI}"])
def test_without_token_nothing(territoire, api_de, chemin):
    assert api_de(None).get(f"/api/v1/{chemin}").status_code == 401


def test_a_bailleur_reads_its_residences_and_the_aggregates(territoire, api_de):
    lignes = api_de(f.adhesion("bailleur")).get("/api/v1/indices/?methode=valenciennes").json()["results"]
    assert {ligne["territoire"] for ligne in lignes} == {f"{f.BAILLEUR}:R1", QPV, f.EPCI}


def test_a_territory_reads_nothing_of_another(territoire, api_de):
    etranger = f.adhesion("epci", organisation=f.organisation("epci", siren="900000002"))
    assert api_de(etranger).get(f"/api/v1/indices/?epci={f.EPCI}").json()["count"] == 0
    assert api_de(etranger).get(f"/api/v1/carte/?epci={f.EPCI}").status_code == 404


def test_methods_show_their_rule_and_what_the_platform_set_by_itself(territoire, api_de):
    lignes = {
        ligne["code"]: ligne for ligne in api_de(f.adhesion("commune")).get("/api/v1/methodes/").json()["results"]
    }
    assert {"repere17_precarite", "valenciennes"} <= set(lignes)
    assert lignes["valenciennes"]["reglages"].startswith("Réglage de la plateforme, non de la source")
    assert lignes["valenciennes"]["axes"][0]["classes"][0] == {"libelle": "Préservés", "min": None, "max": "0.90"}
    assert lignes["valenciennes"]["classes"][0] == "Préservés"


def carte(api_de, nature, **parametres):
    reponse = api_de(f.adhesion(nature)).get("/api/v1/carte/", {"epci": f.EPCI} | parametres)
    assert reponse.status_code == 200
    return reponse.json()


def test_map_draws_residences_with_their_class(territoire, api_de):
    lue = carte(api_de, "epci", methode="valenciennes", millesime=2025)
    [point] = lue["features"]
    assert (point["id"], point["geometry"]) == (f"{f.BAILLEUR}:R1", {"type": "Point", "coordinates": [2.12346, 46.5]})
    assert {
        "nom": "Résidence R1",
        "classe": "Dans la moyenne de l'agglomération",
        "rang": 1,
        "logements": 80,
        "secret": False,
    }.items() <= point["properties"].items()
    assert (lue["sans_point"], lue["millesime"], lue["methode"]) == (1, 2025, "valenciennes")


def test_map_draws_the_quarters_of_the_version_in_force(territoire, api_de):
    lue = carte(api_de, "epci", methode="valenciennes")
    [quartier] = lue["perimetres"]["features"]
    assert (lue["perimetres"]["version"], quartier["properties"]["version"]) == ("2024", "2024")
    assert quartier["properties"]["rang"] == 1
    assert quartier["geometry"]["coordinates"][0][0] == [2.12346, 46.1]
    assert carte(api_de, "epci", millesime=2023)["perimetres"]["version"] == "2015"


def test_map_of_a_year_without_index_still_draws_the_places(territoire, api_de):
    lue = carte(api_de, "epci", methode="valenciennes", millesime=2023)
    assert [(p["properties"]["classe"], p["properties"]["valeur"]) for p in lue["features"]] == [(None, None)]


def test_map_of_each_reader(territoire, api_de):
    assert [p["id"] for p in carte(api_de, "bailleur")["features"]] == [f"{f.BAILLEUR}:R1"]
    locataire = f.organisation("action_logement", epci=f.EPCI)
    reponse = api_de(f.adhesion(organisation=locataire)).get(f"/api/v1/carte/?epci={f.EPCI}").json()
    assert (reponse["features"], len(reponse["perimetres"]["features"])) == ([], 1)


def test_map_hides_what_the_reader_may_not_see(territoire, api_de):
    Protocole.objects.update(revoque_le=date(2021, 1, 1))
    point = carte(api_de, "epci", methode="valenciennes")["features"][0]["properties"]
    assert (point["secret"], point["classe"], point["valeur"], point["logements"]) == (True, None, None, None)


@pytest.mark.parametrize(
    "parametres", ["", f"epci={f.EPCI}&methode=x", f"epci={f.EPCI}&millesime=x", f"epci={f.EPCI}&a=1"]
)
def test_map_refuses_what_it_cannot_read(territoire, api_de, parametres):
    assert api_de(f.adhesion("epci")).get(f"/api/v1/carte/?{parametres}").status_code == 400
