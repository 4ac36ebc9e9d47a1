from partenaires.depots.documentation import page
from partenaires.management.commande import Commande


class Command(Commande):
    help = "Écrit la page des formats de fichier (docs/formats.md) d'après les contrats de colonnes."

    def handle(self, *args, **options):
        self.stdout.write(page(), ending="")
