"""`/depots/nouveau/` and `/depots/a-preciser/`: files handed in, recognised, told what they are."""

import gzip
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from partenaires.models import Depot
from partenaires.services import stockage
from tests import fabriques

pytestmark = pytest.mark.django_db
NOUVEAU, PRECISER = "/depots/nouveau/", "/depots/a-preciser/"
GESTION = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES\n900100001;R1;2025;20;18\n"
RESIDENCES = "SIREN_BAILLEUR;CODE_RESIDENCE;NOM_RESIDENCE;DEPCOM\n900100001;R1;Les Lilas;99001\n"
Etat = Depot.Etat


def fichier(nom="gestion_2025.csv", contenu=GESTION):
    return SimpleUploadedFile(nom, contenu if isinstance(contenu, bytes) else contenu.encode())


def archive(**contenus) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as zip:
        for nom, contenu in contenus.items():
            zip.writestr(f"{nom}.csv", contenu)
    return sortie.getvalue()


@pytest.fixture
def bailleur():
    fabriques.commune()
    return fabriques.adhesion("bailleur", "gestionnaire")


@pytest.fixture
def epci():
    membre = fabriques.adhesion("epci", "gestionnaire")
    fabriques.organisation("bailleur", "900100001", "Office des Lilas", epci=membre.siren)
    return membre


@pytest.fixture
def remettre(client_de):
    """`remettre(adhesion, *fichiers)`: the page's answer; the deposits are those of the database."""
    return lambda adhesion, *fichiers, **champs: client_de(adhesion).post(NOUVEAU, {"fichiers": fichiers} | champs)


# --- handing in -----------------------------------------------------------------------------------------------------
def test_page_says_what_the_organisation_deposits_with_its_templates(client_de, bailleur):
    page = client_de(bailleur).get(NOUVEAU).content.decode()
    assert "/depots/modeles/rpls.xlsx" in page
    assert "/depots/modeles/relogements.xlsx" not in page


def test_file_is_kept_encrypted_and_recognised_from_its_header(remettre, bailleur):
    reponse = remettre(bailleur, fichier())
    depot = Depot.objects.get()
    assert (reponse.status_code, reponse.url) == (302, PRECISER)
    assert (depot.etat, depot.type, depot.deposant) == (Etat.A_PRECISER, "gestion", bailleur.organisation)
    assert depot.rapport["reconnu"] is True
    assert b"SIREN_BAILLEUR" not in stockage.chemin_de(depot).read_bytes()
    assert b"".join(stockage.lire(stockage.chemin_de(depot))) == GESTION.encode()


def test_several_files_are_as_many_deposits(remettre, bailleur):
    remettre(bailleur, fichier(), fichier("residences.csv", RESIDENCES))
    assert list(Depot.objects.order_by("pk").values_list("type", flat=True)) == ["gestion", "residences"]


def test_archive_is_unfolded(remettre, bailleur):
    remettre(bailleur, fichier("tout.zip", archive(gestion=GESTION, residences=RESIDENCES)))
    assert set(Depot.objects.values_list("fichier", "type")) == {
        ("gestion.csv", "gestion"),
        ("residences.csv", "residences"),
    }


def test_compressed_file_is_recognised_too(remettre, bailleur):
    remettre(bailleur, fichier("gestion.csv.gz", gzip.compress(GESTION.encode())))
    assert Depot.objects.get().type == "gestion"


def test_year_is_read_in_the_name(remettre, bailleur):
    remettre(bailleur, fichier("extraction_2024.csv"))
    assert Depot.objects.get().millesime == 2024


@pytest.mark.parametrize("contenu", [b"", b"\x00\x01\x02", b"A;B\n1;2\n", b"PK\x05\x06" + b"\x00" * 18])
def test_file_that_is_not_recognised_is_kept_all_the_same(client_de, remettre, bailleur, contenu):
    assert remettre(bailleur, fichier("x.csv", contenu)).status_code == 302
    assert Depot.objects.get().rapport["reconnu"] is False
    assert "Type non reconnu" in client_de(bailleur).get(PRECISER).content.decode()


def test_nothing_chosen_is_said(remettre, bailleur):
    reponse = remettre(bailleur)
    assert reponse.status_code == 400
    assert "Choisissez au moins un fichier" in reponse.content.decode()


def test_more_files_than_a_request_takes_keep_nothing_and_say_how_many(client_de, remettre, bailleur, settings):
    """The page's script counts them before sending; without it, the page of the refusal says so."""
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    assert 'data-nombre="2"' in client_de(bailleur).get(NOUVEAU).content.decode()
    reponse = remettre(bailleur, *(fichier(f"{n}.csv") for n in range(3)))
    assert reponse.status_code == 400
    assert "au plus à la fois" in reponse.content.decode()
    assert not Depot.objects.exists()
    assert [chemin for chemin in stockage.dossier().rglob("*") if chemin.is_file()] == []


def test_archive_without_a_file_keeps_nothing_of_what_came_with_it(remettre, bailleur):
    reponse = remettre(bailleur, fichier(), fichier("a.zip", archive(**{".cache": ""})))
    assert reponse.status_code == 400
    assert "ne contient aucun fichier" in reponse.content.decode()
    assert not Depot.objects.exists()
    assert list(stockage.dossier().glob("*.chiffre")) == []


def test_file_over_the_limit_is_a_413_that_keeps_nothing(remettre, bailleur, settings):
    settings.TAILLE_MAX_DEPOT = 1_000
    reponse = remettre(bailleur, fichier(contenu="x" * 100_000))
    assert reponse.status_code == 413
    assert "volumineux" in reponse.content.decode()
    assert not Depot.objects.exists()


def test_script_is_answered_in_json(client_de, bailleur):
    client = client_de(bailleur)
    bon = client.post(NOUVEAU, {"fichiers": [fichier()]}, headers={"X-Requested-With": "depot"})
    vide = client.post(NOUVEAU, headers={"X-Requested-With": "depot"})
    assert bon.json() == {"suite": PRECISER}
    assert (vide.status_code, vide.json()) == (400, {"erreur": "Choisissez au moins un fichier."})


@pytest.mark.parametrize("nature, role", [("bailleur", "lecteur"), ("commune", "gestionnaire")])
def test_who_may_not_deposit_is_refused_and_told_so_on_the_page(client_de, remettre, nature, role):
    membre = fabriques.adhesion(nature, role)
    assert remettre(membre, fichier()).status_code == 403
    assert not Depot.objects.exists()
    assert 'type="file"' not in client_de(membre).get(NOUVEAU).content.decode()


def test_corrected_file_is_what_the_one_it_corrects_was(remettre, bailleur):
    ancien = fabriques.depot("rpls", bailleur.organisation, etat="refuse", millesime=2023)
    remettre(bailleur, fichier("corrige.csv", "IDENT;AUTRE\n1;2\n"), corrige=ancien.pk)
    depot = Depot.objects.exclude(pk=ancien.pk).get()
    assert (depot.type, depot.millesime) == ("rpls", 2023)


@pytest.mark.parametrize("corrige", ["abc", "-1", "9" * 30, "999999"])
def test_unknown_deposit_to_correct_is_ignored(remettre, bailleur, corrige):
    assert remettre(bailleur, fichier(), corrige=corrige).status_code == 302


# --- what each file is ----------------------------------------------------------------------------------------------
@pytest.fixture
def repondre(client_de, django_capture_on_commit_callbacks):
    """`repondre(adhesion, {champ: valeur}…)`: answers for the files that wait, in order; the tasks are run."""

    def faire(adhesion, *reponses, adresse=PRECISER):
        attente = Depot.objects.order_by("pk")
        donnees = {
            f"d{depot.pk}-{champ}": valeur
            for depot, reponse in zip(attente, reponses)
            for champ, valeur in reponse.items()
        }
        with django_capture_on_commit_callbacks(execute=True):
            return client_de(adhesion).post(adresse, donnees)

    return faire


def test_confirmed_file_goes_to_be_checked(remettre, repondre, bailleur):
    remettre(bailleur, fichier())
    reponse = repondre(bailleur, {"type": "gestion"})
    depot = Depot.objects.get()
    assert reponse.url == f"/depots/{depot.pk}/"
    assert (depot.etat, depot.rapport["lignes_lues"]) == (Etat.A_CONFIRMER, 1)


def test_several_files_go_together_then_the_list(remettre, repondre, bailleur):
    remettre(bailleur, fichier(), fichier("residences.csv", RESIDENCES))
    assert repondre(bailleur, {"type": "gestion"}, {"type": "residences"}).url == "/depots/"
    assert set(Depot.objects.values_list("etat", flat=True)) == {Etat.A_CONFIRMER}


def test_one_wrong_answer_keeps_that_file_alone(remettre, repondre, bailleur):
    remettre(bailleur, fichier(), fichier("rpls.csv"))
    reponse = repondre(bailleur, {"type": "gestion"}, {"type": "rpls"})
    assert "demande son millésime" in reponse.content.decode()
    assert list(Depot.objects.order_by("pk").values_list("etat", flat=True)) == [Etat.A_CONFIRMER, Etat.A_PRECISER]


def test_millesime_is_kept_only_where_the_type_has_one(remettre, repondre, bailleur):
    remettre(bailleur, fichier())
    repondre(bailleur, {"type": "gestion", "millesime": "2024"})
    assert Depot.objects.get().millesime is None


@pytest.mark.parametrize("reponse", [{"type": ""}, {"type": "inconnu"}, {"type": "relogements"}, {"millesime": "abc"}])
def test_bad_answer_is_said_and_nothing_goes(remettre, repondre, bailleur, reponse):
    remettre(bailleur, fichier())
    page = repondre(bailleur, reponse)
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert Depot.objects.get().etat == Etat.A_PRECISER


def test_epci_chooses_the_bailleur(remettre, repondre, client_de, epci):
    remettre(epci, fichier())
    assert "Choisissez le bailleur" in repondre(epci, {"type": "gestion"}).content.decode()
    lilas = type(epci.organisation).objects.get(nom="Office des Lilas")
    repondre(epci, {"type": "gestion", "organisation": lilas.pk})
    assert Depot.objects.get().organisation == lilas


def test_bailleur_named_by_the_file_is_proposed_to_the_epci(remettre, epci):
    remettre(epci, fichier("gestion_900100001.csv"))
    assert Depot.objects.get().organisation.siren == "900100001"


def test_epci_does_not_choose_a_bailleur_of_another_territory(remettre, repondre, epci):
    ailleurs = fabriques.organisation("bailleur", "900100009", "Habitat lointain")
    remettre(epci, fichier())
    assert "errorlist" in repondre(epci, {"type": "gestion", "organisation": ailleurs.pk}).content.decode()
    assert Depot.objects.get().etat == Etat.A_PRECISER


@pytest.mark.parametrize("nom", ["zones.geojson", "zones.csv"])
def test_perimeters_ask_their_nature_and_are_told_apart_from_tables(remettre, repondre, epci, nom):
    remettre(epci, fichier(nom))
    assert "demande sa nature" in repondre(epci, {"type": "perimetres"}).content.decode()
    repondre(epci, {"type": "perimetres", "nature": "secteur", "version": "2026"})
    depot = Depot.objects.get()
    envoye = nom.endswith(".geojson")
    assert (depot.etat, depot.nature) == ((Etat.REFUSE, "secteur") if envoye else (Etat.A_PRECISER, ""))


def test_bailleur_is_not_asked_whose_rows_they_are(remettre, client_de, bailleur):
    remettre(bailleur, fichier())
    assert "Données de" not in client_de(bailleur).get(PRECISER).content.decode()


def test_type_can_be_changed_as_long_as_nothing_is_loaded(remettre, repondre, bailleur):
    remettre(bailleur, fichier("residences.csv", RESIDENCES))
    repondre(bailleur, {"type": "gestion"})
    depot = Depot.objects.get()
    assert depot.etat == Etat.REFUSE
    repondre(bailleur, {"type": "residences"}, adresse=f"/depots/{depot.pk}/preciser/")
    assert Depot.objects.get().etat == Etat.A_CONFIRMER


def test_type_of_a_loaded_deposit_does_not_change(client_de, bailleur):
    depot = fabriques.depot("gestion", bailleur.organisation)
    client = client_de(bailleur)
    assert client.get(f"/depots/{depot.pk}/preciser/").url == f"/depots/{depot.pk}/"
    client.post(f"/depots/{depot.pk}/preciser/", {f"d{depot.pk}-type": "residences"})
    assert Depot.objects.get().type == "gestion"


def test_file_handed_in_by_mistake_is_set_aside_and_not_kept(
    client_de, remettre, bailleur, django_capture_on_commit_callbacks
):
    remettre(bailleur, fichier())
    depot = Depot.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        assert client_de(bailleur).post(f"/depots/{depot.pk}/ecarter/").url == "/depots/"
    assert Depot.objects.get().etat == Etat.ABANDONNE
    assert not stockage.chemin_de(depot).exists()


def test_file_that_waits_is_nobody_else_s(client_de, remettre, bailleur, epci):
    remettre(bailleur, fichier())
    depot = Depot.objects.get()
    lecteur = fabriques.adhesion(organisation=bailleur.organisation, role="lecteur")
    assert client_de(lecteur).post(f"/depots/{depot.pk}/ecarter/").status_code == 403
    assert client_de(epci).post(f"/depots/{depot.pk}/ecarter/").status_code == 404
    assert Depot.objects.get().etat == Etat.A_PRECISER


def test_reader_sees_what_waits_without_settling_it(client_de, remettre, bailleur):
    remettre(bailleur, fichier())
    depot = Depot.objects.get()
    page = client_de(fabriques.adhesion(organisation=bailleur.organisation, role="lecteur")).get(f"/depots/{depot.pk}/")
    assert page.status_code == 200
    assert "/preciser/" not in page.content.decode()


def test_reader_is_sent_back_from_the_files_to_settle(client_de, remettre, bailleur):
    remettre(bailleur, fichier())
    lecteur = fabriques.adhesion(organisation=bailleur.organisation, role="lecteur")
    assert client_de(lecteur).get(PRECISER).url == "/depots/"


def test_file_no_longer_kept_is_not_asked_about_any_more(client_de, remettre, repondre, bailleur):
    remettre(bailleur, fichier())
    stockage.effacer(Depot.objects.get())
    assert "plus gardé" in repondre(bailleur, {"type": "gestion"}).content.decode()
    Depot.objects.update(efface_le=timezone.now())
    assert "Aucun fichier à préciser" in client_de(bailleur).get(PRECISER).content.decode()
