import sys

from django.core.management.base import CommandError
from django.db import transaction

from partenaires.management.commande import Commande
from partenaires.models import Adhesion
from partenaires.services.comptes import CompteInvalide, changer_mot_de_passe, inscrire, organisation_de


class Command(Commande):
    help = (
        "Crée un utilisateur et son adhésion à une organisation. Rejouée avec une autre organisation, elle ajoute une "
        "adhésion ; avec un autre rôle, elle change le rôle."
    )

    def add_arguments(self, parser):
        parser.add_argument("email", metavar="EMAIL", help="adresse e-mail, identifiant de connexion")
        parser.add_argument("--organisation", metavar="SIREN", required=True, help="SIREN de l'organisation")
        parser.add_argument("--role", required=True, choices=Adhesion.Role.values, help="rôle dans l'organisation")
        parser.add_argument(
            "--mot-de-passe-stdin", action="store_true", help="lit le mot de passe sur l'entrée standard"
        )

    def handle(self, email, organisation, role, mot_de_passe_stdin, **options):
        try:
            with transaction.atomic():
                adhesion, nouveau = inscrire(email, organisation_de(organisation), role)
                if mot_de_passe_stdin:
                    changer_mot_de_passe(adhesion.utilisateur, sys.stdin.readline().rstrip("\r\n"))
        except CompteInvalide as refus:
            raise CommandError(str(refus)) from None
        self.stdout.write(f"{adhesion} : {'utilisateur créé' if nouveau else 'adhésion à jour'}.")
        if not adhesion.utilisateur.has_usable_password():
            self.stdout.write(
                "Pas de mot de passe : connexion au site impossible tant qu'il n'est pas donné "
                "(même commande avec --mot-de-passe-stdin). Les jetons d'API fonctionnent."
            )
