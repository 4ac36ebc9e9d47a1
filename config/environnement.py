"""Settings read from the environment: a missing or unreadable value stops the start with its name."""

import os
from urllib.parse import unquote, urlsplit

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


def tuiles(nom: str) -> tuple[str, str]:
    """(address of the tiles of a map's background, its origin for the content security policy), both empty when the
    variable is: no other server is then asked for anything."""
    adresse = os.environ.get(nom, "").strip()
    if not adresse:
        return "", ""
    morceaux = urlsplit(adresse)
    if morceaux.scheme != "https" or not morceaux.hostname or not all(c in adresse for c in ("{z}", "{x}", "{y}")):
        raise ImproperlyConfigured(f"{nom}={adresse!r} : attendu une adresse https qui contient {{z}}, {{x}} et {{y}}.")
    if any(c in morceaux.netloc for c in "{};, '\""):
        raise ImproperlyConfigured(f"{nom}={adresse!r} : le nom du serveur ne peut pas varier.")
    return adresse, f"https://{morceaux.netloc}"


def courriel(url: str, debug: bool) -> dict:
    """Django's settings of `smtp://user:password@host:port` (`smtps://` for TLS from the start, `smtp+tls://` for
    STARTTLS). Without an address: written on the console while DEBUG is on, not sent otherwise."""
    if not url:
        return {"EMAIL_BACKEND": f"django.core.mail.backends.{'console' if debug else 'dummy'}.EmailBackend"}
    morceaux = urlsplit(url)
    if morceaux.scheme not in ("smtp", "smtps", "smtp+tls") or not morceaux.hostname:
        raise ImproperlyConfigured("EMAIL_URL : attendu smtp://compte:mot-de-passe@serveur:port (ou smtps, smtp+tls).")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": morceaux.hostname,
        "EMAIL_PORT": morceaux.port or {"smtp": 25, "smtps": 465, "smtp+tls": 587}[morceaux.scheme],
        "EMAIL_HOST_USER": unquote(morceaux.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(morceaux.password or ""),
        "EMAIL_USE_SSL": morceaux.scheme == "smtps",
        "EMAIL_USE_TLS": morceaux.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 20,
    }
