from django.core.management.base import CommandError

from partenaires.management.commande import Commande
from partenaires.models import Organisation
from partenaires.services.organisations import OrganisationInvalide, cle_de_luhn_juste, creer_organisation


class Command(Commande):
    help = "Crée une organisation partenaire. Sans effet si elle existe déjà."

    def add_arguments(self, parser):
        parser.add_argument("nature", metavar="NATURE", choices=Organisation.Nature.values, help="%(choices)s")
        parser.add_argument("siren", metavar="SIREN", help="neuf chiffres")
        parser.add_argument("nom", metavar="NOM", help="nom affiché")
        parser.add_argument("--epci", metavar="SIREN", default="", help="territoire de CIL de rattachement")
        parser.add_argument("--departement", metavar="DD", default="", help="département (obligatoire pour une ddt)")

    def handle(self, nature, siren, nom, epci, departement, **options):
        try:
            organisation, nouvelle = creer_organisation(nature, siren, nom, epci, departement)
        except OrganisationInvalide as refus:
            raise CommandError(str(refus)) from None
        etat = "créée" if nouvelle else "existe déjà, rien à créer"
        self.stdout.write(f"{organisation.nom} ({organisation.get_nature_display()}, {siren}) : {etat}.")
        if nouvelle and not cle_de_luhn_juste(siren):
            self.stderr.write(f"Avertissement : {siren} n'a pas la clé de contrôle d'un SIREN réel.")
