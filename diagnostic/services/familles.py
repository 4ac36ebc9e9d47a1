"""The family of stock of each residence of a territory at a millésime: declared, else deduced (regles §5, urhlm)."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from django.db import connection

from diagnostic.calculs.familles import deduire, normaliser
from diagnostic.models import Appartenance, Perimetre, Residence
from diagnostic.services.perimetres import version_en_vigueur

# Dwellings of those residences by type of construction (C: collective, I: individual; students' ones count in neither).
GENRES = """
SELECT r.identifiant, l.millesime, count(*) FILTER (WHERE l.typeconst = 'C'), count(*) FILTER (WHERE l.typeconst = 'I')
FROM diagnostic_residence r
JOIN diagnostic_passage p ON p.courant AND p.bailleur = r.bailleur AND p.code_residence = r.code
JOIN diagnostic_logement l ON l.courant AND l.bailleur = p.bailleur AND l.ident_int = p.ident_int
WHERE r.courant AND r.identifiant = ANY(%s) GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Famille:
    """`code` "" when it is unknown. `deduite`: from the dwellings and the QPV, for none was declared."""

    code: str
    deduite: bool = False


def familles(epci: str, millesimes: list[int]) -> dict[int, dict[str, Famille]]:
    """{millésime: {residence: family}} of the current residences of the territory."""
    siennes = Residence.objects.courantes().filter(commune__territoire=epci).order_by()
    declarees = {place: normaliser(famille) for place, famille in siennes.values_list("identifiant", "famille")}
    sans = [place for place, code in declarees.items() if not code]
    genres = _genres(sans)
    return {
        millesime: {place: Famille(code) for place, code in declarees.items() if code}
        | _deduites(epci, millesime, sans, genres)
        for millesime in millesimes
    }


def _genres(residences: list[str]) -> dict[str, list[tuple[int, int, int]]]:
    """Residence → [(RPLS millésime, collective, individual)], in order."""
    lus: dict[str, list[tuple[int, int, int]]] = {}
    if residences:
        with connection.cursor() as curseur:
            curseur.execute(GENRES, [residences])
            for place, *compte in curseur.fetchall():
                lus.setdefault(place, []).append(tuple(compte))
    return lus


def _deduites(epci: str, millesime: int, residences: list[str], genres) -> dict[str, Famille]:
    """By the RPLS of the millésime, else the latest earlier, else the earliest; by the QPV in force on 1 January."""
    if not residences:
        return {}
    version = version_en_vigueur(Perimetre.Nature.QPV, date(millesime, 1, 1), epci)
    siennes = Appartenance.objects.filter(
        epci=epci, nature=Perimetre.Nature.QPV, version=version.version if version else None, residence__in=residences
    )
    en_qpv: dict[str, bool] = {}
    for place, dedans in siennes.values_list("residence", "dedans"):
        en_qpv[place] = en_qpv.get(place, False) or bool(dedans)
    deduites = {}
    for place in residences:
        comptes = genres.get(place, [])
        rang = max(0, bisect_right([annee for annee, *_ in comptes], millesime) - 1)
        collectifs, individuels = comptes[rang][1:] if comptes else (0, 0)
        deduites[place] = Famille(deduire(collectifs, individuels, en_qpv.get(place)), deduite=True)
    return deduites
