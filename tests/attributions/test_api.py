"""Attributions API: owner, colleague and stranger; what is written, what is refused, what never leaves (contrat §3)."""

import json
from datetime import date

import pytest

from attributions.models import Objectif
from attributions.services import atteintes, populations, quartiles
from attributions.services.objectifs import assurer_legaux
from diagnostic.models import Comptage
from partenaires.models import JournalAcces
from tests import fabriques as f

pytestmark = pytest.mark.django_db
CORPS = {
    "code": "limoges_q1_reloges",
    "libelle": "Q1 et relogés",
    "epci": f.EPCI,
    "base": "attribution",
    "sens": "maximum",
    "perimetre": {"type": "territoire", "code": None},
    "predicat": {
        "ou": [
            {"champ": "quartile", "op": "dans", "valeur": [1]},
            {"champ": "reloge", "op": "=", "valeur": True},
        ]
    },
    "jalons": [{"debut": "2018-01-01", "fin": "2020-12-31", "valeur": 0.36, "stricte": True}],
    "bailleur": None,
    "reservataire": None,
    "statut": "valide",
}
ROUTES = ("atteintes", "objectifs", "attributions", "seuils")


@pytest.fixture
def territoire():
    f.commune(), f.residence("R1"), f.seuil(2025)
    assurer_legaux(f.EPCI)
    for rang in range(20):
        f.attribution(date(2025, 3, 1), date(2025, 4, 1), quartile=1 + rang % 4)
    atteintes.recalculer(f.EPCI, date(2026, 11, 20))


def ecrire(api, corps=None, **champs):
    return api.post("/api/v1/objectifs/", (corps or CORPS) | champs, format="json")


@pytest.mark.parametrize("route", ROUTES)
def test_stranger_is_asked_for_a_token_and_another_territory_sees_nothing(territoire, api_de, route):
    assert api_de(None).get(f"/api/v1/{route}/").status_code == 401
    autre = f.adhesion("epci", organisation=f.organisation("epci", "900000009"))
    reponse = api_de(autre).get(f"/api/v1/{route}/", {"epci": f.EPCI})
    assert reponse.status_code == 200
    assert reponse.json()["count"] == (1 if route == "seuils" else 0)  # thresholds are public


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("route", ROUTES)
def test_every_list_is_also_a_table(territoire, api_de, route, format):
    reponse = api_de(f.adhesion("epci")).get(f"/api/v1/{route}/", {"format": format})
    assert reponse.status_code == 200 and reponse["Content-Disposition"].endswith(f'.{format}"')


def test_attainments_have_the_fields_of_the_contract(territoire, api_de):
    (ligne,) = api_de(f.adhesion("epci")).get("/api/v1/atteintes/?objectif=q1_ou_reloges_hors_qpv").json()["results"]
    contrat = "objectif libelle perimetre bailleur reservataire qpv annee sens cible numerateur denominateur inconnus"
    contrat += " taux atteint reste_a_faire projection calcule_le alertes"
    assert set(contrat.split()) <= set(ligne)
    assert (ligne["numerateur"], ligne["denominateur"], ligne["taux"], ligne["cible"]) == (5, 20, 0.25, 0.25)
    assert (ligne["atteint"], ligne["reste_a_faire"], ligne["secret"]) == (True, 0, False)


@pytest.mark.parametrize(
    "parametres",
    ["au=hier", "annee=deux", "axe=commune", "croisement=qpv", "zzz=1", "bailleur=%00", "epci=" + "9" * 20, "annee=0"],
)
def test_unreadable_parameters_are_named(territoire, api_de, parametres):
    reponse = api_de(f.adhesion("epci")).get(f"/api/v1/atteintes/?{parametres}")
    assert reponse.status_code == 400 and list(reponse.json()) == [parametres.split("=")[0]]


# --- objectives -----------------------------------------------------------------------------------------------------


def test_administrator_records_an_objective_and_reads_its_attainment_at_once(territoire, api_de):
    api = api_de(f.adhesion("epci"))
    reponse = ecrire(api, jalons=[{"debut": "2024-01-01", "valeur": 0.3}])
    assert reponse.status_code == 201, reponse.content
    assert {c: reponse.json()[c] for c in ("code", "bailleur", "reservataire", "predicat")} == {
        c: CORPS[c] for c in ("code", "bailleur", "reservataire", "predicat")
    }
    (ligne,) = api.get("/api/v1/atteintes/?objectif=limoges_q1_reloges").json()["results"]
    assert (ligne["numerateur"], ligne["denominateur"], ligne["cible"], ligne["atteint"]) == (5, 20, 0.3, True)
    assert JournalAcces.objects.filter(action="objectif_cree").count() == 1


@pytest.mark.parametrize(
    ("champs", "fautif"),
    [
        ({"code": "deux mots"}, "code"),
        ({"code": "q2_q4_en_qpv"}, "code"),
        ({"libelle": " "}, "libelle"),
        ({"libelle": 3}, "libelle"),
        ({"epci": "900000002"}, "epci"),
        ({"base": "decision"}, "base"),
        ({"base": ["bail"]}, "base"),
        ({"sens": None}, "sens"),
        ({"perimetre": {"type": "commune", "code": "75056"}}, "perimetre"),
        ({"perimetre": {"type": "commune"}}, "perimetre"),
        ({"perimetre": {"type": {}}}, "perimetre"),
        ({"perimetre": []}, "perimetre"),
        ({"perimetre": {"type": "classe", "code": "valenciennes:Inconnue"}}, "perimetre"),
        ({"predicat": {}}, "predicat"),
        ({"predicat": {"champ": "age", "op": "<", "valeur": 1e300}}, "predicat"),
        ({"jalons": {}}, "jalons"),
        ({"jalons": [{"valeur": 0.3}]}, "jalons"),
        ({"jalons": [{"debut": "2025-02-30", "valeur": 0.3}]}, "jalons"),
        ({"jalons": [{"debut": "2025-01-01", "valeur": 1.2}]}, "jalons"),
        ({"jalons": [{"debut": "2025-01-01", "valeur": "beaucoup"}]}, "jalons"),
        ({"jalons": [{"debut": "2025-01-01", "valeur": True}]}, "jalons"),
        ({"jalons": [{"debut": "2025-01-01"}]}, "jalons"),
        ({"jalons": [{"debut": "2025-01-01", "fin": "2024-01-01", "valeur": 0.3}]}, "jalons"),
        ({"jalons": [{"debut": "2025-01-01", "valeur": 0.3, "valeur_max": 0.4}]}, "jalons"),
        ({"sens": "fourchette", "jalons": [{"debut": "2025-01-01", "valeur": 0.3}]}, "jalons"),
        ({"sens": "fourchette", "jalons": [{"debut": "2025-01-01", "valeur": 0.3, "valeur_max": 0.2}]}, "jalons"),
        ({"jalons": [{"debut": "2025-01-01", "valeur": 0.3}, {"debut": "2026-01-01", "valeur": 0.2}]}, "jalons"),
        ({"jalons": [{"debut": "2025-01-01", "valeur": 0.3, "zzz": 1}]}, "jalons"),
        ({"bailleur": "123456789"}, "bailleur"),
        ({"reservataire": 3}, "reservataire"),
        ({"statut": "peut-être"}, "statut"),
    ],
)
def test_every_field_of_an_objective_is_checked_and_named(territoire, api_de, champs, fautif):
    reponse = ecrire(api_de(f.adhesion("epci")), **champs)
    assert reponse.status_code == 400 and list(reponse.json()) == [fautif], reponse.content
    assert not Objectif.objects.filter(legal=False).exists()


def test_all_faults_are_given_at_once(territoire, api_de):
    reponse = api_de(f.adhesion("epci")).post("/api/v1/objectifs/", {"code": "x y", "sens": 3}, format="json")
    assert set(reponse.json()) == {"code", "libelle", "base", "sens", "perimetre", "predicat"}


@pytest.mark.parametrize("corps", [[], "texte", 3, None])
def test_body_of_another_shape_is_a_400(territoire, api_de, corps):
    reponse = api_de(f.adhesion("epci")).post("/api/v1/objectifs/", json.dumps(corps), content_type="application/json")
    assert reponse.status_code == 400


def test_same_code_twice_is_refused_unless_for_another_bailleur(territoire, api_de):
    api = api_de(f.adhesion("epci"))
    assert [ecrire(api).status_code, ecrire(api).status_code] == [201, 400]
    assert ecrire(api, bailleur=f.BAILLEUR).status_code == 201


@pytest.mark.parametrize(
    ("nature", "role"), [("epci", "gestionnaire"), ("epci", "lecteur"), ("ddt", "administrateur"), ("bailleur", None)]
)
def test_only_administrators_of_the_epci_write(territoire, api_de, nature, role):
    api = api_de(f.adhesion(nature, role or "administrateur", departement="99"))
    assert ecrire(api).status_code == 403
    legal = Objectif.objects.get(code="q2_q4_en_qpv")
    assert api.patch(f"/api/v1/objectifs/{legal.pk}/", {"libelle": "x"}, format="json").status_code == 403


def test_stranger_may_not_know_an_objective(territoire, api_de):
    autre = api_de(f.adhesion("epci", organisation=f.organisation("epci", "900000009")))
    legal = Objectif.objects.first()
    assert autre.get(f"/api/v1/objectifs/{legal.pk}/").status_code == 404
    assert autre.patch(f"/api/v1/objectifs/{legal.pk}/", {}, format="json").status_code == 404


def test_legal_objective_keeps_what_the_law_says(territoire, api_de):
    api = api_de(f.adhesion("epci"))
    adresse = f"/api/v1/objectifs/{Objectif.objects.get(code='q2_q4_en_qpv').pk}/"
    assert api.patch(adresse, {"sens": "maximum", "jalons": []}, format="json").status_code == 409
    bas = api.patch(adresse, {"jalons": [{"debut": "2024-01-01", "valeur": 0.49}]}, format="json")
    assert bas.status_code == 400 and list(bas.json()) == ["jalons"]
    lu = api.get(adresse).json() | {"jalons": [{"debut": "2024-01-01", "valeur": 0.55}]}
    assert api.patch(adresse, lu, format="json").status_code == 200  # what was read may be sent back
    assert api.get(adresse).json()["jalons"][0]["valeur"] == 0.55


def test_closed_objective_no_longer_changes(territoire, api_de):
    api = api_de(f.adhesion("epci"))
    adresse = f"/api/v1/objectifs/{ecrire(api).json()['id']}/"
    assert api.patch(adresse, {"statut": "clos"}, format="json").status_code == 200
    assert api.patch(adresse, {"libelle": "autre"}, format="json").status_code == 409


def test_revised_predicate_is_counted_at_once(territoire, api_de):
    api = api_de(f.adhesion("epci"))
    adresse = f"/api/v1/objectifs/{ecrire(api).json()['id']}/"
    corps = {"predicat": {"champ": "quartile", "op": ">=", "valeur": 3}}
    assert api.patch(adresse, corps, format="json").status_code == 200
    assert api.get("/api/v1/atteintes/?objectif=limoges_q1_reloges").json()["results"][0]["numerateur"] == 10


def test_draft_is_seen_by_the_epci_alone(territoire, api_de):
    ecrire(api_de(f.adhesion("epci")), statut="brouillon")
    vus = {
        nature: api_de(f.adhesion(nature, departement="99", epci=f.EPCI))
        .get("/api/v1/objectifs/?objectif=limoges_q1_reloges")
        .json()["count"]
        for nature in ("epci", "ddt", "bailleur")
    }
    assert vus == {"epci": 1, "ddt": 0, "bailleur": 0}


# --- allocations ----------------------------------------------------------------------------------------------------


def test_allocations_identify_no_household_and_their_reading_is_logged(territoire, api_de):
    ligne = api_de(f.adhesion("epci")).get("/api/v1/attributions/").json()["results"][0]
    assert not {"numero", "evenement", "id", "age", "taille", "composition", "ressources_uc", "date_bail"} & set(ligne)
    assert JournalAcces.objects.filter(action="lecture_attributions").count() == 1


@pytest.mark.parametrize(("nature", "nombre"), [("epci", 20), ("ddt", 20), ("bailleur", 20), ("commune", 0)])
def test_allocations_are_those_of_ones_perimeter(territoire, api_de, nature, nombre):
    api = api_de(f.adhesion(nature, departement="99"))
    assert api.get("/api/v1/attributions/").json()["count"] == nombre


def test_allocations_are_filtered(territoire, api_de):
    api = api_de(f.adhesion("epci"))
    comptes = {
        filtre: api.get(f"/api/v1/attributions/?{filtre}").json()["count"]
        for filtre in ("quartile=1", "issue=refus", "annee=2025", "annee_bail=2024", "en_qpv=true", "bailleur=9")
    }
    assert comptes == {
        "quartile=1": 5,
        "issue=refus": 0,
        "annee=2025": 20,
        "annee_bail=2024": 0,
        "en_qpv=true": 0,
        "bailleur=9": 0,
    }


# --- quality and pressure -------------------------------------------------------------------------------------------


def test_report_of_quartiles_tells_declared_from_recomputed(territoire):
    for declare, recalcule in ((2, 24), (1, 24), (0, None), (None, 1), (3, 3)):
        f.attribution(date(2024, 1, 1), quartile_declare=declare, quartile=recalcule)
    lignes = [e for e in quartiles.ecarts(f.adhesion("epci"), f.EPCI) if e.annee == 2024]
    assert [(e.declare, e.recalcule, e.different) for e in lignes] == [
        (None, 1, False),
        (0, 0, False),
        (1, 24, True),
        (2, 24, False),
        (3, 3, False),
    ]


def test_pressure_is_applications_sought_there_over_leases_of_the_year(territoire):
    f.commune("99003")
    for commune in (f.COMMUNE, f.COMMUNE, "99003"):
        f.demande(2025, commune_recherchee=commune)
    f.demande(2024, commune_recherchee=f.COMMUNE)
    populations.recalculer(f.EPCI)
    lignes = Comptage.objects.filter(population="demandeurs").order_by("niveau", "millesime", "territoire")
    assert [(c.niveau, c.territoire, c.millesime, c.n_pression, c.d_pression) for c in lignes] == [
        ("commune", f.COMMUNE, 2024, 1, 0),
        ("commune", f.COMMUNE, 2025, 2, 20),
        ("commune", "99003", 2025, 1, 0),
        ("epci", f.EPCI, 2024, 1, 0),
        ("epci", f.EPCI, 2025, 3, 20),
    ]
