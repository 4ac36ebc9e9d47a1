"""Deposited files at rest: encrypted, found out when touched, gone when a process dies or the disk is full."""

import errno
import hashlib
import io
import os
import random
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from partenaires import reception
from partenaires.models import Depot, JournalAcces
from partenaires.services import stockage
from partenaires.services.conservation import dans, jusqu_au
from partenaires.services.purge import effacer_fichiers, fichiers_echus
from partenaires.services.stockage import BLOC, DisquePlein, FichierAbime, en_clair, lire
from tests import fabriques as f

ENTETE = 8 + 16 + 8
SCELLE = BLOC + 16


def chiffrer(contenu: bytes, chemin: Path) -> str:
    recu = reception.recevoir("essai.csv", io.BytesIO(contenu), 10 * BLOC)
    recu.ranger(chemin)
    return recu.sha256


@pytest.fixture
def chemin(tmp_path):
    return stockage.dossier() / "1.chiffre"


# --- what is written is read back -----------------------------------------------------------------------------------


@pytest.mark.parametrize("taille", [0, 1, 100, BLOC - 1, BLOC, BLOC + 1, 2 * BLOC, 3 * BLOC + 7])
def test_a_file_comes_back_byte_for_byte_whatever_its_size(chemin, taille):
    contenu = random.Random(taille).randbytes(taille)
    assert chiffrer(contenu, chemin) == hashlib.sha256(contenu).hexdigest()
    assert b"".join(lire(chemin)) == contenu


def test_nothing_of_the_content_can_be_read_on_the_disk_nor_twice_the_same(chemin):
    contenu = b"900100001;L1;R1\n" * 1000
    chiffrer(contenu, chemin)
    premier = chemin.read_bytes()
    chiffrer(contenu, chemin)
    assert b"900100001" not in premier
    assert premier != chemin.read_bytes()


def test_the_kept_file_is_readable_by_us_alone(chemin):
    chiffrer(b"a", chemin)
    assert chemin.stat().st_mode & 0o777 == 0o600
    assert chemin.parent.stat().st_mode & 0o777 == 0o700
    assert {d.stat().st_mode & 0o777 for d in chemin.parent.iterdir() if d.is_dir()} == {0o700}


# --- what was touched is found out ----------------------------------------------------------------------------------


def changer(octets: bytes, place: int) -> bytes:
    return octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :]


ATTEINTES = {
    "a bit of the mark": lambda o: changer(o, 0),
    "a bit of the salt": lambda o: changer(o, 10),
    "a bit of the nonce": lambda o: changer(o, 30),
    "a bit of a block": lambda o: changer(o, ENTETE + 5),
    "a bit of the last block": lambda o: changer(o, len(o) - 1),
    "two blocks swapped": lambda o: (
        o[:ENTETE] + o[ENTETE + SCELLE : ENTETE + 2 * SCELLE] + o[ENTETE : ENTETE + SCELLE] + o[ENTETE + 2 * SCELLE :]
    ),
    "a block taken out": lambda o: o[: ENTETE + SCELLE] + o[ENTETE + 2 * SCELLE :],
    "cut between two blocks": lambda o: o[: ENTETE + 2 * SCELLE],
    "cut in a block": lambda o: o[:-3],
    "cut in the header": lambda o: o[:20],
    "nothing but the header": lambda o: o[:ENTETE],
    "empty": lambda o: b"",
    "bytes added": lambda o: o + b"x",
}


@pytest.mark.parametrize("atteinte", ATTEINTES.values(), ids=ATTEINTES)
def test_a_damaged_file_is_an_error_that_says_so(chemin, atteinte):
    chiffrer(random.Random(1).randbytes(2 * BLOC + 50), chemin)
    chemin.write_bytes(atteinte(chemin.read_bytes()))
    with pytest.raises(FichierAbime, match="abîmé"):
        list(lire(chemin))


def test_another_key_opens_nothing_and_says_so(chemin, settings):
    chiffrer(b"contenu", chemin)
    settings.CLE_CHIFFREMENT = "une-autre-cle"
    with pytest.raises(FichierAbime, match="clé de chiffrement"):
        list(lire(chemin))


def test_a_file_that_is_no_longer_there_says_to_deposit_it_again(chemin):
    with pytest.raises(FichierAbime, match="Déposez-le de nouveau"):
        list(lire(chemin))


def test_a_file_put_in_the_place_of_another_is_found_out(chemin):
    chiffrer(b"un autre", chemin)
    with (
        pytest.raises(FichierAbime, match="n'est plus celui"),
        en_clair(chemin, "f.csv", hashlib.sha256(b"a").hexdigest()),
    ):
        pass


# --- in clear -------------------------------------------------------------------------------------------------------


def test_the_file_in_clear_is_private_keeps_its_suffix_and_goes(chemin):
    empreinte = chiffrer(b"contenu", chemin)
    with en_clair(chemin, "Parc 2025.CSV.gz", empreinte) as clair:
        assert clair.read_bytes() == b"contenu"
        assert clair.name.endswith(".csv.gz")
        assert clair.stat().st_mode & 0o777 == 0o600
    assert not clair.exists()


def test_the_file_in_clear_goes_when_its_reading_fails(chemin):
    chiffrer(b"contenu", chemin)
    with pytest.raises(RuntimeError), en_clair(chemin, "f.csv"):
        raise RuntimeError
    assert list(stockage.dossier("clair").iterdir()) == []


# --- a full disk ----------------------------------------------------------------------------------------------------


class Disque:
    """A file on a disk that is full after `place` bytes."""

    def __init__(self, flux, place):
        self.flux, self.place = flux, place

    def write(self, octets):
        self.place -= len(octets)
        if self.place < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.flux.write(octets)

    def __getattr__(self, nom):
        return getattr(self.flux, nom)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.flux.close()

    def writelines(self, blocs):
        for bloc in blocs:
            self.write(bloc)


@pytest.fixture
def disque_de(monkeypatch):
    creer = stockage.creer

    def regler(place):
        monkeypatch.setattr(stockage, "creer", lambda chemin: Disque(creer(chemin), place))

    return regler


def restes() -> list[Path]:
    return [chemin for chemin in stockage.dossier().rglob("*") if chemin.is_file()]


@pytest.mark.parametrize("place", [0, 40, BLOC, 2 * BLOC])
def test_a_full_disk_is_said_plainly_and_leaves_nothing_behind(disque_de, place):
    disque_de(place)
    with pytest.raises(DisquePlein, match="disque du serveur est plein"):
        reception.recevoir("f.csv", io.BytesIO(bytes(3 * BLOC)), 10 * BLOC)
    assert restes() == []


def test_a_full_disk_while_the_file_is_put_in_clear_leaves_only_the_kept_file(chemin, disque_de):
    chiffrer(bytes(BLOC), chemin)
    disque_de(100)
    with pytest.raises(DisquePlein), en_clair(chemin, "f.csv"):
        pass
    assert restes() == [chemin]


def test_another_fault_of_the_disk_is_not_called_a_full_disk():
    with pytest.raises(OSError, match="Input"), stockage.disque():
        raise OSError(errno.EIO, "Input/output error")


def test_a_file_over_the_limit_is_given_up_while_it_is_read():
    lu = io.BytesIO(bytes(5 * BLOC))
    with pytest.raises(reception.TropVolumineux):
        reception.recevoir("f.csv", lu, BLOC)
    assert lu.tell() <= BLOC + reception.LECTURE
    assert restes() == []


# --- what a killed process leaves -----------------------------------------------------------------------------------

TUE = """
import os, sys, signal
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django; django.setup()
from django.conf import settings
from pathlib import Path
settings.VAR = Path(sys.argv[1])
from partenaires.services.stockage import Ecriture, prive
ecriture = Ecriture(); ecriture.ecrire(b"x" * 3_000_000)
with prive(".csv") as (chemin, flux):
    flux.write(b"en clair"); flux.flush()
    print("pret", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def vieillir(*chemins: Path, secondes=7200):
    for chemin in chemins:
        os.utime(chemin, (time.time() - secondes,) * 2)


@pytest.mark.django_db
def test_files_of_a_killed_process_are_swept_and_those_in_use_are_not(settings):
    environnement = os.environ | {"DATABASE_URL": os.environ.get("DATABASE_URL") or "postgres://x@127.0.0.1/x"}
    subprocess.run(
        [sys.executable, "-c", TUE, str(settings.VAR)], env=environnement, cwd=settings.BASE_DIR, check=False
    )
    laisses = restes()
    assert len(laisses) == 2
    vieillir(*laisses)
    with stockage.prive() as (utilise, _):
        vieillir(utilise)
        assert stockage.balayer() == 2
        assert restes() == [utilise]


@pytest.mark.django_db
def test_a_kept_file_whose_deposit_was_never_recorded_is_swept_once_old():
    depot = f.depot("gestion")
    chiffrer(b"a", stockage.chemin_de(depot))
    orphelin = stockage.dossier() / f"{depot.pk + 1}.chiffre"
    chiffrer(b"b", orphelin)
    assert stockage.balayer() == 0
    vieillir(orphelin, stockage.chemin_de(depot))
    assert stockage.balayer() == 1
    assert restes() == [stockage.chemin_de(depot)]


# --- retention ------------------------------------------------------------------------------------------------------

LE = date(2026, 11, 20)


@pytest.mark.parametrize(
    "mois, le, attendu",
    [
        (1, date(2026, 1, 31), date(2026, 2, 28)),
        (1, date(2026, 12, 31), date(2027, 1, 31)),
        (12, date(2024, 2, 29), date(2025, 2, 28)),
        (-1, date(2026, 1, 31), date(2025, 12, 31)),
    ],
)
def test_months_are_counted_on_the_calendar(mois, le, attendu):
    assert dans(mois, le) == attendu


@pytest.mark.django_db
@pytest.mark.parametrize(
    "type, ecarte, attendu",
    [
        ("ops", False, date(2027, 11, 20)),
        ("residences", False, date(2029, 11, 20)),
        ("ops", True, date(2026, 12, 20)),
        ("residences", True, date(2026, 12, 20)),
    ],
)
def test_a_file_with_personal_columns_is_kept_less_and_one_that_came_to_nothing_less_still(type, ecarte, attendu):
    from partenaires.depots.contrats import REGISTRE

    assert jusqu_au(REGISTRE[type], LE, ecarte) == attendu


@pytest.mark.django_db
@pytest.mark.parametrize(
    "jusqu, etat, efface",
    [
        (LE - timedelta(days=1), "charge", True),
        (LE, "charge", False),
        (LE - timedelta(days=1), "chargement", False),
        (None, "charge", False),
    ],
)
def test_purge_erases_the_file_past_its_date_and_keeps_the_deposit(jusqu, etat, efface):
    depot = f.depot("gestion", etat=etat, conserver_jusqu_au=jusqu)
    chiffrer(b"a", stockage.chemin_de(depot))
    assert effacer_fichiers(LE) == int(efface)
    assert stockage.chemin_de(depot).exists() is not efface
    assert (Depot.objects.get(pk=depot.pk).efface_le is not None) is efface
    assert JournalAcces.objects.filter(action="purge").exists() is efface
    assert not fichiers_echus(LE).exists()
