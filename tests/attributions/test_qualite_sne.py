"""SNE rows beside what the platform computes, by bailleur and year of decision."""

from datetime import date

import pytest

from attributions.services import qualite
from diagnostic.models import QualiteBailleur
from tests import fabriques as f

pytestmark = pytest.mark.django_db


def attribution(drapeaux=None, jour=date(2025, 3, 1), **champs):
    return f.attribution(jour, evenement=f.radiation(jour, **(drapeaux or {})), **champs)


def comptes(*codes, millesime=2025, bailleur=f.BAILLEUR):
    qualite.recalculer(f.EPCI)
    ligne = QualiteBailleur.objects.get(epci=f.EPCI, bailleur=bailleur, millesime=millesime)
    return tuple(getattr(ligne, code) for code in codes)


def test_allocations_are_counted_with_what_is_known_of_them():
    attribution()
    attribution(logement_connu=False)
    attribution(quartile=None)
    assert comptes("sne_attributions", "sne_logements_connus", "sne_quartiles_connus") == (3, 2, 2)


@pytest.mark.parametrize(
    ("declare", "recalcule", "compares", "differents"),
    [(1, 1, 1, 0), (1, 2, 1, 1), (0, None, 1, 0), (0, 1, 1, 1), (3, 24, 1, 0), (1, 24, 1, 1), (None, 1, 0, 0)],
)
def test_declared_quartile_differs_from_the_recomputed_one(declare, recalcule, compares, differents):
    attribution(quartile=recalcule, quartile_declare=declare, seuil_annee=2025)
    assert comptes("sne_quartiles_compares", "sne_quartiles_differents") == (compares, differents)


def test_without_threshold_quartiles_do_not_compare():
    attribution(quartile=None, quartile_declare=2, seuil_annee=None)
    assert comptes("sne_quartiles_compares", "sne_quartiles_differents") == (0, 0)


@pytest.mark.parametrize(
    ("drapeaux", "en_qpv", "origine", "attendu"),
    [
        ({"nb_qpv": 1, "nb_hqpv": 0}, True, "point", (1, 0)),
        ({"nb_qpv": 1, "nb_hqpv": 0}, False, "point", (1, 1)),
        ({"nb_qpv": 0, "nb_hqpv": 1}, True, "majorite", (1, 1)),
        ({"nb_qpv": 0, "nb_hqpv": 0}, True, "point", (0, 0)),
        ({"nb_qpv": 1}, True, "sne", (0, 0)),
        ({"nb_qpv": 1}, False, "rpls", (0, 0)),
    ],
)
def test_declared_qpv_is_compared_with_the_place_of_the_residence_only(drapeaux, en_qpv, origine, attendu):
    attribution(drapeaux, en_qpv=en_qpv, origine_qpv=origine)
    assert comptes("sne_qpv_compares", "sne_qpv_differents") == attendu


def test_allocation_belongs_to_the_year_of_its_decision_else_of_its_lease():
    attribution(jour=date(2024, 12, 20))
    f.attribution(None, date(2025, 2, 1), evenement=f.radiation(None, date(2025, 2, 1)))
    assert comptes("sne_attributions", millesime=2024) == (1,)
    assert comptes("sne_attributions", millesime=2025) == (1,)


def test_allocation_of_no_known_bailleur_makes_no_line():
    attribution(bailleur="")
    qualite.recalculer(f.EPCI)
    assert not QualiteBailleur.objects.exists()
