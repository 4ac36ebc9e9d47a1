"""Each night: rounds opened where a note is due, one e-mail to who owes an opinion, never twice."""

from datetime import date, timedelta

import pytest
from django.core import mail

from diagnostic.models import RappelAvis, TourAvis
from diagnostic.services.rappels_avis import chaque_nuit
from suivi import tasks
from tests import fabriques as f

pytestmark = pytest.mark.django_db
LE = date(2026, 11, 20)
SIREN_COMMUNE = "900200001"


@pytest.fixture
def parties():
    """A residence put to opinion, with someone who writes and someone who reads on each side."""
    f.commune(siren=SIREN_COMMUNE)
    commune = f.organisation("commune", SIREN_COMMUNE)
    tour = f.tour_avis(f.residence("R1"), ouvert_le=LE)
    for role in ("gestionnaire", "lecteur"):
        f.adhesion("bailleur", role, utilisateur=f.utilisateur(f"bailleur.{role}@exemple.fr"))
        f.adhesion("commune", role, organisation=commune, utilisateur=f.utilisateur(f"commune.{role}@exemple.fr"))
    return tour


def destinataires() -> list[str]:
    return sorted(adresse for courriel in mail.outbox for adresse in courriel.to)


def test_each_side_that_owes_an_opinion_is_told_once_with_the_number_and_the_date(parties):
    f.tour_avis(f.residence("R2"), ouvert_le=LE, limite=date(2026, 12, 1))
    assert chaque_nuit(LE) == 2
    assert destinataires() == ["bailleur.gestionnaire@exemple.fr", "commune.gestionnaire@exemple.fr"]
    courriel = mail.outbox[0]
    assert "2 avis de proximité attendus" in courriel.subject
    assert "Agglomération d'essai" in courriel.body
    assert "01/12/2026" in courriel.body
    assert f"/diagnostic/avis/?epci={f.EPCI}&etat=a_donner" in courriel.body
    assert chaque_nuit(LE) == 0
    assert len(mail.outbox) == 2


def test_who_has_given_its_opinion_is_left_alone(parties):
    f.avis_proximite(parties, "bailleur", 3)
    chaque_nuit(LE)
    assert destinataires() == ["commune.gestionnaire@exemple.fr"]


def test_a_closed_round_is_owed_by_nobody(parties):
    TourAvis.objects.update(clos_le=LE)
    assert chaque_nuit(LE) == 0


@pytest.mark.parametrize(("jours", "rappeles"), [(1, 0), (29, 0), (30, 2), (31, 2)])
def test_a_reminder_comes_back_every_thirty_days(jours, rappeles, parties):
    chaque_nuit(LE)
    assert chaque_nuit(LE + timedelta(days=jours)) == rappeles


def test_a_round_opened_since_the_last_reminder_is_told_of_without_waiting(parties):
    chaque_nuit(LE)
    f.tour_avis(f.residence("R2"), ouvert_le=LE + timedelta(days=2))
    assert chaque_nuit(LE + timedelta(days=2)) == 2


@pytest.mark.parametrize(("le", "rappeles"), [(date(2028, 11, 19), 0), (date(2028, 11, 20), 2)])
def test_two_years_to_the_day_the_note_is_put_to_opinion_again(le, rappeles, parties):
    TourAvis.objects.all().delete()
    residence = f.diagnostic.Residence.objects.get()
    f.note_publiee(residence, publiee_le=LE, echeance=date(2028, 11, 20))
    assert chaque_nuit(le) == rappeles
    assert TourAvis.objects.ouverts().count() == (1 if rappeles else 0)


def test_an_organisation_without_writer_gets_no_reminder_and_none_is_recorded(parties):
    f.partenaires.Adhesion.objects.filter(role="gestionnaire").delete()
    assert chaque_nuit(LE) == 0
    assert not RappelAvis.objects.exists()


def test_a_mail_that_cannot_be_sent_is_tried_again_the_next_night(parties, settings):
    settings.EMAIL_BACKEND = "tests.diagnostic.test_rappels_avis.Panne"
    assert chaque_nuit(LE) == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert chaque_nuit(LE + timedelta(days=1)) == 2


def test_the_nightly_task_opens_and_reminds(parties, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: LE)
    tasks.rappels_avis()
    assert len(mail.outbox) == 2


class Panne:
    """A mail server that refuses everything."""

    def __init__(self, *args, **kwargs):
        pass

    def send_messages(self, messages):
        raise ConnectionRefusedError
