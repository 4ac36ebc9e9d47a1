"""Deposits that an organisation owes: which year by which date, done or to be done."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from partenaires.models import Parametre
from partenaires.services.attendus import echeances, lire
from tests import fabriques

LE = date(2026, 11, 20)


@pytest.mark.parametrize(
    "nature, type, le, annee, depuis",
    [
        ("bailleur", "rpls", date(2026, 11, 30), 2025, date(2025, 12, 1)),
        ("bailleur", "rpls", date(2026, 12, 1), 2026, date(2026, 12, 1)),
        ("bailleur", "ops", date(2026, 11, 30), 2024, date(2024, 12, 1)),
        ("bailleur", "ops", date(2026, 12, 1), 2026, date(2026, 12, 1)),
        ("bailleur", "ops", date(2027, 12, 31), 2026, date(2026, 12, 1)),
        ("bailleur", "gestion", date(2026, 2, 28), 2024, date(2025, 3, 1)),
        ("bailleur", "gestion", date(2026, 3, 1), 2025, date(2026, 3, 1)),
        ("epci", "sne_radiations", date(2026, 3, 31), None, date(2026, 3, 1)),
        ("epci", "sne_stock", date(2026, 1, 31), 2024, date(2025, 2, 1)),
        ("epci", "sne_stock", date(2026, 2, 1), 2025, date(2026, 2, 1)),
    ],
)
def test_year_due_changes_with_its_month(db, nature, type, le, annee, depuis):
    attendu = next(un for un in lire(fabriques.adhesion(nature), le) if un.type == type)
    assert (attendu.annee, attendu.depuis) == (annee, depuis)


@pytest.fixture
def chez_eux(db):
    """The EPCI asks for the rent roll of the year before from May, from 2026 on."""
    return Parametre.objects.create(
        code="echeance_gestion",
        epci=fabriques.EPCI,
        debut=date(2026, 1, 1),
        valeur={"mois": 5, "retard": 1, "pas": 1},
        source="protocole d'échange, art. 3",
    )


@pytest.mark.parametrize(
    "epci, le, annee",
    [
        (fabriques.EPCI, date(2025, 12, 31), 2024),
        (fabriques.EPCI, date(2025, 3, 1), 2024),
        (fabriques.EPCI, date(2026, 4, 30), 2024),
        (fabriques.EPCI, date(2026, 5, 1), 2025),
        ("900000002", date(2026, 4, 30), 2025),
        ("", date(2026, 4, 30), 2025),
    ],
)
def test_due_date_is_that_of_the_territory_from_its_day_and_else_the_platform_s(chez_eux, epci, le, annee):
    bailleur = fabriques.organisation("bailleur", epci=epci)
    echeance = next(une for une in echeances(bailleur, le) if une.type == "gestion")
    assert echeance.annee(le) == annee
    assert (echeance.source == chez_eux.source) == (epci == fabriques.EPCI and le >= chez_eux.debut)


def test_page_says_since_when_a_file_is_due_and_by_which_rule(client_de, chez_eux):
    bailleur = fabriques.adhesion("bailleur", organisation=fabriques.organisation("bailleur", epci=fabriques.EPCI))
    page = client_de(bailleur).get("/depots/").text
    assert "01/05/" in page
    assert "protocole d&#x27;échange, art. 3" in page


@pytest.fixture
def bailleur(db):
    return fabriques.adhesion("bailleur", "gestionnaire")


def etats(adhesion, le=LE):
    return {attendu.type: attendu.depot for attendu in lire(adhesion, le)}


def test_bailleur_owes_its_three_files_and_epci_those_of_the_sne(bailleur):
    assert etats(bailleur) == {"rpls": None, "ops": None, "gestion": None}
    assert etats(fabriques.adhesion("epci")) == {"sne_radiations": None, "sne_stock": None}
    assert lire(fabriques.adhesion("commune"), LE) == []


@pytest.mark.parametrize("millesime, fait", [(2024, False), (2025, True), (2026, True)])
def test_stock_is_done_by_its_millesime_or_a_later_one(bailleur, millesime, fait):
    depot = fabriques.depot("rpls", bailleur.organisation, millesime=millesime, charge_le=timezone.now())
    assert etats(bailleur)["rpls"] == (depot if fait else None)


@pytest.mark.parametrize("etat", ["refuse", "a_confirmer", "retire", "abandonne"])
def test_what_is_not_loaded_is_still_owed(bailleur, etat):
    fabriques.depot("rpls", bailleur.organisation, millesime=2025, etat=etat)
    assert etats(bailleur)["rpls"] is None


@pytest.mark.parametrize("annee, courant, fait", [(2025, True, True), (2024, True, False), (2025, False, False)])
def test_rent_roll_is_done_by_the_year_of_its_rows_in_force(bailleur, annee, courant, fait):
    depot = fabriques.depot("gestion", bailleur.organisation, charge_le=timezone.now())
    fabriques.gestion("R1", annee=annee, courant=courant, depot=depot)
    assert etats(bailleur)["gestion"] == (depot if fait else None)


@pytest.mark.parametrize("charge_le, fait", [(datetime(2026, 9, 30), False), (datetime(2026, 10, 1), True)])
def test_monthly_file_is_done_for_this_month_and_the_one_before(db, charge_le, fait):
    epci = fabriques.adhesion("epci")
    depot = fabriques.depot("sne_radiations", epci.organisation, charge_le=charge_le.replace(hour=12, tzinfo=UTC))
    assert etats(epci)["sne_radiations"] == (depot if fait else None)


def test_deposit_of_another_bailleur_fills_nothing(bailleur):
    autre = fabriques.organisation("bailleur", "900100002")
    fabriques.depot("rpls", autre, millesime=2025, charge_le=timezone.now())
    assert etats(bailleur)["rpls"] is None


def test_page_shows_what_is_owed_with_its_template_and_where_to_deposit(client_de, bailleur):
    page = client_de(bailleur).get("/depots/").content.decode()
    for attendu in ("Dépôts attendus", "à déposer", "/depots/nouveau/", "/depots/modeles/rpls.xlsx"):
        assert attendu in page


def test_reader_is_shown_what_is_owed_and_no_way_to_deposit(client_de, bailleur):
    lecteur = fabriques.adhesion(organisation=bailleur.organisation, role="lecteur")
    page = client_de(lecteur).get("/depots/").content.decode()
    assert "à déposer" in page
    assert "/depots/nouveau/" not in page
