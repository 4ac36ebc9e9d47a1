"""Cleaning common to all files, cell by cell: what each nature reads, leaves unknown, or cannot read."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, models

from partenaires.depots import contrats, entetes, lignes, nettoyage
from partenaires.depots.contrats import Colonne, Format, Nature
from partenaires.depots.lecture import Fichier, blocs_de_lignes

pytestmark = pytest.mark.django_db
ILLISIBLE, HORS_LISTE, CLE_VIDE = "valeur_illisible", "valeur_hors_liste", "cle_vide"
PETIT, MONTANT = models.SmallIntegerField(), models.DecimalField(max_digits=7, decimal_places=2)
COURT = models.CharField(max_length=6)


def lire(nature, texte, champ=None, **options):
    """The typed value of a cell, or the code of its fault."""
    colonne = Colonne("X", nature, **options)
    un_format = Format(type="essai", libelle="", colonnes=(colonne,), cle=())
    fichier = Fichier(["X", "Y"], source=lambda f: blocs_de_lignes(f, [(2, [texte, "y"])]))
    requete = lignes.requete(un_format, [nettoyage.lecture(colonne, champ)], entetes.rapprocher(un_format, ["X", "Y"]))
    with connection.cursor() as curseur:
        lignes.preparer_session(curseur)
        lignes.verser(curseur, fichier)
        curseur.execute(requete)
        curseur.execute("SELECT x, fautes FROM lignes")
        valeur, fautes = curseur.fetchone()
    return fautes[0].split(":")[0] if fautes else valeur


@pytest.mark.parametrize("texte", ["", "  ", "NA", "NC", "Z", "ND", "na", " NA ", "\u00a0", "\u202fNC\u2009", "\t"])
@pytest.mark.parametrize("nature", [n for n in Nature if n != Nature.GEOMETRIE])
def test_empty_and_conventional_unknowns_are_null(nature, texte):
    assert lire(nature, texte) is None


@pytest.mark.parametrize(
    ("nature", "texte", "attendu"),
    [
        (Nature.CODE, "999", None),
        (Nature.CODE, "9999", None),
        (Nature.ANNEE, "9999", None),
        (Nature.ANNEE, "999", None),
        (Nature.ANNEE, "0", None),
        (Nature.ENTIER, "999", 999),
        (Nature.ENTIER, "9999", 9999),
        (Nature.ENTIER, "0", 0),
        (Nature.DECIMAL, "9999", Decimal("9999")),
        (Nature.DECIMAL, "0", Decimal("0")),
        (Nature.TEXTE, "999", "999"),
        (Nature.BOOLEEN, "0", 0),
    ],
)
def test_999_is_unknown_in_codes_and_years_only_and_0_is_a_value(nature, texte, attendu):
    assert lire(nature, texte) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("3", 3),
        (" 3 ", 3),
        ("3.0", 3),
        ("3,00", 3),
        ("-3", -3),
        ("+3", 3),
        ("007", 7),
        ("1\u202f234", 1234),
        ("1 234", 1234),
        ("1.2e+01", 12),
        ("32767", 32767),
        ("32768", ILLISIBLE),
        ("-32769", ILLISIBLE),
        ("99999999999999999999", ILLISIBLE),
        ("3,5", ILLISIBLE),
        ("12 5", ILLISIBLE),
        ("trois", ILLISIBLE),
        ("3m", ILLISIBLE),
        ("--3", ILLISIBLE),
        ("1e", ILLISIBLE),
        ("Infinity", ILLISIBLE),
        ("NaN", ILLISIBLE),
    ],
)
def test_integers(texte, attendu):
    assert lire(Nature.ENTIER, texte, PETIT) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [("-1", ILLISIBLE), ("0", 0), ("130", 130), ("130,0", 130), ("131", ILLISIBLE), ("131.0", ILLISIBLE)],
)
def test_bounds_are_inclusive(texte, attendu):
    assert lire(Nature.ENTIER, texte, PETIT, minimum=0, maximum=130) == attendu
    assert lire(Nature.DECIMAL, texte, MONTANT, minimum=0, maximum=130) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("414,88", "414.88"),
        ("414.88", "414.88"),
        ("4.148800e+02", "414.88"),
        ("4,1488E2", "414.88"),
        ("1\u202f234,5", "1234.50"),
        ("1\u00a0234.50", "1234.50"),
        ("1\u2009234", "1234.00"),
        ("-12,5", "-12.50"),
        (",5", "0.50"),
        ("5,", "5.00"),
        ("0,005", "0.01"),
        ("99999,99", "99999.99"),
        ("99999,999", ILLISIBLE),
        ("100000", ILLISIBLE),
        ("1e99", ILLISIBLE),
        ("1,2,3", ILLISIBLE),
        ("1.234,5", ILLISIBLE),
        ("12 €", ILLISIBLE),
        ("1e999", ILLISIBLE),
    ],
)
def test_decimals(texte, attendu):
    valeur = lire(Nature.DECIMAL, texte, MONTANT)
    assert valeur == (attendu if attendu == ILLISIBLE else Decimal(attendu))


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("05/2024", date(2024, 5, 1)),
        ("5/2024", date(2024, 5, 1)),
        ("05-2024", date(2024, 5, 1)),
        ("2024-05", date(2024, 5, 1)),
        ("31/01/2024", date(2024, 1, 31)),
        ("1/2/2024", date(2024, 2, 1)),
        ("31-01-2024 00:00:00", date(2024, 1, 31)),
        ("31/01/2024 23:59", date(2024, 1, 31)),
        ("2024-01-31", date(2024, 1, 31)),
        ("2024-01-31T10:20:30.5+02:00", date(2024, 1, 31)),
        ("2024-01-31 10:20:30", date(2024, 1, 31)),
        ("2024-01-31T10:20:30Z", date(2024, 1, 31)),
        ("45322", date(2024, 1, 31)),
        ("45322,75", date(2024, 1, 31)),
        ("29/02/2024", date(2024, 2, 29)),
        ("9999", None),
        ("72999", date(2099, 11, 10)),
        ("73000", ILLISIBLE),
        ("99999", ILLISIBLE),  # a filler, not a day of 2173
        ("29/02/2023", ILLISIBLE),
        ("31/02/2024", ILLISIBLE),
        ("31/04/2024", ILLISIBLE),
        ("00/01/2024", ILLISIBLE),
        ("13/2024", ILLISIBLE),
        ("01/13/2024", ILLISIBLE),
        ("2024-02-30", ILLISIBLE),
        ("2024-00-10", ILLISIBLE),
        ("99/99/2024", ILLISIBLE),
        ("31/01/24", ILLISIBLE),
        ("2024", ILLISIBLE),
        ("hier", ILLISIBLE),
    ],
)
def test_dates(texte, attendu):
    assert lire(Nature.DATE, texte) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("1975", 1975),
        ("1975.0", 1975),
        ("1975,00", 1975),
        ("1.975000e+03", 1975),
        ("05/1975", 1975),
        ("31/12/1975", 1975),
        ("1975-12-31", 1975),
        ("1975,5", ILLISIBLE),
        ("75", ILLISIBLE),
        ("27759", 1975),  # an Excel serial date
        ("19755", ILLISIBLE),
        ("99999", ILLISIBLE),
        ("3000", ILLISIBLE),
        ("1.9755e+03", ILLISIBLE),
        ("31/02/1975", ILLISIBLE),
        ("ancien", ILLISIBLE),
    ],
)
def test_years(texte, attendu):
    assert lire(Nature.ANNEE, texte) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [("1", 1), ("0", 0), ("oui", 1), ("Non", 0), ("O", 1), ("N", 0), ("VRAI", 1), ("faux", 0), ("2", ILLISIBLE)],
)
def test_booleans(texte, attendu):
    assert lire(Nature.BOOLEEN, texte) == attendu


@pytest.mark.parametrize(
    ("nature", "texte", "attendu"),
    [
        (Nature.SIREN, "123456789", "123456789"),
        (Nature.SIREN, "10006807", "010006807"),
        (Nature.SIREN, "123 456 789", "123456789"),
        (Nature.SIREN, "1234567890", ILLISIBLE),
        (Nature.SIREN, "12345678A", ILLISIBLE),
        (Nature.SIREN, "1.00068e+07", ILLISIBLE),
        (Nature.SIRET, "12345678900017", "12345678900017"),
        (Nature.SIRET, "1000680700017", "01000680700017"),
        (Nature.SIRET, "123 456 789 00017", "12345678900017"),
        (Nature.SIRET, "123456789000170", ILLISIBLE),
    ],
)
def test_siren_and_siret_are_padded_on_the_left(nature, texte, attendu):
    assert lire(nature, texte) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("  Le   Clos \u00a0 fleuri ", "Le Clos fleuri"),
        ("Église", "Église"),
        ("a\nb", "a b"),
    ],
)
def test_texts_are_trimmed_and_folded(texte, attendu):
    assert lire(Nature.TEXTE, texte) == attendu


def test_texts_fit_their_column():
    assert lire(Nature.TEXTE, "éééééé", COURT) == "éééééé"
    assert lire(Nature.TEXTE, "ééééééé", COURT) == ILLISIBLE
    assert lire(Nature.CODE, "QP 12 34", COURT) == "QP1234"
    assert lire(Nature.CODE, "QP 12 345", COURT) == ILLISIBLE


@pytest.mark.parametrize(
    ("valeurs", "texte", "attendu"),
    [
        (("1", "2"), "1", 1),
        (("1", "2"), "01", 1),
        (("1", "2"), "2.0", 2),
        (("1", "2"), "3", HORS_LISTE),
        (("1", "2"), "oui", HORS_LISTE),
        (("1", "2"), "999", None),
        (("0", "1"), "0", 0),
        (("0", "1"), "00", 0),
        (("1", "2"), "0", HORS_LISTE),
        (("2", "999"), "999", 999),
    ],
)
def test_closed_lists_of_numbers(valeurs, texte, attendu):
    assert lire(Nature.ENTIER, texte, PETIT, valeurs=valeurs) == attendu


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("reloge", "reloge"),
        ("Relogé", "reloge"),
        ("DÉPART VOLONTAIRE", "depart_volontaire"),
        ("depart-volontaire", "depart_volontaire"),
        ("parti", HORS_LISTE),
    ],
)
def test_closed_lists_of_words_without_case_nor_accents(texte, attendu):
    assert lire(Nature.CODE, texte, COURT, valeurs=("reloge", "depart_volontaire")) == attendu


def test_a_key_without_value_is_named():
    assert lire(Nature.TEXTE, "NA", cle=True) == CLE_VIDE
    assert lire(Nature.ENTIER, "x", cle=True) == ILLISIBLE


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [("13055", "13055"), ("13201", "13055"), ("1001", "01001"), ("2a004", "2A004"), ("99999", "commune_inconnue")],
)
def test_communes_are_mapped_to_the_code_in_force(monkeypatch, texte, attendu):
    connues = "(VALUES ('13055', '13055'), ('13201', '13055'), ('01001', '01001'), ('2A004', '2A004')) v(ancien, code)"
    monkeypatch.setattr(contrats, "resolveur_communes", f"SELECT * FROM {connues}")
    assert lire(Nature.COMMUNE, texte) == attendu
    assert lire(Nature.COMMUNE, "") is None
