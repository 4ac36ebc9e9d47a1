"""Deposit of `relogements`: what it makes, completes, refuses and says."""

from datetime import date
from decimal import Decimal

import pytest

from partenaires.depots.moteur import importer
from relogement.imports.relogements import COLONNES
from relogement.models import MenageRelogement, Operation, Projet, Proposition
from tests import fabriques as f

pytestmark = pytest.mark.django_db
CONTOUR = {"type": "Polygon", "coordinates": [[[2, 46], [3, 46], [3, 47], [2, 47], [2, 46]]]}
RELOGE = {
    "CODE_PROJET": "P1",
    "NOM_PROJET": "Projet des Lilas",
    "QUARTIER": "NP1",
    "OPERATION": "D-1",
    "TYPE_OPERATION": "demolition",
    "ID_MENAGE": "M1",
    "ETAT": "reloge",
    "SIREN_BAILLEUR_ORIGINE": "900100001",
    "IDENT_INT_ORIGINE": "L1",
    "TAILLE_MENAGE": "3",
    "UNITE_CONSO": "1,8",
    "RESSOURCES_MENSUELLES": "1200,50",
    "LOYER_AVANT": "420",
    "CHARGES_AVANT": "100",
    "APL_AVANT": "250",
    "SURFACE_AVANT": "60",
    "DATE_ENQUETE": "10/01/2024",
    "DATE_PROPOSITION_1": "01/02/2024",
    "MOTIF_REFUS_1": "localisation",
    "DATE_PROPOSITION_2": "01/04/2024",
    "DATE_BAIL": "01/06/2024",
    "SIREN_BAILLEUR_DESTINATION": "900100001",
    "IDENT_INT_DESTINATION": "L2",
    "DATE_PREMIERE_LOCATION": "01/06/2020",
    "LOYER_APRES": "4.300000e+02",
    "CHARGES_APRES": "100",
    "APL_APRES": "250",
    "SURFACE_APRES": "62",
    "MINORATION": "40",
}
ENTETES = [c.nom for c in COLONNES]


@pytest.fixture
def deposer(tmp_path):
    """Deposits rows (dicts) as the EPCI, or as the platform's administrator when `organisation` is None."""

    def faire(*lignes, organisation="epci", **options):
        chemin = tmp_path / "relogements.csv"
        textes = [";".join(ENTETES), *(";".join(ligne.get(nom, "") for nom in ENTETES) for ligne in lignes)]
        chemin.write_text("\n".join(textes) + "\n", encoding="utf-8")
        deposant = f.organisation("epci") if organisation == "epci" else organisation
        return importer("relogements", chemin, organisation=deposant, **options)

    return faire


@pytest.fixture(autouse=True)
def parc():
    f.commune()
    f.residence("R1")
    f.passage("L1", "R1")
    f.passage("L2", "R1")
    f.perimetre("NP1", "npnru", "2014", geometrie=CONTOUR)


def avertissements(depot):
    return {(a["code"], a["colonne"]): a["nombre"] for a in depot.rapport["avertissements"]}


def test_one_row_makes_project_operation_household_and_offers(deposer):
    depot = deposer(RELOGE)
    assert (depot.etat, depot.territoires, depot.rapport["lignes_chargees"]) == ("charge", [f.EPCI], 1), depot.rapport
    assert avertissements(depot) == {}
    projet = Projet.objects.get()
    assert (projet.code, projet.nom, projet.quartier, projet.epci) == ("P1", "Projet des Lilas", "NP1", f.EPCI)
    assert Operation.objects.values_list("projet", "code", "nature").get() == (projet.pk, "D-1", "demolition")
    menage = MenageRelogement.objects.get()
    assert (menage.depot, menage.courant, menage.identifiant, menage.etat) == (depot, True, "M1", "reloge")
    assert (menage.uc, menage.ressources, menage.loyer_apres) == (Decimal("1.80"), Decimal("1200.50"), Decimal("430"))
    assert (menage.date_bail, menage.date_premiere_location) == (date(2024, 6, 1), date(2020, 6, 1))
    offres = Proposition.objects.values_list("rang", "date", "motif_refus")
    assert list(offres) == [(1, date(2024, 2, 1), "localisation"), (2, date(2024, 4, 1), "")]


def test_same_file_again_is_already_loaded(deposer):
    deposer(RELOGE)
    assert deposer(RELOGE).etat == "deja_charge"
    assert MenageRelogement.objects.count() == 1


def test_later_file_completes_the_household_and_its_empty_cells_keep_what_was_known(deposer):
    deposer(RELOGE)
    suite = {"CODE_PROJET": "P1", "ID_MENAGE": "M1", "LOYER_APRES": "380", "DATE_PROPOSITION_3": "01/05/2024"}
    depot = deposer(suite)
    menage = MenageRelogement.objects.courantes().get()
    assert (menage.depot, menage.loyer_apres, menage.charges_apres, menage.etat) == (depot, 380, 100, "reloge")
    assert (
        menage.operation.code == "D-1" and menage.projet.nom == "Projet des Lilas" and menage.projet.quartier == "NP1"
    )
    assert [p.rang for p in menage.propositions.all()] == [1, 2, 3]
    assert menage.propositions.get(rang=1).motif_refus == "localisation"
    assert MenageRelogement.objects.filter(courant=False).count() == 1
    assert avertissements(depot) == {}  # judged on the completed household


def test_unchanged_rows_are_counted_apart(deposer):
    deposer(RELOGE)
    rapport = deposer(RELOGE, RELOGE | {"ID_MENAGE": "M2"}).rapport
    assert (rapport["lignes_lues"], rapport["lignes_chargees"], rapport["lignes_inchangees"]) == (2, 1, 1)
    assert deposer(RELOGE | {"MOTIF_REFUS_1": "surface"}).rapport["lignes_inchangees"] == 0


@pytest.mark.parametrize(
    ("changement", "attendu"),
    [
        ({"DATE_BAIL": ""}, ("reloge_incomplet", "DATE_BAIL")),
        ({"IDENT_INT_DESTINATION": ""}, ("reloge_incomplet", "IDENT_INT_DESTINATION")),
        ({"LOYER_APRES": ""}, ("reloge_incomplet", "LOYER_APRES")),
        ({"APL_AVANT": ""}, ("reloge_incomplet", "LOYER_AVANT")),
        ({"RESSOURCES_MENSUELLES": ""}, ("reloge_incomplet", "RESSOURCES_MENSUELLES")),
        ({"DATE_PREMIERE_LOCATION": ""}, ("reloge_incomplet", "DATE_PREMIERE_LOCATION")),
        ({"RESSOURCES_MENSUELLES": "0"}, ("ressources_nulles", "RESSOURCES_MENSUELLES")),
        ({"IDENT_INT_ORIGINE": "ZZ"}, ("logement_inconnu", "IDENT_INT_ORIGINE")),
        ({"IDENT_INT_DESTINATION": "ZZ"}, ("logement_inconnu", "IDENT_INT_DESTINATION")),
        ({"SIREN_BAILLEUR_DESTINATION": "900100002"}, ("logement_inconnu", "IDENT_INT_DESTINATION")),
        ({"DATE_BAIL": "31/01/2024"}, ("bail_avant_proposition", "DATE_BAIL")),
        ({"QUARTIER": "NP9"}, ("quartier_inconnu", "QUARTIER")),
    ],
)
def test_doubtful_row_is_loaded_with_a_warning_that_says_what_follows(deposer, changement, attendu):
    depot = deposer(RELOGE | changement)
    assert depot.etat == "charge" and MenageRelogement.objects.count() == 1
    assert avertissements(depot) == {attendu: 1}


def test_dwelling_of_rpls_without_residence_is_told_apart(deposer):
    f.logement("L7", residence=None)
    assert avertissements(deposer(RELOGE | {"IDENT_INT_DESTINATION": "L7"})) == {
        ("residence_inconnue", "IDENT_INT_DESTINATION"): 1
    }


@pytest.mark.parametrize(
    ("changement", "code"),
    [
        ({"ETAT": "envole"}, "valeur_hors_liste"),
        ({"DATE_BAIL": "31/02/2024"}, "valeur_illisible"),
        ({"LOYER_APRES": "-3"}, "valeur_illisible"),
        ({"ID_MENAGE": ""}, "cle_vide"),
        ({"CODE_PROJET": ""}, "cle_vide"),
    ],
)
def test_row_in_error_refuses_the_file_and_changes_nothing(deposer, changement, code):
    depot = deposer(RELOGE, RELOGE | {"ID_MENAGE": "M2"} | changement)
    assert depot.etat == "refuse" and [e["code"] for e in depot.rapport["erreurs"]] == [code]
    assert not MenageRelogement.objects.exists() and not Projet.objects.exists()
    deposer(RELOGE, RELOGE | {"ID_MENAGE": "M2"} | changement, accepter_partiel=True)
    assert [m.identifiant for m in MenageRelogement.objects.all()] == ["M1"]


def test_same_household_with_two_contents_is_an_error(deposer):
    depot = deposer(RELOGE, RELOGE | {"LOYER_APRES": "1"})
    assert depot.etat == "refuse" and depot.rapport["erreurs"][0]["code"] == "cle_en_double"


def test_project_of_another_territory_is_refused(deposer):
    deposer(RELOGE)
    depot = deposer(RELOGE | {"ETAT": "identifie"}, organisation=f.organisation("epci", siren="900000002"))
    assert depot.etat == "refuse"
    assert [e["code"] for e in depot.rapport["erreurs"]] == ["organisation_interdite"]
    assert Projet.objects.get().epci == f.EPCI and MenageRelogement.objects.courantes().get().etat == "reloge"


@pytest.mark.parametrize(
    ("quartier", "origine", "epci"), [("NP1", "", f.EPCI), ("NP9", "L1", f.EPCI), ("NP9", "ZZ", None), ("", "", None)]
)
def test_platform_administrator_leaves_the_territory_to_the_quarter_then_to_the_origin(
    deposer, quartier, origine, epci
):
    depot = deposer(RELOGE | {"QUARTIER": quartier, "IDENT_INT_ORIGINE": origine}, organisation=None)
    if epci:
        assert depot.etat == "charge" and Projet.objects.get().epci == epci
    else:
        assert depot.etat == "refuse" and depot.rapport["erreurs"][0]["code"] == "organisation_inconnue"


def test_bailleur_may_not_deposit_rehousing(deposer):
    depot = deposer(RELOGE, organisation=f.organisation("bailleur"))
    assert depot.etat == "refuse" and depot.rapport["erreurs"][0]["code"] == "organisation_interdite"


def test_unknown_operation_and_state_are_left_unknown(deposer):
    deposer(RELOGE | {"OPERATION": "", "ETAT": "NC"})
    menage = MenageRelogement.objects.get()
    assert (menage.operation, menage.etat) == (None, None)
