"""Reading a deposited file: encodings, separators, quotes, compression, workbooks, and what cannot be read."""

import gzip

import pytest
import xlsxwriter

from partenaires.depots.lecture import ouvrir
from partenaires.depots.rapport import Refus


@pytest.fixture
def lire(tmp_path):
    """(headers, {line: values}, the opened file) of a file of these bytes."""

    def faire(octets, nom="f.csv", **options):
        chemin = tmp_path / nom
        chemin.write_bytes(octets)
        fichier = ouvrir(chemin, **options)
        lignes = {}
        for bloc in fichier.blocs():
            for ligne in bloc.decode().splitlines():
                numero, *valeurs = ligne.split(fichier.separateur.decode())
                lignes[int(numero)] = valeurs
        return fichier.entetes, lignes, fichier

    return faire


def refus(lire, octets, **options):
    with pytest.raises(Refus) as refuse:
        lire(octets, **options)
    constat = refuse.value.constats[0]
    return constat.code, constat.lignes, constat.message


@pytest.mark.parametrize("sep", [";", ",", "\t"])
@pytest.mark.parametrize("fin", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("derniere", [True, False])
def test_separator_and_line_ends_are_found(lire, sep, fin, derniere):
    texte = fin.join([sep.join("ABC"), sep.join("123"), sep.join("456")]) + (fin if derniere else "")
    entetes, lignes, _ = lire(texte.encode())
    assert (entetes, lignes) == (["A", "B", "C"], {2: ["1", "2", "3"], 3: ["4", "5", "6"]})


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_encoding_is_recognised(lire, encodage):
    entetes, lignes, _ = lire("Nom;Ville\nHéloïse;Orléans\n".encode(encodage))
    assert (entetes, lignes) == (["Nom", "Ville"], {2: ["Héloïse", "Orléans"]})


def test_windows_1252_euro_and_its_undefined_bytes(lire):
    _, lignes, _ = lire(b"A;B\n\x80;\xe9\x81\n")
    assert lignes == {2: ["€", "é\x81"]}


def test_forced_encoding_that_does_not_hold_is_told_with_its_line(lire):
    code, numeros, message = refus(lire, "A;B\n1;é\n".encode("cp1252"), encodage="utf-8")
    assert (code, numeros) == ("fichier_illisible", [2])
    assert "reconnu seul" in message


@pytest.mark.parametrize("dedans", [gzip.compress(b"A;B\n1;2\n"), b"PK\x03\x04reste"])
def test_an_archive_within_a_gzip_is_told_as_such(lire, dedans):
    assert "autre archive" in refus(lire, gzip.compress(dedans))[2]


def test_forced_encoding_that_does_not_exist(lire):
    assert refus(lire, b"A;B\n1;2\n", encodage="klingon")[0] == "fichier_illisible"


def test_blank_lines_are_ignored_and_physical_numbers_kept(lire):
    _, lignes, fichier = lire(b"\nA;B\n\n1;2\n;;\n ; \n3;4\n\n")
    assert (lignes, fichier.lues, fichier.ligne_entete) == ({4: ["1", "2"], 7: ["3", "4"]}, 2, 2)


def test_rows_wider_or_narrower_than_the_header_are_set_apart(lire):
    _, lignes, fichier = lire(b"A;B;C\n1;2;3\n1;2\n1;2;3;;\n1;2;3;4\n")
    assert list(lignes) == [2, 4]
    assert (fichier.irregulieres, fichier.lues) == ({3: 2, 5: 4}, 4)


def test_header_that_ends_with_separators(lire):
    assert lire(b"A;B;;\n1;2;;\n")[:2] == (["A", "B"], {2: ["1", "2"]})


def test_quotes_hold_separators_quotes_and_line_ends(lire):
    _, lignes, fichier = lire(b'A;B\n1;"x;y"\n2;"dit ""oui"""\n3;"deux\nlignes"\n4;12" pouces\n5;fin\n')
    assert lignes == {
        2: ["1", "x;y"],
        3: ["2", 'dit "oui"'],
        4: ["3", "deux lignes"],
        6: ["4", '12" pouces'],
        7: ["5", "fin"],
    }
    assert fichier.lues == 5


def test_the_line_where_excel_tells_the_separator_is_skipped(lire):
    assert lire(b"sep=;\nA;B\n1;2\n")[:2] == (["A", "B"], {3: ["1", "2"]})


def test_quoted_header(lire):
    assert lire(b'"A";"B;b"\n1;2\n')[0] == ["A", "B;b"]


def test_a_quote_never_closed_is_told_with_its_line(lire):
    code, numeros, message = refus(lire, b'A;B\n1;2\n3;"ouvert\n' + b"4;5\n" * 10)
    assert (code, numeros) == ("fichier_illisible", [3])
    assert "guillemet" in message
    assert refus(lire, b'A;B\n1;2\n3;"ouvert\n' + b"4;5\n" * 5000)[1] == [3]


@pytest.mark.parametrize("octets", [b"A;B\n1;\x00\n", b"A;B\n1;\x01\n", b"A;B\n1;\x02\n", b"A;B\n1;\x1f\n"])
def test_control_characters_are_not_text(lire, octets):
    assert refus(lire, octets)[:2] == ("fichier_illisible", [2])


@pytest.mark.parametrize("octets", [bytes(range(256)) * 20, b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, b"%PDF-1.4\n\x00\x01"])
def test_binary_files_are_refused(lire, octets):
    assert refus(lire, octets)[0] == "fichier_illisible"


def test_a_line_that_ends_a_copy_is_an_ordinary_value(lire):
    assert lire(b"A\n\\.\n1\n")[1] == {2: ["\\."], 3: ["1"]}


def test_special_spaces_become_ordinary(lire):
    assert lire("A;B\n\u00a0x\u202f;1\u2009000\n".encode())[1] == {2: [" x ", "1 000"]}


def test_gzip(lire):
    contenu = gzip.compress(b"A;B\n1;2\n")
    assert lire(contenu, nom="f.csv.gz")[1] == {2: ["1", "2"]}
    assert lire(contenu, nom="sans_suffixe")[1] == {2: ["1", "2"]}


@pytest.mark.parametrize("coupe", [5, 15, -3])
def test_truncated_gzip(lire, coupe):
    code, _, message = refus(lire, gzip.compress(b"A;B\n" + b"1;2\n" * 1000)[:coupe])
    assert code == "fichier_illisible"
    assert "tronqué" in message


@pytest.mark.parametrize("octets", [b"", b"\n\n", b"\xef\xbb\xbf", b";;;\n", gzip.compress(b"")])
def test_empty_files(lire, octets):
    assert refus(lire, octets)[0] == "fichier_vide"


def test_path_that_does_not_exist(tmp_path):
    for chemin in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(Refus) as refuse:
            ouvrir(chemin)
        assert refuse.value.constats[0].code == "fichier_illisible"


def test_a_geographic_file_where_a_table_is_expected(lire):
    assert refus(lire, b'{"type": "FeatureCollection", "features": []}', nom="x.geojson")[0] == "fichier_illisible"


@pytest.fixture
def classeur(tmp_path):
    chemin = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(chemin) as sortie:
        premiere, seconde = sortie.add_worksheet("Lisez-moi"), sortie.add_worksheet("Données")
        premiere.write_row(0, 0, ["A", "B"])
        premiere.write_row(1, 0, [1, "un"])
        jour = sortie.add_format({"num_format": "dd/mm/yyyy"})
        seconde.write_row(0, 0, ["Nombre", "Date", "Texte", ""])
        seconde.write_row(2, 0, [3, 45322, "é"])
        seconde.write_number(2, 1, 45322, jour)
        seconde.write_row(3, 0, [3.5, 45322, True])
        seconde.write_row(4, 0, [1, 2, 3, 4])
    return chemin


def test_workbook_first_sheet_unless_told(classeur, lire):
    assert lire(classeur.read_bytes(), nom="g.xlsx")[:2] == (["A", "B"], {2: ["1", "un"]})
    entetes, lignes, fichier = lire(classeur.read_bytes(), nom="g.xlsx", feuille="Données")
    assert entetes == ["Nombre", "Date", "Texte"]
    assert lignes == {3: ["3", "2024-01-31", "é"], 4: ["3.5", "45322", "1"]}
    assert (fichier.irregulieres, fichier.lues) == ({5: 4}, 3)


def test_workbook_without_that_sheet_names_those_it_has(classeur, lire):
    code, _, message = refus(lire, classeur.read_bytes(), feuille="Feuil9")
    assert code == "fichier_illisible"
    assert "Lisez-moi, Données" in message


def test_damaged_workbook(classeur, lire):
    assert refus(lire, classeur.read_bytes()[:800])[0] == "fichier_illisible"
