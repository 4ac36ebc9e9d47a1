"""Deposits that an organisation owes: which year of each file should be in by now, and whether it is."""

from dataclasses import dataclass
from datetime import date

from partenaires.depots.contrats import REGISTRE
from partenaires.models import Depot, Organisation

BAILLEUR, EPCI = Organisation.Nature.BAILLEUR, Organisation.Nature.EPCI


@dataclass(frozen=True)
class Echeance:
    """A file of year N is due from the month `mois` of the year N + `retard`, every `pas` years (even ones for two).

    `mois` 0: each month, the file of the month before.
    """

    type: str
    nature: str
    mois: int
    retard: int = 0
    pas: int = 1

    def annee(self, le: date) -> int:
        annee = le.year - self.retard - (le.month < self.mois)
        return annee - annee % self.pas


# RPLS: situation at 1 January, final at the end of the year. OPS: every two years, collected in the year (CCH L442-5).
# Rent roll: the year gone by. SNE: radiations each month, stock of pending applications at 31 December.
ECHEANCES = (
    Echeance("rpls", BAILLEUR, mois=12),
    Echeance("ops", BAILLEUR, mois=12, pas=2),
    Echeance("gestion", BAILLEUR, mois=3, retard=1),
    Echeance("sne_radiations", EPCI, mois=0),
    Echeance("sne_stock", EPCI, mois=2, retard=1),
)


@dataclass(frozen=True)
class Attendu:
    """`annee`: None for a monthly file. `depot`: the last one loaded that fills it, None while it is owed."""

    type: str
    libelle: str
    annee: int | None
    depot: Depot | None


def lire(adhesion, le: date) -> list[Attendu]:
    """What the member's organisation owes at that date, in the order of `ECHEANCES`."""
    siennes = [une for une in ECHEANCES if une.nature == adhesion.nature and une.type in REGISTRE]
    if not siennes:
        return []
    charges = Depot.objects.visible_to(adhesion).charges().filter(organisation=adhesion.organisation_id)
    types = [une.type for une in siennes]
    derniers = list(charges.filter(type__in=types).select_related("organisation").order_by("-charge_le", "-pk"))
    return [attendu(une, le, [depot for depot in derniers if depot.type == une.type]) for une in siennes]


def attendu(echeance: Echeance, le: date, charges: list[Depot]) -> Attendu:
    libelle = REGISTRE[echeance.type].libelle
    if echeance.mois == 0:
        recents = [depot for depot in charges if depot.charge_le and depot.charge_le.date() >= mois_dernier(le)]
        return Attendu(echeance.type, libelle, None, recents[0] if recents else None)
    annee = echeance.annee(le)
    return Attendu(echeance.type, libelle, annee, next(remplissent(echeance, annee, charges), None))


def mois_dernier(le: date) -> date:
    return date(le.year - (le.month == 1), (le.month - 2) % 12 + 1, 1)


def remplissent(echeance: Echeance, annee: int, charges: list[Depot]):
    """The deposits of that year or a later one: by their millésime, or by the year that the rows in force bear."""
    un_format = REGISTRE[echeance.type]
    if un_format.millesime_obligatoire:
        return (depot for depot in charges if depot.millesime and depot.millesime >= annee)
    bailleurs = {depot.organisation.siren for depot in charges}
    lignes = un_format.modele.objects.filter(bailleur__in=bailleurs, annee__gte=annee, courant=True)
    en_vigueur = set(lignes.order_by().values_list("depot", flat=True)[:1])
    return (depot for depot in charges if depot.pk in en_vigueur)
