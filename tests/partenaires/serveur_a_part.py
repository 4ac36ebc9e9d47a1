"""The web process of the Procfile on the test database, and a client that sends a file piece by piece: to be cut off.

`Serveur.adresse` is (host, port). Processes are killed by their group, workers of gunicorn included.
"""

import http.client
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path

from tests.suivi.test_recalcul_worker import PATIENCE, RACINE, attendre, url_de_la_base

HOTE = "127.0.0.1"
MORCEAU = 1 << 15


def environnement(var: Path, **variables: str) -> dict[str, str]:
    """A process on the test database, with a folder and a queue of its own."""
    return (
        os.environ
        | {
            "DATABASE_URL": url_de_la_base(),
            "VAR_DIR": str(var),
            "CELERY_FILE": f"essai-{uuid.uuid4().hex[:12]}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "WEB_CONCURRENCY": "1",
        }
        | variables
    )


class Serveur:
    """The `web` line of the Procfile. `fichier_max`: bytes that a file of its own may reach, as on a full disk."""

    def __init__(self, variables: dict[str, str], journal: Path, fichier_max: int | None = None):
        self.journal = journal
        with socket.socket() as prise:
            prise.bind((HOTE, 0))
            self.adresse = (HOTE, prise.getsockname()[1])
        (ligne,) = re.findall(r"^web: (.*)$", (RACINE / "Procfile").read_text(), re.MULTILINE)
        with journal.open("ab") as sortie:
            self.processus = subprocess.Popen(
                ["sh", "-c", f"exec {ligne.replace('0.0.0.0', HOTE)}"],
                cwd=RACINE,
                env=variables | {"PORT": str(self.adresse[1])},
                stdout=sortie,
                stderr=sortie,
                start_new_session=True,
                preexec_fn=fichier_max and (lambda: borner(fichier_max)),
            )
        assert attendre(self.repond), journal.read_text()[-3000:]

    def repond(self) -> bool:
        connexion = http.client.HTTPConnection(*self.adresse, timeout=PATIENCE)
        try:
            connexion.request("GET", "/connexion/")
            return connexion.getresponse().status == 200
        except OSError:
            return False
        finally:
            connexion.close()

    def tuer(self):
        with suppress(ProcessLookupError):
            os.killpg(self.processus.pid, signal.SIGKILL)
        self.processus.wait()


def borner(octets: int):
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))


class Envoi:
    """A multipart form sent in pieces, as a line of some slowness carries it."""

    def __init__(self, chemin: str, champ: str, nom: str, contenu: bytes, entetes: dict[str, str], **champs: str):
        self.chemin, limite = chemin, uuid.uuid4().hex
        debut = "".join(
            f'--{limite}\r\nContent-Disposition: form-data; name="{cle}"\r\n\r\n{valeur}\r\n'
            for cle, valeur in champs.items()
        )
        debut += f'--{limite}\r\nContent-Disposition: form-data; name="{champ}"; filename="{nom}"\r\n\r\n'
        self.corps = debut.encode() + contenu + f"\r\n--{limite}--\r\n".encode()
        self.entetes = entetes | {
            "Content-Type": f"multipart/form-data; boundary={limite}",
            "Content-Length": str(len(self.corps)),
        }

    def faire(self, adresse, pause_s: float = 0.002, jusqu_a: float = 1.0) -> tuple[int, bytes] | None:
        """(status, body); None where the connection was cut, by the other side or by us once `jusqu_a` is sent."""
        connexion = http.client.HTTPConnection(*adresse, timeout=PATIENCE)
        try:
            connexion.putrequest("POST", self.chemin)
            for nom, valeur in self.entetes.items():
                connexion.putheader(nom, valeur)
            connexion.endheaders()
            for debut in range(0, int(len(self.corps) * jusqu_a), MORCEAU):
                connexion.send(self.corps[debut : debut + MORCEAU])
                time.sleep(pause_s)
            if jusqu_a < 1:
                return None
            reponse = connexion.getresponse()
            return reponse.status, reponse.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connexion.close()
