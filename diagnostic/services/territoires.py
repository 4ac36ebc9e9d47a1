"""Territories and their places: what a reader may ask for, and how a place is called."""

from diagnostic.models import Commune, Comptage, Perimetre, Residence, Territoire
from diagnostic.models.comptage import Niveau


def noms_des_places(places) -> dict[tuple[str, str, str], str]:
    """(level, place, version of its perimeter) → name, one query a level present. The places are those of rows that
    the reader already sees."""
    codes: dict[str, set[str]] = {}
    for niveau, code, _ in places:
        codes.setdefault(niveau, set()).add(code)
    noms = _noms_sans_version(codes)
    quartiers = Perimetre.objects.courantes().filter(nature=Perimetre.Nature.QPV, code__in=codes.get(Niveau.QPV, ()))
    noms_des_qpv = {(code, version): nom for code, version, nom in quartiers.values_list("code", "version", "nom")}
    return {
        place: noms_des_qpv.get(place[1:], "")
        if place[0] == Niveau.QPV
        else "Hors QPV"
        if place[0] == Niveau.HORS_QPV
        else noms.get(place[:2], "")
        for place in places
    }


def _noms_sans_version(codes: dict[str, set[str]]) -> dict[tuple[str, str], str]:
    lieux = {
        Niveau.RESIDENCE: (Residence.objects.courantes(), "identifiant"),
        Niveau.COMMUNE: (Commune.objects.all(), "code"),
        Niveau.EPCI: (Territoire.objects.all(), "siren"),
    }
    return {
        (niveau, code): nom
        for niveau, (lignes, cle) in lieux.items()
        if niveau in codes
        for code, nom in lignes.filter(**{f"{cle}__in": codes[niveau]}).values_list(cle, "nom")
    }


def millesimes_calcules(adhesion) -> dict[str, list[int]]:
    """Territory → millésimes that have counts, latest first, for the territories of the reader."""
    lus = Comptage.objects.visible_to(adhesion).filter(niveau=Niveau.EPCI).order_by("epci", "-millesime")
    par_territoire: dict[str, list[int]] = {}
    for epci, millesime in lus.values_list("epci", "millesime").distinct():
        par_territoire.setdefault(epci, []).append(millesime)
    return par_territoire
