"""`python -m tests.partage [--logements N] [--graine G] [--propre]`: the main path from the outside, by the
commands and the HTTP API, on the database of the environment; prints what differs from the independent figures."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from tests.partage import comparaison, deposer, recalcul_independant


def manage(*arguments, entree=None, tolere=False):
    debut = time.monotonic()
    fini = subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=deposer.RACINE,
        capture_output=True,
        text=True,
        input=entree,
    )
    print(f"{time.monotonic() - debut:6.1f} s  {fini.returncode}  {' '.join(map(str, arguments))[:150]}", flush=True)
    if fini.returncode and not tolere:
        sys.exit(fini.stdout + fini.stderr)
    return fini


def principal():
    options = argparse.ArgumentParser()
    options.add_argument("--logements", type=int, default=1500)
    options.add_argument("--graine", type=int, default=7)
    options.add_argument("--port", type=int, default=8190)
    options.add_argument("reste", nargs="*")
    o = options.parse_args()
    dossier = Path(tempfile.mkdtemp(prefix="extraits"))
    deposer.extraire(dossier, o.logements, o.graine, *(f"--{r}" for r in o.reste))
    manage("migrate")
    suite = deposer.depots(dossier)
    for depot in suite[:8]:
        manage("importer", *depot)
    for organisation in deposer.organisations(dossier):
        manage("creer_organisation", *organisation)
    for depot in suite[8:]:
        manage("importer", *depot, "--rapport", dossier / "rapport.json")
        rapport = json.loads((dossier / "rapport.json").read_text())
        print(
            "        ",
            {k: rapport[k] for k in rapport if k.startswith("lignes_")},
            [(a["code"], a["nombre"]) for a in rapport["avertissements"]],
        )
    manage("recalculer", "--epci", deposer.EPCI)
    for depot in suite:
        fini = manage("importer", *depot, "--rapport", dossier / "rapport.json")
        statut = json.loads((dossier / "rapport.json").read_text())["statut"]
        if statut != "deja_charge":
            print("NON DÉJÀ CHARGÉ", depot, statut, fini.stdout)
    manage("creer_utilisateur", "epci@essai.invalid", "--organisation", deposer.EPCI, "--role", "administrateur")
    jeton = manage("creer_jeton", "epci@essai.invalid").stdout.strip()
    serveur = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{o.port}"],
        cwd=deposer.RACINE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ,
    )
    try:
        time.sleep(6)

        def get(chemin, parametres):
            url = f"http://127.0.0.1:{o.port}/api/v1{chemin}?{urllib.parse.urlencode(parametres)}"
            requete = urllib.request.Request(url, headers={"Authorization": f"Token {jeton}"})
            with urllib.request.urlopen(requete) as reponse:
                return json.load(reponse)

        donnees = recalcul_independant.charger(
            dossier, deposer.GEO / "qpv_2015_occitanie.geojson", deposer.GEO / "qpv_2024_essai.geojson"
        )
        for nom in ("indicateurs", "indices", "atteintes", "revues"):
            debut = time.monotonic()
            ecarts = getattr(comparaison, f"comparer_{nom}")(get, donnees)
            print(f"{nom} : {len(ecarts)} écarts ({time.monotonic() - debut:.1f} s)")
            for ecart in ecarts[:15]:
                print("   ", ecart[:600])
    finally:
        serveur.terminate()


principal()
