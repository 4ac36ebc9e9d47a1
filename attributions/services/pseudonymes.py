"""The SNE number leaves no trace: replaced by its keyed hash before anything is stored (conception §4).

One key a platform, outside the database; its check value, in the database from the first use, stops everything if the
key is another: two keys would make two households of one.
"""

from datetime import date

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from psycopg import Cursor

from attributions.calculs.pseudonymes import bourrages, sql_pseudonyme, valeur_temoin
from partenaires.models import Parametre

TEMOIN = "temoin_cle_pseudonyme"
CLE_DIFFERENTE = (
    "CLE_PSEUDONYME n'est pas la clé qui a servi aux numéros déjà enregistrés : rétablissez la clé d'origine. "
    "Avec une autre clé, un même ménage serait compté deux fois."
)


def cle_conforme() -> bool:
    """Is the key the one that made the pseudonyms stored? True while none is."""
    temoin = Parametre.objects.filter(code=TEMOIN, epci="").values_list("valeur", flat=True).first()
    return temoin is None or temoin == valeur_temoin(settings.CLE_PSEUDONYME)


def verifier_cle() -> None:
    """Record the check value at the first use; raise ImproperlyConfigured if the key has changed since."""
    Parametre.objects.get_or_create(
        code=TEMOIN,
        epci="",
        debut=date(2000, 1, 1),
        defaults={
            "valeur": valeur_temoin(settings.CLE_PSEUDONYME),
            "source": "empreinte de contrôle de CLE_PSEUDONYME, écrite au premier dépôt SNE",
        },
    )
    if not cle_conforme():
        raise ImproperlyConfigured(CLE_DIFFERENTE)


def remplacer_numeros(table: str, colonne: str) -> None:
    """Replace, in place and set-wise, the numbers of a column by their pseudonyms.

    The pads are bound on the server's side: they are in no SQL text, hence in no log.
    """
    verifier_cle()
    interieur, exterieur = bourrages(settings.CLE_PSEUDONYME)
    pseudonyme = sql_pseudonyme(colonne, "%(interieur)s::bytea", "%(exterieur)s::bytea")
    connection.ensure_connection()
    with Cursor(connection.connection) as curseur:
        curseur.execute(
            f"UPDATE {table} SET {colonne} = {pseudonyme} WHERE {colonne} IS NOT NULL",
            {"interieur": interieur, "exterieur": exterieur},
        )
