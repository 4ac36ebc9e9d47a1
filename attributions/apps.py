from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AttributionsConfig(AppConfig):
    name = "attributions"

    def ready(self):
        import_module("attributions.imports")  # declares the formats of the app
        import_module("attributions.checks")
        post_migrate.connect(
            import_module("attributions.reference").installer, sender=self, dispatch_uid="attributions.reference"
        )
