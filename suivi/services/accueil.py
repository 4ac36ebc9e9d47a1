"""What the first screen of each role shows, read from the services that every page reads."""

from collections import defaultdict
from dataclasses import dataclass, field

from attributions.services import atteintes
from diagnostic.models import Comptage
from diagnostic.models.comptage import Niveau
from partenaires.models import Depot, Organisation

LEGAUX = ("q1_ou_reloges_hors_qpv", "q2_q4_en_qpv", "prioritaires_reservataire")
VARIANTE = "q1_hors_qpv"
PARC = ("residences", "passage", "rpls", "ops", "gestion")
LIBELLES_DEPOT = {
    "residences": "Résidences",
    "passage": "Passage logement → résidence",
    "rpls": "RPLS",
    "ops": "Enquête OPS",
    "gestion": "État locatif",
}
# The contingent of the SNE that a kind of organisation looks at.
CONTINGENTS = {
    Organisation.Nature.EPCI: "epci",
    Organisation.Nature.COMMUNE: "commune",
    Organisation.Nature.ACTION_LOGEMENT: "action_logement",
    Organisation.Nature.DEPARTEMENT: "departement",
    Organisation.Nature.REGION: "region",
    Organisation.Nature.BAILLEUR: "bailleur",
}
STABLE = 0.005  # half a point of rate: below, the trend is flat


@dataclass(frozen=True)
class Situation:
    """One line of attainment with that of the year before."""

    ligne: object
    avant: object | None = None

    @property
    def tendance(self) -> str | None:
        """« en hausse », « en baisse » or « stable » since the year before; None when either rate is unknown."""
        taux, avant = getattr(self.ligne, "taux", None), getattr(self.avant, "taux", None)
        if taux is None or avant is None:
            return None
        if abs(taux - avant) < STABLE:
            return "stable"
        return "en hausse" if taux > avant else "en baisse"

    @property
    def fleche(self) -> str:
        return {"en hausse": "↗", "en baisse": "↘", "stable": "→"}.get(self.tendance or "", "")


@dataclass(frozen=True)
class Atteintes:
    """The attainments of one territory and year, by axis and objective."""

    annee: int
    lignes: dict[str, list] = field(default_factory=dict)

    def situations(self, axe: str, objectif: str, cle: str = "") -> list[Situation]:
        """Lines of an axis for the year; `cle`: the field that names the cell."""
        siennes = [ligne for ligne in self.lignes.get(axe, []) if ligne.objectif == objectif]
        avant = {getattr(ligne, cle, ""): ligne for ligne in siennes if ligne.annee == self.annee - 1}
        return [Situation(ligne, avant.get(getattr(ligne, cle, ""))) for ligne in siennes if ligne.annee == self.annee]

    def seule(self, axe: str, objectif: str) -> Situation | None:
        return next(iter(self.situations(axe, objectif)), None)

    @property
    def locaux(self) -> list[Situation]:
        """Objectives that the territory recorded itself, with a target."""
        return [
            Situation(ligne)
            for ligne in self.lignes.get("total", [])
            if ligne.annee == self.annee and not ligne.legal and ligne.cible is not None
        ]


def lire(adhesion, epci: str, annee: int, axes=("total", "bailleur", "reservataire")) -> Atteintes:
    return Atteintes(annee, atteintes.lire_axes(adhesion, axes, [epci]))


def par_territoire(adhesion, territoires, annee: int) -> list[tuple[object, dict[str, Situation | None]]]:
    """Each territory with its legal objectives of the year: those that have figures first."""
    lignes = defaultdict(list)
    for ligne in atteintes.lire_axes(adhesion, ("total",), [t.siren for t in territoires])["total"]:
        lignes[ligne.epci].append(ligne)
    suivis = []
    for territoire in territoires:
        siennes = Atteintes(annee, {"total": lignes[territoire.siren]})
        suivis.append((territoire, {code: siennes.seule("total", code) for code in (*LEGAUX, VARIANTE)}))
    return sorted(suivis, key=lambda paire: (not any(paire[1].values()), paire[0].nom))


@dataclass(frozen=True)
class DepotAttendu:
    """A kind of file that a bailleur owes, and the last one of it in force."""

    type: str
    dernier: Depot | None

    @property
    def libelle(self) -> str:
        return LIBELLES_DEPOT[self.type]

    @property
    def avertissements(self) -> int:
        rapport = self.dernier.rapport if self.dernier else {}
        return sum(constat.get("nombre", 0) for constat in rapport.get("avertissements", []))


def depots_du_bailleur(adhesion) -> list[DepotAttendu]:
    """The five files of the stock, each with its last deposit in force."""
    derniers = {
        depot.type: depot
        for depot in Depot.objects.visible_to(adhesion)
        .charges()
        .filter(organisation=adhesion.organisation_id, type__in=PARC)
        .order_by("type", "charge_le")
    }
    return [DepotAttendu(genre, derniers.get(genre)) for genre in PARC]


def parc_par_bailleur(adhesion, epci: str) -> dict[str, int]:
    """SIREN → latest RPLS behind the figures of the territory: whether a bailleur's data are up to date."""
    comptes = Comptage.objects.visible_to(adhesion).filter(epci=epci, niveau=Niveau.EPCI, logements__isnull=False)
    return dict(comptes.order_by("millesime").values_list("bailleur", "millesime"))
