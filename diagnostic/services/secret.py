"""Who reads what, and what is masked: the one outlet of statistical secrecy (regles §9, contrat §3).

    lecteur = secret.lecteur(request.adhesion)               # once a request: three short queries at most
    if secret.masquer(lecteur, epci=…, source="ops", niveau="qpv", base="repondants", effectif=8, …):
        every figure of the cell is null (numerateur, denominateur, repondants, taux; valeur, classe), `secret` is true

A masked cell is never used to sort, to filter or to count.
"""

from datetime import date
from functools import cached_property

from diagnostic.calculs.secret import SENSIBLES, Audience, cellule_masquee
from diagnostic.models import Territoire
from partenaires.models import Organisation, Parametre, Protocole

__all__ = ["SENSIBLES", "Audience", "Lecteur", "audience", "cellule_masquee", "lecteur", "masquer"]

SNE, RELOGEMENT, GRILLE = "sne", "relogement", "grille"
SOURCES = frozenset({*Protocole.Source.values, RELOGEMENT, GRILLE})
FINS = frozenset({"residence", "operation"})
AGREGATS = frozenset({"qpv", "hors_qpv", "en_qpv", "secteur", "npnru", "qva", "projet", "commune", "epci"})
PARAMETRES = ("secret_k", "secret_dominance")


class Lecteur:
    """What one membership may read, with the protocoles and parameters in force today."""

    def __init__(self, adhesion):
        self.adhesion = adhesion or None
        self.nature = adhesion.nature if adhesion else ""
        self.siren = adhesion.siren if adhesion else ""
        self.est_bailleur = self.nature == Organisation.Nature.BAILLEUR
        self._audiences: dict[tuple, Audience] = {}

    @cached_property
    def territoires(self) -> frozenset[str]:
        if self.nature == Organisation.Nature.EPCI:
            return frozenset({self.siren})
        connus = getattr(self.adhesion, "memoire", {}).get("territoires")  # already read by the frame of the page
        if connus is not None:
            return connus
        return frozenset(Territoire.objects.visible_to(self.adhesion).values_list("siren", flat=True))

    @cached_property
    def _protocoles(self) -> dict[tuple[str, str], set[str]]:
        """(territory, source) → scales in force for this kind of partner."""
        lignes = Protocole.objects.visible_to(self.adhesion).en_vigueur().filter(partenaire=self.nature)
        echelles: dict[tuple[str, str], set[str]] = {}
        for epci, source, echelle in lignes.values_list("epci", "source", "echelle"):
            echelles.setdefault((epci, source), set()).add(echelle)
        return echelles

    @cached_property
    def _parametres(self) -> dict[tuple[str, str], float]:
        lignes = Parametre.objects.filter(code__in=PARAMETRES, debut__lte=date.today()).order_by("debut")
        return {(code, epci): valeur for code, epci, valeur in lignes.values_list("code", "epci", "valeur")}

    def _parametre(self, code: str, epci: str):
        """The territory's own value, else the platform's; none ⇒ KeyError: nothing leaves without a threshold."""
        propre = self._parametres.get((code, epci))
        return self._parametres[code, ""] if propre is None else propre

    def k(self, epci: str) -> int:
        return self._parametre("secret_k", epci)

    def dominance(self, epci: str) -> float:
        return self._parametre("secret_dominance", epci)

    def audience(self, epci: str, source: str, niveau: str, bailleur: str = "") -> Audience:
        """Audience of the reader for a cell of `source` at the scale `niveau` of the territory `epci`.

        `bailleur`: the SIREN whose rows alone make the cell (its residence, its line of a breakdown); for a rehousing
        project, the reader's own SIREN when it is a bailleur of origin or destination. `ops+rpls` asks for the right
        to both. Unknown source or scale, foreign territory, no protocole ⇒ diffusion.
        """
        cle = (epci, source, niveau, self.est_bailleur and bailleur == self.siren)
        if cle not in self._audiences:
            self._audiences[cle] = self._audience(*cle)
        return self._audiences[cle]

    def _audience(self, epci: str, source: str, niveau: str, ses_lignes: bool) -> Audience:
        sources = source.split("+")
        if not self.adhesion or not SOURCES.issuperset(sources) or niveau not in FINS | AGREGATS:
            return Audience.DIFFUSION
        if ses_lignes:
            return Audience.LIGNES
        if epci not in self.territoires:
            return Audience.DIFFUSION
        if self.nature in (Organisation.Nature.EPCI, Organisation.Nature.DDT) and source in (SNE, RELOGEMENT):
            return Audience.LIGNES
        signe = all(self._signe(epci, une, niveau) for une in sources)
        return Audience.PARTENAIRE if signe else Audience.DIFFUSION

    def _signe(self, epci: str, source: str, niveau: str) -> bool:
        """Notes of the grid tell nothing of a household: no protocole, but the same scales."""
        if source == GRILLE:
            partenaires = (Organisation.Nature.EPCI, Organisation.Nature.DDT, Organisation.Nature.BAILLEUR)
            return self.nature in partenaires and (niveau in AGREGATS or not self.est_bailleur)
        if source not in Protocole.Source.values:
            return False
        echelles = self._protocoles.get((epci, source), set())
        if niveau in AGREGATS:
            return bool(echelles)
        return Protocole.Echelle.RESIDENCE in echelles and not self.est_bailleur


def lecteur(adhesion) -> Lecteur:
    """The reader of a membership. That of a browser request carries a memory that ends with the request
    (`partenaires.acces`): its rights are then read once for the whole page."""
    memoire = getattr(adhesion, "memoire", None)
    if memoire is None:
        return Lecteur(adhesion)
    return memoire.setdefault("lecteur", Lecteur(adhesion))


def audience(adhesion, epci: str, source: str, niveau: str, bailleur: str = "") -> Audience:
    return lecteur(adhesion).audience(epci, source, niveau, bailleur)


def masquer(
    lecteur: Lecteur,
    *,
    epci: str,
    source: str,
    niveau: str,
    base: str,
    effectif,
    numerateur=None,
    denominateur=None,
    sensible: bool = False,
    bailleur: str = "",
    premier_bailleur: str = "",
    effectif_premier=None,
) -> bool:
    """True when the cell shows none of its figures to this reader.

    base              unit of the population: `Indicateur.base` (repondants, occupes, logements, propositions, demandes)
                      or its column of Comptage; `menages` for allocations and rehousing
    effectif          size of that population in the cell (for allocations: the denominator)
    numerateur, …     the counts shown, judged in `diffusion`
    sensible          the indicator tells resources, minima sociaux or impayés (`SENSIBLES`; Q1 objectives)
    bailleur          as in `Lecteur.audience`
    premier_bailleur, effectif_premier
                      the bailleur with the largest part of `effectif` and that part: dominance. Not given ⇒ a reader
                      who is not shown dominated cells is not shown this one

    indicator:   masquer(l, epci=e, source=i.source, niveau=n, base=i.base, effectif=…, numerateur=…, denominateur=…,
                         sensible=i.code in SENSIBLES, bailleur=b, premier_bailleur=p, effectif_premier=x)
    attainment:  masquer(l, epci=e, source="sne", niveau="epci", base="menages", effectif=denominateur, …)
    rehousing:   masquer(l, epci=e, source="relogement", niveau="projet", base="menages", effectif=denominateur, …)
    """
    vu_par = lecteur.audience(epci, source, niveau, bailleur)
    if vu_par == Audience.LIGNES:
        return False
    if bailleur:
        premier_bailleur, effectif_premier = bailleur, effectif
    return cellule_masquee(
        vu_par,
        base,
        effectif,
        lecteur.k(epci),
        dominance=lecteur.dominance(epci),
        numerateur=numerateur,
        denominateur=denominateur,
        sensible=sensible,
        effectif_premier=effectif_premier,
        # its own weight tells a bailleur nothing: when it comes first, no other can dominate
        juge_dominance=lecteur.est_bailleur and premier_bailleur != lecteur.siren,
    )
