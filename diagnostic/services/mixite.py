"""Social mix of the residences of a territory (E2 T32 D to F), read from the counts and the published notes in force.

The reference of a family is summed over every bailleur, then judged as an aggregate of the territory; a residence is
judged as such. A row is shown whole or masked whole: one segment would give another back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Max, OuterRef, Subquery

from diagnostic.calculs import mixite as calculs
from diagnostic.calculs.familles import normaliser
from diagnostic.calculs.mixite import CODES, Occupation
from diagnostic.models import Comptage, Indice, NotePubliee, Residence
from diagnostic.models.comptage import Niveau
from diagnostic.services import secret
from diagnostic.services.lecture_avis import METHODE

BASE = "repondants"
NUMERATEURS = tuple(f"n_{code}" for code in CODES)


@dataclass(frozen=True)
class Cellule:
    """A residence as it counts: never leaves this module as it is."""

    residence: str
    bailleur: str
    repondants: int
    occupation: Occupation


@dataclass(frozen=True)
class Reference:
    """The reference mix of a family. `parts` None: no residence noted 1 or 2 yet, or masked (`secret`)."""

    famille: str
    residences: int
    menages: int | None
    parts: tuple[Fraction, ...] | None
    secret: bool


@dataclass(frozen=True)
class LigneMixite:
    """A residence with a published note. `parts`: share of each segment, `ecarts`: less the reference's (notes 3 and
    4 only), `segments`: codes of those to favour. None and empty where undefined or masked (`secret`)."""

    residence: Residence
    famille: str
    note: int
    publiee_le: date
    menages: int | None
    parts: tuple[Fraction, ...] | None
    ecarts: tuple[Fraction, ...] | None
    segments: list[str]
    secret: bool


@dataclass(frozen=True)
class Mixite:
    """`millesime`: of the occupation, None without any survey. `au`: the notes are those in force at that date."""

    epci: str
    millesime: int | None
    au: date
    references: list[Reference]
    lignes: list[LigneMixite]


def lire(adhesion, epci: str, millesime: int, au: date) -> Mixite:
    """The mix of the territory at the latest survey at or before `millesime`, with the notes in force at `au`.

    Nothing on a territory that the reader may not see. Five queries, whatever the number of residences.
    """
    lecteur = secret.lecteur(adhesion)
    if epci not in lecteur.territoires:
        return Mixite(epci, None, au, [], [])
    enquete = _derniere_enquete(epci, millesime)
    notes = {
        publiee.tour.residence: publiee for publiee in NotePubliee.objects.en_vigueur(epci, au).select_related("tour")
    }
    residences = Residence.objects.courantes().filter(commune__territoire=epci, identifiant__in=notes)
    familles = _familles(epci, enquete, residences)
    cellules = {cellule.residence: cellule for cellule in _cellules(epci, enquete, familles, notes)}
    exactes = {famille: calculs.reference(_occupations(cellules), famille) for famille in set(familles.values())}
    references = [_reference(lecteur, epci, famille, cellules) for famille in sorted(set(familles.values()))]
    montrees = {une.famille for une in references if not une.secret}
    visibles = residences.visible_to(adhesion).select_related("commune").defer("commune__contour")
    lignes = [
        _ligne(lecteur, epci, une, familles, notes[une.identifiant], cellules.get(une.identifiant), exactes, montrees)
        for une in visibles.order_by("cle_recherche", "identifiant")
    ]
    return Mixite(epci, enquete, au, references, lignes)


def _derniere_enquete(epci: str, millesime: int) -> int | None:
    enquetes = Comptage.objects.filter(epci=epci, niveau=Niveau.EPCI, population="ensemble", repondants__gt=0)
    return enquetes.filter(millesime__lte=millesime).aggregate(dernier=Max("millesime"))["dernier"]


def _familles(epci: str, millesime: int | None, residences) -> dict[str, str]:
    """Residence → family: the one under which its note is proposed, deduced where it is not declared
    (`services.familles`); else, where no note was ever proposed, the one declared; "" unknown."""
    siens = Indice.objects.filter(
        epci=epci,
        niveau=Niveau.RESIDENCE,
        millesime=millesime,
        territoire=OuterRef("identifiant"),
        methode__code=METHODE,
    )
    avec = residences.annotate(retenue=Subquery(siens.exclude(famille="").order_by("-pk").values("famille")[:1]))
    lues = avec.values_list("identifiant", "retenue", "famille")
    return {residence: retenue or normaliser(declaree) for residence, retenue, declaree in lues}


def _cellules(epci: str, millesime: int | None, familles: dict[str, str], notes: dict) -> Iterable[Cellule]:
    """Counts of the noted residences, whoever their bailleur is: to be summed or judged, never shown as they are."""
    comptes = Comptage.objects.filter(
        epci=epci, niveau=Niveau.RESIDENCE, population="ensemble", millesime=millesime, territoire__in=familles
    )
    for residence, bailleur, repondants, *menages in comptes.exclude(repondants=None).values_list(
        "territoire", "bailleur", BASE, *NUMERATEURS
    ):
        occupation = Occupation(familles[residence], notes[residence].note, tuple(nombre or 0 for nombre in menages))
        yield Cellule(residence, bailleur, repondants, occupation)


def _occupations(cellules: dict[str, Cellule]) -> list[Occupation]:
    return [cellule.occupation for cellule in cellules.values()]


def _reference(lecteur, epci: str, famille: str, cellules: dict[str, Cellule]) -> Reference:
    """The pool of the family. A bailleur that reads takes its own part away: what is left is judged too."""
    retenues = [cellule for cellule in cellules.values() if calculs.de_reference([cellule.occupation], famille)]
    autres = [cellule for cellule in retenues if cellule.bailleur != lecteur.siren]
    cachee = bool(retenues) and _masquees(lecteur, epci, Niveau.EPCI, retenues)
    cachee = cachee or (lecteur.est_bailleur and bool(autres) and _masquees(lecteur, epci, Niveau.EPCI, autres))
    menages = calculs.cumul(cellule.occupation for cellule in retenues)
    return Reference(
        famille=famille,
        residences=len(retenues),
        menages=None if cachee else sum(menages),
        parts=None if cachee else calculs.parts(menages),
        secret=cachee,
    )


def _ligne(lecteur, epci: str, residence: Residence, familles, publiee, cellule: Cellule | None, exactes, montrees):
    famille = familles[residence.identifiant]
    cachee = cellule is not None and _masquees(lecteur, epci, Niveau.RESIDENCE, [cellule])
    occupation = cellule.occupation if cellule and not cachee else None
    # a gap beside one's own shares gives the reference back: masked with it
    comparable = occupation is not None and famille in montrees
    les_ecarts = calculs.ecarts(occupation, exactes[famille]) if comparable else None
    return LigneMixite(
        residence=residence,
        famille=famille,
        note=publiee.note,
        publiee_le=publiee.publiee_le,
        menages=sum(occupation.menages) if occupation else None,
        parts=calculs.parts(occupation.menages) if occupation else None,
        ecarts=les_ecarts,
        segments=calculs.a_favoriser(les_ecarts),
        secret=cachee,
    )


def _masquees(lecteur, epci: str, niveau: Niveau, cellules: list[Cellule]) -> bool:
    """True when one segment at least of these residences together may not be shown to the reader."""
    par_bailleur: dict[str, int] = {}
    for cellule in cellules:
        par_bailleur[cellule.bailleur] = par_bailleur.get(cellule.bailleur, 0) + cellule.repondants
    premier = max(par_bailleur, key=lambda siren: (par_bailleur[siren], siren))
    menages = calculs.cumul(cellule.occupation for cellule in cellules)
    return any(
        secret.masquer(
            lecteur,
            epci=epci,
            source="ops",
            niveau=niveau.value,
            base=BASE,
            effectif=sum(par_bailleur.values()),
            numerateur=nombre,
            denominateur=sum(menages),
            sensible=code in secret.SENSIBLES,
            bailleur=premier if len(par_bailleur) == 1 else "",
            premier_bailleur=premier,
            effectif_premier=par_bailleur[premier],
        )
        for code, nombre in zip(CODES, menages)
    )
