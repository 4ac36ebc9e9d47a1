"""Figures of the territory brought from elsewhere: what their file must hold, what it replaces, what is refused."""

from decimal import Decimal

import pytest

from diagnostic.models import IndicateurTerritorial
from partenaires.depots.moteur import importer
from partenaires.services.retrait import retirer
from tests import fabriques as f

pytestmark = pytest.mark.django_db
ENTETE = "TERRITOIRE_TYPE;TERRITOIRE_CODE;VERSION;ANNEE;INDICATEUR;VALEUR;NUMERATEUR;DENOMINATEUR;UNITE;PUBLIQUE"
QPV = "qpv;QP099001;2024;2021"


@pytest.fixture
def deposer(tmp_path):
    f.commune()
    f.perimetre(version="2015")
    f.perimetre(version="2024")

    def faire(*lignes, entete=ENTETE, **options):
        chemin = tmp_path / "indicateurs.csv"
        chemin.write_text("\n".join([entete, *lignes]) + "\n")
        return importer("indicateurs_territoriaux", chemin, **options)

    return faire


def en_vigueur(*champs):
    return sorted(IndicateurTerritorial.objects.courantes().values_list(*champs))


def codes(depot):
    return {un["code"] for un in depot.rapport["erreurs"]}


def test_a_value_takes_the_unit_and_label_of_the_indicator_it_names(deposer):
    depot = deposer(
        f"{QPV};TAUX_PAUVRETE;0,42;;;;1",
        f"commune;{f.COMMUNE};;2021;taux_pauvrete;18,4;;;pourcent;1",
        f"epci;{f.EPCI};;2021;prix_m2_ancien;2 150,50;;;;1",
    )
    assert (depot.etat, depot.territoires) == ("charge", [f.EPCI]), depot.rapport
    assert en_vigueur("niveau", "territoire", "version", "code", "valeur", "unite", "libelle", "epci") == [
        ("commune", f.COMMUNE, "", "taux_pauvrete", Decimal("0.184"), "part", "Taux de pauvreté", f.EPCI),
        ("epci", f.EPCI, "", "prix_m2_ancien", Decimal("2150.5"), "euros_par_m2", "Prix des logements anciens au m²")
        + (f.EPCI,),
        ("qpv", "QP099001", "2024", "taux_pauvrete", Decimal("0.42"), "part", "Taux de pauvreté", f.EPCI),
    ]


def test_numerator_and_denominator_stand_for_the_value(deposer):
    depot = deposer(f"{QPV};part_locatif_prive;;30;120;;0")
    assert depot.etat == "charge", depot.rapport
    assert en_vigueur("valeur", "numerateur", "denominateur", "unite") == [
        (Decimal("0.25"), Decimal(30), Decimal(120), "part")
    ]
    assert depot.rapport["avertissements"] == []


def test_an_indicator_unknown_to_the_platform_is_kept_as_named(deposer):
    depot = deposer(f"{QPV};commerces_vacants;7;;;nombre;1;Commerces vacants", entete=f"{ENTETE};LIBELLE")
    assert depot.etat == "charge", depot.rapport
    assert en_vigueur("code", "libelle", "unite", "valeur") == [
        ("commerces_vacants", "Commerces vacants", "nombre", Decimal(7))
    ]


REFUS = {
    "no value": (f"{QPV};taux_pauvrete;;;;;1", "valeur_absente"),
    "a numerator without denominator": (f"{QPV};part_locatif_prive;;30;;;1", "valeur_absente"),
    "a denominator of 0": (f"{QPV};part_locatif_prive;;30;0;;1", "valeur_absente"),
    "a numerator without denominator beside a value": (f"{QPV};part_locatif_prive;0,3;30;;;1", "valeur_absente"),
    "a value that its counts contradict": (f"{QPV};part_locatif_prive;0,3;30;120;;1", "valeur_contradictoire"),
    "a percentage called a share": (f"{QPV};taux_pauvrete;18,4;;;part;1", "part_hors_bornes"),
    "a share over 100 %": (f"{QPV};taux_pauvrete;140;;;pourcent;1", "part_hors_bornes"),
    "euros for a share": (f"{QPV};taux_pauvrete;0,2;;;euros;1", "unite_differente"),
    "a unit out of the list": (f"{QPV};taux_pauvrete;0,2;;;hectares;1", "valeur_hors_liste"),
    "a name with accents": (f"{QPV};pauvreté;0,2;;;;1", "valeur_illisible"),
    "a name that the platform computes": (f"{QPV};rotation;0,2;;;;1", "indicateur_calcule"),
    "a text for a value": (f"{QPV};taux_pauvrete;beaucoup;;;;1", "valeur_illisible"),
    "a scale out of the list": ("iris;310000101;;2021;taux_pauvrete;0,2;;;;1", "valeur_hors_liste"),
    "an unknown QPV": ("qpv;QP777777;;2021;taux_pauvrete;0,2;;;;1", "territoire_inconnu"),
    "a version that the QPV has not": ("qpv;QP099001;2030;2021;taux_pauvrete;0,2;;;;1", "territoire_inconnu"),
    "an unknown commune": ("commune;88888;;2021;taux_pauvrete;0,2;;;;1", "territoire_inconnu"),
    "no year": ("qpv;QP099001;2024;;taux_pauvrete;0,2;;;;1", "cle_vide"),
    "no place": ("qpv;;2024;2021;taux_pauvrete;0,2;;;;1", "cle_vide"),
}


@pytest.mark.parametrize(("ligne", "attendu"), REFUS.values(), ids=REFUS)
def test_bad_row_is_refused_with_its_reason(deposer, ligne, attendu):
    depot = deposer(ligne)
    assert depot.etat == "refuse"
    assert codes(depot) == {attendu}, depot.rapport["erreurs"]
    assert not en_vigueur("code")


def test_two_different_values_of_one_place_and_year_are_refused(deposer):
    depot = deposer(f"{QPV};taux_pauvrete;0,42;;;;1", f"{QPV};taux_pauvrete;0,43;;;;1")
    assert codes(depot) == {"cle_en_double"}


def test_an_epci_deposits_for_its_own_places_alone(deposer):
    f.commune("88001", epci="900000002", departement="88")
    depot = deposer(
        "commune;88001;;2021;taux_pauvrete;0,2;;;;1", f"{QPV};taux_pauvrete;0,4;;;;1", deposant=f.organisation("epci")
    )
    assert codes(depot) == {"organisation_interdite"}
    assert depot.rapport["erreurs"][0]["lignes"] == [2]


@pytest.mark.parametrize("nature", ["bailleur", "ddt", "commune"])
def test_only_the_epci_and_the_administrator_deposit(deposer, nature):
    depot = deposer(f"{QPV};taux_pauvrete;0,4;;;;1", deposant=f.organisation(nature, departement="99"))
    assert codes(depot) == {"organisation_interdite"}


def test_a_new_file_replaces_the_year_and_indicator_at_its_scale_and_its_withdrawal_brings_them_back(deposer):
    premier = deposer(f"{QPV};taux_pauvrete;0,42;;;;1", f"commune;{f.COMMUNE};;2021;taux_pauvrete;0,2;;;;1")
    second = deposer(f"{QPV};taux_pauvrete;0,40;;;;1")
    assert premier.etat == second.etat == "charge"
    assert en_vigueur("niveau", "valeur") == [("commune", Decimal("0.2")), ("qpv", Decimal("0.4"))]
    retirer(second)
    assert en_vigueur("niveau", "valeur") == [("commune", Decimal("0.2")), ("qpv", Decimal("0.42"))]


def test_a_value_that_nobody_else_may_read_is_announced(deposer):
    depot = deposer(f"{QPV};taux_pauvrete;0,42;;;;", f"{QPV};part_locatif_prive;;30;120;;")
    assert [(un["code"], un["lignes"]) for un in depot.rapport["avertissements"]] == [("population_inconnue", [2])]


def test_a_merged_commune_is_read_under_its_code_in_force(deposer):
    f.commune_rattachee("99901")
    deposer("commune;99901;;2021;taux_pauvrete;0,2;;;;1")
    assert en_vigueur("territoire") == [(f.COMMUNE,)]
