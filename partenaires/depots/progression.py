"""How far an import is: told by the engine as it goes, written beside it on the row of the deposit.

The engine only fills in an object; a thread writes it at most once a second through a connection of its own, outside
the load's transaction. The same connection holds the lock that says the work is in hand: it falls with the process.
"""

import logging
import threading
from dataclasses import dataclass
from time import monotonic

from django.db import Error, connections

from partenaires.models import Depot

# What each phase takes of a load, in percent: about what rpls, ops and sne files of 30,000 to 140,000 rows took.
LECTURE = "lecture"
PARTS = {LECTURE: 10, "contrôle": 50, "chargement": 30, "finalisation": 10}
# The same of a withdrawal: about what 200,000 rows of rpls and sne took. It reads no file: nothing tells the time left.
RETRAIT = {"recherche": 15, "fermeture": 25, "restitution": 60}
# What the whole of a work takes of the bar of its deposit: the check fills half of it, the load the other half.
ETENDUES = {"chargement": (50, 100), "retrait": (0, 100)}
CONTROLE = (0, 50)
PAS_S = 1.0
CLASSE = 20261120  # class of the advisory locks of deposits


@dataclass(frozen=True)
class Etape:
    """Where the work stands at one moment. `progression`: 0 to 100 of this run; `reste_s`: None before it is known."""

    phase: str = ""
    progression: int = 0
    lignes: int = 0
    reste_s: int | None = None


class Progression:
    """What the engine tells: the phase it enters, the bytes and rows that it has read. `parts`: of each phase."""

    def __init__(self, horloge=monotonic, parts: dict[str, int] = PARTS):
        self.horloge, self.parts = horloge, parts
        self.debut = horloge()
        self.phase, self.lignes, self.octets, self.attendus = "", 0, 0, 0
        self.debut_lecture = self.fin_lecture = self.debut

    def entrer(self, phase: str, attendus: int = 0):
        """`attendus`: bytes that the phase will read, 0 when unknown."""
        maintenant = self.horloge()
        if self.phase == LECTURE:
            self.fin_lecture = maintenant
        self.phase, self.attendus = phase, attendus
        if phase == LECTURE:
            self.debut_lecture = maintenant

    def lire(self, octets: int, lignes: int):
        self.octets, self.lignes = self.octets + octets, lignes

    def lu(self) -> float:
        """Share of the reading done, 0 to 1; 0 while nothing tells it."""
        if self.phase != LECTURE:
            return 1.0
        return min(1.0, self.octets / self.attendus) if self.attendus else 0.0

    def etape(self) -> Etape:
        """The reading is measured in bytes; what follows takes a known share of a load, so the time of the reading
        tells the rest."""
        if self.phase not in self.parts:
            return Etape()
        phases = list(self.parts)
        lu, avant = self.lu(), sum(self.parts[une] for une in phases[: phases.index(self.phase)])
        maintenant = self.horloge()
        lecture = (maintenant if self.phase == LECTURE else self.fin_lecture) - self.debut_lecture
        if lu <= 0 or lecture <= 0:
            return Etape(self.phase, avant, self.lignes)
        total = lecture / lu * 100 / self.parts[LECTURE]
        passe = maintenant - self.debut_lecture
        fait = lu * self.parts[LECTURE] if self.phase == LECTURE else 100 * passe / total
        borne = avant + self.parts[self.phase] - 1
        return Etape(self.phase, int(min(borne, max(avant, fait))), self.lignes, max(1, round(total - passe)))


class Suivi(Progression):
    """The progress of a deposit on record, with its heartbeat. A context: entering takes the work in hand."""

    def __init__(self, depot: int):
        super().__init__()
        self.depot = depot
        self.tenu = False
        self.etat = ""
        self.essai = 0
        self.arret = threading.Event()
        self.connexion = connections.create_connection("default")
        self.connexion.inc_thread_sharing()
        self.fil = threading.Thread(target=self.battre, name=f"depot-{depot}", daemon=True)

    def __enter__(self) -> "Suivi":
        """`tenu` is false where another worker has this deposit in hand."""
        with self.connexion.cursor() as curseur:
            curseur.execute("SELECT pg_try_advisory_lock(%s, %s)", [CLASSE, self.depot % 2**31])
            self.tenu = curseur.fetchone()[0]
        return self

    def __exit__(self, *_):
        self.arret.set()
        if self.fil.is_alive():
            self.fil.join()
        # the lock goes with the connection
        self.connexion.close()

    def suivre(self, etat: str, essai: int):
        """Begin to write, for as long as the row says that it is still this try's."""
        self.etat, self.essai = etat, essai
        if etat == Depot.Etat.RETRAIT:
            self.parts = RETRAIT
        self.fil.start()

    def battre(self):
        try:
            while not self.arret.wait(PAS_S):
                self.ecrire(self.etape())
        except Error:
            # The load itself will meet the same failure; the sweep takes the deposit up again.
            logging.getLogger(__name__).warning("Dépôt %s : le suivi ne s'écrit plus.", self.depot, exc_info=True)

    def ecrire(self, etape: Etape):
        """Never waits for the row: the work holds it only at its very end. A withdrawal reads no row of the file."""
        debut, fin = ETENDUES.get(self.etat, CONTROLE)
        with self.connexion.cursor() as curseur:
            curseur.execute(
                "UPDATE partenaires_depot SET battement = now(), phase = %s, progression = %s,"
                " lignes_lues = CASE WHEN etat = 'retrait' THEN lignes_lues ELSE %s END,"
                " reste_s = %s WHERE id = (SELECT id FROM partenaires_depot WHERE id = %s AND etat = %s AND essais = %s"
                " FOR UPDATE SKIP LOCKED)",
                [
                    etape.phase,
                    debut + etape.progression * (fin - debut) // 100,
                    etape.lignes,
                    etape.reste_s,
                    self.depot,
                    self.etat,
                    self.essai,
                ],
            )
