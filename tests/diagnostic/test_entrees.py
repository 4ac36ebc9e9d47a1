"""A residence by entrance: what the RPLS tells of it, counted as the residence is, masked as a residence is."""

import pytest

from diagnostic.models import Comptage, Residence
from diagnostic.services import entrees, indicateurs
from partenaires.depots.moteur import importer
from tests import fabriques as f

pytestmark = pytest.mark.django_db


def habiter(entree, menages, modestes=0, bat="A", esc=None, annee=2025, **logement):
    """So many surveyed homes of an entrance, the first ones under 20 % of the ceiling."""
    for rang in range(menages):
        ident = f"{bat}{esc}{entree}-{rang}"
        f.logement(ident, millesime=annee, bat=bat, esc=esc, entree=entree, **logement)
        f.menage_ops(ident, annee=2025, pct_plafond_plus=10 if rang < modestes else 50, apl=1)


@pytest.fixture
def residence():
    f.commune()
    f.organisation("epci", f.EPCI)
    for source in ("ops", "rpls"):
        f.protocole("epci", source, "residence")
    return f.residence("R1")


def lues(adhesion=None, residence=None):
    residence = residence or Residence.objects.get(code="R1")
    return {e.nom: e for e in entrees.lire(adhesion or f.adhesion("bailleur"), residence, 2025)}


def test_each_entrance_counts_its_own_homes_and_they_sum_to_the_residence(residence):
    habiter("1", 12, 5)
    habiter("2", 3, 3)
    f.logement("VIDE", bat="A", entree="2")
    par_entree = lues()
    assert list(par_entree) == ["Bât. A, Entrée 1", "Bât. A, Entrée 2"]
    un, deux = par_entree.values()
    assert (un.logements, deux.logements) == (12, 4)
    cellule = un.cellules["menages_moins_20_pct_plus"]
    assert (cellule.numerateur, cellule.denominateur, cellule.effectif, cellule.secret) == (5, 12, 12, False)
    indicateurs.recalculer(f.EPCI)
    ensemble = Comptage.objects.get(niveau="residence", population="ensemble", millesime=2025)
    for code in entrees.CODES:
        for cote, champ in (("n", "numerateur"), ("d", "denominateur")):
            somme = sum(getattr(e.cellules[code], champ) for e in par_entree.values())
            assert somme == getattr(ensemble, f"{cote}_{code}"), (cote, code)


def test_a_residence_whose_file_tells_no_entrance_has_none(residence):
    habiter(None, 5, bat=None)
    assert lues() == {}


def test_homes_without_entrance_stand_apart_and_last(residence):
    habiter("1", 2, bat=None)
    habiter(None, 2, bat=None)
    assert list(lues()) == ["Entrée 1", "Sans entrée connue"]


def test_building_staircase_and_entrance_tell_an_entrance_in_their_order(residence):
    for bat, esc, entree in (("B", "1", None), ("A", "2", "10"), ("A", "2", "9")):
        habiter(entree, 1, bat=bat, esc=esc)
    assert [(e.bat, e.esc, e.entree) for e in lues().values()] == [("A", "2", "9"), ("A", "2", "10"), ("B", "1", "")]


def test_a_survey_reads_the_entrance_of_the_nearest_rpls(residence):
    habiter("1", 2, annee=2023)
    (une,) = lues().values()
    assert une.logements is None and une.cellules["beneficiaires_apl"].denominateur == 2


def test_the_owner_reads_every_entrance_and_the_epci_those_of_eleven_respondents(residence):
    habiter("1", 11)
    habiter("2", 10)
    habiter("3", 10)
    secrets = {nom: e.cellules["beneficiaires_apl"].secret for nom, e in lues(f.adhesion("epci")).items()}
    assert list(secrets.values()) == [False, True, True]
    assert not any(e.cellules["beneficiaires_apl"].secret for e in lues().values())
    assert [e.logements for e in lues(f.adhesion("epci")).values()] == [11, 10, 10]


def test_one_masked_entrance_is_not_given_back_by_the_total(residence):
    habiter("1", 30)
    habiter("2", 12)
    habiter("3", 4)
    cellules = [e.cellules["beneficiaires_apl"] for e in lues(f.adhesion("epci")).values()]
    assert [c.secret for c in cellules] == [False, True, True]
    assert cellules[1].taux is None and cellules[1].effectif is None


def test_without_protocole_the_epci_reads_no_entrance(residence):
    f.partenaires.Protocole.objects.all().delete()
    habiter("1", 12, 1)
    habiter("2", 12, 6)
    assert all(c.secret for e in lues(f.adhesion("epci")).values() for c in e.cellules.values())


def test_page_and_panel_show_them_to_who_may_see_the_residence(client, residence):
    habiter("1", 12, 5)
    adresse = f"/diagnostic/residences/{residence.identifiant}/entrees/?annee=2025"
    client.force_login(f.adhesion("bailleur").utilisateur)
    assert "Bât. A, Entrée 1" in client.get(adresse).content.decode()
    panneau = client.get(adresse, headers={"HX-Request": "true"}).content.decode()
    assert "Bât. A, Entrée 1" in panneau and "<html" not in panneau
    assert "entrees/" in client.get(f"/diagnostic/residences/{residence.identifiant}/").content.decode()
    f.residence("V1", bailleur="900100002")
    client.force_login(f.adhesion("bailleur", siren="900100002").utilisateur)
    assert client.get(adresse).status_code == 404
    client.force_login(f.adhesion("commune", siren="900200001").utilisateur)
    assert client.get(adresse).status_code == 404


def test_rpls_file_brings_building_staircase_and_entrance(tmp_path):
    f.commune()
    f.organisation("bailleur")
    chemin = tmp_path / "rpls.csv"
    chemin.write_text(
        "IDENT_REP;IDENT_INT;IDENT_ORG;SIRET;DEPCOM;NBPIECE;SURFHAB;CONSTRUCT;MODE;BAT;ESC;ENTREE\n"
        f"1;L1;O;{f.BAILLEUR}00017;{f.COMMUNE};3;60;1970;1; A ;2;12\n"
        f"2;L2;O;{f.BAILLEUR}00017;{f.COMMUNE};3;60;1970;1;;;\n"
    )
    depot = importer("rpls", chemin, millesime=2025)
    assert depot.etat == "charge" and depot.rapport["colonnes_inconnues"] == []
    logements = f.diagnostic.Logement.objects.order_by("ident_int").values_list("bat", "esc", "entree")
    assert list(logements) == [("A", "2", "12"), (None, None, None)]
