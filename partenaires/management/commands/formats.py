from django.core.management.base import BaseCommand

from partenaires.depots.documentation import page


class Command(BaseCommand):
    help = "Écrit la page des formats de fichier (docs/formats.md) d'après les contrats de colonnes."

    def handle(self, *args, **options):
        self.stdout.write(page(), ending="")
