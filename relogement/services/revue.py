"""The review of a project, an operation or a territory at a date: states, four criteria against their targets, rent
decreases, offers (regles §7, contrat §3). Masked by `diagnostic.services.secret`; read by the page, the API and the
exports alike."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pandas as pd

from diagnostic.models import Territoire
from diagnostic.services import secret
from diagnostic.services.secret import Audience
from partenaires.models import Organisation, Parametre
from relogement.calculs import criteres as calculs
from relogement.models import Operation, Projet
from relogement.reference import EFFORT_MAX, NEUF_ANNEES
from relogement.services import menages as lecture
from relogement.services.bilan import Bilan, Masque
from relogement.services.cibles import Cibles

LECTEURS = (
    Organisation.Nature.EPCI,
    Organisation.Nature.DDT,
    Organisation.Nature.BAILLEUR,
    Organisation.Nature.COMMUNE,
)


class Inconnu(LookupError):
    """What the reader may not know exists: a 404 for pages and API."""


@dataclass(frozen=True)
class Revue:
    """`ensemble` is what was asked for; `projets` and `operations` its breakdown, kept from a reader in `diffusion`.

    `couverts`: the projects counted, that the reader may name. `partielle`: the reader is a bailleur, shown only the
    projects of the territory in which it takes part.
    """

    le: date
    epci: str
    projet: Projet | None
    operation: Operation | None
    audience: str
    partielle: bool
    ensemble: Bilan
    projets: list[tuple[Projet, Bilan]]
    operations: list[tuple[Operation, Bilan]]
    regles: calculs.Regles
    depots: list[int]
    couverts: list[Projet]


def revue(adhesion, *, projet=None, epci=None, operation=None, le: date | None = None) -> Revue:
    """`projet`: a Projet or its id; `operation`: an Operation of it, its code or its id; `epci`: a SIREN. Raises
    Inconnu for what the reader may not know."""
    le = le or date.today()
    if projet is not None:
        projet = projet_visible(adhesion, projet)
        epci, projets = projet.epci, [projet]
    else:
        projets = projets_du_territoire(adhesion, epci)
    operation = operation_de(projet, operation) if operation not in (None, "") else None
    return Preparation(adhesion, epci, projets, projet, operation, le).revue()


def projet_visible(adhesion, projet) -> Projet:
    trouve = Projet.objects.visible_to(adhesion).filter(pk=getattr(projet, "pk", projet)).first()
    if trouve is None:
        raise Inconnu("Projet inconnu.")
    return trouve


def projets_du_territoire(adhesion, epci: str) -> list[Projet]:
    """Projects of a territory that the reader sees. A reader of no project, or a bailleur outside all of them, is told
    nothing of the territory's rehousing."""
    if not adhesion or adhesion.nature not in LECTEURS:
        raise Inconnu("Territoire inconnu.")
    projets = list(Projet.objects.visible_to(adhesion).filter(epci=epci))
    territoire = Territoire.objects.visible_to(adhesion).filter(siren=epci)
    if not projets and (adhesion.nature == Organisation.Nature.BAILLEUR or not territoire.exists()):
        raise Inconnu("Territoire inconnu.")
    return projets


def operation_de(projet: Projet | None, operation) -> Operation:
    """An operation of the project by itself, its code, else its id."""
    siennes = list(projet.operations.all()) if projet else []
    for trouvee in siennes:
        if operation == trouvee or str(operation) == trouvee.code:
            return trouvee
    for trouvee in siennes:
        if str(operation) == str(trouvee.pk):
            return trouvee
    raise Inconnu("Opération inconnue dans ce projet.")


def regles(epci: str, le: date) -> calculs.Regles:
    """The charter in force at the date of the review."""
    valeurs = Parametre.objects.valeurs((EFFORT_MAX, NEUF_ANNEES), le, epci)
    return calculs.Regles(Fraction(str(valeurs[EFFORT_MAX])), int(valeurs[NEUF_ANNEES]))


class Preparation:
    """One review being drawn up: its households, their verdicts, its targets and its reader, read once."""

    def __init__(self, adhesion, epci, projets, projet, operation, le):
        self.adhesion, self.epci, self.le = adhesion, epci, le
        self.projets, self.projet, self.operation = projets, projet, operation
        self.lecteur = secret.lecteur(adhesion)
        self.regles = regles(epci, le)
        self.cibles = Cibles(epci, projets, le)
        cles = [p.pk for p in projets]
        self.menages, self.offres = lecture.lire(epci, cles), lecture.lire_offres(cles, le)
        self.reloges = calculs.reloges(self.menages, le)
        self.etats = calculs.etats(self.menages, le)
        self.verdicts = calculs.evaluer(self.menages, self.regles)

    def revue(self) -> Revue:
        ventilee = self.audience() != Audience.DIFFUSION
        operations = [self.operation] if self.operation else self.toutes_les_operations()
        par_cle = {p.pk: p for p in self.projets}
        return Revue(
            le=self.le,
            epci=self.epci,
            projet=self.projet,
            operation=self.operation,
            audience=str(self.audience()),
            partielle=self.projet is None and self.adhesion.nature == Organisation.Nature.BAILLEUR,
            ensemble=self.bilan(self.projet, self.operation),
            projets=[(p, self.bilan(p, None)) for p in self.projets] if ventilee and not self.operation else [],
            operations=[(o, self.bilan(par_cle[o.projet_id], o)) for o in operations] if ventilee else [],
            regles=self.regles,
            depots=sorted(set(self.menages["depot_id"])),
            couverts=self.projets,
        )

    def toutes_les_operations(self) -> list[Operation]:
        return list(
            Operation.objects.filter(projet__in=self.projets).select_related("projet").order_by("projet__code", "code")
        )

    def audience(self):
        return self.lecteur.audience(self.epci, "relogement", "projet", self.part_prise())

    def part_prise(self) -> str:
        """A bailleur reads the projects it takes part in as their partner (regles §9): only those reach it."""
        return self.lecteur.siren if self.lecteur.est_bailleur else ""

    def bilan(self, projet: Projet | None, operation: Operation | None) -> Bilan:
        ici, offres = self.choisir(self.menages, projet, operation), self.choisir(self.offres, projet, operation)
        retenus = ici & self.reloges
        niveau = "operation" if operation else "projet" if projet else "epci"
        return Masque(self.lecteur, self.epci, niveau, self.part_prise()).bilan(
            menages=self.menages[ici],
            etats=self.etats[ici],
            criteres={
                nom: (calculs.compter(self.verdicts.loc[retenus, nom]), self.cibles.pour(nom, projet, operation))
                for nom in calculs.CRITERES
            },
            reloges=self.menages[retenus],
            programmees=programmees([projet] if projet else self.projets) if not operation else None,
            offres=self.offres[offres],
        )

    @staticmethod
    def choisir(table: pd.DataFrame, projet: Projet | None, operation: Operation | None) -> pd.Series:
        if operation:
            return table["operation_id"] == operation.pk
        if projet:
            return table["projet_id"] == projet.pk
        return pd.Series(True, index=table.index)


def programmees(projets: list[Projet]) -> int | None:
    """Rent decreases programmed in the conventions; None where no project states them."""
    connues = [p.minorations_programmees for p in projets if p.minorations_programmees is not None]
    return sum(connues) if connues else None
