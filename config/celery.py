import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("plateforme")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "recalcul-nocturne": {"task": "suivi.tasks.recalcul_nocturne", "schedule": crontab(hour=3, minute=30)},
}
