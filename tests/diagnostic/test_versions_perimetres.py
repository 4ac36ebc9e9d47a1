"""Version of the perimeters in force at a date: boundaries of regles §0."""

from datetime import date

import pytest
from django.db import connection

from diagnostic.services.perimetres import Version, sql_versions, version_en_vigueur
from tests import fabriques

pytestmark = pytest.mark.django_db
OUTRE_MER = "900000097"


@pytest.fixture
def territoires():
    fabriques.commune()
    fabriques.commune("97101", epci=OUTRE_MER, departement="971")


def charger(*versions):
    for nature, version in versions:
        fabriques.perimetre(f"{nature}-{version}", nature, version)


DATES = [
    ("qpv", date(2014, 12, 31), fabriques.EPCI, None),
    ("qpv", date(2015, 1, 1), fabriques.EPCI, Version("2015")),
    ("qpv", date(2023, 12, 31), fabriques.EPCI, Version("2015")),
    ("qpv", date(2024, 1, 1), fabriques.EPCI, Version("2024")),
    ("qpv", date(2024, 12, 31), OUTRE_MER, Version("2015")),
    ("qpv", date(2025, 1, 1), OUTRE_MER, Version("2024")),
    ("zus", date(1996, 1, 1), fabriques.EPCI, Version("1996")),
    ("zus", date(2020, 12, 31), fabriques.EPCI, Version("1996")),
    ("zus", date(2021, 1, 1), fabriques.EPCI, None),
    ("qva", date(2020, 12, 31), fabriques.EPCI, Version("2015")),
    ("qva", date(2021, 1, 1), fabriques.EPCI, None),
    ("npnru", date(2013, 12, 31), fabriques.EPCI, None),
    ("npnru", date(2014, 1, 1), fabriques.EPCI, Version("2014")),
    ("npnru", date(2018, 12, 31), fabriques.EPCI, Version("2014")),
    ("npnru", date(2019, 1, 1), fabriques.EPCI, Version("2019")),
    ("npnru", date(2026, 1, 1), fabriques.EPCI, Version("2019")),
]
CHARGEES = [
    ("qpv", "2015"),
    ("qpv", "2024"),
    ("zus", "1996"),
    ("qva", "2015"),
    ("npnru", "2014"),
    ("npnru", "2019"),
]


@pytest.mark.parametrize(("nature", "le", "epci", "attendue"), DATES)
def test_version_in_force_at_a_date(territoires, nature, le, epci, attendue):
    charger(*CHARGEES)
    assert version_en_vigueur(nature, le, epci) == attendue


@pytest.mark.parametrize(("nature", "le", "epci", "attendue"), DATES)
def test_set_based_form_says_the_same(territoires, nature, le, epci, attendue):
    charger(*CHARGEES)
    fragment, parametres = sql_versions(epci)
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT v.version, v.anterieure FROM {fragment} v"
            " WHERE v.nature = %s AND %s::date BETWEEN v.debut AND v.fin",
            [*parametres, nature, le],
        )
        assert curseur.fetchall() == ([(attendue.version, attendue.anterieure)] if attendue else [])


def test_missing_2024_is_replaced_by_2015_and_says_so(territoires):
    charger(("qpv", "2015"))
    assert version_en_vigueur("qpv", date(2023, 12, 31), fabriques.EPCI) == Version("2015")
    assert version_en_vigueur("qpv", date(2024, 1, 1), fabriques.EPCI) == Version("2015", anterieure=True)
    assert version_en_vigueur("qpv", date(2024, 12, 31), OUTRE_MER) == Version("2015")
    assert version_en_vigueur("qpv", date(2025, 1, 1), OUTRE_MER) == Version("2015", anterieure=True)


def test_nothing_stands_in_before_the_first_loaded_version(territoires):
    charger(("qpv", "2024"))
    assert version_en_vigueur("qpv", date(2023, 12, 31), fabriques.EPCI) is None


def test_without_any_perimeter_the_set_based_form_is_empty(territoires):
    fragment, parametres = sql_versions(fabriques.EPCI)
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT * FROM {fragment} v", parametres)
        assert curseur.fetchall() == []


def test_secteur_of_another_territory_is_not_loaded_here(territoires):
    fabriques.perimetre("S1", "secteur", "2022", epci=OUTRE_MER)
    assert version_en_vigueur("secteur", date(2022, 1, 1), fabriques.EPCI) is None
    assert version_en_vigueur("secteur", date(2022, 1, 1), OUTRE_MER) == Version("2022")


def test_withdrawn_version_no_longer_counts(territoires):
    charger(("qpv", "2015"))
    fabriques.perimetre("Q", "qpv", "2024", courant=False)
    assert version_en_vigueur("qpv", date(2024, 6, 1), fabriques.EPCI) == Version("2015", anterieure=True)
