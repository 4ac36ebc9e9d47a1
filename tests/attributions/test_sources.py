"""What the attainments of a year were made from, for who holds the rows."""

from datetime import date
from decimal import Decimal

import pytest

from attributions.services.sources import Sources, sources
from tests import fabriques as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def annee():
    f.commune()
    f.seuil(annee=2024, s1=9000)
    une = f.attribution(
        date(2024, 12, 20), date(2025, 1, 10), seuil_annee=2024, version_decision="2024", version_bail="2024"
    )
    autre = f.attribution(date(2025, 3, 1), None, seuil_annee=None, version_decision="2024")
    f.attribution(date(2023, 3, 1), date(2023, 4, 1), seuil_annee=2023, version_decision="2015", version_bail="2015")
    return une, autre


def test_epci_reads_deposits_thresholds_and_versions_of_the_year(annee):
    lues = sources(f.adhesion("epci"), f.EPCI, 2025)
    assert lues.depots == tuple(sorted({une.evenement.depot_id for une in annee}))
    assert lues.seuils == ((2024, Decimal("9000.00")),)
    assert lues.versions == ("2024",)


def test_who_does_not_hold_the_rows_reads_none_of_it(annee):
    assert sources(f.adhesion("action_logement", epci=f.EPCI), f.EPCI, 2025) == Sources()
