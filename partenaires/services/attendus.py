"""Deposits that an organisation owes: which year of each file should be in by now, and whether it is."""

from dataclasses import dataclass
from datetime import date

from partenaires.depots.contrats import REGISTRE
from partenaires.models import Depot, Organisation, Parametre

# Who owes what; when, says the parameter `echeance_<type>` of its territory.
DUS = {
    Organisation.Nature.BAILLEUR: ("rpls", "ops", "gestion"),
    Organisation.Nature.EPCI: ("sne_radiations", "sne_stock"),
}


@dataclass(frozen=True)
class Echeance:
    """A file of year N is due from the month `mois` of the year N + `retard`, every `pas` years (even ones for two).

    `mois` 0: each month, the file of the month before. `source`: where this rule comes from.
    """

    type: str
    mois: int
    retard: int
    pas: int
    source: str

    def annee(self, le: date) -> int:
        annee = le.year - self.retard - (le.month < self.mois)
        return annee - annee % self.pas

    def depuis(self, le: date) -> date:
        """The day from which the file owed at that date is."""
        return date(self.annee(le) + self.retard, self.mois, 1) if self.mois else le.replace(day=1)


@dataclass(frozen=True)
class Attendu:
    """`annee`: None for a monthly file. `depuis`: it is due from that day, by the rule of `source`. `depot`: the last
    one loaded that fills it, None while it is owed."""

    type: str
    libelle: str
    annee: int | None
    depuis: date
    source: str
    depot: Depot | None


def echeances(organisation: Organisation, le: date) -> list[Echeance]:
    """Those of its territory, or of the platform, in the order of `DUS`."""
    types = [type for type in DUS.get(organisation.nature, ()) if type in REGISTRE]
    territoire = organisation.siren if organisation.nature == Organisation.Nature.EPCI else organisation.epci
    codes = {type: f"echeance_{type}" for type in types}
    lignes = Parametre.objects.en_vigueur(codes.values(), le, territoire)
    return [Echeance(type, **lignes[code].valeur, source=lignes[code].source) for type, code in codes.items()]


def lire(adhesion, le: date) -> list[Attendu]:
    """What the member's organisation owes at that date."""
    siennes = echeances(adhesion.organisation, le)
    if not siennes:
        return []
    charges = Depot.objects.visible_to(adhesion).charges().filter(organisation=adhesion.organisation_id)
    types = [une.type for une in siennes]
    derniers = list(charges.filter(type__in=types).select_related("organisation").order_by("-charge_le", "-pk"))
    return [attendu(une, le, [depot for depot in derniers if depot.type == une.type]) for une in siennes]


def attendu(echeance: Echeance, le: date, charges: list[Depot]) -> Attendu:
    annee = echeance.annee(le) if echeance.mois else None
    if annee is None:
        siens = (depot for depot in charges if depot.charge_le and depot.charge_le.date() >= mois_dernier(le))
    else:
        siens = remplissent(echeance, annee, charges)
    libelle = REGISTRE[echeance.type].libelle
    return Attendu(echeance.type, libelle, annee, echeance.depuis(le), echeance.source, next(siens, None))


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
