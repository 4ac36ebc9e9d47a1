from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RelogementConfig(AppConfig):
    name = "relogement"

    def ready(self):
        import_module("relogement.imports")  # declares the formats of the app
        post_migrate.connect(import_module("relogement.reference").installer, sender=self)
