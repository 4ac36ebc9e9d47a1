"""`creer_utilisateur` (contrat §2)."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from partenaires.models import Adhesion, Utilisateur
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def bailleur():
    return fabriques.organisation("bailleur")


def creer(capsys, email, organisation, role="lecteur", *options):
    call_command("creer_utilisateur", email, "--organisation", organisation.siren, "--role", role, *options)
    return capsys.readouterr()


def avec_mot_de_passe(monkeypatch, texte):
    monkeypatch.setattr("sys.stdin", io.StringIO(texte))


def test_new_user_has_a_membership_and_no_password(capsys, bailleur):
    assert "Pas de mot de passe" in creer(capsys, "Agent@Exemple.fr", bailleur, "gestionnaire").out
    adhesion = Adhesion.objects.get()
    assert (adhesion.utilisateur.email, adhesion.role) == ("agent@exemple.fr", "gestionnaire")
    assert not adhesion.utilisateur.has_usable_password()


def test_another_organisation_adds_a_second_membership(capsys, bailleur):
    creer(capsys, "agent@exemple.fr", bailleur)
    creer(capsys, "AGENT@exemple.fr", fabriques.organisation("epci"))
    assert Utilisateur.objects.get().adhesions.count() == 2


def test_same_organisation_with_another_role_changes_the_role(capsys, bailleur):
    creer(capsys, "agent@exemple.fr", bailleur, "lecteur")
    creer(capsys, "agent@exemple.fr", bailleur, "administrateur")
    assert Adhesion.objects.get().role == "administrateur"


def test_revoked_membership_opens_again(capsys, bailleur):
    creer(capsys, "agent@exemple.fr", bailleur)
    Adhesion.objects.update(revoquee_le=timezone.now())
    creer(capsys, "agent@exemple.fr", bailleur)
    assert Adhesion.objects.actives().count() == 1


def test_password_is_read_from_standard_input(capsys, bailleur, monkeypatch):
    avec_mot_de_passe(monkeypatch, "un long secret à retenir\n")
    assert (
        "Pas de mot de passe" not in creer(capsys, "agent@exemple.fr", bailleur, "lecteur", "--mot-de-passe-stdin").out
    )
    assert Utilisateur.objects.get().check_password("un long secret à retenir")


@pytest.mark.parametrize("faible", ["", "court", "123456789012345"])
def test_weak_password_is_refused_and_nobody_is_created(capsys, bailleur, monkeypatch, faible):
    avec_mot_de_passe(monkeypatch, faible + "\n")
    with pytest.raises(CommandError, match="Mot de passe refusé"):
        creer(capsys, "agent@exemple.fr", bailleur, "lecteur", "--mot-de-passe-stdin")
    assert not Utilisateur.objects.exists()


def test_password_of_an_existing_user_stays_without_the_option(capsys, bailleur, monkeypatch):
    avec_mot_de_passe(monkeypatch, "un long secret à retenir\n")
    creer(capsys, "agent@exemple.fr", bailleur, "lecteur", "--mot-de-passe-stdin")
    creer(capsys, "agent@exemple.fr", fabriques.organisation("epci"))
    assert Utilisateur.objects.get().check_password("un long secret à retenir")


def test_unknown_organisation_is_named(capsys):
    with pytest.raises(CommandError, match="999999999"):
        call_command("creer_utilisateur", "a@exemple.fr", "--organisation", "999999999", "--role", "lecteur")


def test_an_address_must_be_one(capsys, bailleur):
    with pytest.raises(CommandError, match="adresse e-mail"):
        creer(capsys, "agent", bailleur)
