"""API of territories, perimeters, residences and indicators: its owner, a colleague of another house, a stranger."""

import pytest

from diagnostic.services import appartenances, indicateurs
from partenaires.models import Protocole
from tests import fabriques

pytestmark = pytest.mark.django_db
CARRE = {"type": "Polygon", "coordinates": [[[2, 46], [3, 46], [3, 47], [2, 47], [2, 46]]]}
AUTRE_BAILLEUR = "900100002"
ROUTES = ("territoires", "perimetres", "residences", "indicateurs")


@pytest.fixture
def territoire():
    """One QPV, a residence inside of 12 respondents and one outside of 3, of two bailleurs."""
    fabriques.commune()
    fabriques.perimetre("QP1", version="2024", geometrie=CARRE, commune_code=fabriques.COMMUNE)
    fabriques.residence("R1", famille="rural", cle_recherche="residence r1 rue de l'eglise")
    fabriques.residence("R2", bailleur=AUTRE_BAILLEUR, longitude=9.0, cle_recherche="residence r2")
    for n in range(12):
        fabriques.logement(f"A{n}", residence="R1")
        fabriques.menage_ops(f"A{n}", annee=2025, apl=n % 2)
    for n in range(3):
        fabriques.logement(f"B{n}", residence="R2", bailleur=AUTRE_BAILLEUR)
        fabriques.menage_ops(f"B{n}", annee=2025, apl=1, bailleur=AUTRE_BAILLEUR)
    for nature in ("epci", "bailleur"):
        for source in Protocole.Source.values:
            fabriques.protocole(nature, source, "residence" if nature == "epci" else "qpv")
    appartenances.calculer(fabriques.EPCI)
    indicateurs.recalculer(fabriques.EPCI)


@pytest.fixture
def lire(api_de):
    def interroger(adhesion, route, statut=200, **parametres):
        reponse = api_de(adhesion).get(f"/api/v1/{route}/", parametres)
        assert reponse.status_code == statut, reponse.content
        return reponse.json()

    return interroger


def membre(nature="epci", **champs):
    return fabriques.adhesion(nature, **champs)


@pytest.mark.parametrize("route", ROUTES)
def test_without_token_nothing_is_read(territoire, lire, route):
    lire(None, route, 401)


@pytest.mark.parametrize("route", ROUTES)
def test_a_stranger_to_the_territory_reads_an_empty_list(territoire, lire, route):
    assert lire(membre(siren="900000008"), route)["count"] == 0


@pytest.mark.parametrize("route", ROUTES)
def test_every_list_is_a_page_and_a_csv(territoire, lire, api_de, route):
    agent = membre()
    page = lire(agent, route, page_size=1)
    assert set(page) >= {"count", "next", "previous", "results"} and len(page["results"]) == 1
    csv = api_de(agent).get(f"/api/v1/{route}/", {"format": "csv"})
    lignes = b"".join(csv.streaming_content).decode("utf-8-sig").strip().splitlines()
    assert len(lignes) == page["count"] + 1


@pytest.mark.parametrize(
    ("route", "parametres", "champ"),
    [
        ("indicateurs", {"niveau": "quartier"}, "niveau"),
        ("indicateurs", {"millesime": "demain"}, "millesime"),
        ("indicateurs", {"code": "inconnu"}, "code"),
        ("indicateurs", {"population": "tous"}, "population"),
        ("indicateurs", {"ordering": "taux"}, "ordering"),
        ("indicateurs", {"commmune": "99001"}, "commmune"),
        ("perimetres", {"nature": "zac"}, "nature"),
        ("perimetres", {"date": "31/12/2023"}, "date"),
        ("residences", {"ordering": "secret"}, "ordering"),
        ("residences", {"page_size": "beaucoup"}, "page_size"),
        ("territoires", {"siren": "1"}, "siren"),
    ],
)
def test_a_bad_filter_is_named(territoire, lire, route, parametres, champ):
    assert champ in lire(membre(), route, 400, **parametres)


def test_territory_with_its_millesimes(territoire, lire):
    (ligne,) = lire(membre(), "territoires")["results"]
    assert ligne == {
        "epci": fabriques.EPCI,
        "nom": "Agglomération d'essai",
        "nature": "",
        "population": None,
        "communes": 1,
        "millesimes": [2025],
    }


def test_perimeters_as_a_list_and_as_a_map(territoire, lire):
    (ligne,) = lire(membre(), "perimetres", nature="qpv", commune=fabriques.COMMUNE)["results"]
    assert (ligne["code"], ligne["version"], ligne["epci"]) == ("QP1", "2024", fabriques.EPCI)
    assert "geometrie" not in ligne
    carte = lire(membre(utilisateur=fabriques.utilisateur()), "perimetres", format="geojson")
    assert carte["type"] == "FeatureCollection"
    assert carte["features"][0]["geometry"] == CARRE and carte["features"][0]["properties"]["code"] == "QP1"


def test_perimeters_in_force_at_a_date(territoire, lire):
    agent = membre()
    assert lire(agent, "perimetres", date="2014-12-31")["count"] == 0
    assert lire(agent, "perimetres", date="2024-01-01")["count"] == 1


@pytest.mark.parametrize(
    ("filtre", "codes"),
    [
        ({}, ["R1", "R2"]),
        ({"qpv": "QP1"}, ["R1"]),
        ({"qpv": "QP9"}, []),
        ({"bailleur": AUTRE_BAILLEUR}, ["R2"]),
        ({"commune": fabriques.COMMUNE}, ["R1", "R2"]),
        ({"commune": "00000"}, []),
        ({"epci": fabriques.EPCI}, ["R1", "R2"]),
        ({"famille": "rural"}, ["R1"]),
        ({"q": "Église rue"}, ["R1"]),
        ({"ordering": "-code"}, ["R2", "R1"]),
    ],
)
def test_residences_filtered_and_sorted(territoire, lire, filtre, codes):
    assert [ligne["code"] for ligne in lire(membre(), "residences", **filtre)["results"]] == codes


def test_a_residence_has_its_place_and_its_dwellings(territoire, lire):
    dedans, dehors = lire(membre(), "residences")["results"]
    assert dedans["id"] == f"{fabriques.BAILLEUR}:R1"
    assert (dedans["qpv"], dedans["en_qpv"], dedans["logements"]) == ("QP1", True, 12)
    assert (dehors["qpv"], dehors["en_qpv"], dehors["logements"], dehors["classes"]) == (None, False, 3, {})


def test_a_bailleur_reads_its_residences_alone(territoire, lire):
    bailleur = membre("bailleur", siren=AUTRE_BAILLEUR)
    assert [ligne["code"] for ligne in lire(bailleur, "residences")["results"]] == ["R2"]
    siennes = lire(bailleur, "indicateurs", niveau="residence", code="beneficiaires_apl", population="ensemble")
    assert [(ligne["territoire"], ligne["numerateur"]) for ligne in siennes["results"]] == [(f"{AUTRE_BAILLEUR}:R2", 3)]


def test_a_commune_reads_no_residence(territoire, lire):
    commune = fabriques.diagnostic.Commune.objects.get()
    fabriques.diagnostic.Commune.objects.update(siren="900200001")
    agent = membre("commune", siren="900200001")
    assert commune and lire(agent, "residences")["count"] == 0
    assert lire(agent, "indicateurs", niveau="residence")["count"] == 0
    assert lire(agent, "indicateurs", niveau="commune")["count"] > 0


def apl(lignes):
    return {
        (ligne["niveau"], ligne["territoire"]): (ligne["numerateur"], ligne["denominateur"], ligne["taux"])
        for ligne in lignes
        if not ligne["secret"]
    }


def test_indicator_at_every_level_masked_below_eleven_respondents(territoire, lire):
    page = lire(membre(), "indicateurs", code="beneficiaires_apl", population="ensemble")
    assert apl(page["results"]) == {
        ("residence", f"{fabriques.BAILLEUR}:R1"): (6, 12, 0.5),
        ("qpv", "QP1"): (6, 12, 0.5),
        ("commune", fabriques.COMMUNE): (9, 15, 0.6),
        ("epci", fabriques.EPCI): (9, 15, 0.6),
    }
    masquees = [ligne for ligne in page["results"] if ligne["secret"]]
    assert {ligne["territoire"] for ligne in masquees} == {f"{AUTRE_BAILLEUR}:R2", fabriques.EPCI}
    for ligne in masquees:
        assert [ligne[c] for c in ("numerateur", "denominateur", "repondants", "taux")] == [None] * 4


@pytest.mark.parametrize(
    ("filtre", "places"),
    [
        ({"bailleur": fabriques.BAILLEUR}, {("residence", "R1")}),
        ({"commune": fabriques.COMMUNE}, {("residence", "R1"), ("residence", "R2"), ("commune", ""), ("qpv", "")}),
        ({"qpv": "QP1"}, {("residence", "R1"), ("qpv", "")}),
        ({"territoire": "QP1"}, {("qpv", "")}),
        ({"niveau": "hors_qpv"}, {("hors_qpv", "")}),
    ],
)
def test_filters_keep_what_lies_inside(territoire, lire, filtre, places):
    page = lire(membre(), "indicateurs", code="taux_reponse", **filtre)
    assert {(li["niveau"], li["code_residence"] or "") for li in page["results"]} == places


def test_pages_cover_every_line_once(territoire, lire):
    agent = membre()
    tout = lire(agent, "indicateurs", page_size=1000)
    morceaux = []
    for page in range(1, -(-tout["count"] // 7) + 1):
        morceaux += lire(agent, "indicateurs", page_size=7, page=page)["results"]
    assert morceaux == tout["results"] and len(morceaux) == tout["count"]
    cles = {(li["niveau"], li["territoire"], li["population"], li["code"]) for li in morceaux}
    assert len(cles) == len(morceaux)


def test_ordering_by_place_both_ways(territoire, lire):
    agent = membre()
    montant = [li["territoire"] for li in lire(agent, "indicateurs", code="taux_reponse")["results"]]
    descendant = lire(agent, "indicateurs", code="taux_reponse", ordering="-territoire")["results"]
    assert montant == sorted(montant) and [li["territoire"] for li in descendant] == montant[::-1]


def test_figures_of_the_missing_2024_version_say_so(lire):
    fabriques.commune()
    fabriques.perimetre("QP1", version="2015", geometrie=CARRE)
    fabriques.residence()
    fabriques.logement()
    fabriques.protocole("epci", "rpls", "residence")
    appartenances.calculer(fabriques.EPCI)
    indicateurs.recalculer(fabriques.EPCI)
    page = lire(membre(), "indicateurs", code="petits_logements")
    alertes = {ligne["niveau"]: (ligne["version"], ligne["alertes"]) for ligne in page["results"]}
    assert alertes["qpv"] == ("2015", ["perimetre_anterieur"]) and alertes["commune"] == ("", [])
    assert indicateurs.provenances(membre(utilisateur=fabriques.utilisateur()), fabriques.EPCI, 2025)[0].depots
