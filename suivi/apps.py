from importlib import import_module

from django.apps import AppConfig


class SuiviConfig(AppConfig):
    name = "suivi"

    def ready(self):
        import_module("suivi.signaux")
