from django.core.management.base import CommandError

from partenaires.management.commande import Commande
from partenaires.services.comptes import CompteInvalide, adhesion_unique, emettre_jeton


class Command(Commande):
    help = "Émet un jeton d'API pour une adhésion et l'écrit, seul, sur la sortie standard."

    def add_arguments(self, parser):
        parser.add_argument("email", metavar="EMAIL", help="adresse e-mail du membre")
        parser.add_argument(
            "--organisation", metavar="SIREN", default="", help="organisation, si le membre a plusieurs adhésions"
        )
        parser.add_argument("--jours", metavar="N", type=int, default=90, help="durée de validité (défaut : 90)")

    def handle(self, email, organisation, jours, **options):
        try:
            jeton = emettre_jeton(adhesion_unique(email, organisation), jours, "ligne de commande")
        except CompteInvalide as refus:
            raise CommandError(str(refus)) from None
        self.stdout.write(jeton)
