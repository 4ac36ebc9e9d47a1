"""The default protocole d'échange and the platform's parameters."""

from datetime import date

import pytest

from partenaires import reference
from partenaires.models import Parametre, Protocole
from partenaires.services.protocoles import creer_protocole_par_defaut
from tests import fabriques as f

pytestmark = pytest.mark.django_db


def test_default_protocole_gives_every_source_to_the_three_signatories():
    creer_protocole_par_defaut(f.EPCI, date(2026, 1, 1))
    par_partenaire = {}
    for ligne in Protocole.objects.en_vigueur(date(2026, 1, 1)):
        par_partenaire.setdefault((ligne.partenaire, ligne.echelle), set()).add(ligne.source)
    assert par_partenaire == {
        ("epci", "residence"): set(Protocole.Source.values),
        ("ddt", "residence"): set(Protocole.Source.values),
        ("bailleur", "qpv"): set(Protocole.Source.values),
    }
    assert not Protocole.objects.en_vigueur(date(2025, 12, 31))


def test_creating_it_again_does_not_undo_a_revocation():
    creer_protocole_par_defaut(f.EPCI, date(2026, 1, 1))
    Protocole.objects.filter(partenaire="bailleur").update(revoque_le=date(2026, 6, 1))
    assert creer_protocole_par_defaut(f.EPCI, date(2026, 7, 1)) == []
    assert not Protocole.objects.en_vigueur(date(2026, 7, 2)).filter(partenaire="bailleur")


def test_each_territory_has_its_own_protocole():
    creer_protocole_par_defaut(f.EPCI, date(2026, 1, 1))
    assert len(creer_protocole_par_defaut("900000002", date(2026, 1, 1))) == 3 * len(Protocole.Source.values)


@pytest.mark.parametrize(("code", "valeur"), [("secret_k", 11), ("secret_dominance", 0.85), ("minimum_evenements", 20)])
def test_platform_parameters_are_there_from_the_start(code, valeur):
    assert Parametre.objects.valeur(code, date(2026, 11, 20)) == valeur


def test_installing_again_never_overwrites_a_line():
    Parametre.objects.filter(code="secret_k").update(valeur=15)
    avant = Parametre.objects.count()
    reference.installer()
    assert Parametre.objects.count() == avant
    assert Parametre.objects.valeur("secret_k", date(2026, 11, 20)) == 15
