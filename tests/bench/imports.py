"""Import of a 300,000-row `rpls` against the bare floor, and the peak memory of the importing process.

Floor: COPY of the raw text into an unlogged table, then one typed INSERT … SELECT of every stored column, with the same
cleaning expressions and indexes, into a logged table. Both are timed without the start of the interpreter. The file
is invented here; each import runs in a process of its own (`python -m tests.bench.imports FICHIER BASE`).
"""

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django
import numpy as np
import pandas as pd

BAILLEUR, EPCI, MILLESIME = "900100001", "900000001", 2025
COMMUNES = [f"99{n:03d}" for n in range(37)]
COLONNES = """IDENT_REP IDENT_INT IDENT_ORG IDENTGES RS SIRET CAT_ORG DROIT ORIGINE QUALACQ PATRIMOINE SORTIEPATRIM
OLDLOGT NEWLOGT PRODFIN MISCOMMERCIAL PRIXVENTE DATMISEVENTE DATVEFFECT DEPCOM CODEPOSTAL LIBCOM NUMVOIE INDREP
TYPVOIE NOMVOIE NUMAPPT NUMBOITE ESC COULOIR ETAGE COMPLIDENT ENTREE BAT IMMEU COMPLGEO LIEUDIT QPV TYPECONST
NBPIECE SURFHAB CONSTRUCT LOCAT PMR DPEDATE DPEENERGIE DPESERRE FINAN FINANAUTRE CONV NUMCONV DATCONV SRU_EXPIR
SRU_ALINEA CUS CODSEGPATRIM LIBSEGPATRIM MODE BAIL REMLOCDATE CONTRIB CONTRESLOG MODESURF SURFMODE LOYERPRINC
LOYERACC LOYERMAXAPL LOYERMAXCUS"""
MEMOIRE_MAX_MO = 600
ESSAIS = 3
PAQUET = 300_000  # rows invented at once
PARC = """
INSERT INTO diagnostic_residence (depot_id, courant, bailleur, code, nom, cle_recherche, famille, commune_id, adresse,
                                  longitude, latitude, qpv_declare)
SELECT %(depot)s, true, %(bailleur)s, 'R' || n, 'x', 'x', '', '99' || lpad((n %% 37)::text, 3, '0'), '', 2.5, 46.5, ''
FROM generate_series(0, %(logements)s / 38) n;
INSERT INTO diagnostic_passage (depot_id, courant, bailleur, ident_int, code_residence)
SELECT %(depot)s, true, %(bailleur)s, 'L' || lpad(n::text, 8, '0'), 'R' || n / 38
FROM generate_series(0, %(logements)s - 1) n;
ANALYZE diagnostic_residence, diagnostic_passage;
"""


def inventer(chemin: Path, logements: int):
    """A file of the restricted layout, with decimal commas, scientific notation, 9999 and NA, as real ones have."""
    for debut in range(0, logements, PAQUET):
        cadre = inventer_lignes(debut, min(PAQUET, logements - debut))
        cadre.to_csv(chemin, sep=";", index=False, lineterminator="\r\n", mode="a" if debut else "w", header=not debut)


def inventer_lignes(debut: int, logements: int) -> pd.DataFrame:
    hasard = np.random.default_rng(1 + debut)
    rang = np.arange(debut, debut + logements)
    annee, mode = hasard.integers(1950, 2024, logements), hasard.choice([1, 1, 1, 1, 2, 3], logements)
    loyer = pd.Series(hasard.uniform(180, 900, logements).round(2))
    cadre = pd.DataFrame("", index=range(logements), columns=COLONNES.split())
    cadre["IDENT_REP"] = pd.Series(rang).map("7{:09d}".format)
    cadre["IDENT_INT"] = pd.Series(rang).map("L{:08d}".format)
    cadre["IDENT_ORG"], cadre["RS"], cadre["SIRET"] = BAILLEUR, "Habitat d'essai", f"{BAILLEUR}00017"
    cadre["DROIT"], cadre["ORIGINE"], cadre["NEWLOGT"], cadre["MODESURF"] = "1", "1", "2", "3"
    cadre["DEPCOM"] = np.array(COMMUNES)[rang // 38 % len(COMMUNES)]
    cadre["NOMVOIE"] = [f"{n % 180} rue de l'Église R{n // 38}" for n in rang]
    cadre["COMPLGEO"] = [f"Résidence R{n // 38}  " for n in rang]
    cadre["QPV"], cadre["TYPECONST"] = hasard.choice(["1", "2"], logements), hasard.choice(["I", "C"], logements)
    cadre["NBPIECE"] = hasard.integers(1, 7, logements).astype(str)
    cadre["SURFHAB"] = cadre["SURFMODE"] = hasard.integers(14, 160, logements).astype(str)
    cadre["LOCAT"] = cadre["PATRIMOINE"] = annee.astype(str)
    cadre["CONSTRUCT"] = np.where(hasard.random(logements) < 0.01, "9999", annee.astype(str))
    cadre["FINAN"], cadre["CONV"] = hasard.choice(["11", "12", "13", "14", "52"], logements), "1"
    cadre["MODE"], cadre["CONTRESLOG"] = mode.astype(str), hasard.choice(["1", "2", "3", "41", "7", "NA"], logements)
    mois = [f"{m:02d}/{a}" for m, a in zip(hasard.integers(1, 13, logements), hasard.integers(2000, 2025, logements))]
    cadre["BAIL"], cadre["REMLOCDATE"] = np.where(mode == 1, mois, ""), np.where(mode == 2, mois, "")
    cadre["LOYERPRINC"] = (
        loyer.map("{:.2f}".format).str.replace(".", ",").where(rang % 100 > 0, loyer.map("{:e}".format))
    )
    cadre["LOYERMAXAPL"] = (loyer + 50).map("{:.2f}".format).str.replace(".", ",")
    return cadre


def preparer(logements: int):
    """Communes, the bailleur, its residences and its `passage`, in place of those of another measure."""
    from django.db import connection

    from diagnostic.models import Commune, Territoire
    from partenaires.models import Depot, Organisation

    territoire, _ = Territoire.objects.get_or_create(siren=EPCI, nom="Territoire de mesure")
    communes = (Commune(code=code, nom="x", territoire=territoire) for code in COMMUNES)
    Commune.objects.bulk_create(communes, ignore_conflicts=True)
    bailleur, _ = Organisation.objects.get_or_create(nature="bailleur", siren=BAILLEUR, nom="Habitat d'essai")
    depot = Depot.objects.create(type="passage", organisation=bailleur, fichier="mesure", sha256="0", etat="charge")
    with connection.cursor() as curseur:
        curseur.execute("TRUNCATE diagnostic_residence, diagnostic_passage CASCADE")
        curseur.execute(PARC, {"depot": depot.pk, "bailleur": BAILLEUR, "logements": logements})


def plancher(chemin: Path) -> float:
    """Seconds of the bare floor."""
    from django.db import connection

    with connection.cursor() as curseur:
        curseur.execute("DROP TABLE IF EXISTS plancher_brut, plancher")
        colonnes = ", ".join(f"c{i} text" for i in range(len(COLONNES.split())))
        curseur.execute(f"CREATE UNLOGGED TABLE plancher_brut ({colonnes})")
        curseur.execute("CREATE TABLE plancher (LIKE diagnostic_logement INCLUDING ALL)")
        depart = time.perf_counter()
        with (
            chemin.open("rb") as flux,
            curseur.copy("COPY plancher_brut FROM STDIN (FORMAT csv, HEADER, DELIMITER ';')") as copie,
        ):
            while bloc := flux.read(1 << 20):
                copie.write(bloc)
        curseur.execute(insertion())
        duree = time.perf_counter() - depart
        curseur.execute("DROP TABLE plancher_brut, plancher")
    return duree


def insertion() -> str:
    """INSERT … SELECT of every stored column by the engine's own cleaning expressions."""
    from diagnostic.imports.rpls import RPLS
    from partenaires.depots.lignes import lectures

    rangs = {nom: i for i, nom in enumerate(COLONNES.split())}
    lues = [(rangs[une.colonne.nom], une) for une in lectures(RPLS)]
    propres = ", ".join(f"{une.propre.replace('@c', f'c{i}')} AS t{i}" for i, une in lues)
    champs = {une.colonne.champ: une.lire.replace("@t", f"t{i}") for i, une in lues}
    siret = champs.pop("siret")
    champs |= {"bailleur": f"left({siret}, 9)", "millesime": str(MILLESIME), "depot_id": "1", "courant": "true"}
    return (
        f"INSERT INTO plancher ({', '.join(champs)}) SELECT {', '.join(champs.values())} "
        f"FROM (SELECT {propres} FROM plancher_brut OFFSET 0) textes"
    )


def importer_a_part(chemin: Path, base: str) -> dict:
    """{"duree_s", "memoire_mo", "lignes"} of an import in a fresh process."""
    commande = [sys.executable, "-m", "tests.bench.imports", str(chemin), base]
    sortie = subprocess.run(commande, check=True, capture_output=True, text=True).stdout
    return json.loads(sortie.splitlines()[-1])


def vider():
    """The next import finds the table as the first did."""
    from django.db import connection

    with connection.cursor() as curseur:
        curseur.execute("TRUNCATE diagnostic_logement; DELETE FROM partenaires_depot WHERE type = 'rpls'; CHECKPOINT")


def chronometrer(chemin: Path, logements: int, essais: int, entre=lambda: None) -> tuple[float, float]:
    """(seconds of the fastest import, peak of memory in Mo); `entre`: what is measured in turn, on an empty table."""
    from django.db import connection

    imports = []
    for _ in range(essais):
        vider()
        entre()
        vider()
        imports.append(importer_a_part(chemin, connection.settings_dict["NAME"]))
    vider()
    if any(un["lignes"] != logements for un in imports):
        raise AssertionError(f"L'import n'a pas chargé {logements} lignes : {imports}.")
    return min(un["duree_s"] for un in imports), max(un["memoire_mo"] for un in imports)


def mesurer(logements: int = 300_000):
    """Needs a database of its own (`tests.bench.__main__` makes it): the import commits."""
    from tests.bench.recalcul import Mesure

    preparer(logements)
    planchers = []
    with tempfile.TemporaryDirectory() as dossier:
        chemin = Path(dossier) / "rpls.csv"
        inventer(chemin, logements)
        duree, memoire = chronometrer(chemin, logements, ESSAIS, lambda: planchers.append(plancher(chemin)))
    return [
        Mesure(f"import rpls, {logements} lignes (s)", duree, min(planchers), 3.0),
        Mesure("mémoire du processus d'import (Mo)", memoire, MEMOIRE_MAX_MO, 1.0),
    ]


def memoire_mo() -> float:
    """Peak of this process alone: on Linux `ru_maxrss` would also hold that of the parent before exec."""
    etat = Path("/proc/self/status")
    if etat.exists():
        return int(re.search(r"VmHWM:\s+(\d+) kB", etat.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def principal(chemin: str, base: str):
    """The child: import, then say how long it took and how much memory the process ever held."""
    django.setup()
    from django.db import connection

    from partenaires.depots.moteur import importer

    connection.settings_dict["NAME"] = base
    connection.ensure_connection()
    depart = time.perf_counter()
    depot = importer("rpls", chemin, millesime=MILLESIME)
    duree = time.perf_counter() - depart
    sys.stdout.write(
        json.dumps(
            {
                "duree_s": duree,
                "memoire_mo": memoire_mo(),
                "lignes": depot.rapport["lignes_chargees"],
            }
        )
        + "\n"
    )


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    principal(*sys.argv[1:])
