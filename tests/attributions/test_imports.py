"""Thresholds and SNE extracts through the import engine: what is refused, warned of, merged, and never stored."""

import csv
import json
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection

from attributions.calculs.pseudonymes import pseudonyme
from attributions.models import DemandeSne, RadiationSne, SeuilQuartile
from partenaires.depots.moteur import importer
from tests import fabriques as f

pytestmark = pytest.mark.django_db
NUMERO = "0310123456789012AB"
DECISION = {
    "NUMERO_UNIQUE": NUMERO,
    "MOTIF_RADIATION": "",
    "DATE_RADIATION": "",
    "SIREN_RADIATION": f.BAILLEUR,
    "NUMERORPLS": "REPL1",
    "REVENU_MENSUEL_FOYER": "1 000",
    "UNITE_CONSO": "1,5",
    "DATE_CALEOL": "01-03-2025 00:00:00",
    "ISSUE_ATTRIBUTION": "en_attente",
    "COMMUNE_LOGEMENT_ATTRIB": f.COMMUNE,
}
BAIL = {"MOTIF_RADIATION": "RADATT", "DATE_RADIATION": "02/04/2025", "DATE_SIGNATURE_BAIL": "01/04/2025"}


@pytest.fixture
def depose(tmp_path):
    """`depose(type, lignes, **options)` → the deposit of a file of these rows."""
    numero = iter(range(100))

    def deposer(type, lignes, **options):
        chemin = tmp_path / f"{type}{next(numero)}.csv"
        colonnes = list(dict.fromkeys(c for ligne in lignes for c in ligne))
        with chemin.open("w", newline="", encoding="utf-8") as fichier:
            redacteur = csv.DictWriter(fichier, colonnes, delimiter=";", restval="")
            redacteur.writeheader()
            redacteur.writerows(lignes)
        return importer(type, chemin, **options)

    return deposer


@pytest.fixture
def parc():
    """The dwelling REPL1 of R1, with the thresholds of 2025."""
    f.residence("R1")
    f.logement("L1", residence="R1")
    f.seuil(2025, 9000, 12000, 15000)


def codes(depot, sorte="erreurs"):
    return {constat["code"]: constat["nombre"] for constat in depot.rapport[sorte]}


def avertissements(depot):
    return codes(depot, "avertissements")


# --- thresholds -----------------------------------------------------------------------------------------------------


def test_thresholds_load_and_replace_their_year(depose):
    f.territoire()
    ligne = {"SIREN_EPCI": f.EPCI, "ANNEE": "2025", "SEUIL_Q1": "9 052,5", "SOURCE": "arrêté"}
    assert depose("seuils", [ligne]).etat == "charge"
    assert depose("seuils", [ligne | {"SEUIL_Q1": "9100"}, ligne | {"ANNEE": "2024"}]).etat == "charge"
    en_vigueur = SeuilQuartile.objects.courantes().order_by("annee").values_list("annee", "s1", "s2")
    assert list(en_vigueur) == [(2024, Decimal("9052.50"), None), (2025, Decimal("9100.00"), None)]


@pytest.mark.parametrize(
    ("champs", "code"),
    [
        ({"SIREN_EPCI": "123456789"}, "organisation_inconnue"),
        ({"SEUIL_Q2": "9000"}, "valeur_illisible"),
        ({"SEUIL_Q2": "12000", "SEUIL_Q3": "12000"}, "valeur_illisible"),
        ({"SEUIL_Q3": "9000"}, "valeur_illisible"),
        ({"ANNEE": ""}, "cle_vide"),
        ({"SEUIL_Q1": "neuf mille"}, "valeur_illisible"),
    ],
)
def test_thresholds_that_cannot_be_are_refused(depose, champs, code):
    f.territoire()
    depot = depose("seuils", [{"SIREN_EPCI": f.EPCI, "ANNEE": "2025", "SEUIL_Q1": "9000"} | champs])
    assert depot.etat == "refuse" and code in codes(depot)
    assert not SeuilQuartile.objects.exists()


def test_thresholds_are_deposited_by_the_platform_alone(depose):
    depot = depose("seuils", [{"SIREN_EPCI": f.EPCI}], organisation=f.organisation("epci"))
    assert codes(depot).keys() == {"organisation_interdite"}


# --- the number -----------------------------------------------------------------------------------------------------


def test_unique_number_is_nowhere_in_clear(depose, parc):
    bonne = depose("sne_radiations", [DECISION, DECISION])
    refusee = depose("sne_radiations", [DECISION, DECISION | {"NUMERORPLS": "", "DATE_CALEOL": ""}])
    double = depose("sne_radiations", [DECISION, DECISION | {"UNITE_CONSO": "2"}])
    stock = depose("sne_stock", [{"NUMERO_UNIQUE": NUMERO, "DATE_CREATION": "01/01/2020"}], millesime=2025)
    assert [d.etat for d in (bonne, refusee, double, stock)] == ["charge", "refuse", "refuse", "charge"]
    attendu = pseudonyme(settings.CLE_PSEUDONYME, NUMERO)
    assert RadiationSne.objects.get().numero == DemandeSne.objects.get().numero == attendu
    for depot in (bonne, refusee, double, stock):
        assert NUMERO not in json.dumps(depot.rapport)
    with connection.cursor() as curseur:
        for table in ("attributions_radiationsne", "attributions_demandesne", "partenaires_depot"):
            curseur.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{NUMERO}%"])
            assert curseur.fetchone()[0] == 0


# --- what a row is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("champs", "attribution", "cle"),
    [
        ({}, True, "2025-03-01:REPL1"),
        (BAIL | {"ISSUE_ATTRIBUTION": "bail_signe"}, True, "2025-03-01:REPL1"),
        (BAIL | {"DATE_CALEOL": ""}, True, "2025-04-02"),
        ({"DATE_CALEOL": "", "MOTIF_RADIATION": "ABANDON", "DATE_RADIATION": "02/04/2025"}, False, "2025-04-02"),
        ({"NUMERORPLS": "", "MOTIF_RADIATION": "RADATT", "DATE_RADIATION": "02/04/2025"}, False, "2025-04-02"),
    ],
)
def test_what_makes_an_allocation_and_its_key(depose, parc, champs, attribution, cle):
    assert depose("sne_radiations", [DECISION | champs]).etat == "charge"
    ligne = RadiationSne.objects.get()
    assert (ligne.attribution, ligne.cle_evenement) == (attribution, cle)


def test_row_that_nothing_identifies_is_refused(depose, parc):
    depot = depose("sne_radiations", [DECISION | {"DATE_CALEOL": ""}])
    assert codes(depot) == {"cle_vide": 1}


def test_issue_outside_the_list_is_refused(depose, parc):
    assert codes(depose("sne_radiations", [DECISION | {"ISSUE_ATTRIBUTION": "peut-être"}])) == {"valeur_hors_liste": 1}


def test_unknown_commune_is_refused(depose, parc):
    depot = depose("sne_radiations", [DECISION | {"COMMUNE_LOGEMENT_ATTRIB": "99999"}])
    assert codes(depot) == {"commune_inconnue": 1}


def test_missing_required_column_is_named(depose):
    depot = depose("sne_radiations", [{c: v for c, v in DECISION.items() if c != "UNITE_CONSO"}])
    assert codes(depot)["colonne_manquante"] == 1 and depot.rapport["colonnes_manquantes"] == ["UNITE_CONSO"]


def test_later_file_completes_an_earlier_event(depose, parc):
    depose("sne_radiations", [DECISION])
    apres = DECISION | BAIL | {"ISSUE_ATTRIBUTION": "bail_signe", "REVENU_MENSUEL_FOYER": ""}
    depot = depose("sne_radiations", [apres])
    assert (depot.etat, depot.rapport["lignes_chargees"]) == ("charge", 1)
    ligne = RadiationSne.objects.courantes().get()
    assert (ligne.issue, ligne.date_bail, ligne.revenu_mensuel) == ("bail_signe", date(2025, 4, 1), 1000)
    assert depose("sne_radiations", [apres]).etat == "deja_charge"


def test_household_may_be_allocated_again(depose, parc):
    depose("sne_radiations", [DECISION, DECISION | {"DATE_CALEOL": "01/06/2025"}])
    assert RadiationSne.objects.courantes().count() == 2


# --- who deposits ---------------------------------------------------------------------------------------------------


def test_bailleur_deposits_its_own_rows_only(depose, parc):
    bailleur = f.organisation("bailleur")
    autres = [
        DECISION | {"NUMERO_UNIQUE": f"N{rang}", "SIREN_RADIATION": s} for rang, s in enumerate(("900100002", ""))
    ]
    depot = depose("sne_radiations", [DECISION, *autres], organisation=bailleur)
    assert codes(depot) == {"organisation_interdite": 2}
    assert depose("sne_radiations", [DECISION], organisation=bailleur).etat == "charge"


def test_a_bailleur_does_not_take_over_the_event_of_another(depose, parc):
    """The row in force and what it holds stay with the bailleur that the EPCI's file named."""
    autre = f.organisation("bailleur", siren="900100002")
    f.organisation("bailleur")
    depose("sne_radiations", [DECISION])
    depot = depose("sne_radiations", [DECISION | {"SIREN_RADIATION": autre.siren}], organisation=autre)
    assert (depot.etat, codes(depot)) == ("refuse", {"organisation_interdite": 1})
    assert RadiationSne.objects.courantes().get().bailleur == f.BAILLEUR


def test_a_bailleur_completes_an_event_that_names_nobody(depose, parc):
    depose("sne_radiations", [DECISION | {"SIREN_RADIATION": ""}])
    assert depose("sne_radiations", [DECISION], organisation=f.organisation("bailleur")).etat == "charge"
    assert RadiationSne.objects.courantes().get().bailleur == f.BAILLEUR


def test_the_rows_of_another_tell_nothing_of_its_dwellings(depose, parc):
    """REPL1 is a dwelling of the other bailleur, ABSENT is nobody's: both read the same."""
    autre = f.organisation("bailleur", siren="900100002")
    lignes = [DECISION, DECISION | {"NUMERORPLS": "ABSENT"}]
    depot = depose("sne_radiations", lignes, organisation=autre)
    inconnu = next(a for a in depot.rapport["avertissements"] if a["code"] == "logement_inconnu")
    assert inconnu["lignes"] == [2, 3]


@pytest.mark.parametrize(("nature", "etat"), [("epci", "charge"), ("ddt", "charge"), ("commune", "refuse")])
def test_epci_and_state_deposit_the_sne(depose, parc, nature, etat):
    assert depose("sne_radiations", [DECISION], organisation=f.organisation(nature)).etat == etat


def test_deposit_says_which_territories_it_touches(depose, parc):
    assert depose("sne_radiations", [DECISION]).territoires == [f.EPCI]
    assert depose("sne_radiations", [DECISION | {"DATE_CALEOL": "", **BAIL, "NUMERORPLS": ""}]).territoires == []


# --- warnings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("champs", "code"),
    [
        ({"NUMERORPLS": "AUTRE"}, "logement_inconnu"),
        ({"SIREN_RADIATION": ""}, "logement_inconnu"),
        (BAIL | {"DATE_SIGNATURE_BAIL": "28/02/2025"}, "bail_avant_decision"),
        ({"DATE_CALEOL": "01/03/2024"}, "seuil_absent"),
        ({"NB_Q2": "1"}, "quartile_declare_different"),  # 12 × 1000 < 9000 × 1.5: Q1
        ({"NB_QNA": "1"}, "quartile_declare_different"),
        ({"REVENU_MENSUEL_FOYER": "", "NB_Q1": "1"}, "quartile_declare_different"),
        ({"REVENU_MENSUEL_FOYER": "0"}, "ressources_nulles"),
        (BAIL | {"DATE_CALEOL": ""}, "decision_inconnue"),
        ({"NUMERORPLS": "AUTRE", "COMMUNE_LOGEMENT_ATTRIB": ""}, "territoire_inconnu"),
    ],
)
def test_what_is_loaded_with_a_warning(depose, parc, champs, code):
    depot = depose("sne_radiations", [DECISION | champs])
    assert depot.etat == "charge"
    assert avertissements(depot)[code] == 1


@pytest.mark.parametrize(
    "champs",
    [
        {"NB_Q1": "1"},
        {},
        BAIL | {"DATE_SIGNATURE_BAIL": "01/03/2025"},  # the lease of the very day is not before its decision
        {"REVENU_MENSUEL_FOYER": "", "NB_QNA": "1"},
    ],
)
def test_what_deserves_no_warning(depose, parc, champs):
    assert avertissements(depose("sne_radiations", [DECISION | champs])) == {}


def test_declared_upper_quartile_agrees_with_q2_q4(depose):
    f.residence("R1"), f.logement("L1", residence="R1"), f.seuil(2025, 5000)
    assert avertissements(depose("sne_radiations", [DECISION | {"NB_Q3": "1"}])) == {}
    assert avertissements(depose("sne_radiations", [DECISION | {"NB_Q1": "1"}])) == {"quartile_declare_different": 1}


def test_without_any_threshold_declared_quartiles_are_not_judged(depose):
    f.residence("R1"), f.logement("L1", residence="R1")
    assert avertissements(depose("sne_radiations", [DECISION | {"NB_Q3": "1"}])) == {"seuil_absent": 1}


# --- active applications --------------------------------------------------------------------------------------------


def test_applications_are_kept_by_millesime(depose):
    f.commune()
    ligne = {"NUMERO_UNIQUE": NUMERO, "DATE_CREATION": "", "COMMUNE_LOG_RECHERCHE": f.COMMUNE}
    assert [depose("sne_stock", [ligne | {"NB_DALO": m % 2}], millesime=m).etat for m in (2024, 2025)] == ["charge"] * 2
    en_vigueur = DemandeSne.objects.courantes().order_by("millesime")
    assert [(d.millesime, d.dalo, d.date_creation) for d in en_vigueur] == [(2024, 0, None), (2025, 1, None)]


def test_applications_need_their_millesime(depose):
    assert codes(depose("sne_stock", [{"NUMERO_UNIQUE": NUMERO, "DATE_CREATION": ""}])) == {"millesime_absent": 1}
