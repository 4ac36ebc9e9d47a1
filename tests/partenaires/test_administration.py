"""Organisation sheet, members and access log."""

import pytest
from django.utils import timezone

from partenaires.models import Adhesion, JournalAcces, Utilisateur
from tests import fabriques

pytestmark = pytest.mark.django_db
UTILISATEURS = "/administration/utilisateurs/"


@pytest.fixture
def admin():
    return fabriques.adhesion("bailleur", "administrateur", nom="Habitat d'essai")


@pytest.fixture
def collegue(admin):
    return fabriques.adhesion(organisation=admin.organisation, role="lecteur")


@pytest.fixture
def ailleurs():
    return fabriques.adhesion("bailleur", "administrateur", siren="900100002")


def ajouter(client, email="nouveau@exemple.fr", role="gestionnaire"):
    return client.post(f"{UTILISATEURS}ajouter/", {"email": email, "nom": "Camille", "role": role})


def test_sheet_says_what_the_protocole_opens(client_de, admin):
    fabriques.protocole("bailleur", "ops", "qpv")
    fabriques.territoire()
    type(admin.organisation).objects.update(epci=fabriques.EPCI)
    assert "Occupation (OPS)" in client_de(admin).get("/administration/").content.decode()


def test_members_of_one_s_organisation_are_listed_alone(client_de, admin, collegue, ailleurs):
    page = client_de(admin).get(UTILISATEURS).content.decode()
    assert collegue.utilisateur.email in page
    assert ailleurs.utilisateur.email not in page


def test_new_person_gets_a_link_that_sets_a_password_once(client_de, client, admin):
    page = ajouter(client_de(admin)).content.decode()
    chemin = page.split("<code>http://testserver")[1].split("</code>")[0]
    formulaire = client.get(chemin, follow=True)
    mots = {"new_password1": "un long secret à retenir", "new_password2": "un long secret à retenir"}
    client.post(formulaire.request["PATH_INFO"], mots)
    assert Utilisateur.objects.get(email="nouveau@exemple.fr").check_password("un long secret à retenir")
    assert "plus valable" in client.get(chemin, follow=True).content.decode()


def test_person_known_elsewhere_joins_without_a_password_link(client_de, admin, ailleurs):
    reponse = ajouter(client_de(admin), ailleurs.utilisateur.email)
    assert reponse.status_code == 302
    assert ailleurs.utilisateur.adhesions.count() == 2


@pytest.mark.parametrize("email, role", [("pas une adresse", "lecteur"), ("a@exemple.fr", "roi"), ("", "lecteur")])
def test_bad_member_is_said_so(client_de, admin, email, role):
    assert "errorlist" in ajouter(client_de(admin), email, role).content.decode()
    assert Adhesion.objects.count() == 1


def test_member_already_there_is_not_added_twice(client_de, admin, collegue):
    assert "déjà membre" in ajouter(client_de(admin), collegue.utilisateur.email.upper()).content.decode()


def test_role_changes_and_is_logged(client_de, admin, collegue):
    client_de(admin).post(f"{UTILISATEURS}{collegue.pk}/role/", {"role": "gestionnaire"})
    collegue.refresh_from_db()
    assert collegue.role == "gestionnaire"
    assert JournalAcces.objects.filter(action="role_change", adhesion=admin).exists()


def test_unknown_role_changes_nothing(client_de, admin, collegue):
    client_de(admin).post(f"{UTILISATEURS}{collegue.pk}/role/", {"role": "roi"})
    collegue.refresh_from_db()
    assert collegue.role == "lecteur"


@pytest.mark.parametrize("acte, donnees", [("role", {"role": "lecteur"}), ("revoquer", {})])
def test_last_administrator_stays(client_de, admin, acte, donnees):
    page = client_de(admin).post(f"{UTILISATEURS}{admin.pk}/{acte}/", donnees, follow=True).content.decode()
    assert "Dernier administrateur" in page
    admin.refresh_from_db()
    assert admin.administre
    assert admin.revoquee_le is None


def test_revocation_asks_first_then_stops_membership_and_tokens(client_de, api_de, admin, collegue):
    api, client = api_de(collegue), client_de(admin)
    adresse = f"{UTILISATEURS}{collegue.pk}/revoquer/"
    assert collegue.utilisateur.email in client.get(adresse).content.decode()
    assert api.get("/api/v1/depots/").status_code == 200
    client.post(adresse)
    assert api.get("/api/v1/depots/").status_code == 401


@pytest.mark.parametrize("adresse", ["utilisateurs/ajouter/", "utilisateurs/{}/role/", "utilisateurs/{}/revoquer/"])
def test_only_an_administrator_manages_members(client_de, admin, collegue, adresse):
    reponse = client_de(collegue).post("/administration/" + adresse.format(admin.pk), {"role": "lecteur"})
    assert reponse.status_code == 403


@pytest.mark.parametrize("acte", ["role", "revoquer"])
def test_members_of_another_organisation_do_not_exist(client_de, admin, ailleurs, acte):
    reponse = client_de(admin).post(f"{UTILISATEURS}{ailleurs.pk}/{acte}/", {"role": "lecteur"})
    assert reponse.status_code == 404


def test_former_member_does_not_exist(client_de, admin, collegue):
    Adhesion.objects.filter(pk=collegue.pk).update(revoquee_le=timezone.now())
    assert client_de(admin).get(f"{UTILISATEURS}{collegue.pk}/revoquer/").status_code == 404


def test_log_is_for_the_administrator_and_of_the_organisation(client_de, admin, collegue, ailleurs):
    for adhesion, objet in ((collegue, "le nôtre"), (ailleurs, "le leur")):
        JournalAcces.objects.create(adhesion=adhesion, action="essai", objet=objet)
    page = client_de(admin).get("/administration/journal/").content.decode()
    assert "le nôtre" in page
    assert "le leur" not in page
    assert client_de(collegue).get("/administration/journal/").status_code == 403
