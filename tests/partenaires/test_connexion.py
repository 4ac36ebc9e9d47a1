"""Sign-in by e-mail, choice of the membership, password."""

import pytest
from django.urls import reverse

from partenaires.models import JournalAcces
from partenaires.services.connexions import ECHECS_MAX
from tests import fabriques

pytestmark = pytest.mark.django_db
SECRET = "un long secret à retenir"


@pytest.fixture
def membre():
    return fabriques.adhesion(utilisateur=fabriques.utilisateur("agent@exemple.fr", SECRET))


def se_connecter(client, email="agent@exemple.fr", mot_de_passe=SECRET):
    return client.post("/connexion/", {"username": email, "password": mot_de_passe})


@pytest.mark.parametrize("email", ["agent@exemple.fr", "Agent@Exemple.FR", "  agent@exemple.fr "])
def test_one_signs_in_by_e_mail_whatever_the_case(client, membre, email):
    assert se_connecter(client, email)["Location"] == reverse("accueil")


def test_sign_in_is_logged(client, membre):
    se_connecter(client)
    assert JournalAcces.objects.get().action == "connexion"


@pytest.mark.parametrize("email, mot_de_passe", [("agent@exemple.fr", "faux"), ("inconnu@exemple.fr", SECRET)])
def test_wrong_password_and_unknown_address_read_the_same(client, membre, email, mot_de_passe):
    reponse = se_connecter(client, email, mot_de_passe)
    assert "Adresse e-mail ou mot de passe incorrect." in reponse.content.decode()


def test_account_without_a_password_cannot_sign_in(client):
    fabriques.adhesion(utilisateur=fabriques.utilisateur("sans@exemple.fr"))
    assert se_connecter(client, "sans@exemple.fr", "").status_code == 200
    assert "_auth_user_id" not in client.session


def test_after_some_failures_even_the_right_password_waits(client, membre):
    for _ in range(ECHECS_MAX["compte"]):
        se_connecter(client, mot_de_passe="faux")
    assert "Trop d&#x27;essais" in se_connecter(client).content.decode()


def test_a_success_forgets_the_failures(client, membre):
    for _ in range(ECHECS_MAX["compte"] - 1):
        se_connecter(client, mot_de_passe="faux")
    assert se_connecter(client).status_code == 302
    client.post("/deconnexion/")
    assert se_connecter(client, mot_de_passe="faux").status_code == 200
    assert se_connecter(client).status_code == 302


def test_one_place_cannot_try_many_accounts(client, membre):
    for rang in range(ECHECS_MAX["adresse"]):
        se_connecter(client, f"inconnu{rang}@exemple.fr", "faux")
    assert "Trop d&#x27;essais" in se_connecter(client).content.decode()


def test_sign_in_goes_on_to_the_page_asked_but_never_elsewhere(client, membre):
    demande = {"username": "agent@exemple.fr", "password": SECRET}
    assert client.post("/connexion/", demande | {"next": "/depots/"})["Location"] == "/depots/"
    client.post("/deconnexion/")
    assert client.post("/connexion/", demande | {"next": "https://ailleurs.fr/"})["Location"] == reverse("accueil")


def test_someone_with_two_memberships_chooses(client, membre):
    autre = fabriques.adhesion("bailleur", utilisateur=membre.utilisateur, nom="Habitat d'essai")
    assert se_connecter(client)["Location"] == "/adhesion/"
    assert "Habitat d&#x27;essai" in client.get("/adhesion/").content.decode()
    client.post("/adhesion/", {"adhesion": autre.pk})
    assert client.get("/depots/").wsgi_request.adhesion == autre


@pytest.mark.parametrize("valeur", ["", "abc", "²", "999999999999999999999", "0"])
def test_choice_of_a_membership_that_is_not_one_is_a_404(client_de, membre, valeur):
    assert client_de(membre).post("/adhesion/", {"adhesion": valeur}).status_code == 404


def test_nobody_acts_through_another_person_s_membership(client_de, membre):
    autre = fabriques.adhesion("bailleur")
    assert client_de(membre).post("/adhesion/", {"adhesion": autre.pk}).status_code == 404


def test_password_is_changed_with_the_former_one(client_de, membre):
    demande = {"old_password": SECRET, "new_password1": "encore plus long", "new_password2": "encore plus long"}
    assert client_de(membre).post("/mot-de-passe/", demande).status_code == 302
    membre.utilisateur.refresh_from_db()
    assert membre.utilisateur.check_password("encore plus long")


def test_page_of_a_member_sends_a_stranger_to_sign_in(client):
    assert client.get("/depots/")["Location"] == "/connexion/?next=/depots/"


def test_signed_in_without_membership_is_told_what_to_do(client):
    client.force_login(fabriques.utilisateur())
    assert "rattaché à aucune organisation" in client.get("/depots/").content.decode()
