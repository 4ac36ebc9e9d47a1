from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DiagnosticConfig(AppConfig):
    name = "diagnostic"

    def ready(self):
        import_module("diagnostic.imports")  # declares the formats of the app
        post_migrate.connect(import_module("diagnostic.reference").installer, sender=self)
