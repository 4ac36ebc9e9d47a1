"""Local secteurs drawn by the EPCI: a version is a whole drawing, loaded as a `perimetres` deposit of its own, and
never drawn over."""

import json
from dataclasses import dataclass, replace
from datetime import date

import shapely
from django.db.models import Q

from diagnostic.calculs.perimetres import annee_de_version
from diagnostic.calculs.secteurs import Secteur, SecteursInvalides, ecrire, superposes
from diagnostic.models import Commune, Perimetre, Residence
from diagnostic.models.comptage import Niveau
from diagnostic.services.rattachements import garder
from diagnostic.services.territoires import PERIMETRES
from partenaires.depots.contrats import REGISTRE
from partenaires.depots.moteur import importer
from partenaires.models import Depot, Organisation
from partenaires.services import stockage
from partenaires.services.depots import DepotInterdit, controler_droit
from partenaires.services.journal import noter

NATURE = Perimetre.Nature.SECTEUR
TYPE = "perimetres"
VERSION_MAX = Perimetre._meta.get_field("version").max_length
SEPARATEUR = "|"


class DessinRefuse(Exception):
    """Why the drawing was not loaded, in French."""

    def __init__(self, fautes: list[str]):
        super().__init__(" ".join(fautes))
        self.fautes = fautes


@dataclass(frozen=True)
class Modele:
    """An outline to start from: a perimeter of the territory in one of its versions."""

    cle: str
    libelle: str


def peut_dessiner(adhesion, epci: str) -> bool:
    """The EPCI of the territory, by a member that writes."""
    if adhesion.nature != Organisation.Nature.EPCI or adhesion.siren != epci:
        return False
    try:
        controler_droit(adhesion, REGISTRE[TYPE], adhesion.organisation)
    except DepotInterdit:
        return False
    return True


def visibles(adhesion, epci: str):
    """Perimeters of the territory that may be drawn from, outlines apart."""
    natures = [niveau.value for niveau in PERIMETRES]
    return Perimetre.objects.visible_to(adhesion).courantes().filter(territoire=epci, nature__in=natures)


def versions(adhesion, epci: str) -> list[str]:
    """Versions of the secteurs of the territory, the latest first."""
    siennes = visibles(adhesion, epci).filter(nature=NATURE).order_by("-version")
    return list(siennes.values_list("version", flat=True).distinct())


def de_la_version(adhesion, epci: str, version: str) -> list[Perimetre]:
    return list(visibles(adhesion, epci).filter(nature=NATURE, version=version).order_by("code"))


def en_dessin(perimetres: list[Perimetre]) -> list[Secteur]:
    return [
        Secteur(p.code, p.nom, shapely.from_geojson(json.dumps(p.geometrie)), p.commune_code)
        for p in perimetres
        if p.geometrie
    ]


def modeles(adhesion, epci: str) -> list[Modele]:
    """Perimeters whose outline may be taken over."""
    lus = visibles(adhesion, epci).defer("geometrie").order_by("nature", "-version", "nom")
    return [
        Modele(SEPARATEUR.join((p.nature, p.version, p.code)), f"{Niveau(p.nature).label} {p.nom} ({p.version})")
        for p in lus
    ]


def reprendre(adhesion, epci: str, cle: str) -> Secteur:
    """The outline of a perimeter as a secteur to draw on. Raises SecteursInvalides."""
    nature, _, reste = cle.partition(SEPARATEUR)
    version, _, code = reste.partition(SEPARATEUR)
    trouves = visibles(adhesion, epci).filter(nature=nature, version=version, code=code, geometrie__isnull=False)
    repris = en_dessin(list(trouves[:1]))
    if not repris:
        raise SecteursInvalides(["Ce contour n'est plus là : choisissez-en un autre dans la liste."])
    return repris[0]


def proposer_version(adhesion, epci: str, le: date) -> str:
    """The date of the drawing, with a letter where that day already has one."""
    connues = set(versions(adhesion, epci))
    suites = [f"{le:%Y-%m-%d}", *(f"{le:%Y-%m-%d}-{rang}" for rang in range(2, 100))]
    return next(version for version in suites if version not in connues)


def recouvrements(secteurs: list[Secteur]) -> list[tuple[str, str]]:
    return superposes([s.code for s in secteurs], [s.contour for s in secteurs])


def enregistrer(adhesion, epci: str, version: str, secteurs: list[Secteur]) -> Depot:
    """Load the drawing as a new version. Raises DepotInterdit, DessinRefuse, DisquePlein."""
    if not peut_dessiner(adhesion, epci):
        raise DepotInterdit("Seul un gestionnaire de l'EPCI dessine les secteurs de son territoire.")
    if not secteurs:
        raise DessinRefuse(["Le dessin est vide : dessinez au moins un secteur."])
    if not 0 < len(version) <= VERSION_MAX or not version.isprintable() or annee_de_version(version) is None:
        raise DessinRefuse(
            [
                f"Nommez la version par son année ou sa date, en {VERSION_MAX} caractères au plus : par exemple "
                f"{proposer_version(adhesion, epci, date.today())}."
            ]
        )
    if version in versions(adhesion, epci):
        raise DessinRefuse(
            [
                f"La version {version} existe déjà et n'est jamais redessinée : donnez-en une autre, par exemple "
                f"{proposer_version(adhesion, epci, date.today())}."
            ]
        )
    depot = Depot(
        type=TYPE,
        fichier=f"secteurs_{version}.geojson"[:255],
        deposant=adhesion.organisation,
        depose_par=adhesion.utilisateur,
    )
    with stockage.prive(".geojson") as (chemin, sortie):
        sortie.write(ecrire(situer(epci, secteurs)).encode())
        sortie.flush()
        depot = importer(
            TYPE,
            chemin,
            organisation=adhesion.organisation,
            deposant=adhesion.organisation,
            utilisateur=adhesion.utilisateur,
            nature=NATURE.value,
            version=version,
            depot=depot,
        )
        if depot.etat not in (Depot.Etat.CHARGE, Depot.Etat.DEJA_CHARGE):
            raise DessinRefuse([erreur["message"] for erreur in depot.rapport["erreurs"]])
        garder(depot, chemin)
    noter(adhesion, "depot", f"{TYPE} {depot.fichier} (n° {depot.pk})")
    return depot


def situer(epci: str, secteurs: list[Secteur]) -> list[Secteur]:
    """Each with its commune: that of its outline is found by the import; where no outline of commune is loaded, the
    commune of most of the residences inside, else the first of the territory."""
    communes = Commune.objects.filter(territoire=epci)
    if communes.filter(contour__isnull=False).exists():
        return secteurs
    siennes = Residence.objects.courantes().filter(~Q(longitude=None) & ~Q(latitude=None), commune__territoire=epci)
    places = list(siennes.order_by().values_list("longitude", "latitude", "commune"))
    points = shapely.points([[float(x), float(y)] for x, y, _ in places]) if places else []
    premiere = communes.order_by("code").values_list("code", flat=True).first() or ""
    return [s if s.commune else replace(s, commune=_majorite(s, points, places) or premiere) for s in secteurs]


def _majorite(secteur: Secteur, points, places: list) -> str:
    dedans = [place[2] for place, est in zip(places, shapely.intersects(secteur.contour, points)) if est]
    return max(sorted(set(dedans)), key=dedans.count) if dedans else ""
