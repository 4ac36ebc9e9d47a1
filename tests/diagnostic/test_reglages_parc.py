"""The parameters of the low rents set by the EPCI: who may, from when, what is refused, what follows."""

from datetime import date

import pytest
from django.urls import reverse

from diagnostic.models import ResidenceFragile
from diagnostic.services import appartenances
from partenaires.models import JournalAcces, Parametre
from tests import fabriques as f

pytestmark = pytest.mark.django_db
SAISIE = {
    "debut": "2025-06-01",
    "loyer_m2": "6.22",
    "taux_effort": "25",
    "charges": "20",
    "ressources": "900",
    "apl": "260",
    "surface": "65",
    "ecart_max": "-10",
    "limitrophe_metres": "150",
    "source": "Étude du territoire",
}


@pytest.fixture
def territoire():
    carre = {"type": "Polygon", "coordinates": [[[2, 46], [3, 46], [3, 47], [2, 47], [2, 46]]]}
    f.commune()
    f.perimetre("QP1", geometrie={**carre, "coordinates": [[[9, 46], [9.1, 46], [9.1, 46.1], [9, 46]]]})
    f.perimetre("S1", nature="secteur", version="2020", geometrie=carre)
    f.residence()
    appartenances.calculer(f.EPCI)


def envoyer(client_de, adhesion=None, **changements):
    donnees = {champ: valeur for champ, valeur in (SAISIE | changements).items() if valeur is not None}
    return client_de(adhesion or f.adhesion("epci")).post(reverse("reglages_parc"), donnees)


def siens():
    return dict(Parametre.objects.filter(epci=f.EPCI).values_list("code", "valeur"))


def test_the_territory_s_own_values_hold_from_their_date(territoire, client_de):
    reponse = envoyer(client_de, secteurs=["secteur:S1"])
    assert reponse.status_code == 302, reponse.content.decode()
    assert siens() == {
        "bas_loyer_gpso": {
            "loyer_m2": 6.22,
            "taux_effort": 0.25,
            "charges": 0.2,
            "exemple": {"ressources": 900, "apl": 260, "surface": 65},
        },
        "bas_loyer_reims": {
            "ecart_max": -0.1,
            "limitrophe_metres": 150,
            "secteurs": [{"nature": "secteur", "code": "S1"}],
        },
    }
    assert JournalAcces.objects.filter(action="bas_loyers_regles").count() == 1
    avant = Parametre.objects.valeur("bas_loyer_gpso", date(2025, 5, 31), f.EPCI)
    assert avant["loyer_m2"] == 5.5


def test_residences_are_placed_in_the_sectors_named_at_once(territoire, client_de):
    envoyer(client_de, secteurs=["secteur:S1"])
    assert list(ResidenceFragile.objects.values_list("residence", "motif")) == [(f"{f.BAILLEUR}:R1", "secteur")]


@pytest.mark.parametrize(
    "faux",
    [
        {"loyer_m2": "0"},
        {"loyer_m2": "beaucoup"},
        {"taux_effort": "130"},
        {"charges": "-1"},
        {"surface": None},
        {"ecart_max": "200"},
        {"limitrophe_metres": "-5"},
        {"secteurs": ["secteur:INCONNU"]},
        {"debut": "31/02/2025"},
        {"source": ""},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(territoire, client_de, faux):
    reponse = envoyer(client_de, **faux)
    assert reponse.status_code == 400
    assert "errorlist" in reponse.content.decode()
    assert siens() == {}


def test_values_already_in_force_from_a_day_are_never_overwritten(territoire, client_de):
    envoyer(client_de)
    reponse = envoyer(client_de, loyer_m2="7")
    assert reponse.status_code == 400
    assert "existent déjà à partir du 01/06/2025" in reponse.content.decode()
    assert siens()["bas_loyer_gpso"]["loyer_m2"] == 6.22


@pytest.mark.parametrize(
    ("nature", "role", "champs"),
    [
        ("epci", "gestionnaire", {}),
        ("epci", "lecteur", {}),
        ("epci", "administrateur", {"siren": "900000009"}),
        ("bailleur", "administrateur", {}),
        ("ddt", "administrateur", {"departement": "99"}),
    ],
)
def test_only_an_administrateur_of_the_epci_may(territoire, client_de, nature, role, champs):
    qui = f.adhesion(nature, role, **champs)
    client = client_de(qui)
    for reponse in (client.get(reverse("reglages_parc")), envoyer(client_de, qui)):
        assert b'name="loyer_m2"' not in reponse.content
    assert siens() == {}
