"""The map of a territory of two residences: what each reader sees of it, two years or two methods side by side,
indicators, and what it costs."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from diagnostic.calculs.definitions import PAR_CODE
from diagnostic.services import indices
from diagnostic.services.mesures import Lecture, ParIndicateur
from partenaires.models import Protocole
from tests import fabriques as f
from tests.diagnostic.carte_lue import residences
from tests.diagnostic.territoire_d_indices import AUTRE, QPV, etat_locatif, ops

pytestmark = pytest.mark.django_db
CARRE = {"type": "Polygon", "coordinates": [[[2, 46], [3, 46], [3, 47], [2, 47], [2, 46]]]}
R1, R2 = f"{f.BAILLEUR}:R1", f"{AUTRE}:R2"


def provenance(millesime, version="2024"):
    f.diagnostic.ProvenanceComptage.objects.create(
        epci=f.EPCI, millesime=millesime, source="ops", perimetre_version=version, calcule_le=timezone.now()
    )


@pytest.fixture
def deux_annees(territoire):
    """The territory of the index tests in 2025, and in 2023 with R1 twice as poor and R2 too small to be shown."""
    avant = [(R1, f.BAILLEUR, ops(60, 48, 58, 36, 55) | etat_locatif(100, 12, 60, 20)), (R2, AUTRE, ops(9, 1, 1, 1, 1))]
    for place, bailleur, comptes in avant:
        f.comptage(place, bailleur=bailleur, millesime=2023, commune=f.COMMUNE, **comptes)
    f.comptage(f.EPCI, niveau="epci", millesime=2023, **(ops(100, 40, 50, 30, 60) | etat_locatif(150, 12, 100, 10)))
    f.diagnostic.Perimetre.objects.filter(code=QPV).update(geometrie=CARRE)
    f.diagnostic.Comptage.objects.update(sources=["ops", "gestion"])
    for annee in (2023, 2025):
        provenance(annee)
    indices.recalculer(f.EPCI)


# --- what is shown to whom ------------------------------------------------------------------------------------------


def test_payload_places_the_residences_and_their_class_under_the_method(deux_annees, lire):
    lu = lire(f.adhesion("epci"), methode="valenciennes")
    un = residences(lu)[R1]
    assert (un["lon"], un["lat"], un["nom"]) == (250000, 4650000, "Résidence R1")
    assert lu["classes"][un["rang"]] == "Préservés"
    assert (un["valeur"], un["repondants"], lu["millesime"]) == (0.875, 60, 2025)
    assert (lu["aires"]["territoire"], lu["aires"]["couche"], lu["version"]) == ([QPV], "qpv-2024", "2024")


def test_a_bailleur_maps_its_residences_and_others_the_aggregates_alone(deux_annees, lire):
    assert lire(f.adhesion("bailleur"))["residences"]["territoire"] == [R1]
    reservataire = f.adhesion("action_logement", epci=f.EPCI)
    lu = lire(reservataire)
    assert (lu["residences"]["territoire"], lu["aires"]["territoire"]) == ([], [QPV])


def test_a_masked_place_travels_without_its_figures(deux_annees, lire):
    Protocole.objects.update(revoque_le=date(2021, 1, 1))
    for lieu in residences(lire(f.adhesion("epci"), methode="valenciennes", avec=2023)).values():
        assert (lieu["rang"], lieu["rang_autre"]) == (-1, -1)
        assert [lieu[champ] for champ in ("valeur", "valeur_autre", "repondants", "logements", "sens")] == [None] * 5


def test_a_residence_without_a_point_is_in_the_table_only(deux_annees, lire, exporter):
    f.diagnostic.Residence.objects.filter(code="R2").update(longitude=None)
    agent = f.adhesion("epci")
    lu = lire(agent)
    assert (lu["residences"]["territoire"], lu["sans_point"]) == ([R1], 1)
    assert {"R1", "R2"} <= {ligne["Code"] for ligne in exporter(agent)}


def test_residences_without_any_index_are_drawn_without_class(lire):
    f.residence()
    assert residences(lire(f.adhesion("epci")))[R1]["rang"] is None


# --- two years, two methods -----------------------------------------------------------------------------------------


def test_two_years_side_by_side_tell_what_changed(deux_annees, lire, exporter):
    agent = f.adhesion("epci")
    lu = lire(agent, methode="valenciennes", avec=2023)
    un, deux = residences(lu)[R1], residences(lu)[R2]
    assert (lu["classes"][un["rang_autre"]], un["sens"]) == ("Fragilité marquée", -1)
    assert (deux["rang_autre"], deux["sens"]) == (-1, None)  # nine respondents in 2023
    lignes = {ligne["Code"]: ligne for ligne in exporter(agent, methode="valenciennes", avec=2023)}
    assert lignes["R1"]["Classe, 2023"] == "Fragilité marquée"
    assert lignes["R1"]["De 2023 à 2025"] == "moins fragile"
    assert (lignes["R2"]["Classe, 2023"], lignes["R2"]["De 2023 à 2025"]) == ("secret", "secret")


def test_two_methods_side_by_side(deux_annees, lire, exporter):
    agent = f.adhesion("epci")
    lu = lire(agent, methode="repere17_precarite", contre="valenciennes")
    assert lu["comparaison"]["methodes"] and lu["comparaison"]["autre"] == "Indice de fragilité (Valenciennes)"
    precarite = residences(lire(agent, methode="repere17_precarite"))
    fragilite = residences(lire(agent, methode="valenciennes"))
    for place, lieu in residences(lu).items():
        rangs = (precarite[place]["rang"], fragilite[place]["rang"])
        assert (lieu["rang"], lieu["rang_autre"]) == rangs
        assert lieu["sens"] == (rangs[0] > rangs[1]) - (rangs[0] < rangs[1])  # four classes each
    colonnes = exporter(agent, methode="repere17_precarite", contre="valenciennes")[0]
    assert "Classe, Indice de fragilité (Valenciennes)" in colonnes


def test_only_what_changes_is_kept_when_asked_and_never_what_is_masked(deux_annees, lire):
    agent = f.adhesion("epci")
    assert set(residences(lire(agent, methode="valenciennes", avec=2023, change=1))) == {R1}
    assert set(residences(lire(agent, methode="valenciennes", change=1))) == {R1, R2}  # nothing to compare with


def test_quarters_of_another_version_are_not_compared(deux_annees, lire):
    f.diagnostic.Indice.objects.filter(niveau="qpv", millesime=2023).delete()
    f.diagnostic.Indice.objects.create(
        methode=indices.methodes(f.adhesion("epci"), "valenciennes").get(),
        epci=f.EPCI,
        niveau="qpv",
        territoire=QPV,
        version="2015",
        millesime=2023,
        valeur=2.0,
        classe="Fragilité marquée",
        rang_classe=3,
        repondants=60,
        premier_bailleur=f.BAILLEUR,
        repondants_premier=60,
        calcule_le=timezone.now(),
    )
    lu = lire(f.adhesion("epci", utilisateur=f.utilisateur()), methode="valenciennes", avec=2023)
    assert (lu["aires"]["rang_autre"], lu["aires"]["sens"]) == ([None], [None])


# --- indicators -----------------------------------------------------------------------------------------------------


def indicateur(adhesion, code="beneficiaires_apl", millesimes=(2025,), connus=(2025,)):
    return ParIndicateur(adhesion, f.EPCI, PAR_CODE[code], "ensemble", ("residence",), millesimes, connus)


def test_places_are_coloured_by_the_rate_of_an_indicator(deux_annees, lire):
    lu = lire(f.adhesion("epci"), indicateur="rotation", fond="commune")
    un, deux = residences(lu)[R1], residences(lu)[R2]
    assert (un["valeur"], deux["valeur"], lu["unite"]) == (0.04, 0.16, "part")
    assert un["rang"] == 0 and deux["rang"] == len(lu["classes"]) - 1
    assert lu["aires"]["territoire"] == [f.COMMUNE] and lu["aires"]["valeur"] == [0.08]


def test_masked_cells_have_no_part_in_the_classes_of_an_indicator(territoire):
    agent = f.adhesion("epci")
    f.diagnostic.Comptage.objects.update(sources=["ops"])
    avant = indicateur(agent).limites
    f.residence("R9", bailleur=AUTRE)
    f.comptage(f"{AUTRE}:R9", bailleur=AUTRE, commune=f.COMMUNE, sources=["ops"], **ops(10, 0, 0, 0, 0))
    apres = indicateur(agent)
    assert apres.limites == avant
    assert apres.lire(2025)["residence", f"{AUTRE}:R9", ""] == Lecture(secret=True)


def test_classes_of_an_indicator_are_those_of_its_latest_year_whatever_the_year_shown(deux_annees):
    agent = f.adhesion("epci")
    connus = (2023, 2024, 2025, 2026)  # nothing in 2026
    classes = indicateur(agent, "rotation", (2025,), connus).classes
    assert indicateur(agent, "rotation", (2023,), connus).classes == classes != ["toutes les valeurs"]


# --- filters: the same for the map and for its table ----------------------------------------------------------------


def test_a_class_keeps_its_places_and_no_masked_one(deux_annees, lire):
    lu = lire(f.adhesion("epci"), methode="valenciennes", classe="Préservés")
    assert {lu["classes"][lieu["rang"]] for lieu in residences(lu).values()} == {"Préservés"}


def test_page_offers_what_it_was_asked_for_again(deux_annees, client_de):
    requete = {"epci": f.EPCI, "annee": 2025, "methode": "valenciennes", "avec": 2023, "couche": "qpv-2024"}
    page = client_de(f.adhesion("epci")).get("/diagnostic/carte/", requete | {"fond": "commune"}).content.decode()
    for choisi in ('value="valenciennes" selected', "<option selected>2023", 'value="commune" selected'):
        assert choisi in page
    assert 'id="couche-qpv-2024" data-trait="" checked' in page


# --- what it costs --------------------------------------------------------------------------------------------------


REGLAGES = [
    {},
    {"avec": 2023, "methode": "valenciennes", "fond": "commune"},
    {"contre": "valenciennes", "q": "r", "qpv": "hors", "change": 1},
    {"indicateur": "rotation", "avec": 2023, "bailleur": f.BAILLEUR},
]


@pytest.mark.parametrize("requete", REGLAGES)
@pytest.mark.parametrize("chemin", ["", "donnees/"])
@pytest.mark.parametrize("nature", ["epci", "bailleur"])
def test_map_costs_less_than_fifteen_queries_whatever_is_asked(deux_annees, client_de, chemin, requete, nature):
    client = client_de(f.adhesion(nature))
    requete = {"epci": f.EPCI, "annee": 2025} | requete
    client.get(f"/diagnostic/carte/{chemin}", requete)
    with CaptureQueriesContext(connection) as requetes:
        assert client.get(f"/diagnostic/carte/{chemin}", requete).status_code == 200
    assert len([une for une in requetes if "SAVEPOINT" not in une["sql"]]) < 15


@pytest.mark.parametrize(
    "parametres", [{}, {"methode": "valenciennes"}, {"methode": "valenciennes", "millesime": 2025}]
)
def test_map_of_the_api_costs_less_than_fifteen_queries(deux_annees, api_de, parametres):
    client = api_de(f.adhesion("epci"))
    client.get("/api/v1/carte/", {"epci": f.EPCI} | parametres)
    with CaptureQueriesContext(connection) as requetes:
        assert client.get("/api/v1/carte/", {"epci": f.EPCI} | parametres).status_code == 200
    assert len([une for une in requetes if "SAVEPOINT" not in une["sql"]]) < 15
