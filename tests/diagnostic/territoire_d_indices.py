"""The territory of the index tests: two bailleurs, one residence each, and their aggregates."""

from datetime import date

import pytest

from diagnostic.models import Methode
from partenaires.services.protocoles import creer_protocole_par_defaut
from tests import fabriques as f

AUTRE = "900100002"
QPV = "QP099001"
OPS = ("menages_moins_40_pct_plus", "beneficiaires_apl", "sans_emploi_ou_inactifs", "sous_plafond_plai")


def ops(repondants, *numerateurs, d=None):
    """Counts of the survey: each indicator of OPS over `d` respondents (default: all)."""
    d = repondants if d is None else d
    comptes = {"repondants": repondants, "enquetes": repondants}
    for code, n in zip(OPS, numerateurs):
        comptes |= {f"n_{code}": n, f"d_{code}": d}
    return comptes


def etat_locatif(logements, entrees, occupes, impayes):
    return {
        "gestion_logements": logements,
        "gestion_occupes": occupes,
        "n_rotation": entrees,
        "d_rotation": logements,
        "n_impayes_3_mois": impayes,
        "d_impayes_3_mois": occupes,
    }


def residence(code, bailleur, comptes, recents=None, millesime=2025):
    f.residence(code, bailleur=bailleur)
    place = {"territoire": f"{bailleur}:{code}", "bailleur": bailleur, "commune": f.COMMUNE, "qpv": QPV}
    f.comptage(**place, millesime=millesime, **comptes)
    if recents:
        f.comptage(**place, millesime=millesime, population="recents", **recents)


def agregats(bailleur, comptes, recents=None, millesime=2025):
    """The same counts for the QPV, the commune and the territory."""
    for niveau, territoire, version in (("qpv", QPV, "2024"), ("commune", f.COMMUNE, ""), ("epci", f.EPCI, "")):
        place = {"niveau": niveau, "territoire": territoire, "version": version, "bailleur": bailleur}
        f.comptage(**place, millesime=millesime, **comptes)
        if recents:
            f.comptage(**place, millesime=millesime, population="recents", **recents)


@pytest.fixture
def territoire():
    """Two methods in service, two bailleurs, one residence each; the territory's rates: .40, .50, .30, .60, recents
    .50; rotation .08, arrears .10."""
    Methode.objects.exclude(code__in=("repere17_precarite", "valenciennes")).update(statut="retiree")
    f.commune()
    f.perimetre(QPV, version="2024", debut=date(2024, 1, 1), commune_code=f.COMMUNE)
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))
    un = ops(60, 24, 30, 18, 36) | etat_locatif(100, 4, 60, 6)
    deux = ops(40, 16, 20, 12, 24) | etat_locatif(50, 8, 40, 4)
    recents = {"repondants": 20, "n_menages_moins_40_pct_plus": 10, "d_menages_moins_40_pct_plus": 20}
    residence("R1", f.BAILLEUR, un, recents)
    residence("R2", AUTRE, deux)
    agregats(f.BAILLEUR, un, recents)
    agregats(AUTRE, deux)
