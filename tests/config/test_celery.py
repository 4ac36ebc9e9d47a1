"""The clock of the nightly job."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from kombu import Connection

from config import embarque
from config.celery import app


def test_the_nightly_job_runs_at_half_past_three_in_paris():
    tache = app.conf.beat_schedule["recalcul-nocturne"]
    assert app.conf.timezone == "Europe/Paris"
    assert (tache["schedule"].hour, tache["schedule"].minute) == ({3}, {30})


@pytest.mark.parametrize("jour", [datetime(2026, 1, 15, 2), datetime(2026, 7, 15, 2)])
def test_half_past_three_holds_in_winter_and_in_summer(jour):
    horaire = app.conf.beat_schedule["recalcul-nocturne"]["schedule"]
    horaire.nowfun = lambda: jour.replace(tzinfo=ZoneInfo("Europe/Paris"))
    attente = horaire.remaining_estimate(jour.replace(tzinfo=ZoneInfo("Europe/Paris")))
    assert attente.total_seconds() == 90 * 60


def test_the_task_of_the_nightly_job_exists():
    app.loader.import_default_modules()
    assert app.conf.beat_schedule["recalcul-nocturne"]["task"] in app.tasks


def test_a_message_left_in_the_folder_reaches_a_reader_of_the_same_folder(tmp_path):
    reglages = embarque.courtier_fichiers(tmp_path)
    with Connection(
        reglages["CELERY_BROKER_URL"], transport_options=reglages["CELERY_BROKER_TRANSPORT_OPTIONS"]
    ) as connexion:
        file = connexion.SimpleQueue("essai")
        file.put({"epci": "000900012"})
        message = file.get(timeout=5)
        message.ack()
        assert message.payload == {"epci": "000900012"}
        file.close()


@pytest.mark.services
@pytest.mark.filterwarnings("ignore::celery.exceptions.AlwaysEagerIgnored")
def test_a_task_sent_to_the_broker_of_the_settings_reaches_a_worker_s_queue():
    with app.connection_for_write() as connexion:
        file = connexion.SimpleQueue(f"{app.conf.task_default_queue}-essai")
        file.clear()
        app.send_task("suivi.tasks.recalcul_nocturne", queue=file.queue.name, connection=connexion)
        message = file.get(timeout=10)
        message.ack()
        assert message.headers["task"] == "suivi.tasks.recalcul_nocturne"
        file.close()
