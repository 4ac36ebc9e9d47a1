"""All the errors of a deposit, one line each, to send back to whoever makes the file.

The check writes them beside the deposit, encrypted like it; where it could not (a file that cannot be read at all),
the list is drawn from the report, which keeps the first line numbers of each error.
"""

import csv
import io
from collections.abc import Iterable, Iterator

from partenaires.depots.detail import ErreurDeLigne
from partenaires.models import Depot
from partenaires.services import stockage

BOM = "\ufeff"
ENTETES = ("ligne", "colonne", "code", "message", "valeur")
FORMULE = ("=", "+", "-", "@", "\t", "\r")
VALEURS = " Valeurs : "
PAQUET = 2_000


def garder(depot: Depot, erreurs: Iterable[ErreurDeLigne]) -> None:
    """A disk too full to hold the list does not stop the check: the report remains."""
    try:
        sortie = stockage.Ecriture()
        for bloc in en_csv(erreurs):
            sortie.ecrire(bloc)
        sortie.clore()
        sortie.ranger(stockage.chemin_des_erreurs(depot))
    except stockage.DisquePlein:
        return


def oublier(depot: Depot) -> None:
    """Those of a former check."""
    stockage.chemin_des_erreurs(depot).unlink(missing_ok=True)


def lire(depot: Depot) -> Iterator[bytes]:
    chemin = stockage.chemin_des_erreurs(depot)
    return stockage.lire(chemin) if chemin.exists() else en_csv(du_rapport(depot))


def du_rapport(depot: Depot) -> Iterator[ErreurDeLigne]:
    for un in depot.rapport.get("erreurs", []):
        message = un["message"].partition(VALEURS)[0]
        for ligne in un["lignes"] or [None]:
            yield ErreurDeLigne(ligne, un["colonne"], un["code"], message, "")


def en_csv(erreurs: Iterable[ErreurDeLigne]) -> Iterator[bytes]:
    """UTF-8 with its mark and semicolons, as spreadsheets open it here."""
    texte = io.StringIO(BOM)
    texte.seek(0, io.SEEK_END)
    ecrivain = csv.writer(texte, delimiter=";", lineterminator="\r\n")
    ecrivain.writerow(ENTETES)
    for rang, une in enumerate(erreurs, 1):
        ligne = "" if une.ligne is None else une.ligne
        ecrivain.writerow([ligne, *map(sans_formule, (une.colonne, une.code, une.message, une.valeur))])
        if rang % PAQUET == 0:
            yield vider(texte)
    yield vider(texte)


def vider(texte: io.StringIO) -> bytes:
    octets = texte.getvalue().encode("utf-8")
    texte.seek(0)
    texte.truncate()
    return octets


def sans_formule(valeur: str) -> str:
    """A text that a spreadsheet would run is shown as a text."""
    return f"'{valeur}" if valeur.lstrip(" ").startswith(FORMULE) else valeur
