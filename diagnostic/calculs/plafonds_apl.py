"""Ceilings of the rent and flat charges of the housing benefit (APL), and its zones: read from OpenFisca-France, dated.

OpenFisca is imported at the first reading (about a second), and only this branch of its parameters is read.
"""

import csv
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path

BRANCHE = "parameters/prestations_sociales/aides_logement/allocations_logement/locatif/formule"
PREMIERE = date(2002, 1, 1)  # before: in francs, by another scale
ZONES = (1, 2, 3)


@dataclass(frozen=True)
class Menage:
    """Composition that the scale knows: a couple or not, and dependants."""

    couple: bool
    charge: int

    @property
    def personnes(self) -> int:
        return 1 + self.couple + self.charge


@dataclass(frozen=True)
class Bareme:
    """Euros a month."""

    plafond: Decimal
    forfait_charges: Decimal


def _dossier() -> Path:
    lieux = find_spec("openfisca_france").submodule_search_locations  # type: ignore[union-attr]
    return Path(lieux[0])  # type: ignore[index]


@cache
def _formule():
    from openfisca_core.parameters import load_parameter_file

    return load_parameter_file(str(_dossier() / BRANCHE), "formule")


@cache
def zones() -> dict[str, int]:
    """Commune, delegated communes and arrondissements included → APL zone (1 bis counts as 1). Zoning of 2011."""
    with (_dossier() / "assets/apl/20110914_zonage.csv").open(encoding="utf-8") as fichier:
        lues = {ligne["CODGEO"]: int(ligne["Zonage"][0]) for ligne in csv.DictReader(fichier)}
    rattachees = json.loads((_dossier() / "assets/apl/commune_depcom_by_subcommune_depcom.json").read_text("utf-8"))
    return lues | {code: lues[commune] for code, commune in rattachees.items() if commune in lues}


def bareme(zone: int, menage: Menage, le: date, outre_mer: bool = False) -> Bareme:
    """Ceiling and flat charges of a household on a date. Raises ValueError for an unknown zone or too early a date."""
    if zone not in ZONES:
        raise ValueError(f"Zone APL inconnue : {zone}. Zones possibles : 1, 2, 3.")
    if le < PREMIERE:
        raise ValueError(f"Les plafonds de l'APL ne sont connus qu'à partir du {PREMIERE:%d/%m/%Y}.")
    formule = _formule()(le.isoformat())
    loyers = getattr(formule.l_plafonds_loyers.par_zone, f"zone_{zone}")
    if menage.charge:
        plafond = _euros(loyers.un_enfant) + (menage.charge - 1) * _euros(loyers.majoration_par_enf_supp)
    else:
        plafond = _euros(loyers.couples if menage.couple else loyers.personnes_seules)
    charges = formule.c_forfait_charges.dom if outre_mer else formule.c_forfait_charges.cas_general
    return Bareme(plafond, _euros(charges.cas_general) + menage.charge * _euros(charges.majoration_par_enfant))


def _euros(montant) -> Decimal:
    return Decimal(str(round(float(montant), 2)))
