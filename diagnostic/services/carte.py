"""The map as the API gives it (contrat §3): GeoJSON of the residences and of the QPV, with their class, masked."""

from diagnostic.models import Indice, Methode, Residence
from diagnostic.models.comptage import Niveau
from diagnostic.services import indices, lieux, secret
from diagnostic.services.contours import COMMUNES, entites, forme
from diagnostic.services.lieux import Aires, Lectures, Lieu, Vue
from diagnostic.services.mesures import Indices, ParMethode

DECIMALES = 5  # of a degree: about a metre
NIVEAUX = (Niveau.RESIDENCE.value, Niveau.QPV.value)


class TerritoireInconnu(LookupError):
    """A territory that the reader may not know."""


def carte(adhesion, epci: str, methode: str | None = None, millesime: int | None = None) -> dict:
    """GeoJSON FeatureCollection of the residences that the reader may see; under `perimetres` the outlines of the QPV
    in force on 1 January of the millésime, under `communes` those of the communes. Default: the method of the
    territory, its latest millésime.

    Raises TerritoireInconnu, indices.MethodeInconnue.
    """
    if epci not in secret.lecteur(adhesion).territoires:
        raise TerritoireInconnu(epci)
    en_service = list(indices.methodes(adhesion, methode).du_territoire(epci))
    retenue = indices.methode_par_defaut(en_service)
    millesime = millesime or _dernier_millesime(adhesion, epci, retenue)
    lectures = Lectures(_vue(adhesion, epci, retenue, millesime))
    siennes = Residence.objects.visible_to(adhesion).courantes().filter(commune__territoire=epci)
    residences = lieux.residences(adhesion, epci, siennes, lectures)
    quartiers = lieux.aires(adhesion, epci, Niveau.QPV, millesime, lectures)
    return {
        "type": "FeatureCollection",
        "epci": epci,
        "methode": retenue.code if retenue else None,
        "version": retenue.version if retenue else None,
        "millesime": millesime,
        "classes": [
            {"libelle": libelle, "rang": rang} for rang, libelle in enumerate(retenue.libelles if retenue else [])
        ],
        "sans_point": sum(not lieu.situe for lieu in residences),
        "features": [_residence(lieu) for lieu in residences if lieu.situe],
        "perimetres": _quartiers(adhesion, epci, quartiers),
        "communes": {"type": "FeatureCollection", "features": entites(adhesion, epci, COMMUNES)},
    }


def _vue(adhesion, epci: str, methode: Methode | None, millesime: int | None) -> Vue | None:
    if methode is None or millesime is None:
        return None
    return Vue(ParMethode(methode, Indices(adhesion, epci, [methode], [millesime], NIVEAUX)), millesime)


def _dernier_millesime(adhesion, epci: str, methode: Methode | None) -> int | None:
    calcules = Indice.objects.visible_to(adhesion).filter(epci=epci, methode=methode).order_by("-millesime")
    return calcules.values_list("millesime", flat=True).first()


def _residence(lieu: Lieu) -> dict:
    point = [round(lieu.longitude, DECIMALES), round(lieu.latitude, DECIMALES)]
    propres = {"territoire": lieu.territoire, "bailleur": lieu.bailleur, "commune": lieu.commune}
    propres |= {"logements": lieu.logements} | _lecture(lieu)
    return forme(lieu.territoire, lieu.nom, {"type": "Point", "coordinates": point}, **propres)


def _quartiers(adhesion, epci: str, aires: Aires) -> dict:
    par_code = {lieu.territoire: lieu for lieu in aires.lieux}
    traces = entites(adhesion, epci, aires.couche) if aires.lieux else []
    for trace in traces:
        lieu = par_code[trace["id"]]
        trace["properties"] |= {"territoire": lieu.territoire, "version": lieu.version} | _lecture(lieu)
    return {
        "type": "FeatureCollection",
        "version": aires.version or None,
        "anterieure": aires.anterieure,
        "features": traces,
    }


def _lecture(lieu: Lieu) -> dict:
    return {champ: getattr(lieu.ici, champ) for champ in ("valeur", "classe", "rang", "repondants", "secret")}
