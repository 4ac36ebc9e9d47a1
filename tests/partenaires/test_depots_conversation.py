"""The conversation behind a deposit: received, checked, confirmed, loaded; cut off and taken up again."""

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from diagnostic.models import GestionResidence
from partenaires.models import Depot, JournalAcces
from partenaires.reception import recevoir as receptionner
from partenaires.services.depots import (
    DepotInterdit,
    EtatInterdit,
    abandonner,
    confirmer,
    peut_agir,
    reprendre,
)
from partenaires.services.lots import accueillir
from partenaires.services.stockage import chemin_de
from partenaires.services.traitement import traiter
from tests import fabriques as f
from tests.partenaires.gestion_deposee import ENTETE, FAUSSE, LIGNES, en_vigueur, relu

pytestmark = pytest.mark.usefixtures("aucun_courtier")
Etat = Depot.Etat


# --- from the file to the figures -----------------------------------------------------------------------------------


def test_received_then_checked_then_confirmed_then_loaded(bailleur, deposer):
    depot = deposer()
    assert (depot.etat, depot.sha256 != "", depot.taille) == (Etat.RECU, True, len(ENTETE + LIGNES))
    traiter(depot.pk)
    depot = relu(depot)
    assert (depot.etat, depot.progression, depot.cles, en_vigueur()) == (Etat.A_CONFIRMER, 50, 0, {})
    assert depot.rapport["statut"] == "a_confirmer"
    assert (depot.rapport["lignes_lues"], depot.rapport["lignes_chargees"]) == (2, 2)
    assert confirmer(bailleur, depot).etat == Etat.CHARGEMENT
    traiter(depot.pk)
    depot = relu(depot)
    assert (depot.etat, depot.progression, depot.cles, depot.territoires) == (Etat.CHARGE, 100, 2, [f.EPCI])
    assert en_vigueur() == {"R1": 18, "R2": 9}
    assert depot.confirme_le < depot.charge_le


def test_the_report_says_what_will_change_before_anything_does(bailleur, controle):
    premier = controle()
    traiter(confirmer(bailleur, premier).pk)
    second = controle(ENTETE + "900100001;R1;2025;20;18\n900100001;R3;2025;5;5\n")
    assert second.rapport["changements"] == {"nouvelles": 1, "modifiees": 0, "inchangees": 1, "disparues": 1}
    assert en_vigueur() == {"R1": 18, "R2": 9}


def test_a_file_with_an_error_is_refused_at_its_check_and_says_what_could_be_loaded(controle):
    depot = controle(ENTETE + LIGNES + FAUSSE)
    assert (depot.etat, depot.rapport["lignes_chargeables"], depot.rapport["lignes_rejetees"]) == (Etat.REFUSE, 2, 3)
    assert en_vigueur() == {}


def test_the_rows_without_error_are_loaded_when_that_is_confirmed(bailleur, controle):
    depot = controle(ENTETE + LIGNES + FAUSSE)
    with pytest.raises(EtatInterdit, match="2 lignes sans erreur"):
        confirmer(bailleur, depot)
    traiter(confirmer(bailleur, depot, partiel=True).pk)
    depot = relu(depot)
    assert (depot.etat, depot.rapport["lignes_chargees"], depot.rapport["lignes_rejetees"]) == (Etat.CHARGE, 2, 1)
    assert en_vigueur() == {"R1": 18, "R2": 9}


def test_a_file_without_a_good_row_cannot_be_loaded_in_part(bailleur, controle):
    depot = controle(ENTETE + FAUSSE)
    assert depot.etat == Etat.REFUSE
    with pytest.raises(EtatInterdit):
        confirmer(bailleur, depot, partiel=True)


def test_a_file_already_in_force_ends_at_its_check(bailleur, controle):
    traiter(confirmer(bailleur, controle()).pk)
    assert controle().etat == Etat.DEJA_CHARGE


def test_a_file_loaded_by_another_between_check_and_confirmation_is_already_there(bailleur, controle):
    premier, second = controle(), controle()
    traiter(confirmer(bailleur, premier).pk)
    traiter(confirmer(bailleur, second).pk)
    assert (relu(second).etat, GestionResidence.objects.count()) == (Etat.DEJA_CHARGE, 2)


def test_an_abandoned_deposit_is_not_loaded_and_its_file_is_kept_less(bailleur, controle):
    depot = controle()
    longtemps = depot.conserver_jusqu_au
    abandonner(bailleur, depot)
    assert traiter(depot.pk) is None
    assert (relu(depot).etat, en_vigueur()) == (Etat.ABANDONNE, {})
    assert relu(depot).conserver_jusqu_au < longtemps


@pytest.fixture
def remis(bailleur):
    """A file handed in on the page, that nobody has said what it is."""
    recu = receptionner("illisible.csv", SimpleUploadedFile("illisible.csv", b"a;b\n1;2\n"), 10**6)
    return accueillir(bailleur, [recu])[0]


def test_a_file_that_nobody_has_said_what_it_is_is_abandoned_and_not_kept(
    bailleur, remis, django_capture_on_commit_callbacks
):
    assert (remis.etat, remis.type, chemin_de(remis).exists()) == (Etat.A_PRECISER, "", True)
    with django_capture_on_commit_callbacks(execute=True):
        abandonner(bailleur, remis)
    assert (relu(remis).etat, relu(remis).efface_le is not None) == (Etat.ABANDONNE, True)
    assert not chemin_de(remis).exists()


def test_the_api_abandons_it_too(api_de, bailleur, remis):
    reponse = api_de(bailleur).post(f"/api/v1/depots/{remis.pk}/abandonner/")
    assert (reponse.status_code, reponse.json()["statut"]) == (202, "abandonne")


@pytest.mark.parametrize("geste", ["abandonner", "confirmer", "reprendre"])
@pytest.mark.parametrize("etat", ["a_preciser", "abandonne"])
def test_whose_rows_it_seemed_to_be_does_not_answer_for_who_handed_it_in(api_de, bailleur, remis, geste, etat):
    autre = f.adhesion("bailleur", "gestionnaire", siren="900100002")
    Depot.objects.filter(pk=remis.pk).update(organisation=autre.organisation, etat=etat)
    assert api_de(autre).post(f"/api/v1/depots/{remis.pk}/{geste}/").status_code == 403
    assert relu(remis).etat == etat


PERMIS = {
    confirmer: {Etat.A_CONFIRMER},
    abandonner: {Etat.A_PRECISER, Etat.RECU, Etat.CONTROLE, Etat.A_CONFIRMER, Etat.ECHEC},
    reprendre: {Etat.ECHEC},
}


@pytest.mark.parametrize("geste", PERMIS, ids=lambda g: g.__name__)
@pytest.mark.parametrize("etat", Etat.values)
def test_each_state_allows_its_own_answers_and_no_other(bailleur, controle, geste, etat):
    depot = controle()
    Depot.objects.filter(pk=depot.pk).update(etat=etat)
    if etat in PERMIS[geste]:
        assert geste(bailleur, depot).etat != etat
    else:
        with pytest.raises(EtatInterdit):
            geste(bailleur, depot)
        assert relu(depot).etat == etat


def test_what_was_answered_is_in_the_log(bailleur, controle):
    confirmer(bailleur, controle())
    abandonner(bailleur, controle())
    actions = set(JournalAcces.objects.values_list("action", flat=True))
    assert {"depot", "confirmation", "abandon"} <= actions


# --- who ------------------------------------------------------------------------------------------------------------


def test_the_depositor_s_organisation_and_the_owner_of_the_rows_carry_the_conversation_on(bailleur, controle):
    depot = controle()
    collegue = f.adhesion(organisation=bailleur.organisation, role="administrateur")
    lecteur = f.adhesion(organisation=bailleur.organisation, role="lecteur")
    autre = f.adhesion("bailleur", "gestionnaire", siren="900100002")
    epci = f.adhesion("epci", "gestionnaire")
    assert [peut_agir(qui, depot) for qui in (bailleur, collegue, lecteur, autre, epci)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    with pytest.raises(DepotInterdit):
        confirmer(lecteur, depot)
    type(bailleur.organisation).objects.filter(pk=bailleur.organisation_id).update(epci=epci.siren)
    assert peut_agir(epci, relu(depot))


# --- told by e-mail -------------------------------------------------------------------------------------------------


def test_the_depositor_is_told_of_the_check_and_of_the_load_with_the_link_and_nothing_of_the_file(
    bailleur, controle, settings
):
    settings.PLATEFORME_URL = "https://cil.exemple.fr"
    depot = controle()
    traiter(confirmer(bailleur, depot).pk)
    controle_fait, chargement_fait = mail.outbox
    assert controle_fait.to == [bailleur.utilisateur.email]
    assert "à confirmer" in controle_fait.subject
    assert "chargé" in chargement_fait.subject
    for message in mail.outbox:
        assert f"https://cil.exemple.fr/depots/{depot.pk}/" in message.body
        assert "R1" not in message.body
        assert bailleur.siren not in message.body


@pytest.mark.parametrize("contenu, mot", [(ENTETE + FAUSSE, "refusé"), ("", "refusé")])
def test_a_refusal_is_told_too(controle, contenu, mot):
    controle(contenu)
    assert mot in mail.outbox[0].subject


def test_a_mail_that_cannot_leave_does_not_stop_the_deposit(controle, monkeypatch, caplog):
    def refuser(*arguments, **options):
        raise ConnectionRefusedError

    monkeypatch.setattr("partenaires.services.courriel.send_mail", refuser)
    assert controle().etat == Etat.A_CONFIRMER
    assert "courriel" in caplog.text
