"""Types of file through the API: the list, the dictionary of their columns, the workbook to fill."""

import io

import pytest
from python_calamine import CalamineWorkbook

from partenaires.depots.contrats import REGISTRE
from tests import fabriques as f

pytestmark = pytest.mark.django_db
ADRESSE = "/api/v1/modeles/"


@pytest.fixture
def api(api_de):
    return api_de(f.adhesion("bailleur"))


def test_every_type_is_listed_those_one_deposits_first(api):
    lus = api.get(ADRESSE).json()
    assert {un["type"] for un in lus["results"]} == set(REGISTRE)
    miens = [un["le_mien"] for un in lus["results"]]
    assert miens == sorted(miens, reverse=True)
    assert {un["type"] for un in lus["results"] if un["le_mien"]} == {
        un.type for un in REGISTRE.values() if "bailleur" in un.deposants
    }


@pytest.mark.parametrize("type", sorted(REGISTRE))
def test_dictionary_names_the_columns_that_the_reader_knows(api, type):
    lu = api.get(f"{ADRESSE}{type}/").json()
    contrat = {c.nom: c for c in REGISTRE[type].colonnes if not c.nom.startswith("__")}
    assert [une["colonne"] for une in lu["colonnes"]] == list(contrat)
    for une in lu["colonnes"]:
        dite = contrat[une["colonne"]]
        assert (une["obligatoire"], une["renseignee"]) == (dite.obligatoire, dite.cle)
        assert not dite.valeurs or une["valeurs"] == list(dite.valeurs)


def test_dictionary_says_what_a_column_holds(api):
    colonnes = {une["colonne"]: une for une in api.get(f"{ADRESSE}residences/").json()["colonnes"]}
    assert (colonnes["DEPCOM"]["contenu"], colonnes["DEPCOM"]["obligatoire"]) == ("code INSEE", True)
    assert "2154" in colonnes["EPSG"]["valeurs"]
    assert "NA" in colonnes["ADRESSE"]["inconnues"]


@pytest.mark.parametrize("type", ["residences", "perimetres"])
def test_workbook_is_the_one_of_the_page(api, type):
    reponse = api.get(f"{ADRESSE}{type}/classeur/")
    assert reponse.status_code == 200
    assert f"modele_{type}.xlsx" in reponse["Content-Disposition"]
    feuilles = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(reponse.streaming_content))).sheet_names
    assert "Dictionnaire" in feuilles
    assert (type in feuilles) is not REGISTRE[type].geographique


@pytest.mark.parametrize("suite", ["", "classeur/"])
def test_unknown_type_is_a_404_that_names_the_types(api, suite):
    reponse = api.get(f"{ADRESSE}inconnu/{suite}")
    assert reponse.status_code == 404
    assert "residences" in reponse.json()["detail"]


@pytest.mark.parametrize("adresse", [ADRESSE, f"{ADRESSE}rpls/", f"{ADRESSE}rpls/classeur/"])
def test_unknown_parameter_is_named_and_a_stranger_has_nothing(api, api_de, adresse):
    assert list(api.get(adresse, {"zzz": "1"}).json()) == ["zzz"]
    assert api_de(None).get(adresse).status_code == 401
