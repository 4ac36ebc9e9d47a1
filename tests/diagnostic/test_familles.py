"""Families of stock: read as the bailleurs write them, else deduced from the dwellings and the QPV."""

from datetime import date

import pytest

from diagnostic.calculs.familles import FAMILLES, deduire, normaliser
from diagnostic.services.familles import Famille, familles
from tests import fabriques as f


@pytest.mark.parametrize(
    ("texte", "code"),
    [
        *((code, code) for code in FAMILLES),
        *((str(rang), code) for rang, code in enumerate(FAMILLES, 1)),
        ("Collectif hors QPV", "collectif_hors_qpv"),
        ("COLLECTIF EN QPV", "collectif_qpv"),
        ("Individuel-QPV", "individuel_qpv"),
        ("individuel hors qpv", "individuel_hors_qpv"),
        ("Patrimoine spécifique (béguinage, étudiants)", "specifique"),
        ("Secteur rural", "rural"),
        (" 3 ", "collectif_qpv"),
        ("", ""),
        ("7", ""),
        ("collectif", ""),
        ("collectif et individuel en QPV", ""),
        ("tour", ""),
    ],
)
def test_a_family_is_known_whatever_its_spelling(texte, code):
    assert normaliser(texte) == code


@pytest.mark.parametrize(
    ("collectifs", "individuels", "en_qpv", "code"),
    [
        (2, 1, True, "collectif_qpv"),
        (2, 1, False, "collectif_hors_qpv"),
        (1, 2, True, "individuel_qpv"),
        (0, 1, False, "individuel_hors_qpv"),
        (2, 2, True, ""),
        (0, 0, False, ""),
        (5, 0, None, ""),
    ],
)
def test_a_family_is_deduced_from_the_majority_of_the_dwellings_and_the_qpv(collectifs, individuels, en_qpv, code):
    assert deduire(collectifs, individuels, en_qpv) == code


def logements(code, millesime, genres):
    for rang, genre in enumerate(genres):
        ident = f"{code}-{rang}"
        if not f.diagnostic.Passage.objects.filter(ident_int=ident).exists():
            f.passage(ident, code)
        f.logement(ident, millesime=millesime, typeconst=genre)


@pytest.mark.django_db
def test_families_of_a_territory_by_millesime():
    f.commune()
    f.perimetre("QP1", version="2024", debut=date(2024, 1, 1))
    f.residence("R1", famille="Secteur rural")
    for code, dedans in (("R2", True), ("R3", False), ("R4", True)):
        f.residence(code)
        f.appartenance(f"{f.BAILLEUR}:{code}", version="2024", dedans=dedans)
    logements("R2", 2024, "CCI")
    logements("R2", 2025, "CIIE")
    logements("R3", 2025, "C")
    lues = familles(f.EPCI, [2024, 2025])
    for millesime, de_r2 in ((2024, "collectif_qpv"), (2025, "individuel_qpv")):
        attendues = {
            "R1": Famille("rural"),
            "R2": Famille(de_r2, True),
            "R3": Famille("collectif_hors_qpv", True),  # by the RPLS of 2025, the earliest
            "R4": Famille("", True),  # no dwelling
        }
        assert lues[millesime] == {f"{f.BAILLEUR}:{code}": famille for code, famille in attendues.items()}
