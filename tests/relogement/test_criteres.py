"""The four ANRU criteria at their boundaries (regles §7)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest

from relogement.calculs.criteres import Compte, Regles, compter, etats, evaluer, reloges

REGLES = Regles(effort_max=Fraction(3, 10), neuf_annees=5)
MENAGE = {
    "etat": "reloge",
    "date_enquete": date(2024, 1, 10),
    "premiere_offre": date(2024, 3, 1),
    "date_bail": date(2024, 6, 1),
    "date_premiere_location": date(2021, 6, 1),
    "premiere_location_rpls": None,
    "dest_en_qpv": False,
    "dest_dans_quartier": False,
    "ressources": Decimal("1200.00"),
    "loyer_avant": Decimal("420.00"),
    "charges_avant": Decimal("100.00"),
    "apl_avant": Decimal("250.00"),
    "loyer_apres": Decimal("420.00"),
    "charges_apres": Decimal("100.00"),
    "apl_apres": Decimal("250.00"),
}


def menages(*differences: dict) -> pd.DataFrame:
    return pd.DataFrame([MENAGE | difference for difference in differences], dtype="object")


def verdict(critere: str, **difference):
    valeur = evaluer(menages(difference), REGLES)[critere].iloc[0]
    return None if pd.isna(valeur) else bool(valeur)


@pytest.mark.parametrize(
    ("premiere", "bail", "attendu"),
    [
        (date(2019, 6, 1), date(2024, 5, 31), True),  # a day short of five years
        (date(2019, 6, 1), date(2024, 6, 1), False),  # exactly five years
        (date(2019, 6, 1), date(2024, 6, 2), False),
        (date(2020, 2, 29), date(2025, 2, 27), True),
        (date(2020, 2, 29), date(2025, 2, 28), False),  # five years from 29 February end on 28 February
        (date(2019, 2, 28), date(2024, 2, 27), True),
        (date(2019, 2, 28), date(2024, 2, 28), False),
        (date(2019, 3, 1), date(2024, 2, 29), True),
        (date(2024, 6, 1), date(2024, 6, 1), True),  # new
        (date(2024, 9, 1), date(2024, 6, 1), True),  # let before its recorded first letting
        (date(1890, 1, 1), date(2024, 6, 1), False),
        (None, date(2024, 6, 1), None),
    ],
)
def test_new_is_strictly_less_than_five_calendar_years_at_the_lease(premiere, bail, attendu):
    assert verdict("neuf", date_premiere_location=premiere, date_bail=bail) is attendu


def test_first_letting_of_rpls_serves_only_when_the_file_is_silent():
    recent, ancien = date(2023, 1, 1), date(1975, 1, 1)
    assert verdict("neuf", date_premiere_location=None, premiere_location_rpls=recent) is True
    assert verdict("neuf", date_premiere_location=ancien, premiere_location_rpls=recent) is False


@pytest.mark.parametrize(
    ("difference", "attendu"),
    [
        ({}, True),  # 270 before, 270 after
        ({"loyer_apres": Decimal("510.00")}, True),  # 360 of 1 200: exactly 30 %
        ({"loyer_apres": Decimal("510.01")}, False),  # 360.01: above on both
        ({"loyer_apres": Decimal("510.01"), "loyer_avant": Decimal("510.01")}, True),  # 30 % passed, but no rise
        ({"loyer_apres": Decimal("510.01"), "loyer_avant": Decimal("510.00")}, False),
        ({"loyer_avant": None}, True),  # before unknown, effort rate of 22.5 %
        ({"loyer_avant": None, "loyer_apres": Decimal("600.00")}, None),  # only one known, and false
        ({"ressources": None}, True),  # effort unknown, no rise
        ({"ressources": None, "apl_apres": Decimal("0.00")}, None),
        ({"ressources": Decimal("0.00")}, True),  # no resources: the effort rate is unknown, not infinite
        ({"ressources": Decimal("0.00"), "apl_apres": Decimal("0.00")}, None),
        ({"loyer_apres": None}, None),  # both unknown
        ({"charges_apres": None}, None),
        ({"apl_apres": None}, None),
        ({"apl_apres": Decimal("600.00")}, True),  # the household pays nothing
        ({"loyer_apres": Decimal("0.00"), "charges_apres": Decimal("0.00"), "apl_apres": Decimal("0.00")}, True),
    ],
)
def test_reste_a_charge_holds_when_it_does_not_rise_or_stays_within_thirty_percent(difference, attendu):
    assert verdict("reste_a_charge", **difference) is attendu


@pytest.mark.parametrize(("loyer", "attendu"), [(Decimal("99.99"), True), (Decimal("100.00"), False)])
def test_thirty_percent_is_compared_in_cents_not_in_rounded_rates(loyer, attendu):
    """Of 333.33 €, 30 % is 99.999 €: 100.00 € passes it although both round to 30.0 %."""
    sans_aide = {"charges_apres": Decimal(0), "apl_apres": Decimal(0), "loyer_avant": Decimal(0)}
    assert verdict("reste_a_charge", ressources=Decimal("333.33"), loyer_apres=loyer, **sans_aide) is attendu


def test_charter_may_set_another_effort_rate():
    table = menages({"loyer_apres": Decimal("510.00")})
    assert not evaluer(table, Regles(Fraction(1, 4), 5))["reste_a_charge"].iloc[0]
    assert evaluer(table, Regles(Fraction(375, 1000), 5))["reste_a_charge"].iloc[0]


@pytest.mark.parametrize(("place", "attendu"), [(True, False), (False, True), (None, None)])
def test_place_of_the_destination_decides_and_an_unknown_place_stays_unknown(place, attendu):
    assert verdict("hors_qpv", dest_en_qpv=place) is attendu
    assert verdict("hors_quartier", dest_dans_quartier=place) is attendu


def test_unknown_leaves_the_denominator_and_is_counted_apart():
    table = menages({}, {"dest_en_qpv": True}, {"dest_en_qpv": None}, {"dest_en_qpv": False})
    compte = compter(evaluer(table, REGLES)["hors_qpv"])
    assert compte == Compte(2, 3, 1)
    assert compte.taux == Fraction(2, 3)
    assert compter(evaluer(menages({"dest_en_qpv": None}), REGLES)["hors_qpv"]).taux is None


@pytest.mark.parametrize(
    ("difference", "le", "attendu"),
    [
        ({}, date(2024, 5, 31), False),
        ({}, date(2024, 6, 1), True),
        ({"etat": "temporaire"}, date(2025, 1, 1), False),
        ({"etat": "depart_volontaire"}, date(2025, 1, 1), False),
        ({"date_bail": None}, date(2025, 1, 1), False),
        ({"etat": "proposition"}, date(2025, 1, 1), True),  # the lease decides, not the state as filed
    ],
)
def test_rehoused_for_good_means_a_lease_by_the_date_of_the_review(difference, le, attendu):
    assert bool(reloges(menages(difference), le).iloc[0]) is attendu


@pytest.mark.parametrize(
    ("difference", "le", "attendu"),
    [
        ({}, date(2024, 1, 9), "identifie"),
        ({}, date(2024, 1, 10), "enquete"),
        ({}, date(2024, 3, 1), "proposition"),
        ({}, date(2024, 6, 1), "reloge"),
        ({"date_bail": None}, date(2025, 1, 1), "proposition"),
        ({"date_enquete": None}, date(2024, 3, 1), "proposition"),
        ({"date_enquete": None, "premiere_offre": None, "date_bail": None}, date(2025, 1, 1), "identifie"),
        ({"etat": "temporaire"}, date(2024, 1, 1), "temporaire"),
        ({"etat": "depart_volontaire"}, date(2025, 1, 1), "depart_volontaire"),
    ],
)
def test_state_at_a_date_comes_from_the_dates(difference, le, attendu):
    assert etats(menages(difference), le).iloc[0] == attendu


def test_no_household_gives_zero_over_zero():
    vide = menages({}).iloc[:0]
    assert [compter(c) for _, c in evaluer(vide, REGLES).items()] == [Compte(0, 0, 0)] * 4
    assert etats(vide, date(2024, 1, 1)).empty
