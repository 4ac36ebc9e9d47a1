"""Residences of the fragile sectors (Reims, E3 F07): in QPV, bordering a QPV, or in a sector that the territory names.

Bordering: within `limitrophe_metres` [P] of the outline of a QPV, by the point of the residence. Recomputed after the
memberships, for every version of the QPV loaded.
"""

from datetime import date

import geopandas as gpd
import pandas as pd
import shapely
from django.db import transaction
from django.db.models import Q

from diagnostic.models import Appartenance, Commune, Perimetre, Residence, ResidenceFragile
from partenaires.models import Parametre

QPV = Perimetre.Nature.QPV
Motif = ResidenceFragile.Motif


def recalculer(epci: str) -> int:
    """Number of rows written."""
    reglage = Parametre.objects.valeur("bas_loyer_reims", date.today(), epci)
    nommees = _dans_les_secteurs(epci, reglage["secteurs"])
    points = _points(epci)
    lignes: list[ResidenceFragile] = []
    for version, dedans in _en_qpv(epci).items():
        motifs = dict.fromkeys(nommees, Motif.SECTEUR)
        motifs |= dict.fromkeys(_limitrophes(epci, version, points, reglage["limitrophe_metres"]), Motif.LIMITROPHE)
        motifs |= dict.fromkeys(dedans, Motif.QPV)
        lignes += [
            ResidenceFragile(epci=epci, version=version, residence=residence, motif=motif)
            for residence, motif in motifs.items()
        ]
    with transaction.atomic():
        ResidenceFragile.objects.filter(epci=epci).delete()
        ResidenceFragile.objects.bulk_create(lignes, batch_size=5_000)
    return len(lignes)


def _en_qpv(epci: str) -> dict[str, list[str]]:
    """Version of the QPV → residences in one of them; every version that the territory was placed in."""
    versions: dict[str, list[str]] = {}
    siennes = Appartenance.objects.filter(epci=epci, nature=QPV).order_by()
    for version, residence, dedans in siennes.values_list("version", "residence", "dedans"):
        liste = versions.setdefault(version, [])
        if dedans:
            liste.append(residence)
    return versions


def _dans_les_secteurs(epci: str, secteurs: list[dict]) -> set[str]:
    """Residences of the perimeters named, in any of their versions."""
    if not secteurs:
        return set()
    nommes = Q()
    for secteur in secteurs:
        nommes |= Q(nature=secteur["nature"], code=secteur["code"])
    return set(Appartenance.objects.filter(nommes, epci=epci, dedans=True).values_list("residence", flat=True))


def _points(epci: str) -> gpd.GeoSeries:
    """Points of the residences, in metres, by identifier."""
    champs = ["identifiant", "longitude", "latitude"]
    siennes = Residence.objects.courantes().filter(commune__territoire=epci, longitude__isnull=False)
    cadre = pd.DataFrame(siennes.order_by().values_list(*champs), columns=champs)
    points = gpd.GeoSeries(
        gpd.points_from_xy(cadre.longitude.astype(float), cadre.latitude.astype(float)), cadre.identifiant, crs=4326
    )
    return points.to_crs(points.estimate_utm_crs()) if len(points) else points


def _limitrophes(epci: str, version: str, points: gpd.GeoSeries, metres: float) -> set[str]:
    """Residences within that distance of a QPV of the départements of the territory."""
    departements = Commune.objects.filter(territoire=epci).values_list("departement", flat=True).distinct()
    voisines = Commune.objects.filter(departement__in=list(departements))
    qpv = Perimetre.objects.courantes().filter(nature=QPV, version=version, geometrie__isnull=False)
    contours = qpv.filter(Q(territoire=epci) | Q(commune_code__in=voisines.values("code")))
    textes = [shapely.geometry.shape(contour) for contour in contours.values_list("geometrie", flat=True)]
    if not textes or points.empty:
        return set()
    en_metres = gpd.GeoSeries(textes, crs=4326).to_crs(points.crs)
    proches = shapely.STRtree(points.values).query(en_metres.values, predicate="dwithin", distance=metres)[1]
    return set(points.index[proches])
