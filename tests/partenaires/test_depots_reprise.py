"""A deposit cut off and taken up again: killed workers, cut connections, a kept file touched, a full disk."""

import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, connections
from django.utils import timezone

from diagnostic.models import GestionResidence
from partenaires.depots import moteur
from partenaires.depots.contrats import REGISTRE, Format
from partenaires.depots.progression import Suivi
from partenaires.models import Depot
from partenaires.reception import recevoir as receptionner
from partenaires.services import stockage, traitement
from partenaires.services.depots import (
    Choix,
    EtatInterdit,
    abandonner,
    confirmer,
    recevoir,
    reprendre,
)
from partenaires.services.traitement import ESSAIS_MAX, balayer, traiter
from tests import fabriques as f
from tests.partenaires.gestion_deposee import ENTETE, LIGNES, en_vigueur, relu

pytestmark = pytest.mark.usefixtures("aucun_courtier")
Etat = Depot.Etat


def test_a_deposit_treated_twice_is_treated_once(deposer):
    depot = deposer()
    assert traiter(depot.pk).etat == Etat.A_CONFIRMER
    assert traiter(depot.pk) is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_treat_one_deposit(deposer):
    depot = deposer()
    with Suivi(depot.pk):
        assert traiter(depot.pk) is None
        assert relu(depot).etat == Etat.RECU
    assert traiter(depot.pk).etat == Etat.A_CONFIRMER


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_loads(bailleur, controle):
    depot = confirmer(bailleur, controle())
    issues, barriere = [], threading.Barrier(4)

    def travailler():
        barriere.wait()
        issues.append(traiter(depot.pk))
        connections.close_all()

    fils = [threading.Thread(target=travailler) for _ in range(4)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(issue is None for issue in issues) == [False, True, True, True]
    assert (relu(depot).etat, relu(depot).essais, GestionResidence.objects.count()) == (Etat.CHARGE, 1, 2)


@pytest.mark.parametrize("etat", [Etat.RECU, Etat.CONTROLE])
def test_a_worker_killed_before_or_in_the_check_leaves_it_to_the_next(deposer, etat):
    depot = deposer()
    Depot.objects.filter(pk=depot.pk).update(etat=etat, essais=1, battement=timezone.now() - timedelta(minutes=5))
    assert traiter(depot.pk).etat == Etat.A_CONFIRMER


def test_a_worker_killed_in_the_load_leaves_it_to_the_next(bailleur, controle):
    depot = confirmer(bailleur, controle())
    Depot.objects.filter(pk=depot.pk).update(essais=2, battement=timezone.now() - timedelta(minutes=5))
    traiter(depot.pk)
    assert (relu(depot).etat, en_vigueur()) == (Etat.CHARGE, {"R1": 18, "R2": 9})


@pytest.mark.parametrize(
    "etat, silence, tout, renvoye",
    [
        (Etat.RECU, 90, False, True),
        (Etat.RECU, 30, False, False),
        (Etat.RECU, 30, True, True),
        (Etat.CONTROLE, 90, False, True),
        (Etat.CONTROLE, 30, False, False),
        (Etat.CHARGEMENT, 90, False, True),
        (Etat.CHARGEMENT, 5, True, True),
        (Etat.A_CONFIRMER, 900, True, False),
        (Etat.CHARGE, 900, True, False),
        (Etat.RETRAIT, 90, False, True),
        (Etat.RETRAIT, 30, False, False),
        (Etat.RETIRE, 900, True, False),
        (Etat.ECHEC, 900, True, False),
    ],
)
def test_the_sweep_sends_again_what_gives_no_sign(db, monkeypatch, etat, silence, tout, renvoye):
    depot = f.depot("gestion", etat=etat, battement=timezone.now() - timedelta(seconds=silence))
    envoyes = []
    monkeypatch.setattr("partenaires.tasks.traiter_depot.delay", envoyes.append)
    assert balayer(tout) == envoyes == ([depot.pk] if renvoye else [])


def test_a_deposit_that_never_had_a_worker_counts_from_its_reception(db):
    depot = f.depot("gestion", etat=Etat.RECU)
    assert balayer() == []
    Depot.objects.filter(pk=depot.pk).update(cree_le=timezone.now() - timedelta(minutes=2))
    assert balayer() == [depot.pk]


def test_after_three_tries_it_fails_and_says_so_and_can_be_taken_up(bailleur, controle):
    depot = confirmer(bailleur, controle())
    Depot.objects.filter(pk=depot.pk).update(essais=ESSAIS_MAX)
    traiter(depot.pk)
    depot = relu(depot)
    assert (depot.etat, depot.rapport["statut"], en_vigueur()) == (Etat.ECHEC, "echec", {})
    assert "3 fois" in depot.rapport["erreurs"][0]["message"]
    reprendre(bailleur, depot)
    assert (relu(depot).etat, relu(depot).essais) == (Etat.CHARGEMENT, 0)
    traiter(depot.pk)
    assert (relu(depot).etat, en_vigueur()) == (Etat.CHARGE, {"R1": 18, "R2": 9})


def test_a_check_that_failed_is_taken_up_as_a_check(bailleur, deposer):
    depot = deposer()
    Depot.objects.filter(pk=depot.pk).update(essais=ESSAIS_MAX)
    traiter(depot.pk)
    assert reprendre(bailleur, relu(depot)).etat == Etat.RECU
    assert traiter(depot.pk).etat == Etat.A_CONFIRMER


def tomber(monkeypatch, erreur):
    def faire(ctx):
        raise erreur

    monkeypatch.setitem(REGISTRE, "gestion", Format(**{**vars(REGISTRE["gestion"]), "territoires": faire}))


def test_an_unforeseen_error_fails_plainly_and_changes_nothing(bailleur, controle, monkeypatch, caplog):
    depot = confirmer(bailleur, controle())
    tomber(monkeypatch, RuntimeError("secret interne"))
    traiter(depot.pk)
    depot = relu(depot)
    assert (depot.etat, en_vigueur()) == (Etat.ECHEC, {})
    assert "secret interne" not in str(depot.rapport)
    assert "secret interne" in caplog.text


def test_a_database_cut_off_leaves_the_deposit_to_the_sweep(bailleur, controle, monkeypatch):
    depot = confirmer(bailleur, controle())
    tomber(monkeypatch, OperationalError("server closed the connection unexpectedly"))
    with pytest.raises(traitement.Interrompu):
        traiter(depot.pk)
    assert (relu(depot).etat, en_vigueur()) == (Etat.CHARGEMENT, {})
    monkeypatch.undo()
    traiter(depot.pk)
    assert (relu(depot).etat, en_vigueur()) == (Etat.CHARGE, {"R1": 18, "R2": 9})


@pytest.mark.parametrize("champs", [{"etat": Etat.ABANDONNE}, {"essais": 9}])
def test_a_deposit_abandoned_or_taken_over_during_its_load_is_not_written(bailleur, controle, monkeypatch, champs):
    depot = confirmer(bailleur, controle())
    charger = moteur.chargement.charger

    def pendant(*arguments):
        Depot.objects.filter(pk=depot.pk).update(**champs)
        return charger(*arguments)

    monkeypatch.setattr(moteur.chargement, "charger", pendant)
    # what happens outside stays when the load is undone: here both share a connection, so the change is undone too
    assert traiter(depot.pk) is None
    assert en_vigueur() == {}
    assert relu(depot).etat == Etat.CHARGEMENT


@pytest.mark.django_db(transaction=True)
def test_a_deposit_abandoned_while_it_is_checked_stays_abandoned(bailleur, deposer, monkeypatch):
    depot = deposer()
    verifier = moteur.controler

    def pendant(*arguments):
        fil = threading.Thread(target=lambda: (abandonner(bailleur, depot), connections.close_all()))
        fil.start()
        fil.join(timeout=20)
        return verifier(*arguments)

    monkeypatch.setattr(moteur, "controler", pendant)
    assert traiter(depot.pk) is None
    assert (relu(depot).etat, relu(depot).rapport) == (Etat.ABANDONNE, {})


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_connection_is_cut_in_the_load_changes_nothing_and_the_next_one_loads(
    bailleur, controle, monkeypatch
):
    depot = confirmer(bailleur, controle())
    charger = moteur.chargement.charger

    def couper(*arguments):
        autre = connections.create_connection("default")
        with autre.cursor() as curseur:
            curseur.execute("SELECT pg_terminate_backend(%s, 10000)", [connection.connection.info.backend_pid])
        autre.close()
        return charger(*arguments)

    monkeypatch.setattr(moteur.chargement, "charger", couper)
    with pytest.raises(traitement.Interrompu):
        traiter(depot.pk)
    connection.close()
    assert (relu(depot).etat, en_vigueur()) == (Etat.CHARGEMENT, {})
    monkeypatch.undo()
    traiter(depot.pk)
    assert (relu(depot).etat, relu(depot).essais, en_vigueur()) == (Etat.CHARGE, 2, {"R1": 18, "R2": 9})


# --- the file that was kept -----------------------------------------------------------------------------------------


def test_a_kept_file_that_was_touched_is_never_loaded(bailleur, controle):
    depot = confirmer(bailleur, controle())
    chemin = stockage.chemin_de(depot)
    chemin.write_bytes(chemin.read_bytes()[:-1] + b"x")
    traiter(depot.pk)
    assert (relu(depot).etat, en_vigueur()) == (Etat.ECHEC, {})
    assert "abîmé" in relu(depot).rapport["erreurs"][0]["message"]


def test_a_file_put_in_the_place_of_the_one_checked_is_never_loaded(bailleur, controle):
    depot = confirmer(bailleur, controle())
    recu = receptionner("f.csv", SimpleUploadedFile("f.csv", b"autre"), 100)
    recu.ranger(stockage.chemin_de(depot))
    traiter(depot.pk)
    assert (relu(depot).etat, en_vigueur()) == (Etat.ECHEC, {})


def test_a_disk_full_when_the_file_is_read_fails_plainly_and_can_be_taken_up(bailleur, controle, monkeypatch):
    depot = confirmer(bailleur, controle())
    with monkeypatch.context() as plein:
        plein.setattr(stockage, "creer", lambda chemin: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        traiter(depot.pk)
    assert relu(depot).etat == Etat.ECHEC
    assert "disque" in relu(depot).rapport["erreurs"][0]["message"]
    traiter(reprendre(bailleur, relu(depot)).pk)
    assert en_vigueur() == {"R1": 18, "R2": 9}


def test_a_purged_file_can_no_longer_be_confirmed(bailleur, controle):
    depot = controle()
    stockage.effacer(depot)
    with pytest.raises(EtatInterdit, match="Déposez-le de nouveau"):
        confirmer(bailleur, depot)


def test_when_one_of_several_files_cannot_be_taken_none_is_kept(bailleur, monkeypatch):
    recus = [receptionner(n, SimpleUploadedFile(n, (ENTETE + LIGNES).encode()), 10**6) for n in ("a.csv", "b.csv")]
    monkeypatch.setattr(recus[1], "ranger", lambda place: (_ for _ in ()).throw(stockage.DisquePlein()))
    with pytest.raises(stockage.DisquePlein):
        recevoir(bailleur, recus, Choix("gestion"))
    assert not Depot.objects.filter(type="gestion").exists()
    assert [chemin for chemin in stockage.dossier().rglob("*") if chemin.is_file()] == []
