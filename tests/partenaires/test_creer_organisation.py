"""`creer_organisation` (contrat §2)."""

import pytest
from django.core.management import CommandError, call_command

from partenaires.models import Organisation, Protocole
from partenaires.services.organisations import cle_de_luhn_juste

pytestmark = pytest.mark.django_db


def creer(capsys, *arguments):
    call_command("creer_organisation", *arguments)
    return capsys.readouterr()


def test_new_bailleur_is_created_with_its_territory(capsys):
    assert "créée" in creer(capsys, "bailleur", "900100001", "Habitat d'essai", "--epci", "243100518").out
    assert Organisation.objects.get(siren="900100001").epci == "243100518"


def test_second_call_says_it_exists_and_changes_nothing(capsys):
    creer(capsys, "bailleur", "900100001", "Habitat d'essai")
    assert "existe déjà" in creer(capsys, "bailleur", "900100001", "Autre nom").out
    assert Organisation.objects.get().nom == "Habitat d'essai"


def test_same_siren_with_another_nature_is_refused(capsys):
    creer(capsys, "bailleur", "900100001", "Habitat d'essai")
    with pytest.raises(CommandError, match="Bailleur social"):
        creer(capsys, "epci", "900100001", "Agglomération")


@pytest.mark.parametrize("siren", ["12345678", "1234567890", "12345678A", ""])
def test_a_siren_has_nine_digits(capsys, siren):
    with pytest.raises(CommandError, match="neuf chiffres"):
        creer(capsys, "bailleur", siren, "Habitat")
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("siren, juste", [("243100518", True), ("552081317", True), ("900100001", False)])
def test_check_digit_of_a_siren(siren, juste):
    assert cle_de_luhn_juste(siren) is juste


def test_fictitious_siren_is_only_a_warning(capsys):
    sortie = creer(capsys, "bailleur", "900100001", "Habitat d'essai")
    assert "clé de contrôle" in sortie.err


def test_ddt_needs_its_departement(capsys):
    with pytest.raises(CommandError, match="--departement"):
        creer(capsys, "ddt", "130000001", "DDT")


def test_corsican_departement_is_accepted_in_lower_case(capsys):
    creer(capsys, "ddt", "130000001", "DDT", "--departement", "2a")
    assert Organisation.objects.get().departement == "2A"


def test_departement_of_one_digit_is_refused(capsys):
    with pytest.raises(CommandError, match="Département"):
        creer(capsys, "ddt", "130000001", "DDT", "--departement", "1")


def test_epci_comes_with_its_default_protocole_once(capsys):
    creer(capsys, "epci", "243100518", "Métropole")
    lignes = Protocole.objects.filter(epci="243100518").count()
    creer(capsys, "epci", "243100518", "Métropole")
    assert lignes > 0
    assert Protocole.objects.filter(epci="243100518").count() == lignes


def test_name_cannot_be_empty(capsys):
    with pytest.raises(CommandError, match="nom"):
        creer(capsys, "bailleur", "900100001", "  ")
