"""The map of a territory of 10,000 residences, as the page asks for it: what travels, how long it takes to serve, how
many queries; and the outlines of its communes and quarters at the first zoom.

The rows are invented in SQL in a transaction that is rolled back, the indices computed by the platform. The floor of
the time is the least that the same answer can cost: the same columns read by one query, written as JSON, compressed.
"""

import gzip
import json
import math
import sys
import time
from datetime import date

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from diagnostic.models import Commune, Perimetre, ProvenanceComptage
from diagnostic.services import indices
from partenaires.services.protocoles import creer_protocole_par_defaut
from tests import fabriques as f
from tests.bench.recalcul import Mesure

RESIDENCES, COMMUNES, QUARTIERS, SOMMETS = 10_000, 40, 60, 400
MILLESIMES = (2024, 2025)
POIDS_MAX_MO, REQUETES_MAX, RAPPORT_MAX = 1.0, 14, 4.0
DONNEES = """
INSERT INTO diagnostic_residence (depot_id, courant, bailleur, code, nom, cle_recherche, famille, commune_id, adresse,
                                  longitude, latitude, qpv_declare)
SELECT %(depot)s, true, '90010000' || n %% 9, 'R' || n, md5(n::text)::varchar(18), 'x', '',
       '9' || lpad((n %% 40)::text, 4, '0'), '', 2 + (n * 7919 %% 10007) / 10007.0,
       46 + (n * 104729::bigint %% 10009) / 10009.0, ''
FROM generate_series(1, %(residences)s) n;
INSERT INTO diagnostic_comptage (epci, niveau, territoire, version, bailleur, millesime, population, commune, qpv,
                                 sources, {colonnes})
SELECT %(epci)s, 'residence', '90010000' || n %% 9 || ':R' || n, '', '90010000' || n %% 9, millesime, 'ensemble',
       '9' || lpad((n %% 40)::text, 4, '0'), '', '{{ops,rpls,gestion}}', {valeurs}
FROM generate_series(1, %(residences)s) n, unnest(%(millesimes)s::int[]) millesime;
INSERT INTO diagnostic_comptage (epci, niveau, territoire, version, bailleur, millesime, population, commune, qpv,
                                 sources, {colonnes})
SELECT epci, p.niveau, p.place, p.version, bailleur, millesime, population, '', '', '{{ops,rpls,gestion}}', {sommes}
FROM diagnostic_comptage c, LATERAL (VALUES ('epci', %(epci)s, ''), ('commune', c.commune, ''),
    ('qpv', 'QB' || right(c.territoire, 1)::int * 6, '2024')) p(niveau, place, version)
WHERE epci = %(epci)s AND c.niveau = 'residence'
GROUP BY epci, p.niveau, p.place, p.version, bailleur, millesime, population;
"""
COMPTES = {
    "logements": "40 + n %% 50",
    "repondants": "5 + n %% 60",
    "gestion_logements": "40 + n %% 50",
    "gestion_occupes": "38 + n %% 50",
    "n_beneficiaires_apl": "n %% 6",
    "d_beneficiaires_apl": "5 + n %% 60",
    "n_sous_plafond_plai": "n %% 5",
    "d_sous_plafond_plai": "5 + n %% 60",
    "n_impayes_3_mois": "n %% 8",
    "d_impayes_3_mois": "38 + n %% 50",
    "n_rotation": "n %% 9",
    "d_rotation": "40 + n %% 50",
}
PLANCHER = """
SELECT r.identifiant, r.nom, r.bailleur, r.commune_id, r.longitude, r.latitude, i.valeur, i.rang_classe, i.repondants,
       i.premier_bailleur
FROM diagnostic_residence r LEFT JOIN diagnostic_indice i ON i.territoire = r.identifiant AND i.millesime = %s
WHERE r.courant AND i.methode_id = (SELECT min(id) FROM diagnostic_methode WHERE code = 'valenciennes')
"""


class _Defaire(Exception):
    pass


def mesurer(_logements: int | None = None) -> list[Mesure]:
    mesures: list[Mesure] = []
    try:
        with transaction.atomic():
            _inventer()
            mesures += _mesurer()
            raise _Defaire
    except _Defaire:
        return mesures


def _mesurer() -> list[Mesure]:
    client = Client(SERVER_NAME="localhost", headers={"accept-encoding": "gzip"})
    client.force_login(f.adhesion("epci", f.EPCI).utilisateur)
    page = {"epci": f.EPCI, "annee": 2025, "methode": "valenciennes"}
    adresse, contours = reverse("carte_donnees"), reverse("carte_contours", args=["commune"])
    reponse, requetes = _servir(client, adresse, page)
    deux_annees, requetes_deux_annees = _servir(client, adresse, page | {"avec": 2024})
    traits = _servir(client, contours, {"epci": f.EPCI, "detail": 0})[0]
    lus = json.loads(gzip.decompress(reponse.content))
    comparees = json.loads(gzip.decompress(deux_annees.content))
    if len(lus["residences"]["nom"]) != RESIDENCES or not any(lus["residences"]["rang"]):
        raise AssertionError("La carte ne montre pas toutes les résidences et leur classe.")
    if set(comparees["residences"]["sens"]) != {0, None}:
        raise AssertionError("La carte ne compare pas les deux années.")
    # in turn, so that both meet the same moments of the machine
    durees = [(_chronometrer(lambda: client.get(adresse, page)), _chronometrer(_lire_et_comprimer)) for _ in range(6)]
    duree, plancher = (min(cote) for cote in zip(*durees))
    sys.stderr.write(f"  {len(gzip.decompress(reponse.content))} octets, {len(reponse.content)} comprimés\n")
    nom = f"carte, {RESIDENCES} résidences"
    return [
        Mesure(f"{nom} : poids comprimé (Mo)", len(reponse.content) / 1e6, POIDS_MAX_MO, 1.0),
        Mesure(f"{nom}, deux années : poids comprimé (Mo)", len(deux_annees.content) / 1e6, POIDS_MAX_MO, 1.0),
        Mesure(f"{nom} : servir (s), contre lire et comprimer", duree, plancher, RAPPORT_MAX),
        Mesure(f"{nom} : requêtes", requetes, REQUETES_MAX, 1.0),
        Mesure(f"{nom}, deux années : requêtes", requetes_deux_annees, REQUETES_MAX, 1.0),
        Mesure(f"contours de {COMMUNES} communes : poids comprimé (Mo)", len(traits.content) / 1e6, POIDS_MAX_MO, 1.0),
    ]


def _servir(client: Client, adresse: str, parametres: dict) -> tuple:
    """(answer, number of queries), the territory and the year already chosen in the session."""
    client.get(adresse, parametres)
    with CaptureQueriesContext(connection) as requetes:
        reponse = client.get(adresse, parametres)
    if reponse.status_code != 200 or reponse.headers.get("Content-Encoding") != "gzip":
        raise AssertionError(f"{adresse} : {reponse.status_code}, {reponse.headers}")
    return reponse, len([une for une in requetes if not une["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def _chronometrer(tache) -> float:
    depart = time.perf_counter()
    tache()
    return time.perf_counter() - depart


def _lire_et_comprimer() -> None:
    with connection.cursor() as curseur:
        curseur.execute(PLANCHER, [MILLESIMES[-1]])
        lignes = curseur.fetchall()
    if len(lignes) != RESIDENCES:
        raise AssertionError(f"Le repère ne lit que {len(lignes)} résidences.")
    gzip.compress(json.dumps(lignes).encode(), 6)


def _inventer() -> None:
    for n in range(COMMUNES):
        f.commune(f"9{n:04d}", contour=_rond(2 + n / COMMUNES, 46.5))
    depot = f.depot("residences", territoires=[f.EPCI])
    Perimetre.objects.bulk_create(
        Perimetre(
            depot=depot,
            nature="qpv",
            code=f"QB{n}",
            version="2024",
            nom=f"Quartier {n}",
            territoire_id=f.EPCI,
            debut=date(2024, 1, 1),
            geometrie=_rond(2 + n / QUARTIERS, 46.2),
        )
        for n in range(QUARTIERS)
    )
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))
    ProvenanceComptage.objects.bulk_create(
        ProvenanceComptage(
            epci=f.EPCI, millesime=annee, source="ops", perimetre_version="2024", calcule_le=timezone.now()
        )
        for annee in MILLESIMES
    )
    requete = DONNEES.format(
        colonnes=", ".join(COMPTES),
        valeurs=", ".join(COMPTES.values()),
        sommes=", ".join(f"sum({colonne})" for colonne in COMPTES),
    )
    valeurs = {"epci": f.EPCI, "depot": depot.pk, "residences": RESIDENCES, "millesimes": list(MILLESIMES)}
    with connection.cursor() as curseur:
        curseur.execute(requete, valeurs)
        indices.recalculer(f.EPCI)
        for table in ("residence", "comptage", "indice"):
            curseur.execute(f"ANALYZE diagnostic_{table}")
    if Commune.objects.filter(territoire=f.EPCI).count() != COMMUNES:
        raise AssertionError("Les communes de la mesure ne sont pas là.")


def _rond(x: float, y: float) -> dict:
    """An outline of SOMMETS points, jagged like a real one."""
    points = []
    for n in range(SOMMETS):
        angle = 2 * math.pi * n / SOMMETS
        rayon = 0.02 + 0.0005 * math.sin(37 * angle)
        points.append([x + rayon * math.cos(angle), y + rayon * math.sin(angle)])
    return {"type": "Polygon", "coordinates": [[*points, points[0]]]}
