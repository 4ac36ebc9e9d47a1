"""Dwellings that left the stock: closed by the next RPLS file, with their reason and who holds them now."""

from collections import Counter

import pytest

from diagnostic.models import Logement
from diagnostic.services.sorties import Motif, compter, lister
from partenaires.models import Depot
from tests import fabriques as f

VENDEUR, ACQUEREUR = f.BAILLEUR, "900100002"


@pytest.fixture
def deux_millesimes(db):
    """L0 to L5 in 2024; only L0 in 2025."""
    f.organisation("bailleur", ACQUEREUR)
    f.residence("R1", nom="Les Lilas")
    for rang in range(6):
        f.logement(f"L{rang}", 2024, sortiepatrim=rang or 9)
    f.logement("L0", 2025)


@pytest.fixture
def bailleur():
    return f.adhesion("bailleur")


def motifs(adhesion, millesime=2025):
    return {une.ident_int: une.motif for une in lister(adhesion, f.EPCI, millesime)}


def test_the_reason_is_that_of_the_last_row(deux_millesimes, bailleur):
    assert motifs(bailleur) == {
        "L1": Motif.VENTE_OCCUPANT,
        "L2": Motif.AUTRE_BAILLEUR,
        "L3": Motif.AUTRE_VENTE,
        "L4": Motif.DEMOLITION,
        "L5": Motif.AUTRE,
    }


@pytest.mark.parametrize("sortiepatrim", [None, 9])
def test_a_reason_that_the_file_does_not_give_is_unknown(sortiepatrim, db, bailleur):
    f.residence("R1")
    f.logement("L1", 2024, sortiepatrim=sortiepatrim)
    f.logement("L0", 2025)
    assert motifs(bailleur) == {"L1": Motif.INCONNU}


def test_the_rows_of_the_dwellings_gone_are_still_there(deux_millesimes):
    assert Logement.objects.courantes().filter(ident_int="L4", millesime=2024).exists()


def test_nothing_has_left_before_the_second_file(db, bailleur):
    f.residence("R1")
    f.logement("L1", 2024)
    assert motifs(bailleur, 2024) == {}
    assert motifs(bailleur, 2025) == {}


def test_a_missing_year_is_skipped(db, bailleur):
    f.residence("R1")
    f.logement("L1", 2022)
    f.logement("L0", 2025)
    assert motifs(bailleur) == {"L1": Motif.INCONNU}


def test_a_dwelling_gone_earlier_does_not_leave_twice(deux_millesimes, bailleur):
    f.logement("L0", 2026)
    assert motifs(bailleur, 2026) == {}


def test_a_dwelling_under_another_identifier_of_the_same_bailleur_has_not_left(db, bailleur):
    f.residence("R1")
    f.logement("ANCIEN", 2024, ident_rep="REP1")
    f.logement("NOUVEAU", 2025, ident_rep="REP1")
    assert motifs(bailleur) == {}


def test_a_number_that_stood_twice_does_not_hide_an_exit(db, bailleur):
    f.residence("R1")
    for ident in ("L1", "L2"):
        f.logement(ident, 2024, ident_rep="REP1")
    f.logement("L2", 2025, ident_rep="REP1")
    assert motifs(bailleur) == {"L1": Motif.INCONNU}


# --- sale between bailleurs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declare", "motif"),
    [(None, Motif.AUTRE_BAILLEUR), (2, Motif.AUTRE_BAILLEUR), (4, Motif.DEMOLITION)],
)
def test_a_dwelling_that_another_bailleur_holds_changed_hands(declare, motif, db, bailleur):
    f.residence("R1")
    f.organisation("bailleur", ACQUEREUR)
    f.logement("L1", 2024, ident_rep="REP1", sortiepatrim=declare)
    f.logement("L0", 2025)
    f.logement("X9", 2025, bailleur=ACQUEREUR, ident_rep="REP1", residence=None)
    (sorti,) = lister(bailleur, f.EPCI, 2025)
    assert (sorti.motif, sorti.acquereur) == (motif, ACQUEREUR)
    f.protocole("epci", "rpls", "residence")
    assert compter(f.adhesion("epci"), f.EPCI, 2025).ventes == {(VENDEUR, ACQUEREUR): 1}


def test_who_held_it_only_before_did_not_buy_it(db, bailleur):
    f.residence("R1")
    f.organisation("bailleur", ACQUEREUR)
    f.logement("L1", 2024, ident_rep="REP1")
    f.logement("L0", 2025)
    f.logement("X9", 2023, bailleur=ACQUEREUR, ident_rep="REP1", residence=None)
    (sorti,) = lister(bailleur, f.EPCI, 2025)
    assert (sorti.motif, sorti.acquereur) == (Motif.INCONNU, "")


# --- a corrected file -----------------------------------------------------------------------------------------------


def corrige(etat="charge"):
    """L1 stood in a first file of 2025 that a second one replaced."""
    depot = f.depot("rpls", f.organisation("bailleur"), etat=etat, millesime=2025)
    f.residence("R1")
    f.logement("L1", 2025, depot=depot, courant=False, sortiepatrim=4)
    f.logement("L0", 2025)


def test_a_dwelling_that_a_corrected_file_leaves_out_is_closed(db, bailleur):
    corrige()
    assert motifs(bailleur) == {"L1": Motif.DEMOLITION}


def test_a_file_withdrawn_never_held_anything(db, bailleur):
    corrige(Depot.Etat.RETIRE)
    assert motifs(bailleur) == {}


def test_the_residence_of_a_dwelling_gone_is_that_of_the_last_file_that_says_it(db, bailleur):
    f.residence("R1", nom="Tour A", courant=False)
    f.logement("L1", 2024, residence=None)
    f.passage("L1", "R1", courant=False)
    f.logement("L0", 2025, residence=None)
    (sorti,) = lister(bailleur, f.EPCI, 2025)
    assert (sorti.residence, sorti.nom, sorti.ouverte) == (f"{VENDEUR}:R1", "Tour A", False)


# --- who sees what --------------------------------------------------------------------------------------------------


def nombres(lignes):
    return {(une.bailleur, une.residence): une.total for une in lignes}


def test_epci_and_state_read_counts_and_no_dwelling(deux_millesimes):
    for adhesion in (f.adhesion("epci"), f.adhesion("ddt", departement="99")):
        f.protocole(adhesion.nature, "rpls", "residence")
        lues = compter(adhesion, f.EPCI, 2025)
        assert nombres(lues.bailleurs) == {(VENDEUR, ""): 5}
        assert nombres(lues.residences) == {(VENDEUR, f"{VENDEUR}:R1"): 5}
        assert Counter(lues.bailleurs[0].comptes.values()) == {1: 5}
        assert lister(adhesion, f.EPCI, 2025) == []


def test_without_protocole_small_counts_are_masked_and_so_are_the_sales(deux_millesimes):
    f.logement("X9", 2025, bailleur=ACQUEREUR, ident_rep="REPL2", residence=None)
    lues = compter(f.adhesion("epci"), f.EPCI, 2025)
    assert nombres(lues.bailleurs) == {(VENDEUR, ""): None}
    assert lues.ventes == {}


def test_another_bailleur_or_a_commune_reads_nothing(deux_millesimes):
    for adhesion in (f.adhesion("bailleur", siren=ACQUEREUR), f.adhesion("commune"), None):
        lues = compter(adhesion, f.EPCI, 2025)
        assert (lues.bailleurs, lues.residences, lister(adhesion, f.EPCI, 2025)) == ([], [], [])


def test_another_territory_s_dwellings_are_not_counted(deux_millesimes):
    ailleurs = f.commune("98001", epci="900000002")
    f.logement("LOIN", 2024, commune=ailleurs.code, residence=None)
    assert "LOIN" not in motifs(f.adhesion("bailleur"))


def test_the_page_of_a_bailleur_lists_its_dwellings(deux_millesimes, client_de, bailleur):
    reponse = client_de(bailleur).get("/diagnostic/sorties/?annee=2025")
    texte = reponse.content.decode()
    assert reponse.status_code == 200
    assert "Démolition" in texte
    assert "REPL4" in texte
    export = client_de(bailleur).get("/diagnostic/sorties/?annee=2025&export=logements_csv")
    assert "REPL4" in b"".join(export.streaming_content).decode()
