"""The map as a browser reads it: its payload and the CSV of its table."""

import csv
import io
import json

import pytest

from tests import fabriques as f


@pytest.fixture
def lire(client_de):
    """`lire(adhesion, **parametres)`: the payload of the map."""

    def ouvrir(adhesion, **parametres):
        reponse = client_de(adhesion).get("/diagnostic/carte/donnees/", {"epci": f.EPCI, "annee": 2025} | parametres)
        assert reponse.status_code == 200
        return json.loads(reponse.content)

    return ouvrir


@pytest.fixture
def exporter(client_de):
    """`exporter(adhesion, **parametres)`: rows of the CSV of the map's table."""

    def ouvrir(adhesion, **parametres):
        requete = {"epci": f.EPCI, "annee": 2025, "export": "csv"} | parametres
        reponse = client_de(adhesion).get("/diagnostic/carte/", requete)
        texte = b"".join(reponse.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(texte), delimiter=";"))

    return ouvrir


def residences(lu) -> dict[str, dict]:
    colonnes = {champ: valeurs for champ, valeurs in lu["residences"].items() if isinstance(valeurs, list)}
    return {un: dict(zip(colonnes, ligne)) for un, *ligne in zip(colonnes["territoire"], *colonnes.values())}
