"""Settings read from the environment: a missing or unreadable value stops the start with its name."""

import os

from django.core.exceptions import ImproperlyConfigured


def texte(nom: str, defaut: str | None = None) -> str:
    """Value of `nom`; without a default, its absence is fatal."""
    valeur = os.environ.get(nom) or defaut
    if valeur is None:
        raise ImproperlyConfigured(f"Variable d'environnement {nom} absente : elle est obligatoire quand DEBUG=0.")
    return valeur


def booleen(nom: str, defaut: bool) -> bool:
    brut = os.environ.get(nom, "").strip().lower()
    if brut in ("", None):
        return defaut
    if brut in ("1", "true", "oui", "on"):
        return True
    if brut in ("0", "false", "non", "off"):
        return False
    raise ImproperlyConfigured(f"{nom}={brut!r} : attendu 1 ou 0.")


def entier(nom: str, defaut: int) -> int:
    brut = os.environ.get(nom, "").strip()
    try:
        return int(brut) if brut else defaut
    except ValueError:
        raise ImproperlyConfigured(f"{nom}={brut!r} : un entier est attendu.") from None


def liste(nom: str, defaut: str | None = None) -> list[str]:
    return [element.strip() for element in texte(nom, defaut).split(",") if element.strip()]
