"""The bound of low rents and the APL ceilings, from the sources' own figures."""

from datetime import date
from decimal import Decimal

import pytest

from diagnostic.calculs.bas_loyers import loyer_m2_max
from diagnostic.calculs.plafonds_apl import Menage, bareme, zones


@pytest.mark.parametrize(
    ("ressources", "apl", "surface", "attendu"),
    [(900, 260, 65, "6.22"), (0, 260, 65, "3.33"), (900, 0, 65, "2.88"), (900, "260.50", "65.5", "6.18")],
)
def test_highest_rent_per_m2_for_a_share_of_the_resources(ressources, apl, surface, attendu):
    assert round(loyer_m2_max(ressources, apl, surface, 0.25, 0.2), 2) == Decimal(attendu)


@pytest.mark.parametrize("surface", [0, -1])
def test_no_bound_without_a_surface(surface):
    with pytest.raises(ValueError, match="supérieure à 0"):
        loyer_m2_max(900, 260, surface, 0.25, 0.2)


@pytest.mark.parametrize(
    ("zone", "couple", "charge", "le", "plafond", "charges"),
    [
        (1, False, 0, date(2025, 1, 1), "329.71", "59.97"),
        (2, False, 0, date(2025, 1, 1), "287.35", "59.97"),
        (3, True, 0, date(2025, 1, 1), "326.48", "59.97"),
        (2, True, 1, date(2025, 1, 1), "395.77", "73.57"),
        (2, False, 1, date(2025, 1, 1), "395.77", "73.57"),  # a lone parent, as a couple with a dependant
        (2, True, 3, date(2025, 1, 1), "510.99", "100.77"),
        (2, True, 1, date(2014, 1, 1), "349.26", "64.92"),
        (2, False, 0, date(2024, 9, 30), "278.28", "58.08"),  # the day before the scale of October 2024
        (2, False, 0, date(2024, 10, 1), "287.35", "59.97"),
    ],
)
def test_ceiling_and_flat_charges_of_a_household_in_a_zone_on_a_date(zone, couple, charge, le, plafond, charges):
    lu = bareme(zone, Menage(couple, charge), le)
    assert (lu.plafond, lu.forfait_charges) == (Decimal(plafond), Decimal(charges))


def test_overseas_charges_differ():
    menage, le = Menage(True, 2), date(2025, 1, 1)
    assert bareme(2, menage, le, outre_mer=True).forfait_charges < bareme(2, menage, le).forfait_charges


@pytest.mark.parametrize(("zone", "le"), [(0, date(2025, 1, 1)), (4, date(2025, 1, 1)), (2, date(2001, 12, 31))])
def test_unknown_zone_or_too_early_a_date_is_refused(zone, le):
    with pytest.raises(ValueError):
        bareme(zone, Menage(False, 0), le)


def test_zone_of_a_commune_of_an_arrondissement_and_of_none():
    connues = zones()
    assert (connues["75056"], connues["75113"], connues["31555"], connues["59350"]) == (1, 1, 2, 2)
    assert "99001" not in connues
