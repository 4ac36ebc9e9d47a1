"""`POST /depots/`: a file received, kept and checked by the task."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from diagnostic.models import GestionResidence
from partenaires.models import Depot, JournalAcces
from partenaires.services.stockage import chemin_de
from partenaires.services.traitement import traiter
from tests import fabriques

pytestmark = pytest.mark.django_db
DEPOTS = "/api/v1/depots/"
ENTETE = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES\n"
GESTION = ENTETE + "900100001;R1;2025;20;18\n"


@pytest.fixture
def bailleur():
    fabriques.residence("R1")
    return fabriques.adhesion("bailleur", "gestionnaire")


@pytest.fixture
def envoyer(api_de, django_capture_on_commit_callbacks):
    def envoi(adhesion, contenu=GESTION, nom="gestion_2025.csv", **champs):
        fichier = SimpleUploadedFile(nom, contenu.encode())
        with django_capture_on_commit_callbacks(execute=True):
            return api_de(adhesion).post(DEPOTS, {"type": "gestion", "fichier": fichier} | champs, format="multipart")

    return envoi


def test_file_is_accepted_then_checked_and_nothing_is_loaded_before_it_is_confirmed(api_de, envoyer, bailleur):
    reponse = envoyer(bailleur)
    assert (reponse.status_code, reponse.json()["statut"]) == (202, "recu")
    lu = api_de(bailleur).get(f"{DEPOTS}{reponse.json()['id']}/").json()
    assert (lu["statut"], lu["progression"], lu["rapport"]["lignes_chargees"]) == ("a_confirmer", 50, 1)
    assert not GestionResidence.objects.exists()


def test_bad_file_is_refused_with_its_report_and_changes_nothing(api_de, envoyer, bailleur):
    numero = envoyer(bailleur, ENTETE + "900100001;R1;2025;vingt;18\n").json()["id"]
    lu = api_de(bailleur).get(f"{DEPOTS}{numero}/").json()
    assert (lu["statut"], lu["rapport"]["erreurs"][0]["colonne"]) == ("refuse", "NB_LOGEMENTS")
    assert not GestionResidence.objects.exists()


@pytest.mark.parametrize("contenu", ["", "\x00\x01", ENTETE])
def test_file_without_rows_ends_refused_never_in_error(api_de, envoyer, bailleur, contenu):
    reponse = envoyer(bailleur, contenu)
    assert reponse.status_code == 202
    assert Depot.objects.get(pk=reponse.json()["id"]).etat == "refuse"


def test_file_is_kept_encrypted_and_nothing_of_it_in_clear(envoyer, bailleur, settings):
    numero = envoyer(bailleur).json()["id"]
    gardes = [chemin for chemin in (Path(settings.VAR) / "depots").rglob("*") if chemin.is_file()]
    assert [chemin.name for chemin in gardes] == [f"{numero}.chiffre"]
    assert b"900100001" not in gardes[0].read_bytes()


def test_treating_twice_does_nothing_the_second_time(envoyer, bailleur):
    numero = envoyer(bailleur).json()["id"]
    assert traiter(numero) is None


def test_deposit_is_logged(envoyer, bailleur):
    envoyer(bailleur)
    assert "gestion_2025.csv" in JournalAcces.objects.get(action="depot").objet


@pytest.mark.parametrize("nom", ["../../etc/passwd", "a/b\\c.csv", "é à.CSV.GZ", ".csv", "x" * 200 + ".csv"])
def test_name_of_the_file_never_chooses_its_place(settings, nom):
    depot = fabriques.depot("gestion", fichier=nom)
    chemin = chemin_de(depot)
    assert chemin.parent == Path(settings.VAR) / "depots"
    assert chemin.name == f"{depot.pk}.chiffre"


def test_reader_may_not_deposit(envoyer, bailleur):
    lecteur = fabriques.adhesion(organisation=bailleur.organisation, role="lecteur")
    assert envoyer(lecteur).status_code == 403
    assert not Depot.objects.filter(type="gestion").exists()


@pytest.mark.parametrize("nature", ["commune", "ddt", "autre"])
def test_kind_of_organisation_that_does_not_deposit_this_type_is_told_who_does(envoyer, nature):
    reponse = envoyer(fabriques.adhesion(nature, "gestionnaire"))
    assert reponse.status_code == 403
    assert "Bailleur social" in reponse.json()["detail"]


def test_epci_deposits_for_a_bailleur_attached_to_it(envoyer, bailleur):
    epci = fabriques.adhesion("epci", "gestionnaire")
    assert envoyer(epci, organisation=bailleur.siren).status_code == 403
    type(bailleur.organisation).objects.filter(pk=bailleur.organisation_id).update(epci=epci.siren)
    reponse = envoyer(epci, organisation=bailleur.siren)
    assert reponse.status_code == 202
    assert Depot.objects.get(pk=reponse.json()["id"]).etat == "a_confirmer"


def test_bailleur_does_not_deposit_for_another(envoyer, bailleur):
    autre = fabriques.organisation("bailleur", siren="900100002")
    assert envoyer(bailleur, organisation=autre.siren).status_code == 403


@pytest.mark.parametrize(
    "champs, en_cause",
    [
        ({"type": "inconnu"}, "type"),
        ({"fichier": ""}, "fichier"),
        ({"organisation": "999999999"}, "organisation"),
        ({"millesime": "abc"}, "millesime"),
        ({"millesime": "99999"}, "millesime"),
        ({"type": "rpls"}, "millesime"),
        ({"encodage": "klingon"}, "encodage"),
        ({"encodage": "\x00"}, "encodage"),
        ({"nature": "x" * 21}, "nature"),
    ],
)
def test_bad_field_is_a_400_that_names_it(envoyer, bailleur, champs, en_cause):
    reponse = envoyer(bailleur, **champs)
    assert (reponse.status_code, list(reponse.json())) == (400, [en_cause])


def test_an_unknown_organisation_is_named(envoyer, bailleur):
    assert "999999999" in envoyer(bailleur, organisation="999999999").json()["organisation"][0]


def test_epci_says_whose_rows_a_file_of_a_bailleur_holds(envoyer):
    assert list(envoyer(fabriques.adhesion("epci", "gestionnaire")).json()) == ["organisation"]


def test_file_over_the_limit_is_a_413(envoyer, bailleur, settings):
    settings.TAILLE_MAX_DEPOT = 1000
    reponse = envoyer(bailleur, "x" * 100_000)
    assert reponse.status_code == 413
    assert "volumineux" in reponse.json()["detail"]


def test_body_that_is_not_a_form_is_refused(api_de, bailleur):
    assert api_de(bailleur).post(DEPOTS, {"type": "gestion"}, format="json").status_code == 415
    brut = api_de(bailleur).post(DEPOTS, b"--x", content_type="multipart/form-data")
    assert brut.status_code == 400
