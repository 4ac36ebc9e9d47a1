"""`/rattachements/` of the API: what is proposed, page by page, and what one answers to it."""

import pytest

from diagnostic.models import Passage, RattachementRefuse, Residence
from tests import fabriques as f
from tests.diagnostic.test_rattachements import groupe, logement

pytestmark = pytest.mark.django_db
ADRESSE = "/api/v1/rattachements/"


@pytest.fixture
def membre():
    f.commune()
    return f.adhesion("bailleur", role="gestionnaire", epci=f.EPCI)


@pytest.fixture
def parc(membre):
    f.commune("99002")
    f.residence("R1", nom="Les Ormes")
    logement("L1", "Les Ormes", ("1", "RUE", "DES LILAS"), annee=1980)
    logement("L2", "Les Iris", commune="99002")


@pytest.fixture
def api(api_de, membre):
    return api_de(membre)


def poster(api, *choix, **reste):
    return api.post(ADRESSE, ({"choix": list(choix)} if choix else {}) | reste, format="json")


def test_groups_are_listed_with_what_is_proposed(api, parc):
    lus = api.get(ADRESSE).json()
    assert lus["count"] == 2
    connu, nouveau = lus["results"]
    assert (connu["programme"], connu["residence"], connu["motif"], connu["adresse"]) == (
        *("Les Ormes", "R1"),
        *("nom", "1 RUE DES LILAS"),
    )
    assert (connu["construit_de"], connu["construit_a"], connu["a_rattacher"], connu["rattaches"]) == (1980, 1980, 1, 0)
    assert (nouveau["residence"], nouveau["motif"], nouveau["nouvelle"]["nom"]) == (None, "nouvelle", "Les Iris")


def test_group_without_a_proposal_has_no_reason_to_be_confirmed(api, parc):
    f.residence("R2", nom="LES ORMES")
    lu = next(un for un in api.get(ADRESSE).json()["results"] if un["programme"] == "Les Ormes")
    assert (lu["motif"], lu["residence"]) == (None, None)


def test_list_is_paged_filtered_and_exported(api, parc):
    page = api.get(ADRESSE, {"page_size": 1, "page": 2}).json()
    assert (page["count"], len(page["results"]), page["next"]) == (2, 1, None)
    assert [un["commune"] for un in api.get(ADRESSE, {"commune": "99002"}).json()["results"]] == ["99002"]
    assert [un["residence"] for un in api.get(ADRESSE, {"motif": "nom"}).json()["results"]] == ["R1"]
    texte = b"".join(api.get(ADRESSE, {"format": "csv"}).streaming_content).decode()
    assert "Les Iris" in texte and "nouvelle.code" in texte


@pytest.mark.parametrize(("parametre", "valeur"), [("motif", "hasard"), ("zzz", "1"), ("bailleur", "9" * 10)])
def test_parameter_that_means_nothing_is_named(api, parc, parametre, valeur):
    reponse = api.get(ADRESSE, {parametre: valeur})
    assert (reponse.status_code, list(reponse.json())) == (400, [parametre])


def test_choices_make_the_two_deposits(api, parc):
    reponse = poster(
        api,
        {"groupe": groupe("Les Ormes"), "residence": "R1"},
        {"groupe": groupe("Les Iris"), "nouvelle": {"code": "0042", "nom": "Clos des Iris"}},
    )
    assert reponse.status_code == 201, reponse.json()
    corps = reponse.json()
    assert [(un["type"], un["statut"]) for un in corps["depots"]] == [("residences", "charge"), ("passage", "charge")]
    assert dict(Passage.objects.courantes().values_list("ident_int", "code_residence")) == {"L1": "R1", "L2": "0042"}
    assert api.get(ADRESSE).json()["count"] == 0


def test_everything_is_confirmed_as_proposed(api, parc):
    reponse = poster(api, tout=True)
    assert (reponse.status_code, len(reponse.json()["depots"])) == (201, 2)
    assert Residence.objects.courantes().count() == 2
    assert poster(api, tout=True).json() == {"depots": [], "refuses": 0}


def test_refusal_alone_makes_no_deposit(api, parc):
    reponse = poster(api, {"groupe": groupe("Les Iris"), "refuser": True})
    assert (reponse.status_code, reponse.json()) == (200, {"depots": [], "refuses": 1})
    assert RattachementRefuse.objects.count() == 1


@pytest.mark.parametrize(
    "corps",
    [
        {},
        {"choix": []},
        {"choix": "L1"},
        {"choix": [{"groupe": "g"}]},
        {"choix": [{"groupe": "g", "refuser": False}]},
        {"choix": [{"groupe": "g", "residence": "R1", "refuser": True}]},
        {"choix": [{"groupe": "g", "nouvelle": {"code": "0042"}}]},
        {"choix": [{"groupe": "g", "nouvelle": "0042"}]},
        {"choix": [{"groupe": "g", "residence": "R1"}, {"groupe": "g", "residence": "R2"}]},
        {"tout": True, "choix": [{"groupe": "g", "refuser": True}]},
        {"tout": "peut-être"},
        [],
    ],
)
def test_body_that_says_nothing_clear_is_a_400(api, parc, corps):
    assert api.post(ADRESSE, corps, format="json").status_code == 400
    assert not Passage.objects.exists()


def test_residence_that_does_not_exist_is_a_400_that_says_what_to_do(api, parc):
    reponse = poster(api, {"groupe": groupe("Les Ormes"), "residence": "R9"})
    assert (reponse.status_code, list(reponse.json())) == (400, ["choix"])
    assert "R9" in reponse.json()["choix"][0]


def test_group_that_is_gone_is_a_409(api, parc):
    choix = {"groupe": groupe("Les Ormes"), "residence": "R1"}
    assert poster(api, choix).status_code == 201
    assert poster(api, choix).status_code == 409


def test_a_reader_reads_and_may_not_confirm(api_de, parc):
    lecteur = api_de(f.adhesion("bailleur", role="lecteur"))
    assert lecteur.get(ADRESSE).json()["count"] == 2
    assert poster(lecteur, tout=True).status_code == 403
    assert not Passage.objects.exists()


def test_epci_names_the_bailleur(api_de, parc):
    f.protocole("epci", "rpls", "residence")
    epci = api_de(f.adhesion("epci", role="gestionnaire"))
    reponse = epci.get(ADRESSE)
    assert (reponse.status_code, list(reponse.json())) == (400, ["bailleur"])
    assert epci.get(ADRESSE, {"bailleur": f.BAILLEUR}).json()["count"] == 2
    assert poster(epci, tout=True, bailleur=f.BAILLEUR).status_code == 201
    assert Passage.objects.courantes().count() == 2


@pytest.mark.parametrize(
    ("nature", "siren", "requete", "statut"),
    [
        ("bailleur", "900100002", {"bailleur": f.BAILLEUR}, 404),
        ("epci", "900000002", {"bailleur": f.BAILLEUR}, 404),
        ("epci", f.EPCI, {"bailleur": f.BAILLEUR}, 404),  # no protocole
        ("commune", "900200001", {"bailleur": f.BAILLEUR}, 404),
        ("commune", "900200001", {}, 404),
    ],
)
def test_others_find_nothing(api_de, parc, nature, siren, requete, statut):
    autre = api_de(f.adhesion(nature, siren=siren))
    assert autre.get(ADRESSE, requete).status_code == statut
    assert poster(autre, tout=True, **requete).status_code == statut
    assert not Passage.objects.exists()
