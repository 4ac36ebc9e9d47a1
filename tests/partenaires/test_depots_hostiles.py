"""Files made to harm, or damaged: refused with the fault named, in bounded memory, nothing changed in the database."""

import gzip
import io
import os
import shutil
import struct
import zipfile

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from diagnostic.models import GestionResidence
from partenaires.depots.moteur import importer
from partenaires.models import Depot
from tests import fabriques as f
from tests.partenaires.lecture_a_part import lire_a_part

pytestmark = pytest.mark.django_db
ENTETE = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES\n"
LIGNE = f"{f.BAILLEUR};R1;2025;20;18\n"
MEMOIRE_MAX_MO = 60


@pytest.fixture
def deposer(tmp_path):
    """`deposer(bytes, name)`: the report of a `gestion` file, after one of 2025 was loaded."""
    f.organisation("bailleur")
    f.gestion("R9")

    def faire(octets, nom="gestion.csv", **options):
        chemin = tmp_path / nom
        chemin.write_bytes(octets if isinstance(octets, bytes) else octets.encode())
        return importer("gestion", chemin, **options).rapport

    return faire


def refus(rapport):
    """(code, lines, message) of the only error of a refused file; the former row is still in force."""
    assert rapport["statut"] == "refuse"
    assert rapport["lignes_chargees"] == 0
    assert list(GestionResidence.objects.courantes().values_list("code_residence", flat=True)) == ["R9"]
    (erreur,) = rapport["erreurs"]
    return erreur["code"], erreur["lignes"], erreur["message"]


def classeur(feuille="", annexes=None) -> bytes:
    """A workbook written by hand; `feuille`: the XML inside its sheetData."""
    relation = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    espace = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    parties = {
        "_rels/.rels": f'<Relationships {relation}><Relationship Id="a" Type="{types}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {espace} xmlns:r="{types}"><sheets><sheet name="S" sheetId="1" r:id="f"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships {relation}><Relationship Id="f" Type="{types}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="c" Type="{types}/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f"<sst {espace}/>",
        "xl/worksheets/sheet1.xml": f"<worksheet {espace}><sheetData>{feuille}</sheetData></worksheet>",
    }
    return archive(parties | (annexes or {}))


def archive(parties: dict, methode=zipfile.ZIP_DEFLATED) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", methode) as zip:
        for nom, contenu in parties.items():
            zip.writestr(nom, contenu)
    return sortie.getvalue()


def ligne_xml(numero: int, valeurs) -> str:
    cases = "".join(f'<c t="inlineStr"><is><t>{v}</t></is></c>' for v in valeurs)
    return f'<row r="{numero}">{cases}</row>'


TITRES = ligne_xml(1, ENTETE.strip().split(";"))
PLEINE = ligne_xml(2, LIGNE.strip().split(";"))


# --- compressed -----------------------------------------------------------------------------------------------------
def test_a_gzip_cut_short_is_refused_whole(deposer):
    octets = gzip.compress((ENTETE + LIGNE.replace("R1", "R2") * 20_000).encode())
    code, _, message = refus(deposer(octets[:-40], "g.csv.gz"))
    assert (code, "tronqué" in message) == ("fichier_illisible", True)


@pytest.mark.parametrize(
    "octets",
    [
        gzip.compress((ENTETE + LIGNE * 600_000).encode(), 9),
        archive({"gestion.csv": ENTETE + LIGNE * 600_000}),
        classeur(annexes={"xl/worksheets/sheet1.xml": " " * 20_000_000}),
        classeur(annexes={"xl/media/image.png": b"\0" * 20_000_000}),
    ],
    ids=["gzip", "zip", "classeur", "annexe"],
)
def test_what_blows_up_is_refused_before_it_does(deposer, octets):
    assert len(octets) < 100_000
    code, _, message = refus(deposer(octets))
    assert (code, "démesuré" in message) == ("fichier_illisible", True)


def test_a_zip_that_lies_about_its_size_is_refused(deposer):
    octets = archive({"gestion.csv": ENTETE + LIGNE * 1000})
    vraie = struct.pack("<L", len(ENTETE) + 1000 * len(LIGNE))
    code, _, message = refus(deposer(octets.replace(vraie, struct.pack("<L", 200))))
    assert (code, "abîmée" in message) == ("fichier_illisible", True)


def test_a_zip_whose_list_of_entries_is_endless_is_not_read(deposer):
    octets = bytearray(archive({"gestion.csv": ENTETE + LIGNE}))
    octets[-10:-6] = struct.pack("<L", 1 << 30)
    assert refus(deposer(bytes(octets)))[0] == "fichier_illisible"


def test_a_zip_of_one_csv_is_read_as_the_csv(deposer):
    parties = {"dossier/": "", "dossier/gestion.csv": ENTETE + LIGNE, "__MACOSX/._gestion.csv": "x"}
    rapport = deposer(archive(parties), "g.zip")
    assert (rapport["statut"], rapport["lignes_chargees"]) == ("charge", 1)


@pytest.mark.parametrize(
    ("octets", "mot"),
    [
        (archive({"a.csv": ENTETE, "b.csv": ENTETE}), "2 fichiers"),
        (archive({"dossier/": ""}), "0 fichiers"),
        (archive({"f.xlsx": classeur(TITRES + PLEINE)}), "autre archive"),
        (archive({"a.csv": ENTETE + LIGNE}, zipfile.ZIP_LZMA), "compression"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "ancien format"),
        (archive({"content.xml": "<x/>"}), "XLSX"),
        (archive({"xl/workbook.bin": "x"}), "XLSX"),
        (archive({"xl/autre.xml": "<x/>"}), "abîmé"),
    ],
)
def test_other_archives_and_workbooks_say_what_to_do(deposer, octets, mot):
    code, _, message = refus(deposer(octets))
    assert (code, mot in message) == ("fichier_illisible", True), message


def test_a_zip_with_a_password_is_told(deposer):
    octets = bytearray(archive({"gestion.csv": ENTETE + LIGNE}))
    octets[6] |= 1
    octets[octets.index(b"PK\x01\x02") + 8] |= 1
    assert "mot de passe" in refus(deposer(bytes(octets)))[2]


# --- workbooks ------------------------------------------------------------------------------------------------------
def test_formulas_are_read_by_the_result_that_the_workbook_holds(deposer, tmp_path):
    chemin = tmp_path / "formules.xlsx"
    with xlsxwriter.Workbook(chemin) as sortie:
        feuille = sortie.add_worksheet()
        feuille.write_row(0, 0, ENTETE.strip().split(";"))
        feuille.write_row(1, 0, [f.BAILLEUR, "R1", 2025, 20])
        feuille.write_formula(1, 4, "=D2-2", None, 18)
        feuille.write_formula(1, 1, '="R"&1', None, "R1")
    rapport = deposer(chemin.read_bytes(), "g.xlsx")
    assert (rapport["statut"], rapport["lignes_chargees"]) == ("charge", 1)
    assert GestionResidence.objects.courantes().get().nb_occupes == 18


def test_a_formula_in_error_is_an_unreadable_value(deposer):
    fautive = PLEINE.replace('<c t="inlineStr"><is><t>18</t></is></c>', '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>')
    code, lignes, message = refus(deposer(classeur(TITRES + fautive)))
    assert (code, lignes, "#DIV/0!" in message) == ("valeur_illisible", [2], True)


def test_a_formula_without_result_is_told_with_its_line(deposer):
    sans = PLEINE.replace('<c t="inlineStr"><is><t>18</t></is></c>', "<c><f>D2-2</f><v></v></c>")
    code, lignes, message = refus(deposer(classeur(TITRES + sans)))
    assert (code, lignes, "formule" in message) == ("fichier_illisible", [2], True)


def test_macros_are_not_opened(deposer):
    octets = classeur(TITRES + PLEINE, {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(range(256))})
    assert deposer(octets, "g.xlsm")["lignes_chargees"] == 1


@pytest.mark.parametrize(
    "feuille",
    [
        TITRES + PLEINE + "<row r='3'><c r='ZZZZ3'><v>1</v></c></row>",
        TITRES + PLEINE + "<row r='3'><c r='ZZZ3'><v>1</v></c></row>",
        TITRES + PLEINE + "<row r='2'/>",
        TITRES + PLEINE + "<row r='-1'/>",
        TITRES + "<row r='2'><c t='s'><v>0</v></c></row>",
        TITRES + "<row r='2'><c t='s'><v>" + "9" * 5000 + "</v></c></row>",
        TITRES + "<row r='2'><c s='x'><v>1</v></c></row>",
        TITRES + "<row>",
    ],
)
def test_a_sheet_that_no_program_writes_is_damaged(deposer, feuille):
    code, _, message = refus(deposer(classeur(feuille)))
    assert (code, "abîmé" in message) == ("fichier_illisible", True)


def test_entities_are_refused(deposer):
    entites = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    feuille = f"{entites}<worksheet><sheetData><row><c><v>&b;</v></c></row></sheetData></worksheet>"
    assert refus(deposer(classeur(annexes={"xl/worksheets/sheet1.xml": feuille})))[0] == "fichier_illisible"


def test_a_row_as_wide_as_the_sheet_is_irregular(deposer):
    octets = classeur(TITRES + PLEINE + "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>")
    code, lignes, _ = refus(deposer(octets))
    assert (code, lignes) == ("valeur_illisible", [1048576])


def test_a_long_text_shared_by_every_cell_is_refused(deposer):
    texte = {"xl/sharedStrings.xml": f"<sst><si><t>{'x' * 30_000}</t></si></sst>"}
    lignes = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 2000))
    code, _, message = refus(deposer(classeur(TITRES + lignes, texte)))
    assert (code, "démesuré" in message) == ("fichier_illisible", True)


def test_a_million_empty_rows_take_no_memory(tmp_path):
    chemin = tmp_path / "vide.xlsx"
    vides = "".join(f'<row r="{n}" spans="1:5"><c r="A{n}" s="0"/></row>' for n in range(3, 1_048_576))
    chemin.write_bytes(classeur(TITRES + PLEINE + vides + '<row r="1048576"><c r="E1048576"><v>1</v></c></row>'))
    lu = lire_a_part(chemin)
    assert (lu["lues"], lu["constats"]) == (2, [])
    assert lu["memoire_mo"] < MEMOIRE_MAX_MO


# --- texts ----------------------------------------------------------------------------------------------------------
def test_nul_bytes_at_the_end_of_a_file_undo_the_whole_load(deposer):
    octets = (ENTETE + "".join(LIGNE.replace("R1", f"R{n}") for n in range(40_000))).encode() + b"\0" * 4096
    code, lignes, message = refus(deposer(octets))
    assert (code, lignes, "contrôle" in message) == ("fichier_illisible", [40_002], True)


def test_a_quote_never_closed_is_told_with_the_line_where_it_opens(deposer):
    contenu = ENTETE + LIGNE + LIGNE.replace("R1", '"R1') + LIGNE * 100_000
    assert refus(deposer(contenu))[:2] == ("fichier_illisible", [3])


def test_a_quoted_value_of_a_megabyte_is_not_a_value(deposer):
    contenu = ENTETE + LIGNE.replace("R1", '"' + ("x" * 9_999 + "\n") * 110 + '"')
    assert refus(deposer(contenu))[:2] == ("fichier_illisible", [2])


@pytest.mark.parametrize("caractere", ["x", ";"])
@pytest.mark.parametrize("reste", ["", "\n" + LIGNE * 3])
def test_lines_of_megabytes_are_not_a_table(deposer, caractere, reste):
    code, lignes, message = refus(deposer(ENTETE + LIGNE + caractere * 3_000_000 + reste))
    assert (code, lignes, "démesurée" in message) == ("fichier_illisible", [3], True)


@pytest.mark.parametrize(
    "entete", ["x" * 200_000, ";" * 100_000 + "x", '"' + "x" * 200_000], ids=["longue", "colonnes", "guillemet"]
)
def test_a_header_of_megabytes_is_refused(deposer, entete):
    assert refus(deposer(entete + "\n" + LIGNE))[0] == "fichier_illisible"


@pytest.mark.parametrize("encodage", ["zlib", "rot13", "idna", "unicode_escape", "undefined", "a\0b", "\ud800"])
def test_an_encoding_that_is_no_text_is_refused(deposer, encodage):
    assert "encodage" in refus(deposer(ENTETE + LIGNE, encodage=encodage))[2].lower()


@pytest.mark.parametrize(
    ("contenu", "mot"),
    [("\0" * 20_000_000, "démesuré"), (os.urandom(2_000_000), "trop volumineux")],
    ids=["zeros", "hasard"],
)
def test_outlines_that_blow_up_are_refused(tmp_path, monkeypatch, contenu, mot):
    monkeypatch.setattr("partenaires.depots.lecture.GEOGRAPHIQUE_MAX", 1_000_000)
    (tmp_path / "q.zip").write_bytes(archive({"q.shp": contenu}))
    rapport = importer("perimetres", tmp_path / "q.zip", nature="qpv", version="2024").rapport
    assert (rapport["statut"], mot in rapport["erreurs"][0]["message"]) == ("refuse", True)


def test_a_name_that_is_no_text_is_kept_as_one(deposer):
    assert deposer(ENTETE + LIGNE, os.fsdecode(b"gestion\xe9.csv"))["fichier"] == "gestion?.csv"


# --- the disk -------------------------------------------------------------------------------------------------------
SANS_PLACE = """
CREATE FUNCTION sans_place() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER sans_place BEFORE INSERT ON diagnostic_gestionresidence EXECUTE FUNCTION sans_place();
"""


def test_a_full_disk_of_the_database_is_told_and_nothing_is_lost(tmp_path):
    f.organisation("bailleur")
    f.gestion("R9")
    (tmp_path / "g.csv").write_text(ENTETE + LIGNE)
    avant = Depot.objects.count()
    connection.cursor().execute(SANS_PLACE)
    with pytest.raises(CommandError, match="disque"), transaction.atomic():
        call_command("importer", "gestion", tmp_path / "g.csv")
    assert GestionResidence.objects.courantes().get().code_residence == "R9"
    assert Depot.objects.count() == avant


# --- the great ones -------------------------------------------------------------------------------------------------
@pytest.fixture
def tmp_path(tmp_path):
    """Emptied at once: these files are great, and pytest keeps three runs."""
    yield tmp_path
    shutil.rmtree(tmp_path)


def ecrire(chemin, debut: str, bloc: str, octets: int):
    with chemin.open("w") as flux:
        flux.write(debut)
        for _ in range(octets // len(bloc)):
            flux.write(bloc)


@pytest.mark.robustesse
def test_a_quote_never_closed_in_300_megabytes_takes_no_memory(tmp_path):
    chemin = tmp_path / "guillemet.csv"
    ecrire(chemin, ENTETE + LIGNE + '900100001;"R', LIGNE * 5000, 300 << 20)
    lu = lire_a_part(chemin)
    assert lu["constats"][0][:2] == ["fichier_illisible", [3]]
    assert lu["memoire_mo"] < MEMOIRE_MAX_MO


@pytest.mark.robustesse
def test_a_line_of_300_megabytes_takes_no_memory(tmp_path):
    chemin = tmp_path / "ligne.csv"
    ecrire(chemin, ENTETE + LIGNE, "x;" * 50_000, 300 << 20)
    lu = lire_a_part(chemin)
    assert lu["constats"][0][:2] == ["fichier_illisible", [3]]
    assert lu["memoire_mo"] < MEMOIRE_MAX_MO


@pytest.mark.robustesse
def test_two_gigabytes_of_nothing_take_no_memory(tmp_path):
    chemin = tmp_path / "creux.csv"
    with chemin.open("wb") as flux:
        flux.write((ENTETE + LIGNE).encode())
        flux.truncate(2 << 30)
    lu = lire_a_part(chemin)
    assert lu["constats"][0][:2] == ["fichier_illisible", [3]]
    assert lu["memoire_mo"] < MEMOIRE_MAX_MO


@pytest.mark.robustesse
@pytest.mark.django_db(transaction=True)
def test_two_gigabytes_of_rows_are_checked_in_bounded_memory(tmp_path):
    f.organisation("bailleur")
    chemin, large = tmp_path / "grand.csv", "x" * 2000
    with chemin.open("w") as flux:
        flux.write(ENTETE.strip() + ";COMMENTAIRE\n")
        for debut in range(0, 1_070_000, 1000):
            flux.write("".join(f"{f.BAILLEUR};R{n};2025;20;18;{large}\n" for n in range(debut, debut + 1000)))
    assert chemin.stat().st_size > 2 << 30
    lu = lire_a_part(chemin, "gestion")
    assert (lu["lues"], lu["constats"]) == (1_070_000, [])
    assert lu["memoire_mo"] < MEMOIRE_MAX_MO
