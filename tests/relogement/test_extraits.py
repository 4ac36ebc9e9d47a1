"""Extracts deposited by the real engine, then every criterion by project, operation and territory, at several dates,
against an independent computation from the same files."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from diagnostic.services import appartenances
from partenaires.depots.moteur import importer
from relogement.services.revue import revue
from tests import fabriques as f
from tests.relogement import independant

PARTAGE = Path(__file__).resolve().parents[3] / "shared"
GEO = PARTAGE / "donnees" / "geographie"
EPCI = "243100518"
DATES = (date(2023, 6, 1), date(2023, 12, 31), date(2024, 1, 15), date(2024, 12, 31), date(2026, 11, 20))

pytestmark = [pytest.mark.partage, pytest.mark.django_db]


def troubler(chemin: Path):
    """Cases that the extracts do not have: rehoused in the same quarter, no first letting, resources of 0 or unknown,
    unknown destination."""
    table = independant.lire(chemin)
    rangs = range(len(table))
    sur_place = [r % 6 == 0 and bail != "" for r, bail in zip(rangs, table.DATE_BAIL)]
    for nom in ("SIREN_BAILLEUR", "IDENT_INT"):
        table.loc[sur_place, f"{nom}_DESTINATION"] = table.loc[sur_place, f"{nom}_ORIGINE"]
    table.loc[[r % 3 == 0 for r in rangs], "DATE_PREMIERE_LOCATION"] = ""
    table.loc[[r % 7 == 0 for r in rangs], "RESSOURCES_MENSUELLES"] = "0"
    table.loc[[r % 11 == 0 for r in rangs], "RESSOURCES_MENSUELLES"] = ""
    table.loc[[r % 5 == 0 for r in rangs], "LOYER_AVANT"] = ""
    table.loc[[r % 13 == 0 for r in rangs], "IDENT_INT_DESTINATION"] = "ABSENT"
    table.to_csv(chemin, sep=";", index=False, encoding="latin-1")


def deposer(dossier: Path):
    def charger(type, chemin, **options):
        depot = importer(type, chemin, **options)
        assert depot.etat == "charge", (type, depot.rapport)

    charger("epci", GEO / "epci.csv")
    charger("communes", GEO / "communes.csv.gz")
    charger("perimetres", GEO / "qpv_2015_occitanie.geojson", nature="qpv", version="2015")
    charger("perimetres", GEO / "qpv_2024_essai.geojson", nature="qpv", version="2024")
    charger("perimetres", GEO / "qpv_2015_occitanie.geojson", nature="npnru", version="2014")
    for siren in set(independant.lire_toutes(dossier, "passage").SIREN_BAILLEUR):
        f.organisation("bailleur", siren=siren.zfill(9), epci=EPCI)
    for genre in ("residences", "passage", "rpls"):
        for chemin in sorted(dossier.glob(f"{genre}_*.csv")):
            charger(genre, chemin, millesime=2025 if genre == "rpls" else None)
    charger("relogements", dossier / "relogements.csv")
    appartenances.calculer(EPCI)


def en_comptes(bilan) -> dict:
    criteres = {c: (v.numerateur, v.denominateur, v.non_renseignes) for c, v in bilan.criteres.items()}
    return {"menages": bilan.menages, "etats": bilan.etats, "criteres": criteres}


@pytest.mark.parametrize(
    ("logements", "graine", "options"), [(1500, 7, []), (2500, 41, ["--propre"]), (2000, 5, ["--bailleurs", "6"])]
)
def test_every_criterion_equals_the_independent_computation(tmp_path, logements, graine, options):
    script = [sys.executable, PARTAGE / "outils" / "extraits.py", "--sortie", tmp_path, "--graine", str(graine)]
    subprocess.run([*script, "--logements", str(logements), *options], check=True, capture_output=True)
    troubler(tmp_path / "relogements.csv")
    deposer(tmp_path)
    lieux = independant.places(tmp_path, GEO / "qpv_2015_occitanie.geojson", GEO / "qpv_2024_essai.geojson")
    rpls = independant.premieres_rpls(tmp_path)
    menages = independant.lire(tmp_path / "relogements.csv")
    lecteur = f.adhesion("epci", siren=EPCI)
    for le in DATES:
        lue = revue(lecteur, epci=EPCI, le=le)
        assert en_comptes(lue.ensemble) == independant.revue(menages, lieux, rpls, le), le
        assert {p.code for p, _ in lue.projets} == set(menages.CODE_PROJET)
        for projet, bilan in lue.projets:
            siens = menages[projet.code == menages.CODE_PROJET]
            assert en_comptes(bilan) == independant.revue(siens, lieux, rpls, le), (projet, le)
        assert {(o.projet.code, o.code) for o, _ in lue.operations} == set(zip(menages.CODE_PROJET, menages.OPERATION))
        for operation, bilan in lue.operations:
            siens = menages[(operation.projet.code == menages.CODE_PROJET) & (operation.code == menages.OPERATION)]
            assert en_comptes(bilan) == independant.revue(siens, lieux, rpls, le), (operation, le)
    finale = en_comptes(lue.ensemble)["criteres"]
    assert all(n and d > n and inconnus for n, d, inconnus in finale.values()), finale
