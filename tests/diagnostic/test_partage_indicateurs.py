"""Extracts deposited by the real engine, then every indicator of every place, millésime and population against an
independent computation from the same files."""

import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from diagnostic.models import Comptage
from diagnostic.services import appartenances, indicateurs
from partenaires.depots.moteur import importer
from tests import fabriques
from tests.diagnostic import independant

PARTAGE = Path(__file__).resolve().parents[3] / "shared"
GEO = PARTAGE / "donnees" / "geographie"
QPV = {"2015": GEO / "qpv_2015_occitanie.geojson", "2024": GEO / "qpv_2024_essai.geojson"}
EPCI = "243100518"
GRILLE = [(i, j) for i in range(4) for j in range(3)]

pytestmark = [pytest.mark.partage, pytest.mark.django_db]


def troubler(dossier: Path):
    """What the extracts do not have: residences without a point, with or without a declared QPV; dwellings without
    residence; a second survey year, older than any RPLS; blank fields."""
    hasard = np.random.default_rng(3)
    codes = ["QP031001", "QP031005", "INCONNU", "", "", ""]
    for chemin in sorted(dossier.glob("residences_*.csv")):
        table = independant.lire(chemin)
        sans_point = hasard.random(len(table)) < 0.25
        table.loc[sans_point, ["X", "Y"]] = ""
        table["QPV"] = hasard.choice(codes, len(table))
        table.to_csv(chemin, sep=";", index=False)
    for chemin in sorted(dossier.glob("passage_*.csv")):
        table = independant.lire(chemin)
        table[hasard.random(len(table)) > 0.04].to_csv(chemin, sep=";", index=False)
    for chemin in sorted(dossier.glob("ops_*.csv")):
        table = independant.lire(chemin)
        for colonne in ("NB_OCCUPANTS", "NB_MAJEURS", "COMPOSITION", "NB_ENFANTS", "DATE_ENTREE"):
            table.loc[hasard.random(len(table)) < 0.05, colonne] = ""
        avant = table[hasard.random(len(table)) < 0.5].assign(ANNEE="2023")
        pd.concat([table, avant]).to_csv(chemin, sep=";", index=False)
    for chemin in sorted(dossier.glob("gestion_*.csv")):
        table = independant.lire(chemin)
        for colonne in ("NB_PREMIERES_LOCATIONS", "NB_ENTREES", "NB_OCCUPES", "NB_PROPOSITIONS"):
            table.loc[hasard.random(len(table)) < 0.1, colonne] = ""
        table.to_csv(chemin, sep=";", index=False)


def autres_perimetres(dossier: Path) -> dict[tuple[str, str], Path]:
    """NPNRU quarters, and two versions of secteurs that overlap one another and leave some residences out."""
    trouves = {("npnru", "2014"): QPV["2015"]}
    for version, pas in (("2020", 0.06), ("2024", 0.09)):
        carres = [box(1.3 + i * pas, 43.5 + j * pas, 1.34 + (i + 1) * pas, 43.52 + (j + 1) * pas) for i, j in GRILLE]
        codes = [f"S{i}{j}" for i, j in GRILLE]
        cadre = gpd.GeoDataFrame({"code": codes, "nom": codes, "code_commune": "31555"}, geometry=carres, crs=4326)
        trouves["secteur", version] = dossier / f"secteurs_{version}.geojson"
        cadre.to_file(trouves["secteur", version], driver="GeoJSON")
    return trouves


def deposer(dossier: Path, autres: dict[tuple[str, str], Path]):
    def charger(type_, chemin, **options):
        depot = importer(type_, chemin, **options)
        assert depot.etat == "charge", (type_, depot.rapport)

    charger("epci", GEO / "epci.csv")
    charger("communes", GEO / "communes.csv.gz")
    charger("contours", GEO / "communes_toulouse_metropole.geojson")
    for version, chemin in QPV.items():
        charger("perimetres", chemin, nature="qpv", version=version)
    for (nature, version), chemin in autres.items():
        charger("perimetres", chemin, nature=nature, version=version)
    for siren in set(independant.lire_toutes(dossier, "passage").SIREN_BAILLEUR):
        fabriques.organisation("bailleur", siren=siren.zfill(9), epci=EPCI)
    for genre in ("residences", "passage", "rpls", "ops", "gestion"):
        for chemin in sorted(dossier.glob(f"{genre}_*.csv")):
            charger(genre, chemin, millesime=2025 if genre == "rpls" else None)


def comptes_en_base() -> dict:
    """{(level, place, millésime, population, indicator): (n, d)}, bailleurs summed."""
    lus: dict = {}
    for c in Comptage.objects.filter(epci=EPCI):
        for indicateur in indicateurs.INDICATEURS:
            n, d = (getattr(c, colonne) for colonne in indicateur.colonnes)
            if d is not None:
                cle = (c.niveau, c.territoire, c.millesime, c.population, indicateur.code)
                avant = lus.get(cle, (0, 0))
                lus[cle] = (avant[0] + float(n), avant[1] + float(d))
    return {cle: (round(n, 2), round(d, 2)) for cle, (n, d) in lus.items()}


@pytest.mark.parametrize(
    ("logements", "graine", "options"), [(600, 7, []), (1500, 23, ["--propre"]), (1200, 91, ["--bailleurs", "7"])]
)
def test_every_indicator_equals_the_independent_computation(tmp_path, logements, graine, options):
    script = [sys.executable, PARTAGE / "outils" / "extraits.py", "--sortie", tmp_path, "--graine", str(graine)]
    subprocess.run([*script, "--logements", str(logements), *options], check=True, capture_output=True)
    troubler(tmp_path)
    autres = autres_perimetres(tmp_path)
    deposer(tmp_path, autres)
    appartenances.calculer(EPCI)
    indicateurs.recalculer(EPCI)
    communes = pd.read_csv(GEO / "communes.csv.gz", dtype=str)
    siennes = set(communes[communes.territoire_cil == EPCI].code_insee)
    attendus = independant.calculer(independant.Extraits(tmp_path, QPV, siennes, autres), siennes, EPCI, 2025)
    lus = comptes_en_base()
    assert {cle for cle, (_, d) in lus.items() if d} == {cle for cle, (_, d) in attendus.items() if d}
    assert len(attendus) > 3000
    assert {cle: (lu, attendus[cle]) for cle, lu in lus.items() if cle in attendus and lu != attendus[cle]} == {}
