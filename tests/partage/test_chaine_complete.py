"""The main path of issue A on real-looking extracts: every figure of the API equals the independent recomputation."""

import json

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from partenaires.models import Depot, Jeton, Utilisateur
from tests.partage import comparaison, deposer, recalcul_independant

pytestmark = [pytest.mark.partage, pytest.mark.services]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("logements", "graine"), [(2500, 7), (700, 23), (1600, 41)])
def test_api_equals_independent_recomputation(tmp_path, logements, graine, capsys):
    dossier = deposer.extraire(tmp_path / "extraits", logements, graine)
    suite = deposer.depots(dossier)
    for depot in suite[:8]:
        call_command("importer", *depot)
    for organisation in deposer.organisations(dossier):
        call_command("creer_organisation", *organisation)
    for depot in suite[8:]:
        call_command("importer", *depot)
    call_command("recalculer", "--epci", deposer.EPCI)
    call_command("creer_utilisateur", "epci@essai.invalid", "--organisation", deposer.EPCI, "--role", "administrateur")
    adhesion = Utilisateur.objects.get(email="epci@essai.invalid").adhesions.get()
    client = APIClient(headers={"Authorization": f"Token {Jeton.objects.emettre(adhesion)}"})

    def get(chemin, parametres):
        reponse = client.get(f"/api/v1{chemin}", parametres)
        assert reponse.status_code == 200, (chemin, parametres, reponse.content[:500])
        return json.loads(reponse.content)

    donnees = recalcul_independant.charger(
        dossier, deposer.GEO / "qpv_2015_occitanie.geojson", deposer.GEO / "qpv_2024_essai.geojson"
    )
    assert comparaison.comparer(get, donnees) == []

    deja = Depot.objects.count()
    for depot in suite:
        rapport = tmp_path / "rapport.json"
        call_command("importer", *depot, "--rapport", str(rapport))
        assert json.loads(rapport.read_text())["statut"] == "deja_charge", depot
    assert Depot.objects.charges().count() <= deja
