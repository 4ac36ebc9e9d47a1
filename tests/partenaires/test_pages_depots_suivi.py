"""`/depots/<id>/`: where a deposit stands, its report, and what its depositor answers."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from diagnostic.models import GestionResidence
from partenaires.models import Depot
from partenaires.reception import recevoir
from partenaires.services import depots
from partenaires.services.traitement import traiter
from tests import fabriques

pytestmark = pytest.mark.django_db
ENTETE = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES\n"
BONNES = "900100001;R1;2025;20;18\n900100001;R2;2025;10;9\n"
FAUSSE = "900100001;R3;2025;dix;9\n"
HTMX = {"HX-Request": "true"}
Etat = Depot.Etat


@pytest.fixture
def bailleur():
    return fabriques.adhesion("bailleur", "gestionnaire")


@pytest.fixture
def lecteur(bailleur):
    return fabriques.adhesion(organisation=bailleur.organisation, role="lecteur")


@pytest.fixture
def controle(bailleur):
    """`controle(lignes)`: a deposit of the bailleur's rent roll, checked."""

    def faire(lignes=BONNES, nom="gestion_2025.csv") -> Depot:
        recu = recevoir(nom, ContentFile((ENTETE + lignes).encode()), 10_000_000)
        (depot,) = depots.recevoir(bailleur, [recu], depots.Choix(type="gestion"))
        return traiter(depot.pk)

    return faire


@pytest.fixture
def charge(bailleur, controle):
    def faire(lignes=BONNES, nom="gestion_2025.csv") -> Depot:
        depot = controle(lignes, nom)
        depots.confirmer(bailleur, depot)
        return traiter(depot.pk)

    return faire


@pytest.fixture
def page_de(client_de):
    return lambda adhesion, depot: client_de(adhesion).get(f"/depots/{depot.pk}/").content.decode()


@pytest.fixture
def agir(client_de, django_capture_on_commit_callbacks):
    """`agir(adhesion, depot, geste)`: the answer to a press of that button, its task run; the deposit as it is then."""

    def faire(adhesion, depot, geste):
        with django_capture_on_commit_callbacks(execute=True):
            reponse = client_de(adhesion).post(f"/depots/{depot.pk}/{geste}/")
        return reponse, Depot.objects.get(pk=depot.pk)

    return faire


# --- while the work goes on -----------------------------------------------------------------------------------------
def en_cours(bailleur, etat="controle", **champs):
    champs = {"phase": "lecture", "progression": 37, "lignes_lues": 12_345, "reste_s": 40} | champs
    return fabriques.depot("gestion", bailleur.organisation, etat=etat, battement=timezone.now(), **champs)


def test_progress_says_phase_rows_read_and_time_left(page_de, bailleur):
    page = page_de(bailleur, en_cours(bailleur))
    for attendu in ('<progress id="progression" max="100" value="37">', "lecture", "12\u202f345 lignes", "40 secondes"):
        assert attendu in page


def test_long_time_left_is_told_in_minutes(page_de, bailleur):
    assert "Encore 5 minutes" in page_de(bailleur, en_cours(bailleur, reste_s=301))


@pytest.mark.parametrize("etat", Depot.EN_COURS)
def test_page_asks_again_every_two_seconds_while_the_work_goes_on(client_de, bailleur, etat):
    depot = en_cours(bailleur, etat)
    client = client_de(bailleur)
    for entetes in ({}, HTMX):
        assert 'hx-trigger="every 2s"' in client.get(f"/depots/{depot.pk}/", headers=entetes).content.decode()
    assert b"<h1>" not in client.get(f"/depots/{depot.pk}/", headers=HTMX).content


@pytest.mark.parametrize("etat", sorted(set(Etat) - set(Depot.EN_COURS)))
def test_page_at_rest_asks_no_more(client_de, bailleur, etat):
    depot = fabriques.depot("gestion", bailleur.organisation, etat=etat)
    client = client_de(bailleur)
    assert b"hx-trigger" not in client.get(f"/depots/{depot.pk}/").content
    assert client.get(f"/depots/{depot.pk}/", headers=HTMX).headers["HX-Refresh"] == "true"


def test_without_script_a_link_refreshes(page_de, bailleur):
    depot = en_cours(bailleur)
    assert f'<a href="/depots/{depot.pk}/">Actualiser</a>' in page_de(bailleur, depot)


def test_work_that_gives_no_sign_is_told(page_de, bailleur):
    depot = en_cours(bailleur)
    assert "ne donne plus signe" not in page_de(bailleur, depot)
    Depot.objects.filter(pk=depot.pk).update(battement=timezone.now() - timedelta(seconds=45))
    assert "ne donne plus signe" in page_de(bailleur, depot)


# --- the report -----------------------------------------------------------------------------------------------------
def test_refused_file_shows_its_errors_with_lines_and_values(page_de, controle, bailleur):
    page = page_de(bailleur, controle(BONNES + FAUSSE))
    for attendu in ("Refusé", "1 ligne sur 3 est en erreur", "NB_LOGEMENTS", "«\u00a0dix\u00a0»", "valeur_illisible"):
        assert attendu in page
    assert "Confirmer le chargement" not in page


def test_list_of_errors_is_handed_out_as_csv(client_de, controle, bailleur):
    depot = controle(BONNES + FAUSSE)
    reponse = client_de(bailleur).get(f"/depots/{depot.pk}/erreurs.csv")
    lignes = b"".join(reponse.streaming_content).decode("utf-8-sig").splitlines()
    assert "attachment" in reponse.headers["Content-Disposition"]
    assert (lignes[1].split(";")[0], lignes[1].split(";")[-1]) == ("4", "dix")


def test_checked_file_says_what_will_change_before_it_does(page_de, charge, controle, bailleur):
    charge()
    page = page_de(bailleur, controle("900100001;R1;2025;20;17\n900100001;R9;2025;5;5\n", "gestion_v2.csv"))
    for attendu in ("Ce qui changera", "Confirmer le chargement", "1 ligne en vigueur n&#x27;est pas"):
        assert attendu in page or attendu.replace("&#x27;", "'") in page
    assert GestionResidence.objects.filter(courant=True).count() == 2


def test_personal_values_are_said_to_be_masked(page_de, bailleur):
    erreur = {"code": "valeur_illisible", "colonne": "REVENU_MENSUEL_FOYER", "message": "Un nombre."}
    rapport = {"erreurs": [erreur | {"nombre": 1, "lignes": [2]}]}
    depot = fabriques.depot("sne_radiations", bailleur.organisation, etat="refuse", rapport=rapport)
    assert "masquées : données personnelles" in page_de(bailleur, depot)


def test_matching_rates_are_shown(page_de, bailleur):
    taux = {"code": "trouves", "libelle": "Logements trouvés dans RPLS", "numerateur": 3, "denominateur": 4}
    rapport = {"erreurs": [], "rapprochements": [taux, taux | {"libelle": "Rien", "denominateur": 0}]}
    page = page_de(bailleur, fabriques.depot("gestion", bailleur.organisation, etat="a_confirmer", rapport=rapport))
    assert "Logements trouvés dans RPLS" in page
    assert "75,0\u202f%" in page


# --- answers --------------------------------------------------------------------------------------------------------
def test_confirmed_deposit_is_loaded(agir, controle, bailleur):
    reponse, depot = agir(bailleur, controle(), "confirmer")
    assert reponse.url == f"/depots/{depot.pk}/"
    assert depot.etat == Etat.CHARGE
    assert GestionResidence.objects.filter(courant=True).count() == 2


def test_abandoning_asks_first_then_loads_nothing(client_de, agir, controle, bailleur):
    depot = controle()
    assert "Un dépôt abandonné ne se reprend pas" in client_de(bailleur).get(f"/depots/{depot.pk}/abandonner/").text
    assert agir(bailleur, depot, "abandonner")[1].etat == Etat.ABANDONNE
    assert not GestionResidence.objects.exists()


def test_withdrawing_asks_first_then_brings_back_what_stood_before(client_de, agir, charge, bailleur):
    charge()
    depot = charge("900100001;R1;2025;99;18\n", "gestion_v2.csv")
    assert "Ce qui l'était avant lui le redevient" in client_de(bailleur).get(f"/depots/{depot.pk}/retirer/").text
    assert agir(bailleur, depot, "retirer")[1].etat == Etat.RETIRE
    assert set(GestionResidence.objects.filter(courant=True).values_list("nb_logements", flat=True)) == {20, 10}


def test_rows_without_error_can_be_loaded_alone(client_de, agir, controle, bailleur):
    depot = controle(BONNES + FAUSSE)
    assert (
        "2 lignes sans erreur seront chargées" in client_de(bailleur).get(f"/depots/{depot.pk}/charger-partiel/").text
    )
    assert agir(bailleur, depot, "charger-partiel")[1].etat == Etat.CHARGE
    assert GestionResidence.objects.filter(courant=True).count() == 2


def test_failed_deposit_is_taken_up_again(page_de, agir, controle, bailleur):
    depot = controle()
    Depot.objects.filter(pk=depot.pk).update(etat=Etat.ECHEC)
    assert "Reprendre le traitement" in page_de(bailleur, depot)
    assert agir(bailleur, depot, "reprendre")[1].etat == Etat.A_CONFIRMER


GESTES = ("confirmer", "charger-partiel", "abandonner", "reprendre", "retirer")


@pytest.mark.parametrize("geste", GESTES)
def test_state_that_forbids_is_said_without_an_error(client_de, agir, bailleur, geste):
    depot = fabriques.depot("gestion", bailleur.organisation, etat="retire")
    client = client_de(bailleur)
    reponse = client.post(f"/depots/{depot.pk}/{geste}/", follow=True)
    assert reponse.status_code == 200
    assert "message error" in reponse.content.decode()
    assert Depot.objects.get().etat == Etat.RETIRE


@pytest.mark.parametrize("geste", ["charger-partiel", "abandonner", "retirer"])
def test_question_that_the_state_forbids_sends_back_to_the_deposit(client_de, bailleur, geste):
    depot = fabriques.depot("gestion", bailleur.organisation, etat="retire")
    assert client_de(bailleur).get(f"/depots/{depot.pk}/{geste}/").url == f"/depots/{depot.pk}/"


@pytest.mark.parametrize("geste", GESTES)
def test_reader_sees_and_does_not_act(page_de, agir, controle, lecteur, geste):
    depot = controle()
    page = page_de(lecteur, depot)
    assert "Vous lisez ce dépôt sans pouvoir agir" in page
    assert "Confirmer le chargement" not in page
    reponse, depot = agir(lecteur, depot, geste)
    assert (reponse.status_code, depot.etat) == (403, Etat.A_CONFIRMER)


@pytest.mark.parametrize("geste", [*GESTES, "preciser", "ecarter"])
def test_deposit_of_another_does_not_exist(agir, controle, geste):
    autre = fabriques.adhesion("bailleur", "gestionnaire", siren="900100002")
    assert agir(autre, controle(), geste)[0].status_code == 404


@pytest.mark.parametrize("geste", ["confirmer", "reprendre", "ecarter"])
def test_nothing_changes_by_a_link(client_de, controle, bailleur, geste):
    assert client_de(bailleur).get(f"/depots/{controle().pk}/{geste}/").status_code == 405
