"""Figures brought from elsewhere: who reads them, the latest year, the class of tension of the market."""

from datetime import date

import pytest

from diagnostic.calculs.tension import classe_de, lire_classes
from diagnostic.reference import CLASSES_TENSION
from diagnostic.services import indicateurs_territoriaux as service
from partenaires.models import Protocole
from partenaires.services.protocoles import creer_protocole_par_defaut
from tests import fabriques as f


@pytest.mark.parametrize(
    ("score", "rang"),
    [
        (4.99, None),
        (5, 1),
        (9.99, 1),
        (10, 2),
        (13, 3),
        (16.99, 3),
        (17, 4),
        (21, 5),
        (27, 6),
        (30, 6),
        (30.01, None),
    ],
)
def test_score_at_a_bound_opens_the_upper_class_and_the_last_bound_is_inside(score, rang):
    classe = classe_de(score, lire_classes(CLASSES_TENSION))
    assert (classe and classe.rang) == rang


@pytest.mark.parametrize("bornes", [[5], [5, 5, 10], [10, 5]])
def test_bounds_out_of_order_are_refused(bornes):
    with pytest.raises(ValueError, match="croissantes"):
        lire_classes(bornes)


@pytest.fixture
def territoire(db):
    f.commune(siren="219900011")
    f.residence()
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))


LECTEURS = {
    "epci": {},
    "ddt": {"departement": "99"},
    "bailleur": {},
    "commune": {"siren": "219900011"},
}
PRIVE = {"publique": False}
CAS = {
    "published": ({"publique": True}, {"epci", "ddt", "bailleur", "commune"}),
    "households enough": (PRIVE | {"effectif": 11}, {"epci", "ddt", "bailleur"}),
    "ten households": (PRIVE | {"effectif": 10}, {"epci"}),
    "unknown population": (PRIVE, {"epci"}),
    "denominator stands for the population": (
        PRIVE | {"numerateur": 3, "denominateur": 11},
        {"epci", "ddt", "bailleur"},
    ),
    "a small denominator": (PRIVE | {"numerateur": 3, "denominateur": 10}, {"epci"}),
    "few dwellings tell nothing of a household": (
        PRIVE | {"code": "vacance_parc_prive", "effectif": 3},
        {"epci", "ddt", "bailleur"},
    ),
    "an unknown indicator is taken for one of households": (PRIVE | {"code": "autre", "effectif": 3}, {"epci"}),
}


@pytest.mark.parametrize(("champs", "attendus"), CAS.values(), ids=CAS)
def test_who_reads_a_figure(territoire, champs, attendus):
    f.indicateur_territorial(**champs)
    lus = set()
    for nature, siens in LECTEURS.items():
        (ligne,) = service.lire(f.adhesion(nature, **siens), epci=f.EPCI)
        assert (ligne.valeur is None) == ligne.secret
        if not ligne.secret:
            lus.add(nature)
        else:
            assert ligne.numerateur is ligne.denominateur is ligne.population is None
    assert lus == attendus


def test_a_revoked_protocole_leaves_the_figures_to_the_epci(territoire):
    f.indicateur_territorial(publique=False, effectif=500)
    Protocole.objects.filter(source="territoire").update(revoque_le=date.today())
    assert not service.lire(f.adhesion("epci"))[0].secret
    assert service.lire(f.adhesion("bailleur"))[0].secret


def test_another_territory_is_not_known(territoire):
    f.indicateur_territorial()
    assert service.lire(f.adhesion("epci", siren="900000009")) == []
    assert service.lire(None) == []


def test_the_latest_year_up_to_the_one_shown(territoire):
    for annee, valeur in ((2019, 0.2), (2021, 0.25), (2024, 0.3)):
        f.indicateur_territorial(annee=annee, valeur=valeur)
    lues = service.lire(f.adhesion("epci"))
    assert [ligne.valeur for ligne in service.derniers(lues, 2023)] == [0.25]
    assert service.derniers(lues, 2018) == []


def test_the_class_of_tension_bears_its_year_and_says_when_it_is_unusual(territoire):
    f.indicateur_territorial("score_tension", 21, annee=2020, unite="nombre")
    f.indicateur_territorial("score_tension", 40, annee=2022, unite="nombre", niveau="commune", territoire=f.COMMUNE)
    f.indicateur_territorial("taux_pauvrete")
    classes, (commune, epci) = service.tensions(service.lire(f.adhesion("epci")), f.EPCI, 2025)
    assert classes == 6
    assert (epci.classe.rang, epci.annee, epci.atypique) == (5, 2020, "crise sanitaire")
    assert (commune.classe, commune.annee, commune.atypique) == (None, 2022, "")


def test_a_perimeter_without_version_bears_its_latest_name(territoire):
    f.perimetre(version="2015", nom="Ancien nom")
    f.perimetre(version="2024", nom="Nouveau nom")
    f.indicateur_territorial(niveau="qpv", territoire="QP099001")
    f.indicateur_territorial(niveau="qpv", territoire="QP099001", version="2015", annee=2019)
    assert {li.version: li.nom for li in service.lire(f.adhesion("epci"))} == {"": "Nouveau nom", "2015": "Ancien nom"}
