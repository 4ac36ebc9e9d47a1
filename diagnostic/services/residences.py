"""The residences that a reader may see, with their place, dwellings and classes: one page at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from diagnostic.models import Appartenance, Comptage, Perimetre, Residence
from diagnostic.models.comptage import Niveau
from diagnostic.services import indices, secret
from diagnostic.services.perimetres import version_en_vigueur

QPV = Perimetre.Nature.QPV


@dataclass(frozen=True)
class LigneResidence:
    """A residence (contrat §3). `qpv`: code under the version in force today; None out of QPV or in no single one,
    which `en_qpv` tells apart. `logements`: dwellings of its latest RPLS millésime. `classes`: method → class of its
    latest millésime, None without value or masked; `secret` when a figure of the row is masked."""

    id: str
    code: str
    nom: str
    bailleur: str
    commune: str
    epci: str | None
    qpv: str | None
    en_qpv: bool | None
    famille: str
    adresse: str
    logements: int | None
    longitude: float | None
    latitude: float | None
    classes: dict[str, str | None] = field(default_factory=dict)
    secret: bool = False


def visibles(adhesion):
    """Current residences of the reader, in the order of their names."""
    return (
        Residence.objects.visible_to(adhesion)
        .courantes()
        .select_related("commune")
        .defer("commune__contour")
        .order_by("cle_recherche", "identifiant")
    )


def dans_le_qpv(code: str) -> Q:
    """Residences that stand in the QPV of that code under the version in force today on their territory."""
    condition = Q(pk=None)
    siennes = Appartenance.objects.filter(nature=QPV, code=code, dedans=True)
    for epci in siennes.order_by().values_list("epci", flat=True).distinct():
        version = version_en_vigueur(QPV, date.today(), epci)
        if version:
            ici = siennes.filter(epci=epci, version=version.version)
            condition |= Q(commune__territoire=epci, identifiant__in=ici.values("residence"))
    return condition


class SuiteResidences:
    """Lines of a queryset of Residence, made when they are sliced; counted by the database."""

    def __init__(self, adhesion, residences):
        self._adhesion, self._residences = adhesion, residences
        self._lecteur = secret.lecteur(adhesion)

    def count(self) -> int:
        return self._residences.count()

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, tranche):
        if isinstance(tranche, slice):
            return self._lire(list(self._residences[tranche]))
        return self._lire([self._residences[tranche]])[0]

    def __iter__(self) -> Iterator[LigneResidence]:
        return iter(self._lire(list(self._residences)))

    def _lire(self, residences: list[Residence]) -> list[LigneResidence]:
        codes = [residence.identifiant for residence in residences]
        places = _places(codes, {residence.commune.territoire_id for residence in residences})
        logements = _logements(self._adhesion, codes)
        classes, masquees = _classes(self._adhesion, codes)
        return [
            self._ligne(
                residence,
                places.get(residence.identifiant, (None, None)),
                logements.get(residence.identifiant),
                classes.get(residence.identifiant, {}),
                residence.identifiant in masquees,
            )
            for residence in residences
        ]

    def _ligne(self, residence: Residence, place, logements: int | None, classes: dict, masquee: bool):
        epci = residence.commune.territoire_id
        tus = logements is not None and secret.masquer(
            self._lecteur,
            epci=epci or "",
            source="rpls",
            niveau=Niveau.RESIDENCE.value,
            base="logements",
            effectif=logements,
            bailleur=residence.bailleur,
        )
        return LigneResidence(
            id=residence.identifiant,
            code=residence.code,
            nom=residence.nom,
            bailleur=residence.bailleur,
            commune=residence.commune_id,
            epci=epci,
            qpv=place[1],
            en_qpv=place[0],
            famille=residence.famille,
            adresse=residence.adresse,
            logements=None if tus else logements,
            longitude=residence.longitude,
            latitude=residence.latitude,
            classes=classes,
            secret=tus or masquee,
        )


def _places(residences: list[str], territoires) -> dict[str, tuple[bool, str | None]]:
    """Residence → (in a QPV?, code of the first one), under the version in force today."""
    places: dict[str, tuple[bool, str | None]] = {}
    for epci in sorted(territoire for territoire in territoires if territoire):
        version = version_en_vigueur(QPV, date.today(), epci)
        lues = Appartenance.objects.filter(
            epci=epci, nature=QPV, version=version.version if version else None, residence__in=residences
        )
        for residence, dedans, code in lues.order_by("-code").values_list("residence", "dedans", "code"):
            places[residence] = dedans, code or None
    return places


def _logements(adhesion, residences: list[str]) -> dict[str, int]:
    """Residence → dwellings of its latest millésime."""
    comptes = Comptage.objects.visible_to(adhesion).filter(
        niveau=Niveau.RESIDENCE, population="ensemble", territoire__in=residences, logements__isnull=False
    )
    return dict(comptes.order_by("millesime").values_list("territoire", "logements"))


def _classes(adhesion, residences: list[str]) -> tuple[dict[str, dict[str, str | None]], set[str]]:
    """Residence → {method: class of its latest millésime}, and the residences one of whose classes is masked."""
    lues = indices.lire(adhesion, niveau=Niveau.RESIDENCE, territoires=residences, detail=False)
    classes: dict[str, dict[str, str | None]] = {}
    masquees: dict[tuple[str, str], bool] = {}
    for ligne in sorted(lues, key=lambda ligne: (ligne.millesime, ligne.version)):
        classes.setdefault(ligne.territoire, {})[ligne.methode] = ligne.classe
        masquees[ligne.territoire, ligne.methode] = ligne.secret
    return classes, {residence for (residence, _), masquee in masquees.items() if masquee}
