from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PartenairesConfig(AppConfig):
    name = "partenaires"

    def ready(self):
        from partenaires import reference

        post_migrate.connect(reference.installer, sender=self, dispatch_uid="partenaires.reference")
