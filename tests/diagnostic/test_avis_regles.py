"""Divergences between opinions, the day a note is due again, the rhythm of the reminders, notes of the grid."""

from datetime import date
from fractions import Fraction

import pytest

from diagnostic.calculs.avis import concordent, divergences, est_a_reevaluer
from diagnostic.calculs.grille import comptes, desaccords, moyenne
from diagnostic.services.rappels_avis import est_a_rappeler
from partenaires.services.conservation import dans


@pytest.mark.parametrize(
    ("bailleur", "commune", "proposee", "attendues", "concordant"),
    [
        (2, 2, 2, (), True),
        (2, 2, None, (), True),
        (2, 3, None, ("bailleur_commune",), False),
        (2, 3, 3, ("bailleur_commune", "bailleur_proposee"), False),
        (2, 2, 3, ("bailleur_proposee", "commune_proposee"), False),
        (1, 2, 3, ("bailleur_commune", "bailleur_proposee", "commune_proposee"), False),
        (2, None, 2, (), False),  # one side has not spoken: nothing is settled
        (2, None, 4, ("bailleur_proposee",), False),
        (None, None, 4, (), False),
    ],
)
def test_known_notes_that_differ_diverge(bailleur, commune, proposee, attendues, concordant):
    assert divergences(bailleur, commune, proposee) == attendues
    assert concordent(bailleur, commune, proposee) is concordant


@pytest.mark.parametrize(
    ("publiee_le", "le", "due"),
    [
        (date(2024, 11, 20), date(2026, 11, 19), False),
        (date(2024, 11, 20), date(2026, 11, 20), True),
        (date(2024, 11, 20), date(2026, 11, 21), True),
        (date(2024, 2, 29), date(2026, 2, 27), False),
        (date(2024, 2, 29), date(2026, 2, 28), True),  # no 29 February two years later: the last of the month
    ],
)
def test_a_note_is_due_two_years_to_the_day_after_its_publication(publiee_le, le, due):
    assert est_a_reevaluer(dans(24, publiee_le), le) is due


def test_a_residence_without_note_is_never_due():
    assert not est_a_reevaluer(None, date(2026, 11, 20))


@pytest.mark.parametrize(
    ("dernier", "ouvert_le", "attendu"),
    [
        (None, date(2026, 11, 1), True),
        (date(2026, 10, 22), date(2026, 10, 1), False),  # 29 days
        (date(2026, 10, 21), date(2026, 10, 1), True),  # 30 days to the day
        (date(2026, 11, 10), date(2026, 11, 10), False),  # reminded the day the round was opened
        (date(2026, 11, 10), date(2026, 11, 11), True),  # a round opened since
    ],
)
def test_a_reminder_goes_after_each_opening_then_every_thirty_days(dernier, ouvert_le, attendu):
    assert est_a_rappeler(dernier, ouvert_le, date(2026, 11, 20), 30) is attendu


def test_counts_of_the_grid_add_both_sides():
    fiches = [{"proprete": 4, "image": 3}, {"proprete": 2}]
    assert comptes(fiches) == (9, 3)
    assert moyenne(fiches) == Fraction(9, 3)
    assert moyenne([{}]) is None


def test_disagreement_is_where_both_rated_and_differ():
    assert desaccords({"proprete": 4, "image": 3, "securite": 1}, {"proprete": 2, "image": 3}) == {"proprete": 2}
