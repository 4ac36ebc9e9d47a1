"""Where a residence stands: by its point, else by its declared QPV, else by its dwellings' flags."""

import time

import pytest

from diagnostic.models import Appartenance, Residence
from diagnostic.services import appartenances
from tests import fabriques

pytestmark = pytest.mark.django_db


def carre(x, y, cote=1.0):
    """GeoJSON square whose lower left corner is (x, y)."""
    coins = [[x, y], [x + cote, y], [x + cote, y + cote], [x, y + cote], [x, y]]
    return {"type": "Polygon", "coordinates": [coins]}


@pytest.fixture
def quartier():
    fabriques.commune()
    return fabriques.perimetre("QP1", geometrie=carre(2, 46))


def places(residence="R1", nature="qpv"):
    return sorted(
        Appartenance.objects.filter(residence=f"{fabriques.BAILLEUR}:{residence}", nature=nature).values_list(
            "version", "dedans", "code", "origine"
        )
    )


@pytest.mark.parametrize(
    ("longitude", "latitude", "dedans"),
    [
        (2.5, 46.5, True),
        (2.0, 46.5, True),  # on the edge
        (2.0, 46.0, True),  # on a corner
        (1.999999, 46.5, False),
        (3.000001, 46.5, False),
    ],
)
def test_the_point_decides_and_the_edge_belongs_to_the_perimeter(quartier, longitude, latitude, dedans):
    fabriques.residence(longitude=longitude, latitude=latitude)
    appartenances.calculer(fabriques.EPCI)
    assert places() == [("2015", dedans, "QP1" if dedans else "", "point")]


def test_one_row_a_version_and_two_where_perimeters_overlap(quartier):
    fabriques.perimetre("QP2", geometrie=carre(2.4, 46.4))
    fabriques.perimetre("QP9", version="2024", geometrie=carre(10, 40))
    fabriques.perimetre("N1", nature="npnru", version="2014", geometrie=carre(2, 46))
    fabriques.residence()
    appartenances.calculer(fabriques.EPCI)
    assert places() == [
        ("2015", True, "QP1", "point"),
        ("2015", True, "QP2", "point"),
        ("2024", False, "", "point"),
    ]
    assert places(nature="npnru") == [("2014", True, "N1", "point")]


def test_declared_code_holds_only_without_a_point_and_where_the_version_knows_it(quartier):
    fabriques.perimetre("QP9", version="2024", geometrie=carre(10, 40))
    fabriques.residence("R1", longitude=None, latitude=None, qpv_declare="QP1")
    fabriques.residence("R2", longitude=20, latitude=40, qpv_declare="QP1")
    appartenances.calculer(fabriques.EPCI)
    assert places("R1") == [("2015", True, "QP1", "declare"), ("2024", False, "", "majorite")]
    assert places("R2") == [("2015", False, "", "point"), ("2024", False, "", "point")]


@pytest.mark.parametrize(
    ("drapeaux", "dedans"),
    [([1, 1, 2], True), ([1, 2], False), ([1, 2, 2], False), ([1, None, None], True), ([None], False), ([], False)],
)
def test_majority_of_the_flags_says_in_or_out_but_in_no_single_qpv(quartier, drapeaux, dedans):
    fabriques.residence(longitude=None, latitude=None)
    for drapeau in drapeaux:
        fabriques.logement(qpv=drapeau)
    appartenances.calculer(fabriques.EPCI)
    assert places() == [("2015", dedans, "", "majorite")]


def test_majority_reads_the_latest_millesime_only(quartier):
    fabriques.residence(longitude=None, latitude=None)
    fabriques.logement("A", millesime=2023, qpv=1)
    fabriques.logement("B", millesime=2023, qpv=1)
    fabriques.logement("A", millesime=2024, qpv=2)
    appartenances.calculer(fabriques.EPCI)
    assert places() == [("2015", False, "", "majorite")]


def test_other_natures_are_unknown_without_a_point(quartier):
    fabriques.perimetre("N1", nature="npnru", version="2014", geometrie=carre(2, 46))
    fabriques.residence(longitude=None, latitude=None, qpv_declare="QP1")
    appartenances.calculer(fabriques.EPCI)
    assert places(nature="npnru") == []


def test_recomputing_replaces_and_leaves_other_territories_alone(quartier):
    ailleurs = fabriques.commune("99002", epci="900000002")
    fabriques.residence("R9", commune=ailleurs)
    fabriques.residence()
    appartenances.calculer("900000002")
    appartenances.calculer(fabriques.EPCI)
    assert appartenances.calculer(fabriques.EPCI) == 1
    assert Appartenance.objects.count() == 2


def test_declared_code_that_the_point_contradicts_is_listed(quartier):
    fabriques.perimetre("QP2", geometrie=carre(10, 40))
    fabriques.residence("R1", qpv_declare="QP2")
    fabriques.residence("R2", qpv_declare="QP1")
    fabriques.residence("R3", qpv_declare="INCONNU")
    appartenances.calculer(fabriques.EPCI)
    ecarts = appartenances.ecarts_declares(fabriques.adhesion("bailleur"), fabriques.EPCI)
    assert [(e.residence, e.declare, e.calcule) for e in ecarts] == [(f"{fabriques.BAILLEUR}:R1", "QP2", "QP1")]


def test_nothing_loaded_gives_nothing(quartier):
    assert appartenances.calculer("900000009") == 0


def test_ten_thousand_residences_in_a_few_seconds(quartier):
    for n in range(80):
        fabriques.perimetre(f"QX{n}", version="2024", geometrie=carre(n % 10, 40 + n // 10, 0.5))
    modele = fabriques.residence("R0")
    Residence.objects.bulk_create(
        Residence(
            depot=modele.depot,
            bailleur=fabriques.BAILLEUR,
            code=f"X{n}",
            nom="x",
            commune_id=fabriques.COMMUNE,
            longitude=(n % 100) / 10,
            latitude=40 + (n // 100) / 10,
        )
        for n in range(10_000)
    )
    depart = time.perf_counter()
    assert appartenances.calculer(fabriques.EPCI) >= 20_000
    assert time.perf_counter() - depart < 10
