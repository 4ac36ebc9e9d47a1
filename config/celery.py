import os
from importlib import import_module

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init, worker_ready
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("plateforme")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "recalcul-nocturne": {"task": "suivi.tasks.recalcul_nocturne", "schedule": crontab(hour=3, minute=30)},
    "rappels-d-avis": {"task": "suivi.tasks.rappels_avis", "schedule": crontab(hour=6, minute=30)},
    "depots-interrompus": {
        "task": "partenaires.tasks.balayer_depots",
        "schedule": crontab(),
        "options": {"expires": 50},
    },
    "territoires-a-recalculer": {
        "task": "suivi.tasks.balayer_territoires",
        "schedule": crontab(),
        "options": {"expires": 50},
    },
    "documents-en-attente": {
        "task": "diagnostic.tasks.balayer_editions",
        "schedule": crontab(),
        "options": {"expires": 50},
    },
}


@worker_init.connect
def exiger_cle_pseudonyme(**_):
    """A worker whose pseudonym key is another does not start. Celery's signals let only a SystemExit through."""
    try:
        import_module("attributions.checks").exiger_cle()
    except ImproperlyConfigured as refus:
        raise SystemExit(str(refus)) from refus


@worker_ready.connect
def reprendre_depots(**_):
    """Deposits that a former worker left are taken up again."""
    app.send_task("partenaires.tasks.balayer_depots", kwargs={"tout": True})
