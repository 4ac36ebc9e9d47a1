"""`purger`: what is past its period goes, except what an open year still rests on (conception §4)."""

from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from attributions.models import RadiationSne
from diagnostic.models import Comptage, MenageOps
from partenaires.models import Jeton, JournalAcces
from partenaires.services.purge import il_y_a, purger
from relogement.models import MenageRelogement
from tests import fabriques

pytestmark = pytest.mark.django_db
LE = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def durees():
    for code in ("ops", "sne", "demandes", "relogement", "jetons", "journal"):
        fabriques.parametre(f"conservation_{code}", 24)


def comptage(millesime):
    return Comptage.objects.create(
        epci=fabriques.EPCI, niveau="epci", territoire=fabriques.EPCI, millesime=millesime, population="ensemble"
    )


def radiation(date_bail):
    return RadiationSne.objects.create(
        depot=fabriques.depot("sne_radiations"), numero="n", cle_evenement=f"{date_bail}", attribution=True,
        date_caleol=date_bail - timedelta(days=30), date_bail=date_bail,
    )  # fmt: skip


def menage_reloge(date_bail):
    projet = fabriques.projet()
    return MenageRelogement.objects.create(
        depot=fabriques.depot("relogements"), projet=projet, operation=fabriques.operation(projet=projet),
        identifiant=f"{date_bail}", etat="reloge", date_bail=date_bail,
    )  # fmt: skip


def restantes(modele, champ):
    return sorted(modele.objects.values_list(champ, flat=True))


@pytest.mark.parametrize(
    "mois, le, attendu",
    [
        (12, date(2026, 11, 20), date(2025, 11, 20)),
        (1, date(2026, 3, 31), date(2026, 2, 28)),
        (1, date(2024, 3, 31), date(2024, 2, 29)),
        (11, date(2026, 11, 20), date(2025, 12, 20)),
        (24, date(2024, 2, 29), date(2022, 2, 28)),
    ],
)
def test_months_ago(mois, le, attendu):
    assert il_y_a(mois, le) == attendu


def test_survey_rows_go_when_the_whole_year_is_past_its_period():
    for annee in (2022, 2023, 2024):
        fabriques.menage_ops("L1", annee)
    purger(LE)
    assert restantes(MenageOps, "annee") == [2024]


def test_allocation_lives_from_its_last_date():
    for bail in (date(2024, 11, 19), date(2024, 11, 20), date(2024, 11, 21)):
        radiation(bail)
    purger(LE)
    assert restantes(RadiationSne, "date_bail") == [date(2024, 11, 20), date(2024, 11, 21)]


def test_rehoused_household_goes_with_its_period_and_the_waiting_one_stays():
    menage_reloge(date(2020, 1, 1))
    menage_reloge(date(2026, 1, 1))
    purger(LE)
    assert restantes(MenageRelogement, "date_bail") == [date(2026, 1, 1)]


def test_rows_of_a_year_that_bears_figures_stay_and_are_announced():
    fabriques.menage_ops("L1", 2020)
    comptage(2020)
    assert next(c for c in purger(LE) if "OPS" in c.regle.libelle).retenues == 1
    assert MenageOps.objects.exists()


def test_replaced_rows_go_even_when_their_year_bears_figures():
    fabriques.menage_ops("L1", 2020, courant=False)
    comptage(2020)
    purger(LE)
    assert not MenageOps.objects.exists()


def test_rows_soon_past_their_period_are_announced():
    radiation(date(2024, 12, 15))
    radiation(date(2025, 3, 15))
    assert next(c for c in purger(LE) if "SNE" in c.regle.libelle).a_venir == 1


def test_tokens_and_log_lines_go_after_their_period():
    adhesion = fabriques.adhesion()
    for expire in (datetime(2024, 1, 1, tzinfo=timezone.get_current_timezone()), timezone.now()):
        fabriques.jeton(adhesion)
        Jeton.objects.filter(expire_le__gt=timezone.now()).update(expire_le=expire)
    JournalAcces.objects.create(adhesion=adhesion, action="essai", objet="ancien")
    JournalAcces.objects.update(quand=timezone.now() - timedelta(days=800))
    purger(LE)
    assert Jeton.objects.count() == 1
    assert not JournalAcces.objects.filter(objet="ancien").exists()


def test_simulation_counts_and_deletes_nothing(capsys):
    fabriques.menage_ops("L1", 2010)
    call_command("purger", "--simulation")
    assert "ménages de l'enquête OPS (24 mois) : 1 lignes à effacer." in capsys.readouterr().out
    assert MenageOps.objects.exists()


def test_deletion_is_logged_and_the_second_run_finds_nothing(capsys):
    fabriques.menage_ops("L1", 2010)
    call_command("purger")
    assert JournalAcces.objects.get(action="purge").objet == "ménages de l'enquête OPS : 1 lignes de plus de 24 mois"
    capsys.readouterr()
    call_command("purger")
    assert "1 lignes" not in capsys.readouterr().out
