"""Outlines that a map draws, one layer at a time: the communes, and each nature and version of the perimeters.

They are made lighter when they are served, at three levels of detail, and kept in the cache under a fingerprint of
their rows: a new deposit makes new ones. Everyone who may ask for the territory sees the same outlines.
"""

import json
from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import cache
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q, Sum

from diagnostic.calculs.contours import TOLERANCES, alleger
from diagnostic.models import Commune, Perimetre, Territoire

COMMUNES = "commune"
DETAILS = range(len(TOLERANCES))
GARDE_S = 24 * 3600
NATURES = {"qpv": "QPV", "npnru": "Quartiers NPNRU", "secteur": "Secteurs", "qva": "Veille active", "zus": "Ex-ZUS"}


class CoucheInconnue(LookupError):
    """A layer that the territory does not have, or a territory that the reader may not know."""


@dataclass(frozen=True)
class PerimetreConnu:
    """A perimeter of the territory, without its outline; `trace`: it has one."""

    nature: str
    version: str
    code: str
    nom: str
    commune: str
    trace: bool


@dataclass(frozen=True)
class Couche:
    """A layer of outlines: `code` is « qpv-2024 » for a nature and version."""

    nature: str
    version: str

    @property
    def code(self) -> str:
        return f"{self.nature}-{self.version}"

    @property
    def libelle(self) -> str:
        return f"{NATURES.get(self.nature, self.nature)} {self.version}"


def perimetres_connus(adhesion, epci: str) -> list[PerimetreConnu]:
    """Every perimeter in force or not that the reader sees on the territory, by name."""
    siens = Perimetre.objects.visible_to(adhesion).courantes().filter(territoire=epci).order_by("nom", "code")
    trace = ExpressionWrapper(Q(geometrie__isnull=False), BooleanField())
    champs = ("nature", "version", "code", "nom", "commune_code")
    return [PerimetreConnu(*ligne) for ligne in siens.annotate(trace=trace).values_list(*champs, "trace")]


def couches(perimetres: list[PerimetreConnu]) -> list[Couche]:
    """Natures and versions that have outlines, in the order of the page."""
    trouvees = {Couche(un.nature, un.version) for un in perimetres if un.trace}
    rangs = {nature: rang for rang, nature in enumerate(NATURES)}
    return sorted(trouvees, key=lambda couche: (rangs.get(couche.nature, len(rangs)), couche.version))


def contours(adhesion, epci: str, couche: str, detail: int) -> tuple[str, str]:
    """(GeoJSON FeatureCollection of `entites` as text, its fingerprint).

    Raises CoucheInconnue.
    """
    if not Territoire.objects.visible_to(adhesion).filter(siren=epci).exists():
        raise CoucheInconnue(epci)
    lignes, _ = _lignes(adhesion, epci, couche)
    suivi = "depot_contour" if couche == COMMUNES else "pk"
    etat = lignes.order_by().aggregate(nombre=Count("pk"), dernier=Max(suivi), somme=Sum(suivi))
    if not etat["nombre"]:
        raise CoucheInconnue(couche)
    cle = ":".join(map(str, ("contours", epci, couche, detail, *etat.values())))
    empreinte = sha256(cle.encode()).hexdigest()[:24]
    texte = cache.get(empreinte)
    if texte is None:
        collection = {"type": "FeatureCollection", "features": entites(adhesion, epci, couche, detail)}
        texte = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
        cache.set(empreinte, texte, GARDE_S)
    return texte, empreinte


def _lignes(adhesion, epci: str, couche: str):
    if couche == COMMUNES:
        return Commune.objects.filter(territoire=epci, contour__isnull=False), ("code", "nom", "contour")
    nature, _, version = couche.partition("-")
    return _perimetres(adhesion, epci).filter(nature=nature, version=version), ("code", "nom", "geometrie")


def _perimetres(adhesion, epci: str):
    return Perimetre.objects.visible_to(adhesion).courantes().filter(territoire=epci, geometrie__isnull=False)


def entites(adhesion, epci: str, couche: str, detail: int = DETAILS[-1]) -> list[dict]:
    """GeoJSON features of a layer: the code as `id`, the name; none where the territory does not have the layer."""
    lignes, champs = _lignes(adhesion, epci, couche)
    lues = list(lignes.values_list(*champs))
    geometries = alleger([geometrie for _, _, geometrie in lues], detail, jointives=couche == COMMUNES)
    return [forme(code, nom, geometrie) for (code, nom, _), geometrie in zip(lues, geometries)]


def forme(code: str, nom: str, geometrie: dict, **proprietes) -> dict:
    """A GeoJSON feature."""
    return {"type": "Feature", "id": code, "geometry": geometrie, "properties": {"nom": nom} | proprietes}
