"""Recompute of 300,000 dwellings against one hand-written SQL pass that gives the same counts: the counts alone, and
the whole nightly job of the territory (memberships, counts, indices, attainments, quality).

The rows are invented in SQL, in a transaction that is rolled back. The pass (`recalcul.sql`) is what one would write
by hand for these very data: no class of rows, no fallback of millésime, no provenance; it is checked to give the same
numbers, cell by cell, before the ratio is taken.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from diagnostic.models import Commune, Comptage, Perimetre, Territoire
from diagnostic.services import comptages
from partenaires.models import Depot
from suivi.services.recalcul import Issue, recalculer

EPCI, MILLESIME = "999999999", 2025
PASSE = (Path(__file__).parent / "recalcul.sql").read_text()
DONNEES = """
INSERT INTO diagnostic_residence (depot_id, courant, bailleur, code, nom, cle_recherche, famille, commune_id, adresse,
                                  longitude, latitude, qpv_declare)
SELECT %(depot)s, true, '99999999' || n %% 4, 'R' || n, 'x', 'x', '', 'B' || n %% 37, '', 2, 46, ''
FROM generate_series(0, %(residences)s - 1) n;
INSERT INTO diagnostic_appartenance (residence, epci, nature, version, dedans, code, origine)
SELECT '99999999' || n %% 4 || ':R' || n, %(epci)s, 'qpv', '2024', n %% 3 = 0,
       CASE WHEN n %% 3 = 0 THEN 'QX' || n %% 30 ELSE '' END, 'point'
FROM generate_series(0, %(residences)s - 1) n;
INSERT INTO diagnostic_passage (depot_id, courant, bailleur, ident_int, code_residence)
SELECT %(depot)s, true, '99999999' || (n %% %(residences)s) %% 4, 'L' || n, 'R' || n %% %(residences)s
FROM generate_series(0, %(logements)s - 1) n;
INSERT INTO diagnostic_logement (depot_id, courant, millesime, bailleur, ident_rep, ident_int, ident_org, commune, qpv,
    nbpiece, surfhab, construct, locat, finan, mode, bail, remlocdate, loyerprinc, loyermaxapl, dpeenergie)
SELECT %(depot)s, true, %(millesime)s, '99999999' || (n %% %(residences)s) %% 4, 'I' || n, 'L' || n, 'O',
       'B' || (n %% %(residences)s) %% 37, 1 + n %% 2, 1 + n %% 6, 14 + n %% 120, 1955 + n %% 65, 1955 + n %% 65,
       10 + n %% 7, CASE WHEN n %% 12 = 0 THEN 2 ELSE 1 END, make_date(2010 + n %% 15, 1 + n %% 12, 1),
       CASE WHEN n %% 12 = 0 THEN make_date(2024, 1 + n %% 12, 1) END, 200 + n %% 500, 350 + n %% 100,
       substr('ABCDEFGN', 1 + n %% 8, 1)
FROM generate_series(0, %(logements)s - 1) n;
INSERT INTO diagnostic_menageops (depot_id, courant, annee, bailleur, ident_int, reponse, date_entree, nb_occupants,
    nb_majeurs, nb_enfants, nb_enfants_moins_14, composition, age_titulaire, pct_plafond_plus, nb_emploi_stable,
    nb_emploi_precaire, nb_sans_emploi, nb_retraites, nb_autres_inactifs, apl, minima_sociaux)
SELECT %(depot)s, true, %(millesime)s, '99999999' || (n %% %(residences)s) %% 4, 'L' || n, (n %% 8 > 0)::int,
       make_date(2000 + n %% 26, 5, 1), 1 + n %% 6, 1 + n %% 2, n %% 4, n %% 2, 1 + n %% 5, 18 + n %% 70,
       nullif(n %% 150, 7), n %% 2, n %% 2, n %% 3, n %% 2, n %% 2, nullif(n %% 3, 2), nullif(n %% 3, 2)
FROM generate_series(0, %(logements)s - 1) n WHERE n %% 12 > 0;
INSERT INTO diagnostic_gestionresidence (depot_id, courant, annee, bailleur, code_residence, nb_logements, nb_occupes,
    nb_vacants_3mois, nb_entrees, nb_premieres_locations, nb_sorties, nb_impayes_3mois, nb_demandes_mutation,
    nb_propositions, nb_refus)
SELECT %(depot)s, true, %(millesime)s, '99999999' || n %% 4, 'R' || n, 37, 34, n %% 3, n %% 5, nullif(n %% 2, 0), 3,
       n %% 7, n %% 9, n %% 11, n %% 4
FROM generate_series(0, %(residences)s - 1) n;
"""
ECART = """
SELECT count(*) FROM (
    SELECT * FROM bench_comptage
    EXCEPT SELECT {colonnes} FROM diagnostic_comptage WHERE epci = %(epci)s
) t
"""


@dataclass(frozen=True)
class Mesure:
    """One line of the table of `make bench`."""

    nom: str
    duree_s: float
    plancher_s: float
    plafond: float = 3.0

    @property
    def rapport(self) -> float:
        return self.duree_s / self.plancher_s


class _Defaire(Exception):
    pass


def mesurer(logements: int = 300_000) -> list[Mesure]:
    try:
        with transaction.atomic():
            _inventer(logements)
            plancher = min(_chronometrer(_passe) for _ in range(2))
            duree = min(_chronometrer(lambda: comptages.recalculer(EPCI)) for _ in range(2))
            _verifier()
            complet = _chronometrer(_nuit)
            raise _Defaire
    except _Defaire:
        return [
            Mesure(f"recalcul des comptages, {logements} logements", duree, plancher),
            Mesure(f"recalcul complet, {logements} logements", complet, plancher),
        ]


def _chronometrer(tache) -> float:
    depart = time.perf_counter()
    tache()
    return time.perf_counter() - depart


def _nuit() -> None:
    (resultat,) = recalculer(epci=EPCI)
    if resultat.issue != Issue.TERMINE:
        raise AssertionError(f"Le recalcul n'est pas allé au bout : {resultat}.")
    sys.stderr.write(f"  étapes : {resultat.etapes}\n")


def _inventer(logements: int) -> None:
    territoire = Territoire.objects.create(siren=EPCI, nom="Territoire de mesure")
    Commune.objects.bulk_create(Commune(code=f"B{n}", nom="x", zone_apl=2, territoire=territoire) for n in range(37))
    depot = Depot.objects.create(type="rpls", fichier="mesure", sha256="0" * 64, etat="charge", territoires=[EPCI])
    for version, jour in (("2015", "2015-01-01"), ("2024", "2024-01-01")):
        Perimetre.objects.create(
            depot=depot, nature="qpv", code="QX0", version=version, nom="x", territoire=territoire, debut=jour
        )
    valeurs = {"epci": EPCI, "depot": depot.pk, "millesime": MILLESIME, "logements": logements}
    with connection.cursor() as curseur:
        curseur.execute(DONNEES, valeurs | {"residences": max(1, logements // 38)})
        for table in ("residence", "appartenance", "passage", "logement", "menageops", "gestionresidence"):
            curseur.execute(f"ANALYZE diagnostic_{table}")


def _passe() -> None:
    with connection.cursor() as curseur:
        curseur.execute("DROP TABLE IF EXISTS bench_comptage; SET LOCAL work_mem = '96MB'; SET LOCAL jit = off")
        curseur.execute(PASSE, {"epci": EPCI, "millesime": MILLESIME, "version": "2024"})


def _verifier() -> None:
    """The two give the same rows."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT * FROM bench_comptage LIMIT 0")
        colonnes = ", ".join(colonne.name for colonne in curseur.description)
        curseur.execute(ECART.format(colonnes=colonnes), {"epci": EPCI})
        (ecarts,) = curseur.fetchone()
        curseur.execute("SELECT count(*) FROM bench_comptage")
        (lignes,) = curseur.fetchone()
    if ecarts or lignes != Comptage.objects.filter(epci=EPCI).count():
        raise AssertionError(f"La passe écrite à la main donne {ecarts} lignes différentes sur {lignes}.")
