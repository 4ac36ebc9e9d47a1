"""A withdrawal asked for by a member and done by a worker: cut off at any moment, it leaves all or nothing."""

import random
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connections
from django.utils import timezone

from diagnostic.models import GestionResidence
from partenaires.depots.progression import RETRAIT, Suivi
from partenaires.models import Depot
from partenaires.services import retrait, traitement
from partenaires.services.retrait import demander
from partenaires.services.traitement import ESSAIS_MAX, traiter
from tests import fabriques as f
from tests.partenaires.gestion_deposee import ENTETE, en_vigueur, relu
from tests.partenaires.test_depots_pannes import attendre, tuer
from tests.partenaires.travail_a_part import lancer

pytestmark = pytest.mark.usefixtures("aucun_courtier")
Etat = Depot.Etat
CORRIGEES = "900100001;R1;2025;20;11\n"
AVANT, APRES = {"R1": 18, "R2": 9}, {"R1": 11}  # in force once the deposit is withdrawn, and before


@pytest.fixture
def demande(bailleur, charge):
    """A corrected rent roll in force over the former one, whose withdrawal is asked for."""
    charge()
    return demander(bailleur, charge(ENTETE + CORRIGEES))


def test_asked_for_then_done_by_a_worker(bailleur, demande):
    assert (relu(demande).etat, relu(demande).progression, en_vigueur()) == (Etat.RETRAIT, 0, APRES)
    assert relu(demande).retire_par == bailleur.utilisateur
    traiter(demande.pk)
    depot = relu(demande)
    assert (depot.etat, depot.progression, en_vigueur()) == (Etat.RETIRE, 100, AVANT)
    assert depot.retire_le is not None
    assert (depot.lignes_lues, depot.rapport["lignes_chargees"]) == (1, 1)


def test_how_long_its_file_is_kept_does_not_change(demande):
    traiter(demande.pk)
    assert relu(demande).conserver_jusqu_au == demande.conserver_jusqu_au


def test_depositor_and_who_asked_are_told_once(bailleur, charge):
    depot = charge()
    collegue = f.adhesion(organisation=bailleur.organisation, role="administrateur")
    mail.outbox.clear()
    traiter(demander(collegue, depot).pk)
    (message,) = mail.outbox
    assert "retiré" in message.subject
    assert message.to == sorted({bailleur.utilisateur.email, collegue.utilisateur.email})


def test_until_it_is_withdrawn_its_rows_are_in_force_and_its_figures_current(demande):
    assert list(Depot.objects.charges().filter(type="gestion").values_list("etat", flat=True)) == ["retrait", "charge"]


def test_the_same_file_handed_in_meanwhile_is_loaded_and_stays(bailleur, charge, demande):
    encore = charge(ENTETE + CORRIGEES)
    assert encore.etat == Etat.CHARGE
    traiter(demande.pk)
    assert (relu(demande).etat, en_vigueur()) == (Etat.RETIRE, APRES)


def test_another_withdrawal_meanwhile_gives_its_rows_back_until_its_own(bailleur, charge, demande):
    suivant = charge(ENTETE + "900100001;R1;2025;20;5\n")
    traiter(demander(bailleur, suivant).pk)
    assert en_vigueur() == APRES
    traiter(demande.pk)
    assert en_vigueur() == AVANT


# --- cut off --------------------------------------------------------------------------------------------------------


def test_a_worker_killed_in_it_leaves_it_to_the_next(demande):
    Depot.objects.filter(pk=demande.pk).update(essais=2, battement=timezone.now() - timedelta(minutes=5))
    traiter(demande.pk)
    assert (relu(demande).etat, en_vigueur()) == (Etat.RETIRE, AVANT)


def test_after_three_tries_it_stays_in_force_says_why_and_can_be_asked_for_again(bailleur, demande, client_de):
    Depot.objects.filter(pk=demande.pk).update(essais=ESSAIS_MAX)
    mail.outbox.clear()
    traiter(demande.pk)
    depot = relu(demande)
    assert (depot.etat, en_vigueur()) == (Etat.CHARGE, APRES)
    assert (depot.rapport["statut"], depot.rapport["lignes_chargees"]) == ("charge", 1)
    assert "toujours en vigueur" in mail.outbox[0].subject
    page = client_de(bailleur).get(f"/depots/{depot.pk}/").text
    assert "Retrait interrompu" in page
    assert "3 fois" in page
    traiter(demander(bailleur, depot).pk)
    assert (relu(demande).etat, en_vigueur()) == (Etat.RETIRE, AVANT)
    assert "Retrait interrompu" not in client_de(bailleur).get(f"/depots/{depot.pk}/").text


def tomber(monkeypatch, erreur):
    def rendre(self):
        origine(self)
        raise erreur

    origine = retrait.Restitution.rendre
    monkeypatch.setattr(retrait.Restitution, "rendre", rendre)


def test_an_unforeseen_error_leaves_it_in_force_and_tells_nothing_of_itself(demande, monkeypatch, caplog):
    tomber(monkeypatch, RuntimeError("secret interne"))
    traiter(demande.pk)
    depot = relu(demande)
    assert (depot.etat, en_vigueur()) == (Etat.CHARGE, APRES)
    assert "erreur imprévue" in depot.rapport[retrait.INTERROMPU]
    assert "secret interne" not in str(depot.rapport)
    assert "secret interne" in caplog.text


def test_a_database_cut_off_leaves_it_to_the_sweep(demande, monkeypatch):
    with monkeypatch.context() as panne:
        tomber(panne, OperationalError("server closed the connection unexpectedly"))
        with pytest.raises(traitement.Interrompu):
            traiter(demande.pk)
    assert (relu(demande).etat, en_vigueur()) == (Etat.RETRAIT, APRES)
    traiter(demande.pk)
    assert (relu(demande).etat, en_vigueur()) == (Etat.RETIRE, AVANT)


@pytest.mark.django_db(transaction=True)
def test_taken_over_by_another_worker_it_is_written_once(demande, monkeypatch):
    """The second try holds the row: what the first one did is undone."""
    rendre = retrait.Restitution.rendre

    def pendant(self):
        autre = threading.Thread(
            target=lambda: (Depot.objects.filter(pk=demande.pk).update(essais=9), connections.close_all())
        )
        autre.start()
        autre.join(timeout=20)
        return rendre(self)

    monkeypatch.setattr(retrait.Restitution, "rendre", pendant)
    assert traiter(demande.pk) is None
    assert (relu(demande).etat, en_vigueur()) == (Etat.RETRAIT, APRES)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_withdraws(demande):
    issues, barriere = [], threading.Barrier(4)

    def travailler():
        barriere.wait()
        issues.append(traiter(demande.pk))
        connections.close_all()

    fils = [threading.Thread(target=travailler) for _ in range(4)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(issue is None for issue in issues) == [False, True, True, True]
    assert (relu(demande).etat, relu(demande).essais, en_vigueur()) == (Etat.RETIRE, 1, AVANT)


def test_the_administrator_s_command_ends_what_no_worker_has_taken(demande, capsys):
    call_command("retirer", str(demande.pk))
    assert (relu(demande).etat, en_vigueur()) == (Etat.RETIRE, AVANT)
    assert traiter(demande.pk) is None


# --- how far it is --------------------------------------------------------------------------------------------------


def test_the_parts_of_its_phases_make_a_whole():
    assert sum(RETRAIT.values()) == 100


@pytest.mark.django_db(transaction=True)
def test_its_progress_is_told_by_phase_and_keeps_the_rows_read_by_the_load(demande):
    Depot.objects.filter(pk=demande.pk).update(essais=1)
    with Suivi(demande.pk) as suivi:
        suivi.suivre("retrait", 1)
        suivi.entrer("restitution")
        suivi.ecrire(suivi.etape())
    depot = relu(demande)
    assert (depot.phase, depot.progression) == ("restitution", RETRAIT["recherche"] + RETRAIT["fermeture"])
    assert (depot.lignes_lues, depot.reste_s) == (1, None)


def test_page_follows_it_until_it_has_ended(bailleur, demande, client_de):
    client, adresse = client_de(bailleur), f"/depots/{demande.pk}/"
    page = client.get(adresse).text
    assert "Retrait en cours" in page
    assert "un courriel vous préviendra" in page
    assert "Retirer ce dépôt" not in page
    assert "HX-Refresh" not in client.get(adresse, headers={"HX-Request": "true"}).headers
    traiter(demande.pk)
    assert client.get(adresse, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


# --- a process that dies ----------------------------------------------------------------------------------------------

LONGUES = 10_000


def long_fichier(occupes: int) -> str:
    return ENTETE + "".join(f"{f.BAILLEUR};R{n:05d};2025;99;{occupes}\n" for n in range(LONGUES))


def compte(occupes: int) -> int:
    return GestionResidence.objects.courantes().filter(nb_occupes=occupes).count()


class Pannes:
    """Withdrawals by a Celery worker of its own, killed at random moments."""

    def __init__(self, bailleur, charge, var: Path):
        self.bailleur, self.charge, self.var = bailleur, charge, var
        var.mkdir(parents=True, exist_ok=True)
        charge(long_fichier(1))

    def demander(self, occupes: int) -> Depot:
        return demander(self.bailleur, self.charge(long_fichier(occupes)))

    def entier(self) -> float:
        """Seconds from the start of a worker to the end of a withdrawal that nothing stops."""
        depot, depart, processus = self.demander(2), time.monotonic(), lancer(self.var, "ouvrier")
        attendre(lambda: relu(depot).etat != Etat.RETRAIT, "Retrait par l'ouvrier")
        duree = time.monotonic() - depart
        tuer(processus)
        return duree

    def couper(self, occupes: int, moment: float):
        """As before or as after; what is left is ended by the next worker."""
        depot, processus = self.demander(occupes), lancer(self.var, "ouvrier")
        time.sleep(moment)
        tuer(processus)
        avant = relu(depot).etat == Etat.RETRAIT
        assert (compte(occupes), compte(1)) == ((LONGUES, 0) if avant else (0, LONGUES))
        assert (traiter(depot.pk) is not None) == avant
        assert (relu(depot).etat, compte(occupes), compte(1)) == (Etat.RETIRE, 0, LONGUES)

    def tours(self, nombre: int):
        duree = self.entier()
        for occupes in range(3, 3 + nombre):
            self.couper(occupes, random.uniform(0.3, 1.1) * duree)


@pytest.mark.django_db(transaction=True)
def test_worker_killed_in_it_leaves_the_rows_as_before_or_as_after(bailleur, charge, settings):
    Pannes(bailleur, charge, Path(settings.VAR)).tours(3)


@pytest.mark.robustesse
@pytest.mark.django_db(transaction=True)
def test_worker_killed_in_it_thirty_times(bailleur, charge, settings):
    Pannes(bailleur, charge, Path(settings.VAR)).tours(30)
