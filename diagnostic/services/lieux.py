"""The places of a map, residences and areas, with what is read of each and what it was under another millésime or
method: the one source of the map's payload, of its table and of the GeoJSON of the API."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from django.db.models import F, OuterRef, Subquery, Value

from diagnostic.calculs import carte as calcul
from diagnostic.models import Commune, Comptage, Perimetre, ProvenanceComptage
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs, secret
from diagnostic.services.contours import PerimetreConnu, perimetres_connus
from diagnostic.services.mesures import SANS_LECTURE, Lecture, Mesure, Place
from diagnostic.services.perimetres import Version, version_en_vigueur
from diagnostic.services.territoires import PERIMETRES
from partenaires.models import Organisation


@dataclass(frozen=True)
class Vue:
    """A measure at one millésime."""

    mesure: Mesure
    millesime: int

    def lire(self) -> dict[Place, Lecture]:
        return self.mesure.lire(self.millesime)

    @property
    def nombre(self) -> int:
        return len(self.mesure.classes)


@dataclass(slots=True)  # not frozen: ten thousand of them are made for one map
class Lieu:
    """A place: `code` as its reader knows it, `autre` what it is compared with, `sens` the direction from `autre` to
    `ici` (1 more fragile, -1 less, 0 the same class, None where one is unknown or masked); `garde`: kept by the filters
    of the page."""

    niveau: str
    territoire: str
    version: str
    nom: str
    ici: Lecture
    autre: Lecture | None = None
    sens: int | None = None
    commune: str = ""
    nom_commune: str = ""
    bailleur: str = ""
    nom_bailleur: str = ""
    famille: str = ""
    garde: bool = True
    longitude: float | None = None
    latitude: float | None = None
    logements: int | None = None

    @property
    def code(self) -> str:
        return self.territoire.partition(":")[2] if self.niveau == Niveau.RESIDENCE else self.territoire

    @property
    def situe(self) -> bool:
        return self.longitude is not None and self.latitude is not None


@dataclass(frozen=True)
class Aires:
    """Areas of one level, in one version of its perimeters; `anterieure`: it stands in for one that is not loaded."""

    niveau: str = ""
    version: str = ""
    anterieure: bool = False
    lieux: tuple[Lieu, ...] = ()

    @property
    def couche(self) -> str:
        """Code of the layer of their outlines."""
        return f"{self.niveau}-{self.version}" if self.niveau in PERIMETRES else self.niveau


class Lectures:
    """What is read of every place, and what it is compared with."""

    def __init__(self, ici: Vue | None, autre: Vue | None = None):
        self._ici, self._autre = ici, autre
        self._lues = ici.lire() if ici else {}
        self._autres = autre.lire() if autre else {}

    def de(self, niveau: str, territoire: str, version: str = "") -> dict:
        """`ici`, `autre` and `sens` of a place."""
        ici = self._lues.get((niveau, territoire, version), SANS_LECTURE)
        if self._ici is None or self._autre is None:
            return {"ici": ici}
        autre = self._autres.get((niveau, territoire, version), SANS_LECTURE)
        sens = calcul.sens(autre.rang, self._autre.nombre, ici.rang, self._ici.nombre)
        return {"ici": ici, "autre": autre, "sens": sens}


def residences(adhesion, epci: str, visibles, lectures: Lectures) -> list[Lieu]:
    """`visibles`: a queryset of Residence that the reader may see; annotated with `garde`, what it does not keep is
    marked so."""
    niveau = Niveau.RESIDENCE.value
    logements = logements_de(adhesion, epci)
    nom_bailleur = Subquery(Organisation.objects.filter(siren=OuterRef("bailleur")).values("nom")[:1])
    if "garde" not in visibles.query.annotations:
        visibles = visibles.annotate(garde=Value(True))
    champs = ("identifiant", "nom", "bailleur", "famille", "commune_id", "longitude", "latitude", "garde")
    lues = visibles.annotate(nom_commune=F("commune__nom"), nom_bailleur=nom_bailleur)
    return [
        Lieu(
            niveau=niveau,
            territoire=ligne.identifiant,
            version="",
            nom=ligne.nom,
            bailleur=ligne.bailleur,
            nom_bailleur=ligne.nom_bailleur or ligne.bailleur,
            famille=ligne.famille,
            commune=ligne.commune_id,
            nom_commune=ligne.nom_commune,
            longitude=ligne.longitude,
            latitude=ligne.latitude,
            logements=logements.get(ligne.identifiant),
            garde=ligne.garde,
            **lectures.de(niveau, ligne.identifiant),
        )
        for ligne in lues.values_list(*champs, "nom_commune", "nom_bailleur", named=True)
    ]


def logements_de(adhesion, epci: str) -> dict[str, int | None]:
    """Dwellings of each residence at its latest RPLS, None where the reader may not see them."""
    lecteur = secret.lecteur(adhesion)
    lignes = (
        Comptage.objects.visible_to(adhesion)
        .filter(epci=epci, niveau=Niveau.RESIDENCE, population="ensemble", logements__isnull=False)
        .order_by("territoire", "-millesime")
        .distinct("territoire")
    )

    @cache
    def masques(bailleur: str, nombre: int) -> bool:
        cellule = {"epci": epci, "source": "rpls", "niveau": Niveau.RESIDENCE.value, "base": "logements"}
        return secret.masquer(lecteur, effectif=nombre, bailleur=bailleur, **cellule)

    return {
        territoire: None if masques(bailleur, nombre) else nombre
        for territoire, bailleur, nombre in lignes.values_list("territoire", "bailleur", "logements")
    }


def aires(
    adhesion,
    epci: str,
    niveau: str,
    millesime: int | None,
    lectures: Lectures,
    perimetres: list[PerimetreConnu] | None = None,
    provenances: list[ProvenanceComptage] | None = None,
) -> Aires:
    """Every area of a level, those without a figure too: communes, or perimeters of the version that the figures of
    the millésime were made with. `perimetres` and `provenances`: where they are read already."""
    if niveau == Niveau.COMMUNE:
        lignes = Commune.objects.filter(territoire=epci).values_list("code", "nom")
        return Aires(niveau, lieux=tuple(_aire(niveau, "", code, nom, code, lectures) for code, nom in lignes))
    if provenances is None:
        provenances = indicateurs.provenances(adhesion, epci, millesime) if millesime else []
    trouvee = version_des_aires(provenances, epci, niveau, millesime)
    if trouvee is None:
        return Aires(niveau)
    connus = perimetres_connus(adhesion, epci) if perimetres is None else perimetres
    lieux = tuple(
        _aire(niveau, trouvee.version, un.code, un.nom, un.commune, lectures)
        for un in connus
        if (un.nature, un.version) == (niveau, trouvee.version)
    )
    return Aires(niveau, trouvee.version, trouvee.anterieure, lieux)


def version_des_aires(provenances, epci: str, nature: str, millesime: int | None) -> Version | None:
    """The version that the counts were made with; where there is none, the one in force on 1 January of the millésime
    (today without one)."""
    for une in provenances:
        if nature == Perimetre.Nature.QPV and une.perimetre_version:
            return Version(une.perimetre_version, une.perimetre_anterieur)
        if locale := une.details.get("perimetres", {}).get(nature):
            return Version(locale)
    return version_en_vigueur(nature, date(millesime, 1, 1) if millesime else date.today(), epci)


def _aire(niveau: str, version: str, code: str, nom: str, commune: str, lectures: Lectures) -> Lieu:
    return Lieu(
        niveau=niveau, territoire=code, version=version, nom=nom, commune=commune, **lectures.de(niveau, code, version)
    )
