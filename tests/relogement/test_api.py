"""The rehousing API from the outside: owner, colleague of another organisation, stranger; bad input."""

from datetime import date

import pytest

from partenaires.models import JournalAcces
from relogement.models import CibleRelogement
from tests import fabriques as f

pytestmark = pytest.mark.django_db
RACINE = "/api/v1/relogement"


@pytest.fixture
def projet():
    f.commune()
    operation = f.operation("O1", f.projet("P1", quartier="NP1"))
    f.menage(operation=operation, offres=[(date(2024, 2, 1), "localisation"), date(2024, 4, 1)])
    f.menage(operation=operation, bailleur_origine="900100002")
    return operation.projet


def test_projects_are_listed_with_their_operations(api_de, projet):
    reponse = api_de(f.adhesion("epci")).get(f"{RACINE}/projets/?epci={f.EPCI}")
    (lu,) = reponse.json()["results"]
    assert (lu["id"], lu["code"], lu["quartier"], lu["epci"]) == (projet.pk, "P1", "NP1", f.EPCI)
    assert [o["code"] for o in lu["operations"]] == ["O1"]


def test_review_has_the_fields_of_the_contract(api_de, projet):
    f.cible("neuf", "0.5", projet=projet)
    lue = api_de(f.adhesion("epci")).get(f"{RACINE}/projets/{projet.pk}/revue/?date=2025-12-31&operation=O1").json()
    assert lue["menages"] == 2 and lue["etats"]["reloge"] == 2
    assert lue["criteres"]["neuf"] == {
        "numerateur": 2,
        "denominateur": 2,
        "non_renseignes": 0,
        "taux": 1.0,
        "cible": 0.5,
        "ecart": 0.5,
        "secret": False,
    }
    assert lue["minorations"] == {"accordees": 0, "montant_mensuel": 0.0, "programmees": None}
    assert (lue["propositions"], lue["refus_par_motif"]) == (2, {"localisation": 1})
    assert (lue["projet"], lue["operation"], lue["date"]) == ("P1", "O1", "2025-12-31")


def test_review_of_the_territory_breaks_down_by_project_and_operation(api_de, projet):
    lue = api_de(f.adhesion("epci")).get(f"{RACINE}/revue/?epci={f.EPCI}").json()
    assert [p["projet"] for p in lue["projets"]] == ["P1"]
    assert [(o["projet"], o["operation"], o["menages"]) for o in lue["operations"]] == [("P1", "O1", 2)]


@pytest.mark.parametrize(
    ("adresse", "champ"),
    [
        ("revue/?epci=900000001&date=31/12/2025", "date"),
        ("revue/?epci=900000001&date=2025-02-30", "date"),
        ("revue/?epci=900000001&date=", "date"),
        ("revue/?date=2025-12-31", "epci"),
        ("revue/?epci=900000001&le=2025-12-31", "le"),
        ("menages/?etat=perdu", "etat"),
        ("menages/?couleur=bleu", "couleur"),
    ],
)
def test_unreadable_parameter_is_refused_by_name(api_de, projet, adresse, champ):
    reponse = api_de(f.adhesion("epci")).get(f"{RACINE}/{adresse}")
    assert reponse.status_code == 400 and champ in reponse.json()


@pytest.mark.parametrize(
    "adresse", ["revue/?epci={epci}", "projets/{projet}/revue/", "projets/{projet}/revue/?operation=ZZ"]
)
def test_what_one_may_not_know_is_not_found(api_de, projet, adresse):
    chemin = f"{RACINE}/{adresse.format(epci='900000099', projet=projet.pk)}"
    etranger = f.adhesion("epci", siren="900000098")
    attendu = 404
    assert api_de(etranger).get(chemin).status_code == attendu
    assert api_de(None).get(chemin).status_code == 401
    if "projets" in adresse and "operation" not in adresse:
        attendu = 200
    assert api_de(f.adhesion("epci")).get(chemin).status_code == attendu


def test_households_are_those_of_ones_perimeter_and_each_reading_is_logged(api_de, projet):
    def lus(adhesion):
        return api_de(adhesion).get(f"{RACINE}/menages/").json()["count"]

    epci = f.adhesion("epci")
    assert lus(epci) == 2
    assert lus(f.adhesion("bailleur")) == 1
    assert lus(f.adhesion("bailleur", siren="900100003")) == 0
    assert lus(f.adhesion("commune", siren="219900010")) == 0
    assert lus(f.adhesion("ddt", departement="99")) == 2
    assert JournalAcces.objects.filter(adhesion=epci, action="lecture_menages").count() == 1
    assert api_de(None).get(f"{RACINE}/menages/").status_code == 401


def test_export_of_households_gives_the_filtered_rows_and_is_logged_once(api_de, projet):
    epci = f.adhesion("epci")
    reponse = api_de(epci).get(f"{RACINE}/menages/?bailleur_origine=900100002&format=csv")
    lignes = b"".join(reponse.streaming_content).decode("utf-8-sig").splitlines()
    assert reponse.status_code == 200 and len(lignes) == 2 and "identifiant" in lignes[0]
    assert JournalAcces.objects.filter(adhesion=epci).count() == 1


def test_manager_of_the_epci_records_a_target_at_each_scale(api_de, projet):
    api = api_de(f.adhesion("epci", role="gestionnaire"))
    corps = {"critere": "hors_qpv", "valeur": 0.5, "debut": "2024-01-01", "moment": "convention"}
    operation = projet.operations.get()
    for echelle in ({"epci": f.EPCI}, {"projet": projet.pk}, {"projet": "P1"}, {"operation": operation.pk}):
        reponse = api.post(f"{RACINE}/cibles/", corps | echelle, format="json")
        assert reponse.status_code == 201, reponse.content
    assert reponse.json() == corps | {
        "id": CibleRelogement.objects.latest("id").pk,
        "projet": None,
        "operation": operation.pk,
        "epci": None,
    }
    assert api.get(f"{RACINE}/cibles/?critere=hors_qpv").json()["count"] == 4
    assert JournalAcces.objects.filter(action="cible_relogement").count() == 4


@pytest.mark.parametrize(
    ("changement", "champ"),
    [
        ({"valeur": 50}, "valeur"),
        ({"valeur": "beaucoup"}, "valeur"),
        ({"valeur": -0.1}, "valeur"),
        ({"critere": "bonheur"}, "critere"),
        ({"debut": "demain"}, "debut"),
        ({"moment": "jamais"}, "moment"),
        ({"projet": "P1"}, "epci"),
        ({"epci": ""}, "projet"),
    ],
)
def test_impossible_target_is_refused_naming_the_field(api_de, projet, changement, champ):
    corps = {"epci": f.EPCI, "critere": "neuf", "valeur": 0.5, "debut": "2024-01-01"} | changement
    reponse = api_de(f.adhesion("epci")).post(f"{RACINE}/cibles/", corps, format="json")
    assert reponse.status_code == 400 and champ in reponse.json(), reponse.json()
    assert not CibleRelogement.objects.exists()


def test_target_of_a_project_one_may_not_know_is_not_found(api_de, projet):
    autre = f.adhesion("epci", siren="900000098")
    for echelle in (
        {"projet": projet.pk},
        {"projet": "P1"},
        {"operation": "O1"},
        {"epci": f.EPCI},
        {"projet": "9" * 30},
    ):
        corps = {"critere": "neuf", "valeur": 0.5, "debut": "2024-01-01"} | echelle
        assert api_de(autre).post(f"{RACINE}/cibles/", corps, format="json").status_code == 404


@pytest.mark.parametrize(
    ("nature", "role"), [("epci", "lecteur"), ("ddt", "administrateur"), ("bailleur", "gestionnaire")]
)
def test_only_writers_of_the_epci_record_targets(api_de, projet, nature, role):
    corps = {"epci": f.EPCI, "critere": "neuf", "valeur": 0.5, "debut": "2024-01-01"}
    adhesion = f.adhesion(nature, role=role, departement="99")
    assert api_de(adhesion).post(f"{RACINE}/cibles/", corps, format="json").status_code == 403
    assert not CibleRelogement.objects.exists()
