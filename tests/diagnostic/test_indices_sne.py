"""A method may count those who move in: their own number decides of the minimum and of what is masked."""

import pytest

from diagnostic.models import Methode
from diagnostic.reference_methodes import axe, classes, composantes
from diagnostic.services import indices
from tests import fabriques as f
from tests.diagnostic.territoire_d_indices import AUTRE, QPV

pytestmark = pytest.mark.django_db
CODE = "menages_moins_40_pct_plus"


@pytest.fixture
def methode(territoire):
    """The share of the modest among newcomers: 12 of 20 in the quarter, 30 of 100 on the territory."""
    classees = classes(("Ordinaire", None, "1.10"), ("Modeste", "1.10", None))
    Methode.objects.create(
        code="entrants_modestes",
        version="1",
        epci=f.EPCI,
        libelle="Entrants modestes",
        source="essai",
        statut="adoptee",
        axes=[axe("entrants", "Entrants", composantes((CODE, "entrants")), classees)],
        minimum_repondants=11,
        minimum_composante=11,
    )

    def compter(entrants, modestes):
        for niveau, lieu, version, n, d in (("qpv", QPV, "2024", modestes, entrants), ("epci", f.EPCI, "", 30, 100)):
            comptes = {"entrants": d, f"n_{CODE}": n, f"d_{CODE}": d, "sources": ["sne"]}
            f.comptage(lieu, niveau, version=version, population="entrants", **comptes)
        indices.recalculer(f.EPCI)

    return compter


def ligne(adhesion):
    (une,) = indices.lire(adhesion, epci=f.EPCI, methode="entrants_modestes", niveau="qpv")
    return une


def test_newcomers_make_a_component_over_their_own_number(methode):
    methode(20, 12)
    lue = ligne(f.adhesion("epci"))
    assert (lue.valeur, lue.classe) == (2.0, "Modeste")
    (contribution,) = lue.contributions
    assert (contribution.population, contribution.taux, contribution.secret) == ("entrants", 0.6, False)


def test_too_few_newcomers_make_no_component(methode):
    methode(10, 6)
    lue = ligne(f.adhesion("epci"))
    assert lue.valeur is None and "composante_peu_de_repondants" in [c.alerte for c in lue.contributions]


def test_newcomers_of_one_bailleur_are_masked_to_another(methode):
    methode(20, 12)
    lue = ligne(f.adhesion("bailleur", siren=AUTRE))
    assert [c.secret for c in lue.contributions] == [True] and lue.contributions[0].taux is None
