"""The stream that reads workbooks gives what another reader gives, whatever program wrote them."""

import datetime as dt
import io
import random
import zipfile

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from partenaires.depots.lecture_excel import Classeur
from partenaires.depots.lecture_feuille import est_date, jour

FORMATS = ["General", "0.00", "dd/mm/yyyy", "mm/yyyy", 'd" janvier" yyyy', '0" d"', "0 %", "[Red]0;[Blue]-0", "hh:mm"]


def ecrire(chemin, hasard, options):
    with xlsxwriter.Workbook(chemin, options) as classeur:
        feuille = classeur.add_worksheet("Données")
        formats = [classeur.add_format({"num_format": un}) for un in FORMATS]
        gras = classeur.add_format({"bold": True})
        for i in range(60):
            feuille.write_string(i, 0, f"{i}")
            for j in range(1, 12):
                genre = hasard.randrange(7)
                if genre == 0:
                    feuille.write_string(
                        i, j, hasard.choice(["é", " x ", "a\nb", "<&>", "007", "x" * 40, "\U0001f3e0"])
                    )
                elif genre == 1:
                    feuille.write_number(i, j, hasard.choice([0, 1, -3, 45322, 1e15, 12.5, 0.1, 1e-7, 123456789012]))
                elif genre == 2:
                    feuille.write_number(i, j, hasard.randrange(61, 60_000), hasard.choice(formats))
                elif genre == 3:
                    feuille.write_boolean(i, j, hasard.random() < 0.5)
                elif genre == 4:
                    feuille.write_rich_string(i, j, "deux ", gras, "morceaux")
                elif genre == 5:
                    feuille.write_formula(i, j, "=A1", None, hasard.choice(["texte", 3, 4.5]))


def texte(valeur) -> str:
    """A value of the other reader, as a CSV would hold it."""
    if isinstance(valeur, bool):
        return "1" if valeur else "0"
    if isinstance(valeur, float):
        return str(int(valeur)) if valeur.is_integer() else repr(valeur)
    if isinstance(valeur, dt.datetime):
        return valeur.isoformat(" ")
    return valeur if isinstance(valeur, str) else valeur.isoformat()


def lire(chemin) -> dict[int, list[str]]:
    return dict(Classeur(chemin).feuille(None).lignes())


@pytest.mark.parametrize("graine", range(6))
@pytest.mark.parametrize("options", [{}, {"constant_memory": True}, {"default_date_format": "yyyy"}])
def test_same_texts_as_another_reader(tmp_path, graine, options):
    chemin = tmp_path / "f.xlsx"
    ecrire(chemin, random.Random(graine), options)
    autres = CalamineWorkbook.from_path(str(chemin)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    for numero, ligne in lire(chemin).items():
        assert ligne == [texte(v) for v in autres[numero - 1]][: len(ligne)]
        assert not any(autres[numero - 1][len(ligne) :])


def test_dates_counted_from_1904(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "f.xlsx", {"date_1904": True}) as classeur:
        classeur.add_worksheet().write_datetime(
            0, 0, dt.datetime(2024, 1, 31), classeur.add_format({"num_format": "dd/mm/yy"})
        )
    assert lire(tmp_path / "f.xlsx") == {1: ["2024-01-31"]}


@pytest.mark.parametrize(
    ("serie", "lu"),
    [
        *(
            ("45322", "2024-01-31"),
            ("45322.5", "2024-01-31 12:00:00"),
            ("0.25", "06:00:00"),
            ("45322.9999999", "2024-02-01"),
        ),
        *(("61", "1900-03-01"), ("59", "1900-02-28"), ("1", "1900-01-01"), ("-3", "-3"), ("2958466", "2958466")),
        *(("x", "x"), ("nan", "nan"), ("1e999", "inf")),
    ],
)
def test_serial_numbers_as_dates(serie, lu):
    assert jour(serie, False) == lu


@pytest.mark.parametrize(
    ("un_format", "date"),
    [
        *(("dd/mm/yyyy", True), ("[$-40C]d mmmm yyyy;@", True), ("h:mm AM/PM", True), ("yyyy\\-mm", True)),
        *(("General", False), ("0.00E+00", False), ('#,##0.00 "m²/d"', False), ("[h]:mm", False), ("[Red]0", False)),
        *(("_-* #,##0.00\\ _d_-", False), ("@", False), ("", False)),
    ],
)
def test_number_formats_that_show_a_date(un_format, date):
    assert est_date(un_format) is date


DUREE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
ETRANGER = {
    "_rels/.rels": f'<r:Relationships xmlns:r="p"><r:Relationship Id="a" Type="{DUREE}/officeDocument" '
    'Target="/classeur/livre.xml"/></r:Relationships>',
    "classeur/livre.xml": f'<x:workbook xmlns:x="m" xmlns:k="{DUREE}"><x:sheets><x:sheet name="Graphe" k:id="g"/>'
    '<x:sheet name="Données" k:id="f"/></x:sheets></x:workbook>',
    "classeur/_rels/livre.xml.rels": f'<Relationships><Relationship Id="g" Type="{DUREE}/chartsheet" Target="g.xml"/>'
    f'<Relationship Id="f" Type="{DUREE}/worksheet" Target="/classeur/f.xml"/>'
    f'<Relationship Id="c" Type="{DUREE}/sharedStrings" Target="chaines.xml"/></Relationships>',
    "classeur/chaines.xml": "<x:sst xmlns:x='m'><x:si><x:r><x:t>Ro</x:t></x:r><x:r><x:t>me</x:t></x:r>"
    "<x:rPh><x:t>muet</x:t></x:rPh></x:si></x:sst>",
    "classeur/f.xml": "<x:worksheet xmlns:x='m'><x:sheetData><x:row><x:c t='s'><x:v>0</x:v></x:c><x:c/>"
    "<x:c t='d'><x:v>2024-01-31T00:00:00Z</x:v></x:c><x:c t='e'><x:v>#N/A</x:v></x:c></x:row>"
    "<x:row r='5'><x:c r='C5'><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>",
}


def test_other_programs_names_places_and_prefixes(tmp_path):
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        for nom, contenu in ETRANGER.items():
            archive.writestr(nom, contenu)
    (tmp_path / "f.xlsx").write_bytes(sortie.getvalue())
    assert lire(tmp_path / "f.xlsx") == {1: ["Rome", "", "2024-01-31", "#N/A"], 5: ["", "", "2"]}
