"""The parameters of the low rents that a territory sets for itself, from a date (E3 F06, F07)."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from diagnostic.models import Perimetre
from diagnostic.services import secteurs_fragiles
from partenaires.models import Organisation, Parametre
from partenaires.services.journal import noter

CODES = ("bas_loyer_gpso", "bas_loyer_reims")


class ReglageInterdit(Exception):
    """Only who may set the parameters of the territory does."""


class DejaRegle(ValueError):
    """A value is in force from that very day: it is never overwritten."""


@dataclass(frozen=True)
class Reglage:
    debut: date
    source: str
    gpso: dict
    reims: dict


def peut_regler(adhesion, epci: str) -> bool:
    """An administrateur of the EPCI that carries the CIL of the territory."""
    nature = Organisation.Nature.EPCI
    return bool(adhesion) and adhesion.nature == nature and adhesion.siren == epci and adhesion.administre


def secteurs_possibles(adhesion, epci: str) -> dict[str, str]:
    """`nature:code` → name, for the local sectors, NPNRU quarters and QVA of the territory, whatever their version."""
    natures = (Perimetre.Nature.SECTEUR, Perimetre.Nature.NPNRU, Perimetre.Nature.QVA)
    connus = Perimetre.objects.visible_to(adhesion).courantes().filter(territoire=epci, nature__in=natures)
    lus = connus.order_by("nature", "version").values_list("nature", "code", "nom")
    return {f"{nature}:{code}": f"{nom} ({Perimetre.Nature(nature).label} {code})" for nature, code, nom in lus}


@transaction.atomic
def regler(adhesion, epci: str, reglage: Reglage) -> None:
    """Adds the territory's values from `reglage.debut`; places its residences in the fragile sectors again at once (the
    counts of the bound per m² follow at the next computation). Raises ReglageInterdit, DejaRegle."""
    if not peut_regler(adhesion, epci):
        raise ReglageInterdit
    if Parametre.objects.filter(code__in=CODES, epci=epci, debut=reglage.debut).exists():
        raise DejaRegle(
            f"Des paramètres existent déjà à partir du {reglage.debut:%d/%m/%Y}. Choisissez une autre date."
        )
    Parametre.objects.bulk_create(
        Parametre(code=code, epci=epci, debut=reglage.debut, valeur=valeur, source=reglage.source)
        for code, valeur in zip(CODES, (reglage.gpso, reglage.reims))
    )
    secteurs_fragiles.recalculer(epci)
    noter(adhesion, "bas_loyers_regles", f"{epci} à partir du {reglage.debut:%d/%m/%Y}")
