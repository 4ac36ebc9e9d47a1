"""One process that holds the others: starts them, prefixes their logs, stops them all when told or when one dies."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket

HOTE = "127.0.0.1"
DELAI_ARRET = 15  # seconds left to a child that was asked to stop
DELAI_PAGE = 90  # seconds left to the first page
SIGNAUX = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PREFIXES_DE_TEST = ("PYTEST", "COV_", "HYPOTHESIS")


@dataclass(frozen=True)
class Service:
    """A child process: the name that prefixes its log, and its command."""

    nom: str
    commande: tuple[str, ...]


def services(port: int, var: Path) -> tuple[Service, ...]:
    """What the demo runs: the pages, the worker and the clock of the nightly job."""
    python = (sys.executable, "-m")
    celery = (*python, "celery", "-A", "config")
    return (
        Service(
            "web",
            (
                *(*python, "gunicorn", "config.wsgi", "--bind", f"{HOTE}:{port}", "--threads", "8"),
                *("--timeout", "120", "--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"),
            ),
        ),
        Service(
            "tâches",
            (
                *(*celery, "--quiet", "worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle", "--hostname", f"plateforme-{port}@%h"),
            ),
        ),
        Service(
            "horloge",
            (
                *(*celery, "--quiet", "beat", "--loglevel", "WARNING", "--pidfile="),
                *("--schedule", str(var / "celerybeat-schedule")),
            ),
        ),
    )


def port_libre(port: int) -> bool:
    with socket() as prise:
        prise.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            prise.bind((HOTE, port))
        except OSError:
            return False
    return True


def superviser(les_services, dossier: Path, adresse: tuple[str, int, str] | None, pret, ecrire) -> int:
    """Run the services until a signal (exit code 0) or until one of them dies (1). `adresse`: (host, port, path) of the
    page whose answer calls `pret()`; `ecrire(line)` receives every line to show."""
    arret = threading.Event()
    anciens = {numero: signal.signal(numero, lambda *_: arret.set()) for numero in SIGNAUX}
    enfants = {service.nom: lancer(service, dossier, ecrire) for service in les_services}
    try:
        if adresse is None or attendre_page(adresse, enfants, arret):
            pret()
        elif not arret.is_set() and not morts(enfants):
            ecrire(f"La page d'accueil ne répond pas au bout de {DELAI_PAGE} s.")
            return 1
        while not arret.wait(0.3):
            if morts(enfants):
                break
        for nom in morts(enfants):
            ecrire(f"« {nom} » s'est arrêté de lui-même (code {enfants[nom].returncode}) : arrêt de l'ensemble.")
        return 1 if morts(enfants) else 0
    finally:
        arreter(enfants)
        for numero, ancien in anciens.items():
            signal.signal(numero, ancien)


def lancer(service: Service, dossier: Path, ecrire) -> subprocess.Popen:
    """A child in its own session: Ctrl-C reaches the supervisor alone, which stops the others in order."""
    enfant = subprocess.Popen(
        service.commande,
        cwd=dossier,
        env=environnement(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    threading.Thread(target=recopier, args=(service.nom, enfant.stdout, ecrire), daemon=True).start()
    return enfant


def environnement() -> dict[str, str]:
    """Ours, without what a test run may have left in it."""
    garde = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith(PREFIXES_DE_TEST)}
    return garde | {"PYTHONUNBUFFERED": "1"}


def recopier(nom: str, flux, ecrire):
    with flux:
        for ligne in flux:
            ecrire(f"{nom:>7} | {ligne.decode(errors='replace').rstrip()}")


def morts(enfants) -> list[str]:
    return [nom for nom, enfant in enfants.items() if enfant.poll() is not None]


def attendre_page(adresse, enfants, arret) -> bool:
    limite = time.monotonic() + DELAI_PAGE
    while time.monotonic() < limite and not arret.wait(0.2) and not morts(enfants):
        if repond(*adresse):
            return True
    return False


def repond(hote: str, port: int, chemin: str) -> bool:
    connexion = HTTPConnection(hote, port, timeout=5)
    try:
        connexion.request("GET", chemin)
        return connexion.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connexion.close()


def arreter(enfants):
    """Ask every child to stop, then end the sessions of those that did not."""
    for enfant in enfants.values():
        signaler(enfant, signal.SIGTERM)
    limite = time.monotonic() + DELAI_ARRET
    for enfant in enfants.values():
        try:
            enfant.wait(max(0.1, limite - time.monotonic()))
        except subprocess.TimeoutExpired:
            signaler(enfant, signal.SIGKILL)
            enfant.wait()


def signaler(enfant: subprocess.Popen, numero: int):
    """SIGTERM goes to the child itself, which stops its own; SIGKILL to its whole session."""
    if enfant.poll() is not None:
        return
    if numero == signal.SIGKILL:
        os.killpg(enfant.pid, numero)
    else:
        enfant.send_signal(numero)
