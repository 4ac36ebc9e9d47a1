import fcntl
import signal
import sys
from contextlib import contextmanager
from datetime import date
from functools import partial

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from partenaires.management.commande import Commande
from suivi.demonstration import chargement, superviseur
from suivi.demonstration.comptes import COMPTES
from suivi.demonstration.decor import LOGEMENTS

MINIMUM = 40


class Command(Commande):
    help = "Charge un territoire fictif par les vrais dépôts, le calcule et le sert. Relancée, ne perd rien."

    def add_arguments(self, parser):
        parser.add_argument("--sans-serveur", action="store_true", help="rend la main une fois chargé et calculé")
        parser.add_argument(
            "--logements", metavar="N", type=int, default=LOGEMENTS, help="taille du parc (par défaut %(default)s)"
        )
        parser.add_argument("--port", metavar="P", type=int, default=8000, help="port des pages (%(default)s)")

    def handle(self, sans_serveur, logements, port, **options):
        if not settings.DEBUG:
            raise CommandError("La démonstration ne se charge qu'avec DEBUG=1 : ses comptes ont un mot de passe connu.")
        if logements < MINIMUM:
            raise CommandError(f"--logements {logements} : {MINIMUM} au moins.")
        if not sans_serveur and not superviseur.port_libre(port):
            raise CommandError(f"Le port {port} est déjà pris. Choisissez-en un autre : make demo PORT={port + 1}")
        with seule(), arret_propre():
            mot_de_passe = self.preparer(logements)
            if sans_serveur:
                self.presenter(mot_de_passe)
            else:
                self.servir(port, mot_de_passe)

    def preparer(self, logements: int) -> str:
        call_command("migrate", verbosity=0, interactive=False)
        try:
            return chargement.charger(settings.VAR / "demo", logements, date.today(), self.dire)
        except chargement.ChargementRefuse as refus:
            raise CommandError(str(refus)) from None

    def servir(self, port: int, mot_de_passe: str):
        connections.close_all()
        code = superviseur.superviser(
            superviseur.services(port, settings.VAR),
            settings.BASE_DIR,
            (superviseur.HOTE, port, "/"),
            partial(self.presenter, mot_de_passe, f"http://{superviseur.HOTE}:{port}"),
            self.dire,
        )
        if code:
            raise CommandError("La démonstration s'est arrêtée sur une erreur.")
        self.dire("Tout est arrêté.")

    def presenter(self, mot_de_passe: str, adresse: str = ""):
        largeur = max(len(compte.email) for compte in COMPTES)
        self.dire("")
        if adresse:
            self.dire(f"La plateforme répond sur {adresse} (API : {adresse}/api/docs/). Ctrl-C arrête tout.")
        self.dire(f"Territoire, organismes et chiffres fictifs. Mot de passe de chaque compte : {mot_de_passe}")
        for compte in COMPTES:
            self.dire(f"  {compte.email:<{largeur}}  {compte.role:<14}  {compte.usage}")

    def dire(self, ligne: str):
        self.stdout.write(ligne)
        self.stdout.flush()


@contextmanager
def seule():
    """One demo at a time on one `var/`."""
    settings.VAR.mkdir(parents=True, exist_ok=True)
    with (settings.VAR / "demo.verrou").open("a") as verrou:
        try:
            fcntl.flock(verrou, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"Une démonstration tourne déjà sur {settings.VAR}.") from None
        yield


@contextmanager
def arret_propre():
    """Before the server runs too, a signal stops what was started (the embedded PostgreSQL stops at exit)."""
    ancien = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError("Interrompu. Relancez la même commande pour reprendre.", returncode=130) from None
    finally:
        signal.signal(signal.SIGTERM, ancien)
