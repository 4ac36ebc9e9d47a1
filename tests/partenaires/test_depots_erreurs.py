"""`/depots/<id>/erreurs.csv`: every error of a file, one line each, for whoever makes the file."""

import csv
import io

import pytest
from django.core.files.base import ContentFile

from partenaires.models import Depot
from partenaires.reception import recevoir
from partenaires.services import depots, erreurs, stockage
from partenaires.services.traitement import traiter
from tests import fabriques

pytestmark = pytest.mark.django_db
ENTETE = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES\n"


@pytest.fixture
def bailleur():
    fabriques.residence("R1")
    return fabriques.adhesion("bailleur", "gestionnaire")


@pytest.fixture
def controler():
    """`controler(adhesion, texte)`: the deposit of such a file, checked."""

    def faire(adhesion, texte, type="gestion", nom="gestion_2025.csv", **choix) -> Depot:
        recu = recevoir(nom, ContentFile(texte.encode()), 10_000_000)
        (depot,) = depots.recevoir(adhesion, [recu], depots.Choix(type=type, **choix))
        traiter(depot.pk)
        return Depot.objects.get(pk=depot.pk)

    return faire


def lignes_de(depot) -> list[list[str]]:
    texte = b"".join(erreurs.lire(depot)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(texte), delimiter=";"))


def lignes(*valeurs):
    return ENTETE + "".join(f"900100001;R{rang};2025;{valeur};1\n" for rang, valeur in enumerate(valeurs, 1))


def test_every_error_of_every_line_is_listed_with_the_value_read(controler, bailleur):
    depot = controler(bailleur, lignes("vingt", "20", "trente"))
    entetes, *listees = lignes_de(depot)
    assert entetes == ["ligne", "colonne", "code", "message", "valeur"]
    illisibles = [une for une in listees if une[2] == "valeur_illisible"]
    assert [(une[0], une[1], une[4]) for une in illisibles] == [
        ("2", "NB_LOGEMENTS", "vingt"),
        ("4", "NB_LOGEMENTS", "trente"),
    ]
    assert "Valeurs" not in illisibles[0][3]


def test_beyond_the_hundred_lines_of_the_report_all_are_there(controler, bailleur):
    depot = controler(bailleur, lignes(*["x"] * 250))
    assert len(depot.rapport["erreurs"][0]["lignes"]) == 100
    assert len([une for une in lignes_de(depot) if une[2] == "valeur_illisible"]) == 250


def test_error_of_a_check_names_its_lines_too(controler, bailleur):
    depot = controler(bailleur, ENTETE + "900100001;R1;2025;20;1\n900100001;R1;2025;21;1\n")
    assert [une[0] for une in lignes_de(depot) if une[2] == "cle_en_double"] == ["2", "3"]


def test_missing_column_is_a_fault_of_the_header(controler, bailleur):
    depot = controler(bailleur, "SIREN_BAILLEUR;CODE_RESIDENCE\n900100001;R1\n")
    manquantes = [une for une in lignes_de(depot) if une[2] == "colonne_manquante"]
    assert {une[0] for une in manquantes} == {"1"}
    assert any("ANNEE" in une[1] + une[3] for une in manquantes)


def test_faults_of_the_cells_are_listed_beside_those_of_the_header(controler, bailleur):
    depot = controler(bailleur, "SIREN_BAILLEUR;CODE_RESIDENCE;NB_LOGEMENTS\n900100001;R1;vingt\n900100001;R2;dix\n")
    assert [(une[0], une[1], une[4]) for une in lignes_de(depot)[1:] if une[2] == "valeur_illisible"] == [
        ("2", "NB_LOGEMENTS", "vingt"),
        ("3", "NB_LOGEMENTS", "dix"),
    ]


@pytest.mark.parametrize("valeur", ["=1+1", "+a", "-x", "@SUM(A1)", " =HYPERLINK()"])
def test_value_that_a_spreadsheet_would_run_is_neutralised(controler, bailleur, valeur):
    depot = controler(bailleur, lignes(valeur))
    lue = next(une for une in lignes_de(depot) if une[1] == "NB_LOGEMENTS")
    assert lue[4] == "'" + valeur.strip()


def test_personal_value_is_never_listed(controler):
    epci = fabriques.adhesion("epci", "gestionnaire")
    entete = (
        "NUMERO_UNIQUE;MOTIF_RADIATION;DATE_RADIATION;SIREN_RADIATION;NUMERORPLS;REVENU_MENSUEL_FOYER;UNITE_CONSO\n"
    )
    ligne = "N1;AUTRE;le trois;900100001;R1;mille euros;1\n"
    depot = controler(epci, entete + ligne, "sne_radiations", "sne.csv")
    valeurs = {une[1]: une[4] for une in lignes_de(depot)}
    assert (valeurs["DATE_RADIATION"], valeurs["REVENU_MENSUEL_FOYER"]) == ("le trois", "")
    assert "mille euros" not in str(depot.rapport)


def test_list_goes_with_its_file(controler, bailleur):
    depot = controler(bailleur, lignes("vingt"))
    assert stockage.chemin_des_erreurs(depot).exists()
    assert b"vingt" not in stockage.chemin_des_erreurs(depot).read_bytes()
    stockage.effacer(depot)
    assert not stockage.chemin_des_erreurs(depot).exists()


def test_without_a_kept_list_the_report_gives_the_first_lines(controler, bailleur):
    depot = controler(bailleur, lignes("vingt"))
    stockage.effacer(depot)
    assert [une[0] for une in lignes_de(depot) if une[2] == "valeur_illisible"] == ["2"]


def test_errors_of_a_former_check_are_forgotten(controler, bailleur):
    depot = controler(bailleur, lignes("vingt"))
    Depot.objects.filter(pk=depot.pk).update(etat=Depot.Etat.RECU, type="passage")
    traiter(depot.pk)
    codes = {une[2] for une in lignes_de(Depot.objects.get(pk=depot.pk))[1:]}
    assert codes == {"type_inattendu"}
