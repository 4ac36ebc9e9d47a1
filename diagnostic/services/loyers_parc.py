"""The let dwellings of a territory with their rents, in cells ready to be counted (`calculs.accessibilite.Cellule`).

Under convention or of unknown convention, let (MODE 1), rent, surface and number of rooms known, in a commune whose APL
zone is known. In or out of QPV: by the residence, else by the RPLS flag (regles §0). What leaves is counts only.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import connection

from diagnostic.calculs.accessibilite import PAS_CHARGES, Cellule
from diagnostic.calculs.perimetres import outre_mer
from diagnostic.models import ProvenanceComptage
from diagnostic.models.comptage import Niveau
from diagnostic.services.plafonds_apl import zones_des_communes

PIECES_MAX = 6

# Those that have dwellings on the territory: their rows are found by index, whatever the size of the country.
BAILLEURS = f"""SELECT bailleur FROM diagnostic_comptage WHERE epci = %(epci)s AND niveau = '{Niveau.EPCI}'
    AND population = 'ensemble' AND millesime = %(millesime)s AND logements > 0"""
LOYERS = f"""
SELECT bailleur, commune, pieces, en_qpv, finan, charges, array_agg((loyer * 100)::int ORDER BY loyer)
FROM (
    SELECT DISTINCT ON (l.bailleur, l.ident_int) l.bailleur, coalesce(r.commune_id, l.commune) AS commune,
        least(greatest(l.nbpiece, 1), %(pieces_max)s) AS pieces, l.finan, l.loyerprinc AS loyer,
        round(l.surfhab * %(charges_m2)s / %(pas)s) * %(pas)s AS charges,
        CASE WHEN %(version)s = '' THEN NULL WHEN r.code IS NOT NULL THEN a.en_qpv
             ELSE coalesce(l.qpv = 1, false) END AS en_qpv
    FROM diagnostic_logement l
    LEFT JOIN diagnostic_passage p ON p.courant AND p.bailleur = l.bailleur AND p.ident_int = l.ident_int
    LEFT JOIN diagnostic_residence r ON r.courant AND r.bailleur = p.bailleur AND r.code = p.code_residence
    LEFT JOIN (SELECT residence, bool_or(dedans) AS en_qpv FROM diagnostic_appartenance
               WHERE epci = %(epci)s AND nature = 'qpv' AND version = %(version)s GROUP BY residence) a
        ON a.residence = r.identifiant
    WHERE l.courant AND l.millesime = %(millesime)s AND l.bailleur = ANY(ARRAY({BAILLEURS}))
      AND coalesce(r.commune_id, l.commune) = ANY(%(communes)s)
      AND l.mode = 1 AND l.conv IS DISTINCT FROM 2 AND l.loyerprinc > 0 AND l.surfhab > 0 AND l.nbpiece IS NOT NULL
      AND (%(bail_depuis)s::date IS NULL OR l.bail >= %(bail_depuis)s)
    ORDER BY l.bailleur, l.ident_int, l.ident_org) t
GROUP BY bailleur, commune, pieces, en_qpv, finan, charges"""


@dataclass(frozen=True)
class Loyers:
    """`version`: that of the QPV by which the stock was counted, empty where none is loaded. `par_bailleur`: dwellings
    of each bailleur in a cell, all charges together: (pieces, en_qpv, finan) → SIREN → number. `sans_zone`: names of
    the communes left out."""

    cellules: list[Cellule]
    par_bailleur: dict[tuple, Counter]
    version: str
    sans_zone: list[str]

    def premier(self, cles) -> tuple[str, int]:
        """Bailleur with the most dwellings in these cells, and how many."""
        total: Counter = sum((self.par_bailleur[cle] for cle in cles), Counter())
        return total.most_common(1)[0] if total else ("", 0)


def lire(epci: str, millesime: int, charges_m2: float, bail_depuis: date | None = None) -> Loyers:
    """`bail_depuis`: dwellings let since that day only."""
    communes = zones_des_communes(epci)
    zones = {code: (zone, outre_mer(code[:3])) for code, (_, zone) in communes.items() if zone}
    provenances = ProvenanceComptage.objects.filter(epci=epci, millesime=millesime, source="rpls")
    version = provenances.values_list("perimetre_version", flat=True).first() or ""
    parametres = {
        "epci": epci,
        "millesime": millesime,
        "version": version,
        "communes": list(zones),
        "charges_m2": charges_m2,
        "pas": PAS_CHARGES,
        "pieces_max": PIECES_MAX,
        "bail_depuis": bail_depuis,
    }
    with connection.cursor() as curseur:
        curseur.execute(LOYERS, parametres)
        sans_zone = [nom for nom, zone in communes.values() if zone is None]
        return _reunir(curseur.fetchall(), zones, version, sans_zone)


def _reunir(lignes, zones: dict, version: str, sans_zone: list[str]) -> Loyers:
    """Bailleurs and communes of a zone together."""
    reunis: dict[tuple, list] = {}
    par_bailleur: dict[tuple, Counter] = {}
    for bailleur, commune, pieces, en_qpv, finan, charges, loyers in lignes:
        reunis.setdefault((zones[commune], pieces, en_qpv, finan, float(charges)), []).extend(loyers)
        par_bailleur.setdefault((pieces, en_qpv, finan), Counter())[bailleur] += len(loyers)
    cellules = [Cellule(*cle, np.sort(np.array(loyers, dtype=np.int64))) for cle, loyers in reunis.items()]
    return Loyers(cellules, par_bailleur, version, sans_zone)
