"""What the map draws: residences as points and QPV as outlines, with their class under one method, masked."""

from datetime import date

from diagnostic.models import Commune, Comptage, Indice, Methode, Perimetre, Residence, Territoire
from diagnostic.models.comptage import Niveau
from diagnostic.services import indices, secret
from diagnostic.services.perimetres import version_en_vigueur

DECIMALES = 5  # of a degree: about a metre


class TerritoireInconnu(LookupError):
    """A territory that the reader may not know."""


def carte(adhesion, epci: str, methode: str | None = None, millesime: int | None = None) -> dict:
    """GeoJSON FeatureCollection of the residences that the reader may see; under `perimetres` the outlines of the QPV
    in force on 1 January of the millésime, under `communes` those of the communes. Default: the first method in
    service, its latest millésime.

    Raises TerritoireInconnu, indices.MethodeInconnue.
    """
    if not Territoire.objects.visible_to(adhesion).filter(siren=epci).exists():
        raise TerritoireInconnu(epci)
    retenue = indices.methodes(adhesion, methode).filter(epci__in=["", epci]).first()
    millesime = millesime or _dernier_millesime(adhesion, epci, retenue)
    lecteur = secret.lecteur(adhesion)
    residences = _residences(adhesion, lecteur, epci, retenue, millesime)
    return {
        "type": "FeatureCollection",
        "epci": epci,
        "methode": retenue.code if retenue else None,
        "version": retenue.version if retenue else None,
        "millesime": millesime,
        "classes": [{"libelle": libelle, "rang": rang} for rang, libelle in enumerate(retenue.libelles)]
        if retenue
        else [],
        "sans_point": sum(r["geometry"] is None for r in residences),
        "features": [r for r in residences if r["geometry"]],
        "perimetres": _quartiers(adhesion, epci, retenue, millesime),
        "communes": _communes(epci),
    }


def _dernier_millesime(adhesion, epci: str, methode: Methode | None) -> int | None:
    calcules = Indice.objects.visible_to(adhesion).filter(epci=epci, methode=methode).order_by("-millesime")
    return calcules.values_list("millesime", flat=True).first()


def _classes(adhesion, epci: str, methode: Methode | None, millesime: int | None, niveau: str) -> dict[tuple, dict]:
    """(place, QPV version) → what is shown of its index."""
    if methode is None or millesime is None:
        return {}
    lues = indices.lire(adhesion, epci=epci, niveau=niveau, methode=methode.code, millesime=millesime)
    return {
        (ligne.territoire, ligne.perimetre_version): {
            "valeur": ligne.valeur,
            "classe": ligne.classe,
            "rang": ligne.rang,
            "repondants": ligne.repondants,
            "secret": ligne.secret,
        }
        for ligne in lues
        if ligne.version == methode.version
    }


SANS_INDICE = {"valeur": None, "classe": None, "rang": None, "repondants": None, "secret": False}


def _residences(adhesion, lecteur, epci: str, methode, millesime) -> list[dict]:
    classes = _classes(adhesion, epci, methode, millesime, Niveau.RESIDENCE)
    logements = _logements(adhesion, lecteur, epci)
    visibles = Residence.objects.visible_to(adhesion).courantes().filter(commune__territoire=epci)
    champs = ("identifiant", "nom", "bailleur", "commune_id", "longitude", "latitude")
    return [
        {
            "type": "Feature",
            "id": identifiant,
            "geometry": _point(longitude, latitude),
            "properties": {
                "territoire": identifiant,
                "nom": nom,
                "bailleur": bailleur,
                "commune": commune,
                "logements": logements.get(identifiant),
            }
            | classes.get((identifiant, ""), SANS_INDICE),
        }
        for identifiant, nom, bailleur, commune, longitude, latitude in visibles.values_list(*champs)
    ]


def _logements(adhesion, lecteur, epci: str) -> dict[str, int | None]:
    """Dwellings of each residence at its latest RPLS, None where the reader may not see them."""
    lignes = (
        Comptage.objects.visible_to(adhesion)
        .filter(epci=epci, niveau=Niveau.RESIDENCE, population="ensemble", logements__isnull=False)
        .order_by("territoire", "-millesime")
        .distinct("territoire")
    )
    cellule = {"epci": epci, "source": "rpls", "niveau": Niveau.RESIDENCE, "base": "logements"}
    return {
        territoire: None if secret.masquer(lecteur, effectif=nombre, bailleur=bailleur, **cellule) else nombre
        for territoire, bailleur, nombre in lignes.values_list("territoire", "bailleur", "logements")
    }


def _quartiers(adhesion, epci: str, methode, millesime) -> dict:
    version = version_en_vigueur(Perimetre.Nature.QPV, date(millesime, 1, 1) if millesime else date.today(), epci)
    code = version.version if version else ""
    classes = _classes(adhesion, epci, methode, millesime, Niveau.QPV)
    quartiers = (
        Perimetre.objects.visible_to(adhesion)
        .courantes()
        .filter(nature=Perimetre.Nature.QPV, version=code, territoire=epci, geometrie__isnull=False)
    )
    return {
        "type": "FeatureCollection",
        "version": code or None,
        "anterieure": bool(version and version.anterieure),
        "features": [
            {
                "type": "Feature",
                "id": quartier.code,
                "geometry": _arrondir(quartier.geometrie),
                "properties": {"territoire": quartier.code, "nom": quartier.nom, "version": quartier.version}
                | classes.get((quartier.code, quartier.version), SANS_INDICE),
            }
            for quartier in quartiers
        ],
    }


def _communes(epci: str) -> dict:
    """Outlines alone, to find one's way without a background of tiles."""
    communes = Commune.objects.filter(territoire=epci, contour__isnull=False)
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": code, "geometry": _arrondir(contour), "properties": {"nom": nom}}
            for code, nom, contour in communes.values_list("code", "nom", "contour")
        ],
    }


def _point(longitude: float | None, latitude: float | None) -> dict | None:
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [round(longitude, DECIMALES), round(latitude, DECIMALES)]}


def _arrondir(geometrie: dict) -> dict:
    """The same GeoJSON geometry, rounded; a collection holds geometries instead of coordinates."""
    if "geometries" in geometrie:
        return geometrie | {"geometries": [_arrondir(une) for une in geometrie["geometries"]]}
    return geometrie | {"coordinates": _coordonnees(geometrie["coordinates"])}


def _coordonnees(valeur):
    return round(valeur, DECIMALES) if isinstance(valeur, float | int) else [_coordonnees(v) for v in valeur]
