"""Each household falls in one segment of the URHLM at most (E2 T32): which one, from what the survey says of it."""

import pytest

from diagnostic.calculs.definitions_ops import SEGMENTS
from diagnostic.models import Comptage
from diagnostic.services import indicateurs
from tests import fabriques

pytestmark = pytest.mark.django_db
ACTIVITES = ("emploi_stable", "emploi_precaire", "sans_emploi", "retraites", "autres_inactifs")


def menage(pct=50, composition=1, **nombres):
    return {"pct_plafond_plus": pct, "composition": composition} | {
        f"nb_{activite}": nombres.get(activite, 0) for activite in ACTIVITES
    }


CAS = [
    ("plus_80", menage(80.01, emploi_stable=1)),
    ("actifs_isoles", menage(80, emploi_stable=1)),
    ("plus_80", menage(81, retraites=1)),
    ("plus_80", menage(81, None)),  # resources come first: nothing else need be known
    ("retraites", menage(80, retraites=1)),
    ("retraites", menage(40, 2, retraites=1, autres_inactifs=1)),
    ("retraites", menage(40, None, retraites=1)),
    ("actifs_couple", menage(40, 2, retraites=1, emploi_precaire=1)),
    ("actifs_couple", menage(40, 3, sans_emploi=1)),  # a job seeker is active
    ("actifs_isoles", menage(40, 4, emploi_precaire=1)),
    ("actifs_isoles", menage(40, 1, emploi_stable=1, sans_emploi=None)),
    ("inactifs_couple", menage(40, 3, autres_inactifs=2)),
    ("inactifs_isoles", menage(40, 4, autres_inactifs=1)),
    (None, menage(None, emploi_stable=1)),
    (None, menage(40, 5, emploi_stable=1)),
    (None, menage(40, None, autres_inactifs=1)),
    (None, menage(40, 1, autres_inactifs=1, sans_emploi=None)),
    (None, menage(40, 1, autres_inactifs=1, retraites=None)),
    (None, menage(40, 1)),  # no adult described
]


def test_each_household_falls_in_its_segment_or_in_none():
    fabriques.commune()
    for rang, (_, champs) in enumerate(CAS):
        fabriques.residence(f"R{rang:02d}")
        fabriques.logement(f"L{rang}", residence=f"R{rang:02d}")
        fabriques.menage_ops(f"L{rang}", annee=2025, **champs)
    indicateurs.recalculer(fabriques.EPCI)
    lus = Comptage.objects.filter(niveau="residence", population="ensemble", millesime=2025).order_by("territoire")
    trouves = [[nom for _, nom, _ in SEGMENTS if getattr(comptage, f"n_segment_{nom}")] or [None] for comptage in lus]
    assert trouves == [[segment] for segment, _ in CAS]
    assert [comptage.d_segment_retraites for comptage in lus] == [int(segment is not None) for segment, _ in CAS]
    assert sum(getattr(c, f"n_segment_{nom}") for c in lus for _, nom, _ in SEGMENTS) == sum(
        c.d_segment_plus_80 for c in lus
    )
