"""APL ceilings of the dwellings of a territory: zone of each commune, least and most numerous household by size.

The zone is that of the communes' file (ZONE_APL), else OpenFisca's table; a commune of neither has none, and its
dwellings are not compared with a ceiling.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from diagnostic.calculs.perimetres import outre_mer
from diagnostic.calculs.plafonds_apl import PREMIERE, Menage, bareme, zones
from diagnostic.models import Commune
from partenaires.models import Parametre

COLONNES = "a.plafond_apl_min, a.plafond_apl_max, a.forfait_charges_min, a.forfait_charges_max"
JOINTURE = """LEFT JOIN ind_apl a ON a.commune = l.commune
            AND a.pieces = least(greatest(l.nbpiece, 1), (SELECT max(pieces) FROM ind_apl))"""
TABLE = """CREATE TEMP TABLE ind_apl (commune text, pieces int, plafond_apl_min numeric, plafond_apl_max numeric,
    forfait_charges_min numeric, forfait_charges_max numeric)"""


def zones_des_communes(epci: str) -> dict[str, tuple[str, int | None]]:
    """Commune of the territory → its name and APL zone, None where it is not known."""
    communes = Commune.objects.filter(territoire=epci).order_by("code").values_list("code", "nom", "zone_apl")
    return {code: (nom, zone or zones().get(code)) for code, nom, zone in communes}


def occupations(lues: dict) -> dict[int, tuple[Menage, Menage]]:
    """From the parameter `bas_loyer_mel`: number of rooms → least and most numerous household that suits it; the
    largest number stands for more rooms."""
    return {int(pieces): (_menage(un["min"]), _menage(un["max"])) for pieces, un in lues.items()}


def _menage(composition) -> Menage:
    couple, charge = composition
    return Menage(bool(couple), charge)


def lignes(epci: str, millesime: int) -> Iterator[tuple[str, int, Decimal, Decimal, Decimal, Decimal]]:
    """One row a commune and number of rooms, as the columns of `ind_apl`; euros a month, on 1 January."""
    le = date(millesime, 1, 1)
    if le < PREMIERE:
        return
    tailles = occupations(Parametre.objects.valeur("bas_loyer_mel", date(millesime, 12, 31), epci))
    for commune, (_, zone) in zones_des_communes(epci).items():
        for pieces, menages in tailles.items() if zone else ():
            petit, grand = (bareme(zone, menage, le, outre_mer(commune[:3])) for menage in menages)
            yield commune, pieces, petit.plafond, grand.plafond, petit.forfait_charges, grand.forfait_charges


def preparer(curseur, epci: str, millesime: int) -> None:
    """Temporary table `ind_apl`, dropped by the caller."""
    lues = list(lignes(epci, millesime))  # read before the copy, which holds the connection
    curseur.execute(TABLE)
    with curseur.copy("COPY ind_apl FROM STDIN") as copie:
        for ligne in lues:
            copie.write_row(ligne)
    curseur.execute("ANALYZE ind_apl")
