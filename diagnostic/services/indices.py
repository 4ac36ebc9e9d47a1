"""Reading of the indices: scoped to the reader, masked, named. The one outlet of the page, the map, the API, exports.

`recalculer(epci, millesimes=None)` rewrites them (diagnostic.services.calcul_indices).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from django.db.models import Case, F, Q, Value, When

from diagnostic.calculs.definitions import PAR_CODE
from diagnostic.models import Indice, Methode, Perimetre
from diagnostic.models.comptage import Niveau
from diagnostic.services import secret
from diagnostic.services.calcul_indices import recalculer, regle_de
from diagnostic.services.secret import Audience
from diagnostic.services.territoires import noms_des_places

__all__ = ["Contribution", "LigneIndice", "MethodeInconnue", "SuiteIndices", "lire", "methodes", "recalculer"]

TRIS = ("territoire", "valeur", "repondants")


class MethodeInconnue(ValueError):
    """No method of that code on the territories of the reader."""


@dataclass(frozen=True)
class Contribution:
    """A component in the value. `poids`: weight applied after renormalisation, 0 for a missing component, whose
    `contribution` is None and whose `alerte` says why. `secret`: its own cell is masked."""

    code: str
    population: str
    poids: float
    taux: float | None
    reference: float | None
    contribution: float | None
    secret: bool
    alerte: str


@dataclass(frozen=True)
class LigneIndice:
    """An index as this reader may see it (contrat §3). `version` is the method's, `perimetre_version` the QPV's."""

    territoire: str
    nom: str
    niveau: str
    epci: str
    methode: str
    version: str
    perimetre_version: str
    millesime: int
    valeur: float | None
    classe: str | None
    rang: int | None
    contributions: list[Contribution]
    repondants: int | None
    alertes: list[str]
    secret: bool
    code_residence: str | None
    bailleur: str | None
    commune: str | None
    qpv: str | None
    calcule_le: object = field(repr=False)

    def en_dict(self) -> dict:
        return asdict(self)


def methodes(adhesion, code: str | None = None):
    """Methods in service on the territories of the reader; raises MethodeInconnue when `code` is none of them."""
    visibles = Methode.objects.visible_to(adhesion).en_service()
    if code is None:
        return visibles
    if not (lues := visibles.filter(code=code)):
        raise MethodeInconnue(f"Méthode inconnue : {code}.")
    return lues


def lire(
    adhesion,
    *,
    epci=None,
    niveau=None,
    methode=None,
    millesime=None,
    commune=None,
    qpv=None,
    bailleur=None,
    territoire=None,
    territoires=None,
    tri="territoire",
) -> "SuiteIndices":
    """Indices that the reader may see, as a sequence to slice and count (two queries a slice, and one a level for the
    names). `territoire` is exact, `territoires` any of several; `epci`, `commune`, `qpv`, `bailleur` keep what lies
    inside.

    `tri`: one of TRIS, with "-" for the descending order. A masked line is sorted as one without value: last.
    Raises MethodeInconnue.
    """
    lignes = Indice.objects.visible_to(adhesion).filter(methode__in=methodes(adhesion, methode))
    exacts = {"epci": epci, "niveau": niveau, "millesime": millesime, "bailleur": bailleur, "territoire": territoire}
    lignes = lignes.filter(**{champ: valeur for champ, valeur in exacts.items() if valeur not in (None, "")})
    if territoires is not None:
        lignes = lignes.filter(territoire__in=territoires)
    if commune:
        lignes = lignes.filter(_dans_la_commune(commune))
    if qpv:
        lignes = lignes.filter(Q(qpv=qpv) | Q(niveau=Niveau.QPV, territoire=qpv))
    lecteur = secret.lecteur(adhesion)
    ordre = _ordre(lecteur, epci, niveau, bailleur, tri)
    return SuiteIndices(lecteur, lignes.select_related("methode").order_by(*ordre))


def _dans_la_commune(commune: str) -> Q:
    quartiers = Perimetre.objects.courantes().filter(nature=Perimetre.Nature.QPV, commune_code=commune)
    return (
        Q(commune=commune)
        | Q(niveau=Niveau.COMMUNE, territoire=commune)
        | Q(niveau=Niveau.QPV, territoire__in=quartiers.values("code"))
    )


def _ordre(lecteur, epci, niveau, bailleur, tri: str) -> list:
    """Sort keys. Values sort the lines only where SQL can tell what is masked: elsewhere by place."""
    stable = ["methode__code", "-millesime", "niveau", "territoire", "version", "pk"]
    champ = tri.lstrip("-")
    if champ not in TRIS:
        raise ValueError(f"Tri inconnu : {tri}. Tris possibles : {', '.join(TRIS)}.")
    if champ == "territoire":
        return [F("territoire").desc(), *stable] if tri.startswith("-") else stable
    masquees = _condition_masquee(lecteur, epci or "", niveau or "", bailleur or "")
    if masquees is None:
        return stable
    cle = Case(When(masquees, then=Value(None)), default=F(champ))
    return [cle.desc(nulls_last=True) if tri.startswith("-") else cle.asc(nulls_last=True), *stable]


def _condition_masquee(lecteur, epci: str, niveau: str, bailleur: str) -> Q | None:
    """Which lines of that level are masked to the reader, in SQL; None when it takes each component to tell."""
    if lecteur.est_bailleur and niveau == Niveau.RESIDENCE:
        bailleur = lecteur.siren  # `visible_to` leaves it its own residences alone
    audience = lecteur.audience(epci, "ops+gestion", niveau, bailleur)
    if audience == Audience.LIGNES:
        return Q(pk=None)
    if audience == Audience.DIFFUSION:
        return None
    petites = Q(repondants__gt=0, repondants__lt=lecteur.k(epci))
    if not lecteur.est_bailleur:
        return petites
    dominees = Q(repondants_premier__gt=F("repondants") * Value(lecteur.dominance(epci)))
    return petites | (dominees & ~Q(premier_bailleur=lecteur.siren))


class SuiteIndices:
    """Lines of a queryset, masked and named when they are sliced or read; counted by the database."""

    def __init__(self, lecteur, lignes):
        self._lecteur = lecteur
        self._lignes = lignes

    def count(self) -> int:
        return self._lignes.count()

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, tranche):
        if isinstance(tranche, slice):
            return self._lire(list(self._lignes[tranche]))
        return self._lire([self._lignes[tranche]])[0]

    def __iter__(self) -> Iterator[LigneIndice]:
        return iter(self._lire(list(self._lignes)))

    def _lire(self, indices: list[Indice]) -> list[LigneIndice]:
        noms = noms_des_places({_place(indice) for indice in indices})
        sources = {i.methode_id: _sources(i.methode) for i in {i.methode_id: i for i in indices}.values()}
        return [_ligne(self._lecteur, indice, sources[indice.methode_id], noms[_place(indice)]) for indice in indices]


def _sources(methode: Methode) -> str:
    """Every source that the value is made from; the survey always, for its respondents are shown."""
    return "+".join(sorted(regle_de(methode).sources | {"ops"}))


def _place(indice: Indice) -> tuple[str, str, str]:
    return indice.niveau, indice.territoire, indice.version


def _ligne(lecteur, indice: Indice, sources: str, nom: str) -> LigneIndice:
    contributions = [_contribution(lecteur, indice, donnees) for donnees in indice.contributions]
    masquee = _ligne_masquee(lecteur, indice, sources, contributions)
    residence = indice.niveau == Niveau.RESIDENCE
    return LigneIndice(
        territoire=indice.territoire,
        nom=nom,
        niveau=indice.niveau,
        epci=indice.epci,
        methode=indice.methode.code,
        version=indice.methode.version,
        perimetre_version=indice.version,
        millesime=indice.millesime,
        valeur=None if masquee else indice.valeur,
        classe=None if masquee else indice.classe or None,
        rang=None if masquee else indice.rang_classe,
        contributions=contributions,
        repondants=None if masquee else indice.repondants,
        alertes=list(indice.alertes),
        secret=masquee,
        code_residence=indice.territoire.partition(":")[2] if residence else None,
        bailleur=indice.bailleur or None,
        commune=indice.commune or None,
        qpv=indice.qpv or None,
        calcule_le=indice.calcule_le,
    )


def _contribution(lecteur, indice: Indice, donnees: dict) -> Contribution:
    chiffree = donnees["effectif"] is not None or donnees["denominateur"] is not None
    masquee = chiffree and secret.masquer(
        lecteur,
        epci=indice.epci,
        source=PAR_CODE[donnees["code"]].source,
        niveau=indice.niveau,
        bailleur=indice.bailleur,
        sensible=donnees["code"] in secret.SENSIBLES,
        **{
            champ: donnees[champ]
            for champ in ("base", "effectif", "numerateur", "denominateur", "premier_bailleur", "effectif_premier")
        },
    )
    return Contribution(
        code=donnees["code"],
        population=donnees["population"],
        poids=donnees["poids"],
        taux=None if masquee else donnees["taux"],
        reference=None if masquee else donnees["reference"],
        contribution=None if masquee else donnees["contribution"],
        secret=masquee,
        alerte=donnees["alerte"],
    )


def _ligne_masquee(lecteur, indice: Indice, sources: str, contributions: list[Contribution]) -> bool:
    """The line's population is its respondents. In `diffusion` a value made from a masked component is masked too:
    the contributions that are shown would give the other one back."""
    cellule = {"epci": indice.epci, "source": sources, "niveau": indice.niveau, "bailleur": indice.bailleur}
    masquee = secret.masquer(
        lecteur,
        base="repondants",
        effectif=indice.repondants,
        premier_bailleur=indice.premier_bailleur,
        effectif_premier=indice.repondants_premier,
        **cellule,
    )
    diffusion = lecteur.audience(*cellule.values()) == Audience.DIFFUSION
    return masquee or (diffusion and any(c.secret for c in contributions))
