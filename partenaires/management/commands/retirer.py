from django.core.management.base import CommandError

from partenaires.management.commande import Commande
from partenaires.models import Depot
from partenaires.services.retrait import RetraitImpossible, retirer


class Command(Commande):
    help = "Retire un dépôt chargé : ce qui était en vigueur avant lui revient exactement."

    def add_arguments(self, parser):
        parser.add_argument("numero", type=int, metavar="NUMERO", help="numéro du dépôt, affiché dans son adresse")

    def handle(self, numero, **options):
        depot = Depot.objects.filter(pk=numero).first()
        if depot is None:
            raise CommandError(f"Aucun dépôt n'a le numéro {numero}. Son numéro est à la fin de son adresse.")
        try:
            retirer(depot)
        except RetraitImpossible as refus:
            raise CommandError(str(refus)) from None
        self.stdout.write(f"Dépôt {numero} retiré : {depot.type} {depot.fichier}.")
