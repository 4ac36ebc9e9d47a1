"""CSV and XLSX of a list: the rows of the JSON, all pages, safe in a spreadsheet, marked with their audience."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from partenaires.api import tableaux
from partenaires.api.pagination import Pagination
from tests import fabriques

pytestmark = pytest.mark.django_db
DEPOTS = "/api/v1/depots/"


def corps(reponse) -> bytes:
    return b"".join(reponse.streaming_content) if reponse.streaming else reponse.content


def lire_csv(reponse) -> list[dict]:
    texte = corps(reponse).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(texte, newline=""), delimiter=";"))


def lire_xlsx(reponse) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(corps(reponse)))


def document(lignes, format="csv", colonnes=None):
    return tableaux.reponse("essai", colonnes, lignes, format, "Établi pour un essai")


@pytest.fixture
def membre():
    return fabriques.adhesion("bailleur", "lecteur", nom="Habitat d'essai")


@pytest.fixture
def douze_depots(membre):
    return [fabriques.depot("rpls", membre.organisation, millesime=2014 + rang) for rang in range(12)]


def test_csv_has_every_row_whatever_the_page_asked(api_de, membre, douze_depots, monkeypatch):
    monkeypatch.setattr(Pagination, "LIGNES_PAR_BLOC", 5)
    lignes = lire_csv(api_de(membre).get(DEPOTS, {"format": "csv", "page": 2, "page_size": 3}))
    assert {int(ligne["id"]) for ligne in lignes} == {depot.pk for depot in douze_depots}


def test_csv_keeps_the_filters_and_the_order_of_the_json(api_de, membre, douze_depots):
    demande = {"millesime": 2020, "ordering": "-millesime"}
    json = api_de(membre).get(DEPOTS, demande).json()["results"]
    lignes = lire_csv(api_de(membre).get(DEPOTS, demande | {"format": "csv"}))
    assert [int(ligne["id"]) for ligne in lignes] == [ligne["id"] for ligne in json]
    assert list(lignes[0])[:4] == list(json[0])[:4]


def test_csv_header_stands_even_without_rows(api_de, membre):
    reponse = api_de(membre).get(DEPOTS, {"format": "csv"})
    assert corps(reponse).decode("utf-8-sig").startswith("id;type;organisation;fichier;statut;")


def test_csv_starts_with_a_byte_order_mark_and_says_its_name_and_date(api_de, membre, douze_depots):
    reponse = api_de(membre).get(DEPOTS, {"format": "csv"})
    assert reponse["Content-Type"] == "text/csv; charset=utf-8"
    assert reponse["Content-Disposition"].startswith('attachment; filename="depots-20')
    assert corps(reponse).startswith(b"\xef\xbb\xbf")


def test_each_csv_row_says_whom_it_was_made_for(api_de, membre, douze_depots):
    lignes = lire_csv(api_de(membre).get(DEPOTS, {"format": "csv"}))
    assert {ligne["etabli_pour"].split(" le ")[0] for ligne in lignes} == {"Document établi pour Habitat d'essai"}


def test_audience_is_diffusion_without_a_protocole_and_partenaire_with_one(membre):
    assert "audience : diffusion" in tableaux.audience_de(membre)
    fabriques.protocole("bailleur", "ops", "qpv")
    assert "audience : partenaire" in tableaux.audience_de(membre)


def test_xlsx_has_the_rows_as_numbers_and_texts_and_its_audience(api_de, membre, douze_depots):
    classeur = lire_xlsx(api_de(membre).get(DEPOTS, {"format": "xlsx", "ordering": "millesime"}))
    entete, *lignes = classeur.get_sheet_by_index(0).to_python()
    assert [ligne[entete.index("millesime")] for ligne in lignes] == [float(2014 + rang) for rang in range(12)]
    assert "Habitat d'essai" in classeur.get_sheet_by_name("Établi pour").to_python()[0][0]


def test_single_object_can_be_a_table_too(api_de, membre, douze_depots):
    reponse = api_de(membre).get(f"{DEPOTS}{douze_depots[3].pk}/", {"format": "csv"})
    assert [ligne["millesime"] for ligne in lire_csv(reponse)] == ["2017"]


def test_error_of_an_export_is_json(api_de, membre):
    reponse = api_de(membre).get(DEPOTS, {"format": "csv", "inconnu": "1"})
    assert (reponse.status_code, list(reponse.json())) == (400, ["inconnu"])


@pytest.mark.parametrize("texte", ["=1+1", "+33 1", "-HYPERLINK()", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_looks_like_a_formula_stays_text(texte):
    assert lire_csv(document([{"nom": texte}]))[0]["nom"] == "'" + texte
    feuille = lire_xlsx(document([{"nom": texte}], "xlsx")).get_sheet_by_index(0).to_python()
    assert feuille[1][0].strip() == texte.strip()


def test_negative_numbers_are_numbers_not_formulas():
    assert lire_csv(document([{"ecart": -0.25}]))[0]["ecart"] == "-0.25"


def test_masked_cells_read_secret_and_the_identity_of_the_row_does_not():
    ligne = {"territoire": "R1", "bailleur": None, "numerateur": None, "taux": None, "secret": True}
    lue = lire_csv(document([ligne]))[0]
    assert (lue["numerateur"], lue["taux"], lue["bailleur"]) == ("secret", "secret", "")


def test_unknown_is_not_secret():
    assert lire_csv(document([{"taux": None, "secret": False}]))[0]["taux"] == ""


def test_masked_part_of_a_row_is_marked_alone():
    ligne = {"criteres": {"neuf": {"taux": None, "secret": True}, "hors_qpv": {"taux": 0.5, "secret": False}}}
    lue = lire_csv(document([ligne]))[0]
    assert (lue["criteres.neuf.taux"], lue["criteres.hors_qpv.taux"]) == ("secret", "0.5")


def test_lists_are_json_in_their_cell():
    assert lire_csv(document([{"alertes": ["a", "é"]}]))[0]["alertes"] == '["a", "é"]'


def test_rows_with_other_fields_widen_the_header():
    lignes = lire_csv(document([{"a": 1}, {"a": 2, "b": 3}]))
    assert [(ligne["a"], ligne["b"]) for ligne in lignes] == [("1", ""), ("2", "3")]


def test_only_the_columns_asked_are_written():
    assert list(lire_csv(document([{"a": 1, "b": 2}], colonnes=["b"]))[0]) == ["b", "etabli_pour"]


def test_cells_with_separators_and_line_breaks_come_back_whole():
    texte = 'a;b"c\nd'
    assert lire_csv(document([{"nom": texte}]))[0]["nom"] == texte
