"""The whole set of extracts, deposited and recomputed by the commands of the contract, in the order of issue A."""

import csv
import json
import subprocess
import sys
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
PARTAGE = RACINE.parent / "shared"
GEO = PARTAGE / "donnees" / "geographie"
EPCI = "243100518"


def extraire(dossier: Path, logements: int, graine: int, *options: str) -> Path:
    script = PARTAGE / "outils" / "extraits.py"
    subprocess.run(
        [sys.executable, script, "--sortie", dossier, "--logements", str(logements), "--graine", str(graine), *options],
        check=True,
        capture_output=True,
    )
    return dossier


def depots(dossier: Path) -> list[list[str]]:
    """Arguments of `importer`, one list a file."""
    noms = json.loads((dossier / "fichiers.json").read_text())
    annee = noms["rpls"][0][1].rsplit("_", 1)[1].removesuffix(".csv")
    stock = noms["sne_stock"][0][1].split("_")[2].split(".")[0]
    suite = [
        ["epci", GEO / "epci.csv"],
        ["communes", GEO / "communes.csv.gz"],
        ["communes_rattachees", GEO / "communes_rattachees.csv"],
        ["contours", GEO / "communes_toulouse_metropole.geojson"],
        ["perimetres", GEO / "qpv_2015_occitanie.geojson", "--nature", "qpv", "--version", "2015"],
        ["perimetres", GEO / "qpv_2024_essai.geojson", "--nature", "qpv", "--version", "2024"],
        ["perimetres", GEO / "qpv_2015_occitanie.geojson", "--nature", "npnru", "--version", "2014"],
        ["seuils", dossier / "seuils.csv"],
    ]
    for genre in ("residences", "passage", "rpls", "ops", "gestion"):
        for _siren, nom in noms[genre]:
            suite.append([genre, dossier / nom] + (["--millesime", annee] if genre == "rpls" else []))
    for _nul, nom in noms["sne_radiations"]:
        suite.append(["sne_radiations", dossier / nom])
    suite.append(["sne_stock", dossier / noms["sne_stock"][0][1], "--millesime", stock])
    for _nul, nom in noms.get("relogements", []):
        suite.append(["relogements", dossier / nom])
    return [[str(a) for a in ligne] for ligne in suite]


def bailleurs(dossier: Path) -> list[str]:
    noms = json.loads((dossier / "fichiers.json").read_text())
    sirens = []
    for _siren, nom in noms["passage"]:
        with (dossier / nom).open(encoding="utf-8-sig") as fichier:
            sirens.append(next(csv.DictReader(fichier, delimiter=";"))["SIREN_BAILLEUR"].zfill(9))
    return sirens


def organisations(dossier: Path) -> list[list[str]]:
    return [
        ["epci", EPCI, "Toulouse Métropole"],
        *[["bailleur", siren, f"Bailleur {siren}", "--epci", EPCI] for siren in bailleurs(dossier)],
    ]
