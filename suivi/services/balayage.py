"""The territories to be recomputed by day whatever told of it: the database is the queue, messages only wake workers.

A deposit of the command line sends no message, a lost one or a killed worker leaves its territory behind: each minute,
what has rested since its last deposit or withdrawal is sent to the workers.
"""

from django.db import connection

from suivi.models import Calcul
from suivi.services.recalcul import etats_des_depots, territoires

# A deposit that touches more territories (reference data) is left to the nightly job.
TERRITOIRES_SUR_LE_CHAMP = 5
ATTENTE_S = 20  # files are handed in one after the other: one computation serves them all
ESSAIS_MAX = 3  # computations of the same deposits that did not end: the night will try again
EXPIRE_S = 50  # a message that no worker has taken by the next sweep is sent anew

# What is older than a day has had its night.
CANDIDATS = """
SELECT t.siren FROM partenaires_depot d, unnest(d.territoires) t(siren)
WHERE d.etat IN ('charge', 'retrait', 'retire') AND cardinality(d.territoires) <= %(territoires)s
  AND greatest(d.charge_le, d.retire_le) > now() - interval '1 day'
GROUP BY 1 HAVING max(greatest(d.charge_le, d.retire_le)) < now() - make_interval(secs => %(attente)s)
ORDER BY 1
"""


def en_retard() -> list[str]:
    """Territories whose deposits rest, and have changed since the last computation that ended well."""
    with connection.cursor() as curseur:
        curseur.execute(CANDIDATS, {"territoires": TERRITOIRES_SUR_LE_CHAMP, "attente": ATTENTE_S})
        recents = [siren for (siren,) in curseur.fetchall()]
    calculables = set(territoires(None)) if recents else set()
    candidats = [siren for siren in recents if siren in calculables]
    etats = etats_des_depots(candidats)
    essais: dict[str, list[str]] = {}
    calculs = Calcul.objects.filter(epci__in=candidats).order_by("-debut")
    for epci, statut, depots in calculs.values_list("epci", "statut", "details__depots"):
        if depots == etats[epci]:
            essais.setdefault(epci, []).append(statut)
    return [epci for epci in candidats if a_tenter(essais.get(epci, []))]


def a_tenter(essais: list[str]) -> bool:
    """`essais`: how the computations of the same deposits ended."""
    return Calcul.Statut.TERMINE not in essais and len(essais) < ESSAIS_MAX


def balayer() -> list[str]:
    """Sends them to the workers: one already under way, or done since, does nothing."""
    from suivi.tasks import recalculer_territoire

    envoyes = en_retard()
    for epci in envoyes:
        recalculer_territoire.apply_async(args=[epci], expires=EXPIRE_S)
    return envoyes
