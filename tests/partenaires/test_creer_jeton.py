"""`creer_jeton` (contrat §2) and what a token opens."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from partenaires.models import Jeton
from tests import fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture
def membre():
    return fabriques.adhesion("bailleur", "lecteur")


def jeton_emis(capsys, adhesion, *options):
    call_command("creer_jeton", adhesion.utilisateur.email, *options)
    return capsys.readouterr().out


def test_token_stands_alone_on_standard_output_and_opens_the_api(capsys, membre, client):
    lignes = jeton_emis(capsys, membre).splitlines()
    assert len(lignes) == 1
    assert client.get("/api/v1/", headers={"authorization": f"Token {lignes[0]}"}).status_code == 200


def test_only_the_hash_is_stored(capsys, membre):
    clair = jeton_emis(capsys, membre).strip()
    assert clair not in str(Jeton.objects.values().get())


def test_token_expires_after_the_days_asked(capsys, membre):
    jeton_emis(capsys, membre, "--jours", "7")
    assert timedelta(days=6, hours=23) < Jeton.objects.get().expire_le - timezone.now() <= timedelta(days=7)


@pytest.mark.parametrize("jours", ["0", "-1", "367"])
def test_duration_has_bounds(capsys, membre, jours):
    with pytest.raises(CommandError, match="jours"):
        jeton_emis(capsys, membre, "--jours", jours)


def test_several_memberships_must_be_told_apart(capsys, membre):
    autre = fabriques.adhesion("epci", "lecteur", utilisateur=membre.utilisateur)
    with pytest.raises(CommandError, match="--organisation"):
        jeton_emis(capsys, membre)
    jeton_emis(capsys, membre, "--organisation", autre.siren)
    assert Jeton.objects.get().adhesion == autre


def test_membership_must_exist(capsys):
    with pytest.raises(CommandError, match="adhésion"):
        call_command("creer_jeton", "personne@exemple.fr")


@pytest.mark.parametrize("etat", ["expire", "revoque", "adhesion_revoquee", "utilisateur_inactif"])
def test_dead_token_is_refused(membre, client, etat):
    clair = fabriques.jeton(membre)
    hier = timezone.now() - timedelta(days=1)
    if etat == "expire":
        Jeton.objects.update(expire_le=hier)
    elif etat == "revoque":
        Jeton.objects.update(revoque_le=hier)
    elif etat == "adhesion_revoquee":
        type(membre).objects.update(revoquee_le=hier)
    else:
        type(membre.utilisateur).objects.update(is_active=False)
    reponse = client.get("/api/v1/", headers={"authorization": f"Token {clair}"})
    assert reponse.status_code == 401
    assert "Jeton" in reponse.json()["detail"]


@pytest.mark.parametrize("entete", ["Token", "Token a b", "Token é", "Token \xff", "Bearer x"])
def test_garbled_header_is_a_401(client, entete):
    assert client.get("/api/v1/", headers={"authorization": entete}).status_code == 401
