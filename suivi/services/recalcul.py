"""The nightly job: everything computed of a territory, from its deposits (conception §3, contrat §2).

One transaction a territory: readers see the former figures until the new ones are all there, and a step that fails
leaves them as they were. A PostgreSQL advisory lock keeps two computations of one territory apart.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from attributions.services import atteintes, attributions, menages_q1, objectifs, populations
from attributions.services import qualite as qualite_sne
from diagnostic.models import Territoire
from diagnostic.services import appartenances, calcul_qualite, indicateurs, indices, secteurs_fragiles
from diagnostic.services.grille import nombre_de_fiches
from partenaires.models import LigneDeposee
from suivi.models import Calcul

# Files that give a territory figures of its own; reference data alone (communes, outlines, thresholds) give none.
DONNEES = ("residences", "passage", "rpls", "ops", "gestion", "sne_radiations", "sne_stock", "relogements")
VERROU = 20153  # first key of the advisory locks of this job; the second is the SIREN
PATIENCE_S = 900  # who asks for a territory by name waits for a computation under way, then has the fresh one
journal = logging.getLogger(__name__)


class TerritoireInconnu(LookupError):
    pass


class Issue(StrEnum):
    TERMINE = "termine"
    A_JOUR = "a_jour"
    DEJA_EN_COURS = "deja_en_cours"
    ECHEC = "echec"


@dataclass(frozen=True)
class Demande:
    """What to compute. `millesimes`: None for all of them."""

    epci: str
    au: date
    millesimes: list[int] | None = None


@dataclass(frozen=True)
class Resultat:
    epci: str
    nom: str
    issue: Issue
    duree_s: float = 0.0
    etapes: dict[str, float] = field(default_factory=dict)
    erreur: str = ""


# In this order: each step reads what the former ones wrote.
ETAPES: dict[str, Callable[[Demande], object]] = {
    "appartenances": lambda d: appartenances.calculer(d.epci),
    "secteurs_fragiles": lambda d: secteurs_fragiles.recalculer(d.epci),
    "indicateurs": lambda d: indicateurs.recalculer(d.epci, d.millesimes),
    "qualite": lambda d: calcul_qualite.recalculer(d.epci, d.millesimes),
    "attributions": lambda d: attributions.recalculer(d.epci, d.au),
    "qualite_sne": lambda d: qualite_sne.recalculer(d.epci),
    "populations": lambda d: populations.recalculer(d.epci),
    "menages_q1": lambda d: menages_q1.recalculer(d.epci),
    "indices": lambda d: indices.recalculer(d.epci, d.millesimes),
    "objectifs": lambda d: objectifs.assurer_legaux(d.epci),
    "atteintes": lambda d: atteintes.recalculer(d.epci, d.au),
}


def recalculer(epci=None, annee=None, au=None, tout=False) -> Iterator[Resultat]:
    """Recompute one territory (asked for by name: always), or all those whose deposits changed since their last
    computation (`tout`: all that have deposits). One result a territory, given as it comes.

    `annee`: counts and indices of that millésime only. Raises TerritoireInconnu.
    """
    demandes = [Demande(t, au or date.today(), None if annee is None else [annee]) for t in territoires(epci)]
    noms = dict(Territoire.objects.values_list("siren", "nom"))
    return (un_territoire(d, noms[d.epci], force=bool(tout or epci)) for d in demandes)


def recalculer_si_change(epci: str, au: date | None = None) -> Resultat:
    """One territory while its deposits keep changing: sent after each deposit, and again for nothing."""
    nom = Territoire.objects.values_list("nom", flat=True).get(siren=epci)
    resultat = un_territoire(Demande(epci, au or date.today()), nom, force=False)
    while resultat.issue == Issue.TERMINE and a_recalculer(epci):
        resultat = un_territoire(Demande(epci, au or date.today()), nom, force=False)
    return resultat


def territoires(epci: str | None) -> list[str]:
    """The territory asked for, or those that have data in force or figures already computed."""
    if epci:
        if not Territoire.objects.filter(siren=epci).exists():
            raise TerritoireInconnu(f"Territoire {epci} inconnu : chargez-le (importer epci) ou corrigez le SIREN.")
        return [epci]
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT t.siren FROM diagnostic_territoire t WHERE t.siren IN"
            " (SELECT unnest(d.territoires) FROM partenaires_depot d WHERE d.etat IN ('charge', 'retrait')"
            "   AND d.type = ANY(%s) UNION SELECT epci FROM suivi_calcul) ORDER BY 1",
            [list(DONNEES)],
        )
        return [siren for (siren,) in curseur.fetchall()]


ETATS_DES_DEPOTS = """
SELECT e.siren, count(d.id) FILTER (WHERE en_vigueur), coalesce(max(d.id) FILTER (WHERE en_vigueur), 0),
       md5(coalesce(string_agg(CASE WHEN en_vigueur THEN '' ELSE '-' END || d.id, ',' ORDER BY d.id), '')
           || coalesce((SELECT string_agg(p.id || p.valeur::text, ',' ORDER BY p.id) FROM partenaires_parametre p
                        WHERE p.epci IN ('', e.siren)), ''))
FROM unnest(%(epcis)s::varchar[]) e(siren)
LEFT JOIN (
    SELECT DISTINCT t.siren, d.id, d.etat <> 'retire' AS en_vigueur
    FROM partenaires_depot d, unnest(d.territoires) t(siren)
    WHERE d.etat IN ('charge', 'retrait', 'retire') AND d.territoires && %(epcis)s::varchar[]
) d ON d.siren = e.siren
GROUP BY 1
"""


def etats_des_depots(epcis: list[str]) -> dict[str, dict]:
    """The deposits in force that touch each territory: how many, the last one, and a digest that changes with any
    deposit or withdrawal, and with the parameters of the territory or of the platform. One withdrawn is in the digest
    too: what it gave back may touch a territory that it did not."""
    with connection.cursor() as curseur:
        curseur.execute(ETATS_DES_DEPOTS, {"epcis": epcis})
        return {
            siren: {"nombre": nombre, "dernier": dernier, "empreinte": empreinte}
            for siren, nombre, dernier, empreinte in curseur.fetchall()
        }


def etat_des_depots(epci: str) -> dict:
    return etats_des_depots([epci])[epci]


def a_recalculer(epci: str) -> bool:
    """Deposits have changed since the last computation that ended well, or a sheet of the qualitative grid has come."""
    dernier = Calcul.objects.dernier(epci)
    if dernier is None or dernier.details.get("depots") != etat_des_depots(epci):
        return True
    return dernier.details.get("fiches", 0) != nombre_de_fiches(epci)


@contextmanager
def verrou(epci: str, patience_s: float = 0) -> Iterator[bool]:
    """The lock of the territory, held by this database session; False when another session still holds it after
    `patience_s`."""
    limite = time.monotonic() + patience_s
    with connection.cursor() as curseur:
        while True:
            curseur.execute("SELECT pg_try_advisory_lock(%s, %s)", [VERROU, int(epci)])
            pris = curseur.fetchone()[0]
            if pris or time.monotonic() >= limite:
                break
            time.sleep(0.2)
        try:
            yield pris
        finally:
            if pris and connection.connection and not connection.connection.closed:
                curseur.execute("SELECT pg_advisory_unlock(%s, %s)", [VERROU, int(epci)])


def un_territoire(demande: Demande, nom: str, force: bool) -> Resultat:
    with verrou(demande.epci, PATIENCE_S if force else 0) as libre:
        if not libre:
            return Resultat(demande.epci, nom, Issue.DEJA_EN_COURS)
        if not force and not a_recalculer(demande.epci):
            return Resultat(demande.epci, nom, Issue.A_JOUR)
        return calculer(demande, nom)


def connaitre_les_tables() -> None:
    """Statistics of the tables that were filled a moment ago, before autovacuum's turn: without them the planner takes
    minutes over what takes a second. Out of the transaction of the computation, whose locks it would share."""
    noms = [modele._meta.db_table for modele in apps.get_models() if issubclass(modele, LigneDeposee)]
    with connection.cursor() as curseur:
        curseur.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND reltuples < 0", [noms])
        for (table,) in curseur.fetchall():
            curseur.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def calculer(demande: Demande, nom: str) -> Resultat:
    """Runs the steps and records how it went; the caller holds the lock."""
    connaitre_les_tables()
    interrompus = Calcul.objects.filter(epci=demande.epci, statut=Calcul.Statut.EN_COURS)
    interrompus.update(statut=Calcul.Statut.ECHEC, fin=timezone.now())
    depots = etat_des_depots(demande.epci)
    calcul = Calcul.objects.create(
        epci=demande.epci,
        au=demande.au,
        debut=timezone.now(),
        statut=Calcul.Statut.EN_COURS,
        dernier_depot=depots["dernier"],
        details={"depots": depots, "fiches": nombre_de_fiches(demande.epci)},
    )
    debut, etapes = time.monotonic(), {}
    try:
        with transaction.atomic():
            for etape, faire in ETAPES.items():
                etapes[etape] = 0.0
                depart = time.monotonic()
                faire(demande)
                etapes[etape] = round(time.monotonic() - depart, 3)
    except Exception as erreur:  # whatever fails, the former figures stay and the failure is recorded
        journal.exception("Recalcul de %s", demande.epci)
        return conclure(calcul, nom, Issue.ECHEC, debut, etapes, depots, f"{type(erreur).__name__} : {erreur}")
    return conclure(calcul, nom, Issue.TERMINE, debut, etapes, depots)


def conclure(calcul, nom, issue: Issue, debut: float, etapes: dict, depots: dict, erreur="") -> Resultat:
    calcul.statut, calcul.fin = issue.value, timezone.now()
    calcul.duree_s = round(time.monotonic() - debut, 3)
    calcul.details |= {"etapes": etapes, "depots": depots} | ({"erreur": erreur[:500]} if erreur else {})
    calcul.save()
    return Resultat(calcul.epci, nom, issue, calcul.duree_s, etapes, erreur)
