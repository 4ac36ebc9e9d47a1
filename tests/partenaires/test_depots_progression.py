"""How far a deposit is: phases, share, time left; written beside the load, never in its way."""

import pytest
from django.db import connection, connections, transaction

from partenaires.depots.moteur import importer
from partenaires.depots.progression import PARTS, Progression, Suivi
from partenaires.models import Depot
from tests import fabriques as f

B1 = "900100001"


class Montre:
    def __init__(self):
        self.heure = 100.0

    def __call__(self):
        return self.heure


@pytest.fixture
def montre():
    return Montre()


def avancer(progression, montre, *pas):
    """Steps: seconds, then a phase to enter or bytes read."""
    for secondes, quoi in pas:
        montre.heure += secondes
        progression.entrer(quoi) if isinstance(quoi, str) else progression.lire(quoi, progression.lignes + 10)


def test_the_parts_of_the_phases_make_a_whole():
    assert sum(PARTS.values()) == 100


def test_reading_is_measured_in_bytes_and_tells_the_time_left(montre):
    p = Progression(montre)
    p.entrer("lecture", attendus=1000)
    avancer(p, montre, (2, 500))
    etape = p.etape()
    assert (etape.phase, etape.lignes) == ("lecture", 10)
    assert etape.progression == PARTS["lecture"] // 2
    # half of the reading took 2 s: 4 s of reading are 10 % of 40 s, of which 2 are past
    assert etape.reste_s == 40 - 2


def test_what_follows_the_reading_advances_with_time_within_its_phase(montre):
    p = Progression(montre)
    p.entrer("lecture", attendus=1000)
    avancer(p, montre, (4, 1000), (0, "contrôle"), (12, 0))
    assert p.etape().progression == 40
    assert p.etape().reste_s == 24
    montre.heure += 1000
    assert p.etape().progression == PARTS["lecture"] + PARTS["contrôle"] - 1
    assert p.etape().reste_s == 1


def test_progress_never_goes_back_from_one_phase_to_the_next(montre):
    p = Progression(montre)
    p.entrer("lecture", attendus=1000)
    vues = []
    for pas in [(1, 400), (1, 600), (0, "contrôle"), (50, 0), (0, "chargement"), (1, 0), (0, "finalisation"), (9, 0)]:
        avancer(p, montre, pas)
        vues.append(p.etape().progression)
    assert vues == sorted(vues)
    assert vues[-1] < 100


def test_a_file_of_unknown_size_says_its_phase_and_its_rows_without_a_time(montre):
    p = Progression(montre)
    p.entrer("lecture")
    avancer(p, montre, (5, 500))
    assert (p.etape().progression, p.etape().lignes, p.etape().reste_s) == (0, 10, None)


def test_nothing_is_told_before_the_first_phase(montre):
    assert Progression(montre).etape().phase == ""


@pytest.mark.django_db
@pytest.mark.parametrize("suffixe", ["csv", "csv.gz"])
def test_the_engine_tells_every_phase_in_order_and_all_its_rows(tmp_path, suffixe):
    import gzip

    f.commune()
    f.organisation("bailleur", siren=B1)
    texte = "SIREN_BAILLEUR;IDENT_INT;CODE_RESIDENCE\n" + "".join(f"{B1};L{i};R1\n" for i in range(50))
    chemin = tmp_path / f"p.{suffixe}"
    chemin.write_bytes(gzip.compress(texte.encode()) if suffixe.endswith("gz") else texte.encode())
    dites = []

    class Temoin(Progression):
        def entrer(self, phase, attendus=0):
            dites.append(phase)
            super().entrer(phase, attendus)
            if phase == "contrôle":
                assert 0.9 < self.octets / octets_attendus[0] < 1.5
            elif phase == "lecture":
                octets_attendus.append(attendus)

    octets_attendus = []
    temoin = Temoin()
    assert importer("passage", chemin, progression=temoin).etat == "charge"
    assert dites == list(PARTS)
    assert (temoin.lignes, octets_attendus) == (50, [len(texte)])


# --- beside the load ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_by_others_while_the_load_is_in_its_transaction():
    depot = f.depot("passage", etat="controle", essais=1, progression=0)
    with Suivi(depot.pk) as suivi, transaction.atomic():
        suivi.etat, suivi.essai = "controle", 1
        suivi.entrer("lecture", 100)
        suivi.lire(50, 7)
        suivi.ecrire(suivi.etape())
        ailleurs = connections.create_connection("default")
        with ailleurs.cursor() as curseur:
            curseur.execute("SELECT phase, lignes_lues, battement FROM partenaires_depot WHERE id = %s", [depot.pk])
            phase, lignes, battement = curseur.fetchone()
        ailleurs.close()
    assert (phase, lignes) == ("lecture", 7)
    assert battement is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("etat, attendue", [("controle", 4), ("chargement", 54)])
def test_check_is_the_first_half_and_load_the_second(etat, attendue):
    depot = f.depot("passage", etat=etat, essais=1, progression=0)
    with Suivi(depot.pk) as suivi:
        suivi.etat, suivi.essai = etat, 1
        suivi.entrer("lecture", 100)
        suivi.lire(100, 7)
        suivi.horloge = lambda debut=suivi.debut: debut + 10
        suivi.ecrire(suivi.etape())
    assert Depot.objects.get(pk=depot.pk).progression == attendue


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_never_waits_for_the_row():
    depot = f.depot("passage", etat="controle", essais=1, progression=0)
    with Suivi(depot.pk) as suivi, transaction.atomic():
        Depot.objects.select_for_update().get(pk=depot.pk)
        suivi.etat, suivi.essai = "controle", 1
        suivi.ecrire(suivi.etape())  # would hang
    assert Depot.objects.get(pk=depot.pk).battement is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("champs", [{"etat": "abandonne"}, {"essais": 2}])
def test_a_try_that_is_no_longer_in_charge_writes_no_progress(champs):
    depot = f.depot("passage", **({"etat": "controle", "essais": 1, "progression": 0} | champs))
    with Suivi(depot.pk) as suivi:
        suivi.etat, suivi.essai = "controle", 1
        suivi.ecrire(suivi.etape())
    assert Depot.objects.get(pk=depot.pk).battement is None


@pytest.mark.django_db(transaction=True)
def test_one_worker_at_a_time_has_a_deposit_in_hand():
    with Suivi(77) as premier, Suivi(77) as second, Suivi(78) as autre:
        assert (premier.tenu, second.tenu, autre.tenu) == (True, False, True)
    with Suivi(77) as apres:
        assert apres.tenu


@pytest.mark.django_db(transaction=True)
def test_the_beat_stops_without_a_word_when_the_database_is_cut_off(caplog):
    depot = f.depot("passage", etat="controle", essais=1, progression=0)
    with Suivi(depot.pk) as suivi:
        with connection.cursor() as curseur:
            curseur.execute("SELECT pg_terminate_backend(%s, 10000)", [suivi.connexion.connection.info.backend_pid])
        suivi.suivre("controle", 1)
        suivi.fil.join(timeout=10)
        assert not suivi.fil.is_alive()
    assert "ne s'écrit plus" in caplog.text
