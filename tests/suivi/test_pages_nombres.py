"""Numbers as French readers write them, and the words of an attainment."""

from datetime import date
from types import SimpleNamespace

import pytest

from suivi.templatetags import nombres
from suivi.templatetags.objectifs import barre, etat, reste


@pytest.mark.parametrize(
    ("ecrit", "attendu"),
    [
        (nombres.nombre(2239), "2\u202f239"),
        (nombres.nombre(1234567.5), "1\u202f234\u202f568"),
        (nombres.nombre(-2.25, 1), "\u22122,3"),
        (nombres.nombre(0), "0"),
        (nombres.nombre(None), "–"),
        (nombres.pourcent(0.184), "18,4\u202f%"),
        (nombres.pourcent(0.0005), "0,1\u202f%"),
        (nombres.pourcent(None), "–"),
        (nombres.cible(0.25), "25\u202f%"),
        (nombres.cible(0.125), "12,5\u202f%"),
        (nombres.points(0.021), "+2,1 points"),
        (nombres.points(-0.05), "\u22125,0 points"),
        (nombres.euros(9052), "9\u202f052\u202f€"),
        (nombres.mesure(6.4321, "euros_par_m2"), "6,43\u202f€/m²"),
        (nombres.mesure(2.345, "moyenne"), "2,35"),
        (nombres.mesure(0.5, "menages"), "50,0\u202f%"),
    ],
)
def test_numbers_in_french(ecrit, attendu):
    assert ecrit == attendu


def ligne(**champs):
    defauts = {
        "annee": 2025,
        "au": date(2025, 12, 31),
        "secret": False,
        "alertes": [],
        "taux": 0.2,
        "cible": 0.25,
        "cible_max": None,
        "atteint": False,
        "reste_a_faire": 3,
    }
    return SimpleNamespace(**(defauts | champs))


@pytest.mark.parametrize(
    ("champs", "mot", "forme"),
    [
        ({"atteint": True}, "atteint", "✓"),
        ({"atteint": True, "au": date(2025, 6, 30)}, "tenu à ce jour", "✓"),
        ({}, "non atteint", "✕"),
        ({"au": date(2025, 12, 30)}, "à rattraper", "▲"),
        ({"au": date(2026, 1, 1)}, "non atteint", "✕"),
        ({"atteint": None}, "trop peu d'événements", "·"),
        ({"atteint": None, "cible": None}, "suivi, sans cible", "·"),
        ({"atteint": None, "cible": None, "alertes": ["non_concerne"]}, "non concerné", "·"),
        ({"secret": True, "atteint": None}, "secret", "·"),
    ],
)
def test_state_is_a_word_and_a_shape(champs, mot, forme):
    verdict = etat(ligne(**champs))
    assert (verdict.mot, verdict.forme) == (mot, forme)


def test_bar_puts_the_target_in_the_middle_unless_it_is_above_half():
    assert (barre(ligne()).fait, barre(ligne()).cible) == (40.0, 50.0)
    assert barre(ligne(cible=0.8, taux=0.4)).cible == 80.0
    assert barre(ligne(cible=None)).fait == 20.0


def test_masked_or_unknown_rate_has_no_bar():
    assert barre(ligne(secret=True)) is None
    assert barre(ligne(taux=None)) is None


def test_what_is_left_of_a_range_says_both_ends():
    assert reste(ligne(reste_a_faire={"min": 3, "max": 1200})) == "3 au moins, 1\u202f200 au plus"
    assert reste(ligne(reste_a_faire=None)) == "–"
