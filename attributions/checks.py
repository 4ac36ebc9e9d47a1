"""System checks: the pseudonym key is the one that made the pseudonyms stored (`manage.py check --database default`,
`migrate`); the servers ask the same at their start (config/wsgi.py, config/celery.py)."""

from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from attributions.services.pseudonymes import CLE_DIFFERENTE, cle_conforme
from partenaires.models import Parametre


def cle_changee() -> bool:
    """False on a database that has not been migrated yet."""
    with connection.cursor() as curseur:
        if Parametre._meta.db_table not in connection.introspection.table_names(curseur):
            return False
    return not cle_conforme()


@checks.register(checks.Tags.database)
def cle_pseudonyme(databases=None, **_):
    if databases and "default" in databases and cle_changee():
        return [checks.Critical(CLE_DIFFERENTE, id="attributions.E001")]
    return []


def exiger_cle() -> None:
    """Stop a process that starts with another key; its connection is not left to the processes that it forks."""
    try:
        if cle_changee():
            raise ImproperlyConfigured(CLE_DIFFERENTE)
    finally:
        connection.close()
