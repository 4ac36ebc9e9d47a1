"""The same 20,000 `rpls` rows through the engine and through django-import-export: rows per second of each.

The library is used at its fastest: rows inserted in bulk, no comparison with the rows that are there, no report by row,
one transaction. It reads the kept columns with the same meaning, and checks nothing else.
"""

import tempfile
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import tablib
from django.db import connection
from django.db.models import Count, Sum
from import_export import fields, resources, widgets

from diagnostic.models import Logement
from partenaires.models import Depot
from tests.bench.imports import BAILLEUR, MILLESIME, importer_a_part, inventer, preparer, vider
from tests.bench.recalcul import Mesure

LIGNES = 20_000
INCONNUS = ("", "NA", "9999")


class Nombre(widgets.Widget):
    def __init__(self, genre):
        super().__init__()
        self.genre = genre

    def clean(self, value, row=None, **kwargs):
        return None if value in INCONNUS else self.genre(value.replace(",", "."))


class Mois(widgets.Widget):
    def clean(self, value, row=None, **kwargs):
        return None if value in INCONNUS else datetime.strptime(value, "%m/%Y").date()


def arrondi(texte: str) -> Decimal:
    return round(Decimal(texte), 2)


ENTIERS = ["QPV", "NBPIECE", "CONSTRUCT", "LOCAT", "PATRIMOINE", "DROIT", "FINAN", "CONV", "MODE", "CONTRESLOG"]
DECIMAUX = ["SURFHAB", "LOYERPRINC", "LOYERMAXAPL"]
MOIS = ["BAIL", "REMLOCDATE"]
TEXTES = ["IDENT_REP", "IDENT_INT", "IDENT_ORG", "NOMVOIE", "COMPLGEO", "TYPECONST"]


def colonnes() -> dict[str, fields.Field]:
    lecteurs = {nom: Nombre(int) for nom in ENTIERS} | {nom: Nombre(arrondi) for nom in DECIMAUX}
    lecteurs |= {nom: Mois() for nom in MOIS} | {nom: widgets.CharWidget() for nom in TEXTES}
    toutes = {nom.lower(): fields.Field(nom.lower(), nom, lecteur) for nom, lecteur in lecteurs.items()}
    return toutes | {"commune": fields.Field("commune", "DEPCOM", widgets.CharWidget())}


def ressource(depot: Depot) -> resources.ModelResource:
    class Ressource(resources.ModelResource):
        locals().update(colonnes())

        class Meta:
            model = Logement
            fields = list(colonnes())
            import_id_fields = ()
            force_init_instance = use_bulk = skip_diff = use_transactions = True
            skip_html_diff, report_skipped, batch_size = True, False, 5_000

        def before_save_instance(self, instance, row, **kwargs):
            instance.depot, instance.bailleur, instance.millesime = depot, BAILLEUR, MILLESIME

    return Ressource()


def par_la_bibliotheque(chemin: Path) -> float:
    """Seconds."""
    depot = Depot.objects.create(type="rpls", fichier="mesure", sha256="0", etat="charge")
    depart = time.perf_counter()
    lignes = tablib.Dataset().load(chemin.read_text(), format="csv", delimiter=";")
    resultat = ressource(depot).import_data(lignes, raise_errors=True)
    duree = time.perf_counter() - depart
    if resultat.has_errors() or Logement.objects.filter(depot=depot).count() != LIGNES:
        raise AssertionError("django-import-export n'a pas chargé le fichier.")
    return duree


def sommes() -> dict:
    """What both must have stored alike."""
    return Logement.objects.aggregate(
        *map(Count, ("bail", "remlocdate", "construct", "contreslog")),
        *map(Sum, ("surfhab", "loyerprinc", "loyermaxapl", "nbpiece", "mode")),
    )


def mesurer(_logements: int = LIGNES) -> list[Mesure]:
    preparer(LIGNES)
    with tempfile.TemporaryDirectory() as dossier:
        chemin = Path(dossier) / "rpls.csv"
        inventer(chemin, LIGNES)
        vider()
        autre, les_siennes = par_la_bibliotheque(chemin), sommes()
        vider()
        duree = importer_a_part(chemin, connection.settings_dict["NAME"])["duree_s"]
    if sommes() != les_siennes:
        raise AssertionError(f"Les deux n'ont pas chargé de même : {sommes()}, {les_siennes}.")
    vider()
    return [
        Mesure(f"import contre django-import-export, {LIGNES} lignes (s)", duree, autre, 1.0),
        Mesure("lignes par seconde, de même (sans plafond)", LIGNES / duree, LIGNES / autre, float("inf")),
    ]
