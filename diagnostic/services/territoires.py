"""Territories and their places: what a reader may ask for, and how a place is called."""

from django.db.models import CharField, F, Value

from diagnostic.calculs.definitions import Population
from diagnostic.models import Commune, Comptage, Perimetre, Residence, Territoire
from diagnostic.models.comptage import Niveau

# Levels whose places are perimeters, of the nature of the same name, each known by its code and version.
PERIMETRES = (Niveau.QPV, Niveau.NPNRU, Niveau.SECTEUR)


def noms_des_places(places) -> dict[tuple[str, str, str], str]:
    """(level, place, version of its perimeter) → name, in one query. The places are those of rows that the reader
    already sees."""
    codes: dict[str, set[str]] = {}
    for niveau, code, _ in places:
        codes.setdefault(niveau, set()).add(code)
    noms = _noms(codes)
    return {
        (niveau, code, version): "Hors QPV"
        if niveau == Niveau.HORS_QPV
        else noms.get((niveau, code, version if niveau in PERIMETRES else ""), "")
        for niveau, code, version in places
    }


def _noms(codes: dict[str, set[str]]) -> dict[tuple[str, str, str], str]:
    """(level, code, version of a perimeter) → name."""
    sans_version = Value("", CharField())
    lieux = {
        Niveau.RESIDENCE: (Residence.objects.courantes(), "identifiant", sans_version),
        Niveau.COMMUNE: (Commune.objects.all(), "code", sans_version),
        Niveau.EPCI: (Territoire.objects.all(), "siren", sans_version),
    } | {
        niveau: (Perimetre.objects.courantes().filter(nature=niveau.value), "code", F("version"))
        for niveau in PERIMETRES
    }
    requetes = [
        lignes.filter(**{f"{cle}__in": codes[niveau]})
        .order_by()
        .annotate(echelle=Value(niveau.value, CharField()), version_du_lieu=version)
        .values_list("echelle", cle, "version_du_lieu", "nom")
        for niveau, (lignes, cle, version) in lieux.items()
        if niveau in codes
    ]
    lus = requetes[0].union(*requetes[1:], all=True) if requetes else ()
    return {(niveau, code, version): nom for niveau, code, version, nom in lus}


def millesimes_calcules(adhesion) -> dict[str, list[int]]:
    """Territory → millésimes whose stock, occupation or demand is counted, latest first, for the territories of the
    reader."""
    lus = Comptage.objects.visible_to(adhesion).filter(niveau=Niveau.EPCI).exclude(population=Population.ENTRANTS)
    lus = lus.order_by("epci", "-millesime")
    par_territoire: dict[str, list[int]] = {}
    for epci, millesime in lus.values_list("epci", "millesime").distinct():
        par_territoire.setdefault(epci, []).append(millesime)
    return par_territoire
