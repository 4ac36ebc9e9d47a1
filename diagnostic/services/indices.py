"""Reading of the indices: scoped to the reader, masked, named. The one outlet of the page, the map, the API, exports.

`recalculer(epci, millesimes=None)` rewrites them (diagnostic.services.calcul_indices).
"""

from collections.abc import Iterator, Sequence

from django.db.models import Case, F, Q, Value, When

from diagnostic.models import Indice, Methode, Perimetre
from diagnostic.models.comptage import Niveau
from diagnostic.services import secret
from diagnostic.services.calcul_indices import recalculer
from diagnostic.services.lignes_indices import (
    AxeIndice,
    Contribution,
    LigneIndice,
    lire_lignes,
    repondants_masques,
    sources_de,
)
from diagnostic.services.secret import Audience

__all__ = [
    "AxeIndice",
    "Contribution",
    "LigneIndice",
    "MethodeInconnue",
    "SuiteIndices",
    "lire",
    "methode_par_defaut",
    "methodes",
    "recalculer",
    "repondants_masques",
    "sources_de",
]

TRIS = ("territoire", "valeur", "repondants")
PAR_DEFAUT = "repere17_precarite"
TRANCHE = 5_000  # lines read at once when all are


class MethodeInconnue(ValueError):
    """No method of that code on the territories of the reader."""


def methodes(adhesion, code: str | None = None):
    """Methods in service on the territories of the reader; raises MethodeInconnue when `code` is none of them."""
    visibles = Methode.objects.visible_to(adhesion).en_service()
    if code is None:
        return visibles
    if not (lues := visibles.filter(code=code)):
        raise MethodeInconnue(f"Méthode inconnue : {code}.")
    return lues


def methode_par_defaut(en_service: Sequence[Methode]) -> Methode | None:
    """The one that a page opens on: that which the EPCI named, else the territory's own, the last adopted, else the
    platform's. `en_service`: methods read by `du_territoire`."""
    if nommee := next((m for m in en_service if m.code == m.nommee), None):
        return nommee
    propres = sorted((m for m in en_service if m.epci), key=lambda m: (m.adoptee_le is not None, m.adoptee_le, m.pk))
    if propres:
        return propres[-1]
    return next((m for m in en_service if m.code == PAR_DEFAUT), next(iter(en_service), None))


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
    detail=True,
    nommees=True,
) -> "SuiteIndices":
    """Indices that the reader may see, as a sequence to slice and count. `territoire` is exact, `territoires` any of
    several; `epci`, `commune`, `qpv`, `bailleur` keep what lies inside. Without `detail`, lines have no contributions,
    without `nommees` no names, and they cost fewer queries.

    `tri`: one of TRIS, with "-" for the descending order; by value, crossed methods are in the order of their classes.
    A masked line is sorted as one without value: last. Raises MethodeInconnue.
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
    ordre = _ordre(secret.lecteur(adhesion), epci, niveau, bailleur, tri)
    return SuiteIndices(adhesion, lignes.select_related("methode").order_by(*ordre), detail, nommees)


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
    cles = [
        Case(When(masquees, then=Value(None)), default=F(nom))
        for nom in ((champ, "rang_classe") if champ == "valeur" else (champ,))
    ]
    sens = "desc" if tri.startswith("-") else "asc"
    return [*(getattr(cle, sens)(nulls_last=True) for cle in cles), *stable]


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

    def __init__(self, adhesion, lignes, detail: bool, nommees: bool):
        self._adhesion, self._lignes = adhesion, lignes
        self._detail, self._nommees = detail, nommees

    def count(self) -> int:
        return self._lignes.count()

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, tranche):
        if isinstance(tranche, slice):
            return self._lire(list(self._lignes[tranche]))
        return self._lire([self._lignes[tranche]])[0]

    def __iter__(self) -> Iterator[LigneIndice]:
        indices = list(self._lignes)
        for debut in range(0, len(indices), TRANCHE):
            yield from self._lire(indices[debut : debut + TRANCHE])

    def _lire(self, indices: list[Indice]) -> list[LigneIndice]:
        return lire_lignes(self._adhesion, indices, self._detail, self._nommees)
