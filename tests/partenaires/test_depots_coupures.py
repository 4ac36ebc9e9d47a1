"""The web process killed while it receives a file: the deposit is there whole or not at all, what is left on the disk
is swept, and the same file can be handed in again."""

import hashlib
import json
import os
import random
import threading
import time
from itertools import cycle, islice

import pytest
from django.db import connection

from partenaires.models import Depot
from partenaires.services import stockage
from partenaires.services.traitement import traiter
from tests import fabriques as f
from tests.partenaires.serveur_a_part import Envoi, Serveur, environnement
from tests.suivi.test_recalcul_worker import attendre

pytestmark = pytest.mark.django_db(transaction=True)
TOURS_LONGS = 30
PAR = ("api", "page")
LIGNES = 60_000
ENTETE = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES\n"
CONTENU = (ENTETE + "".join(f"{f.BAILLEUR};R{n:05d};2025;20;18\n" for n in range(LIGNES))).encode()
SHA256 = hashlib.sha256(CONTENU).hexdigest()


class Partenaire:
    """A bailleur that hands its file in by the API or by the page, and what came of it."""

    def __init__(self, var, client):
        self.var, self.variables = var, environnement(var)
        membre = f.adhesion("bailleur", "gestionnaire")
        f.commune()
        cookies = client(membre).cookies["sessionid"].value
        secret = "a" * 32
        self.envois = {
            "api": Envoi(
                "/api/v1/depots/", "fichier", "gestion.csv", CONTENU, {"Authorization": f"Token {f.jeton(membre)}"}
            ),
            "page": Envoi(
                *("/depots/nouveau/", "fichiers", "gestion.csv", CONTENU),
                {"Cookie": f"sessionid={cookies}; csrftoken={secret}", "X-Requested-With": "depot"},
                csrfmiddlewaretoken=secret,
            ),
        }
        self.serveur: Serveur | None = None

    def servir(self, **options):
        self.serveur = Serveur(self.variables, self.var / "web.log", **options)

    def journal(self) -> str:
        return (self.var / "web.log").read_text()[-3000:]

    def deposer(self, par: str) -> Depot:
        """The file handed in, with nothing to stop it."""
        avant = set(deposes())
        statut, corps = self.envois[par].faire(self.serveur.adresse, pause_s=0)
        assert statut == {"api": 202, "page": 200}[par], self.journal()
        (numero,) = set(deposes()) - avant
        assert par == "page" or json.loads(corps)["id"] == numero
        return Depot.objects.get(pk=numero)

    def couper(self, par: str, moment: float):
        """The server killed so many seconds after the sending began."""
        minuteur = threading.Timer(moment, self.serveur.tuer)
        minuteur.start()
        self.envois[par].faire(self.serveur.adresse)
        minuteur.join()


def deposes() -> list[int]:
    return list(Depot.objects.filter(fichier="gestion.csv").values_list("pk", flat=True))


def restes() -> set[str]:
    """Names of the files kept, in the making or in clear."""
    return {chemin.name for chemin in stockage.dossier().rglob("*") if chemin.is_file()}


def vieillir():
    for chemin in stockage.dossier().rglob("*"):
        os.utime(chemin, (time.time() - 7200,) * 2)


@pytest.fixture
def partenaire(settings, client_de):
    stockage.dossier().parent.mkdir(parents=True, exist_ok=True)
    connection.ensure_connection()
    un = Partenaire(settings.VAR, client_de)
    yield un
    if un.serveur:
        un.serveur.tuer()


def verifier_entier(depot: Depot):
    """What the database says was received is what is kept."""
    assert (depot.sha256, depot.taille) == (SHA256, len(CONTENU))
    assert hashlib.sha256(b"".join(stockage.lire(stockage.chemin_de(depot)))).hexdigest() == SHA256


def verifier_controle(depot: Depot):
    if depot.etat == Depot.Etat.A_PRECISER:
        Depot.objects.filter(pk=depot.pk).update(etat=Depot.Etat.RECU)
    depot = traiter(depot.pk)
    assert (depot.etat, depot.rapport["lignes_chargees"]) == (Depot.Etat.A_CONFIRMER, LIGNES)


def duree_d_envoi(partenaire) -> float:
    """Seconds of a sending that nothing stops."""
    debut = time.monotonic()
    assert partenaire.envois["api"].faire(partenaire.serveur.adresse)
    return time.monotonic() - debut


def verifier(partenaire, tours: int, hasard: random.Random) -> set[bool]:
    """By the API, then by the page, and so on."""
    partenaire.servir()
    duree, issues = duree_d_envoi(partenaire), set()
    for par in islice(cycle(PAR), tours):
        avant = set(deposes())
        partenaire.couper(par, hasard.uniform(0, 1.1 * duree))
        gardes = set(deposes()) - avant
        assert len(gardes) <= 1
        issues.add(bool(gardes))
        vieillir()
        stockage.balayer()
        assert restes() == {f"{numero}.chiffre" for numero in deposes()}
        for depot in Depot.objects.filter(pk__in=gardes):
            verifier_entier(depot)
        partenaire.servir()
        verifier_entier(partenaire.deposer(par))
    verifier_controle(Depot.objects.latest("pk"))
    return issues


def test_web_process_killed_while_it_receives_leaves_nothing_half_done(partenaire):
    verifier(partenaire, len(PAR), random.Random())


@pytest.mark.robustesse
def test_web_process_killed_thirty_times(partenaire):
    assert False in verifier(partenaire, TOURS_LONGS, random.Random())


def test_a_sender_that_goes_away_leaves_nothing_behind(partenaire):
    partenaire.servir()
    for par in PAR:
        partenaire.envois[par].faire(partenaire.serveur.adresse, jusqu_a=0.7)
        assert attendre(lambda: restes() == set()), restes()
        assert deposes() == []
    verifier_entier(partenaire.deposer(par))


def test_a_disk_that_fills_up_while_it_receives_is_said_and_leaves_nothing_behind(partenaire):
    """The system itself refuses the last bytes; the server goes on."""
    partenaire.servir(fichier_max=len(CONTENU) // 2)
    for par in PAR:
        statut, corps = partenaire.envois[par].faire(partenaire.serveur.adresse, pause_s=0)
        assert (statut, "disque du serveur est plein" in corps.decode()) == (507, True), partenaire.journal()
        assert (deposes(), restes()) == ([], set())
