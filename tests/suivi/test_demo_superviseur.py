"""The process that holds the demo: what it starts it stops, whatever ends it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from suivi.demonstration.superviseur import Service, environnement, port_libre, services, superviser

DORT = "import time; time.sleep(60)"
TETU = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('prêt', flush=True); time.sleep(60)"


def python(nom, code):
    return Service(nom, (sys.executable, "-c", code))


def vivant(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def lignes():
    return []


def signaler_moi(numero, apres=0.5):
    minuteur = threading.Timer(apres, os.kill, (os.getpid(), numero))
    minuteur.daemon = True
    minuteur.start()


def pids(lignes):
    return [int(ligne.split("pid ")[1]) for ligne in lignes if "pid " in ligne]


@pytest.mark.parametrize("numero", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_child_and_ends_well(numero, tmp_path, lignes):
    dit = "import os; print('pid', os.getpid(), flush=True); " + DORT
    signaler_moi(numero, 1)
    code = superviser([python("un", dit), python("deux", dit)], tmp_path, None, lambda: None, lignes.append)
    assert code == 0
    assert len(pids(lignes)) == 2
    assert not any(vivant(pid) for pid in pids(lignes))


def test_a_child_that_dies_stops_the_others_with_an_error_that_names_it(tmp_path, lignes):
    dit = "import os; print('pid', os.getpid(), flush=True); " + DORT
    meurt = "import time; time.sleep(0.8); raise SystemExit(7)"
    code = superviser([python("un", dit), python("deux", meurt)], tmp_path, None, lambda: None, lignes.append)
    assert code == 1
    assert any("« deux »" in ligne and "code 7" in ligne for ligne in lignes)
    assert not any(vivant(pid) for pid in pids(lignes))


def test_a_child_that_will_not_stop_is_killed(tmp_path, lignes, monkeypatch):
    monkeypatch.setattr("suivi.demonstration.superviseur.DELAI_ARRET", 0.5)
    signaler_moi(signal.SIGTERM, 1)
    debut = time.monotonic()
    assert superviser([python("têtu", TETU)], tmp_path, None, lambda: None, lignes.append) == 0
    assert time.monotonic() - debut < 10


def test_logs_carry_the_name_of_their_service(tmp_path, lignes):
    signaler_moi(signal.SIGTERM, 0.8)
    superviser([python("web", "print('bonjour', flush=True); " + DORT)], tmp_path, None, lambda: None, lignes.append)
    assert "    web | bonjour" in lignes


def test_the_addresses_are_given_once_the_page_answers(tmp_path, lignes):
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.end_headers()

        def log_message(self, *_):
            pass

    serveur = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=serveur.serve_forever, daemon=True).start()

    def pret():
        lignes.append("prêt")
        signaler_moi(signal.SIGTERM, 0.1)

    adresse = ("127.0.0.1", serveur.server_port, "/")
    assert superviser([python("web", DORT)], tmp_path, adresse, pret, lignes.append) == 0
    serveur.shutdown()
    serveur.server_close()
    assert "prêt" in lignes


def test_a_page_that_never_answers_is_said(tmp_path, lignes, monkeypatch):
    monkeypatch.setattr("suivi.demonstration.superviseur.DELAI_PAGE", 0.6)
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        adresse = ("127.0.0.1", prise.getsockname()[1], "/")
        assert superviser([python("web", DORT)], tmp_path, adresse, lambda: None, lignes.append) == 1
    assert any("ne répond pas" in ligne for ligne in lignes)


def test_the_signals_go_back_to_their_former_handlers(tmp_path, lignes):
    avant = signal.getsignal(signal.SIGTERM)
    superviser([python("un", "pass")], tmp_path, None, lambda: None, lignes.append)
    assert signal.getsignal(signal.SIGTERM) is avant


def test_children_do_not_inherit_what_a_test_run_sets(monkeypatch):
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "x")
    assert "PYTEST_CURRENT_TEST" not in environnement()
    assert environnement()["PATH"] == os.environ["PATH"]


def test_a_port_in_use_is_seen():
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        prise.listen()
        port = prise.getsockname()[1]
        assert not port_libre(port)
    assert port_libre(port)


def test_the_services_are_the_pages_the_worker_and_the_clock(tmp_path):
    assert [service.nom for service in services(8000, tmp_path)] == ["web", "tâches", "horloge"]


@pytest.mark.parametrize("module", ["gunicorn", "celery"])
def test_the_programs_of_the_services_are_installed(module):
    subprocess.run([sys.executable, "-m", module, "--version"], check=True, capture_output=True)
