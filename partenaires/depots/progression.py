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
PARTS = {"lecture": 10, "contrôle": 50, "chargement": 30, "finalisation": 10}
PHASES = tuple(PARTS)
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
    """What the engine tells: the phase it enters, the bytes and rows that it has read."""

    def __init__(self, horloge=monotonic):
        self.horloge = horloge
        self.debut = horloge()
        self.phase, self.lignes, self.octets, self.attendus = "", 0, 0, 0
        self.debut_lecture = self.fin_lecture = self.debut

    def entrer(self, phase: str, attendus: int = 0):
        """`attendus`: bytes that the phase will read, 0 when unknown."""
        maintenant = self.horloge()
        if self.phase == PHASES[0]:
            self.fin_lecture = maintenant
        self.phase, self.attendus = phase, attendus
        if phase == PHASES[0]:
            self.debut_lecture = maintenant

    def lire(self, octets: int, lignes: int):
        self.octets, self.lignes = self.octets + octets, lignes

    def lu(self) -> float:
        """Share of the reading done, 0 to 1; 0 while nothing tells it."""
        if self.phase in PHASES[1:]:
            return 1.0
        return min(1.0, self.octets / self.attendus) if self.attendus else 0.0

    def etape(self) -> Etape:
        """The reading is measured in bytes; what follows takes a known share of a load, so the time of the reading
        tells the rest."""
        if self.phase not in PARTS:
            return Etape()
        rang, lu = PHASES.index(self.phase), self.lu()
        avant = sum(PARTS[une] for une in PHASES[:rang])
        maintenant = self.horloge()
        lecture = (self.fin_lecture if rang else maintenant) - self.debut_lecture
        if lu <= 0 or lecture <= 0:
            return Etape(self.phase, avant, self.lignes)
        total = lecture / lu * 100 / PARTS[PHASES[0]]
        passe = maintenant - self.debut_lecture
        fait = lu * PARTS[PHASES[0]] if rang == 0 else 100 * passe / total
        borne = avant + PARTS[self.phase] - 1
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
        self.fil.start()

    def battre(self):
        try:
            while not self.arret.wait(PAS_S):
                self.ecrire(self.etape())
        except Error:
            # The load itself will meet the same failure; the sweep takes the deposit up again.
            logging.getLogger(__name__).warning("Dépôt %s : le suivi ne s'écrit plus.", self.depot, exc_info=True)

    def ecrire(self, etape: Etape):
        """Never waits for the row: the load holds it only at its very end."""
        moitie = 50 if self.etat == Depot.Etat.CHARGEMENT else 0
        with self.connexion.cursor() as curseur:
            curseur.execute(
                "UPDATE partenaires_depot SET battement = now(), phase = %s, progression = %s, lignes_lues = %s,"
                " reste_s = %s WHERE id = (SELECT id FROM partenaires_depot WHERE id = %s AND etat = %s AND essais = %s"
                " FOR UPDATE SKIP LOCKED)",
                [
                    etape.phase,
                    moitie + etape.progression // 2,
                    etape.lignes,
                    etape.reste_s,
                    self.depot,
                    self.etat,
                    self.essai,
                ],
            )
