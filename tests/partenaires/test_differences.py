"""What a deposit changed: counted at the load, then shown row by row without personal columns."""

import pytest

from partenaires.depots.moteur import importer
from partenaires.services.differences import Differences, Incomparable
from partenaires.services.retrait import retirer
from tests import fabriques as f

B, AUTRE = f.BAILLEUR, "900100002"
PASSAGE = "SIREN_BAILLEUR;IDENT_INT;CODE_RESIDENCE"
RPLS = "IDENT_REP;IDENT_INT;IDENT_ORG;DEPCOM;NBPIECE;SURFHAB;CONSTRUCT;MODE;LOYERPRINC;BAIL"
SNE = (
    "NUMERO_UNIQUE;MOTIF_RADIATION;DATE_RADIATION;SIREN_RADIATION;NUMERORPLS;REVENU_MENSUEL_FOYER;UNITE_CONSO;"
    "DATE_CALEOL;TYPE_RESERVATAIRE"
)
MENAGES = "CODE_PROJET;OPERATION;ID_MENAGE;ETAT;LOYER_AVANT"


@pytest.fixture
def deposer(tmp_path, db):
    f.commune()
    f.organisation("bailleur")
    f.organisation("epci")

    def faire(type, entete, *lignes, **options):
        chemin = tmp_path / "f.csv"
        chemin.write_text("\n".join((entete, *lignes)) + "\n")
        depot = importer(type, chemin, **options)
        assert depot.etat == "charge", depot.rapport
        return depot

    return faire


def changements(depot):
    lus = depot.rapport["changements"]
    assert lus["nouvelles"] + lus["modifiees"] == depot.rapport["lignes_chargees"]
    assert lus["inchangees"] == depot.rapport["lignes_inchangees"]
    return tuple(lus.values())


def lire(depot, adhesion, avant=None):
    suite = Differences(adhesion, depot, avant)
    lignes = [(ligne.genre, ligne.cle, [(e.colonne, e.avant, e.apres) for e in ligne.ecarts]) for ligne in suite]
    assert len(lignes) == len(suite)
    return lignes


# --- counted at the load --------------------------------------------------------------------------------------------


def test_snapshot_counts_new_modified_unchanged_and_gone(deposer):
    premier = deposer("passage", PASSAGE, f"{B};L1;R1", f"{B};L2;R1", f"{B};L3;R1", f"{B};L4;R1")
    assert changements(premier) == (4, 0, 0, 0)
    suivant = deposer("passage", PASSAGE, f"{B};L1;R1", f"{B};L2;R2", f"{B};L5;R1", f"{B};L5;R1")
    assert changements(suivant) == (1, 1, 1, 2)


def test_only_the_slots_of_the_file_lose_rows(deposer):
    entete = "SIREN_BAILLEUR;IDENT_INT;ANNEE;REPONSE"
    deposer("ops", entete, f"{B};L1;2022;1", f"{B};L1;2024;1", f"{B};L2;2024;1")
    assert changements(deposer("ops", entete, f"{B};L1;2024;0")) == (0, 1, 0, 1)


def test_events_left_out_of_a_later_file_have_not_gone(deposer):
    lignes = [f"N{n};RADATT;05/04/2024;{B};P{n};900;1;02/03/2024;commune" for n in (1, 2)]
    deposer("sne_radiations", SNE, *lignes, organisation=f.EPCI)
    suivant = deposer(
        "sne_radiations",
        SNE,
        f"N1;;;{B};P1;;1;02/03/2024;",
        f"N3;RADATT;05/04/2024;{B};P3;900;1;02/03/2024;epci",
        organisation=f.EPCI,
    )
    assert changements(suivant) == (1, 0, 1, 0)


def test_households_to_rehouse_count_what_completes_them(deposer):
    deposer("relogements", MENAGES, "P1;O1;M1;identifie;400", organisation=f.EPCI)
    suivant = deposer("relogements", MENAGES, "P1;O1;M1;enquete;", "P1;O1;M2;identifie;", organisation=f.EPCI)
    assert changements(suivant) == (1, 1, 0, 0)


def test_reference_rows_stated_again_are_unchanged(deposer):
    deposer("epci", "SIREN;NOM", "900000008;A", "900000009;B")
    assert changements(deposer("epci", "SIREN;NOM", "900000008;A", "900000009;C", "900000010;D")) == (1, 1, 1, 0)


def test_a_file_already_loaded_changes_nothing(deposer, tmp_path):
    deposer("passage", PASSAGE, f"{B};L1;R1")
    again = importer("passage", tmp_path / "f.csv")
    assert (again.etat, tuple(again.rapport["changements"].values())) == ("deja_charge", (0, 0, 1, 0))


def test_a_refused_file_changes_nothing(deposer, tmp_path):
    deposer("passage", PASSAGE, f"{B};L1;R1")
    chemin = tmp_path / "faux.csv"
    chemin.write_text(f"{PASSAGE}\n{B};L1;R2\n{B};;R2\n")
    assert tuple(importer("passage", chemin).rapport["changements"].values()) == (0, 0, 0, 0)


# --- row by row -----------------------------------------------------------------------------------------------------


def test_rows_that_differ_with_their_columns_before_and_after(deposer):
    adhesion = f.adhesion("bailleur")
    deposer("passage", PASSAGE, f"{B};L1;R1", f"{B};L2;R1", f"{B};L3;R1")
    depot = deposer("passage", PASSAGE, f"{B};L1;R1", f"{B};L2;R2", f"{B};L4;R1")
    assert lire(depot, adhesion) == [
        ("modifiee", {"IDENT_INT": "L2"}, [("CODE_RESIDENCE", "R1", "R2")]),
        ("disparue", {"IDENT_INT": "L3"}, []),
        ("nouvelle", {"IDENT_INT": "L4"}, []),
    ]


def test_a_withdrawn_deposit_is_not_what_stood_before(deposer):
    adhesion = f.adhesion("bailleur")
    deposer("passage", PASSAGE, f"{B};L1;R1")
    rate = deposer("passage", PASSAGE, f"{B};L1;R9")
    depot = deposer("passage", PASSAGE, f"{B};L1;R2")
    retirer(rate)
    ((_, _, ecarts),) = lire(depot, adhesion)
    assert ecarts == [("CODE_RESIDENCE", "R1", "R2")]
    ((_, _, ecarts),) = lire(depot, adhesion, rate)
    assert ecarts == [("CODE_RESIDENCE", "R9", "R2")]


def test_each_slot_is_compared_with_what_stood_in_it(deposer):
    entete, adhesion = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES", f.adhesion("bailleur")
    deposer("gestion", entete, f"{B};R1;2023;10;9", f"{B};R1;2024;10;9")
    deposer("gestion", entete, f"{B};R1;2024;11;9")
    depot = deposer("gestion", entete, f"{B};R1;2023;12;9", f"{B};R1;2024;12;9")
    assert sorted((c["ANNEE"], e) for _, c, e in lire(depot, adhesion)) == [
        (2023, [("NB_LOGEMENTS", 10, 12)]),
        (2024, [("NB_LOGEMENTS", 11, 12)]),
    ]


def test_personal_columns_never_leave(deposer):
    adhesion = f.adhesion("bailleur")
    options = {"organisation": B, "millesime": 2025}
    deposer("rpls", RPLS, f"P1;L1;O1;{f.COMMUNE};3;60;1970;1;411.11;01/2020", **options)
    depot = deposer("rpls", RPLS, f"P1;L1;O1;{f.COMMUNE};4;60;1970;1;422.22;02/2021", **options)
    ((genre, _, ecarts),) = lire(depot, adhesion)
    assert (genre, ecarts) == ("modifiee", [("NBPIECE", 3, 4)])
    seul_le_loyer = deposer("rpls", RPLS, f"P1;L1;O1;{f.COMMUNE};4;60;1970;1;433.33;02/2021", **options)
    assert lire(seul_le_loyer, adhesion) == []


def test_personal_keys_never_leave(deposer):
    adhesion = f.adhesion("epci")
    deposer("relogements", MENAGES, "P1;O1;M1;identifie;400", organisation=f.EPCI)
    depot = deposer("relogements", MENAGES, "P1;O2;M1;enquete;500", organisation=f.EPCI)
    ((_, cle, ecarts),) = lire(depot, adhesion)
    assert cle == {"projet": "P1"}
    assert sorted(ecarts) == [("ETAT", "identifie", "enquete"), ("opération", "O1", "O2")]


def test_rows_follow_the_rights_of_their_model(deposer):
    """The EPCI that deposited dwellings for a bailleur does not read the bailleur's dwellings."""
    options = {"organisation": f.organisation("bailleur"), "deposant": f.organisation("epci"), "millesime": 2025}
    depot = deposer("rpls", RPLS, f"P1;L1;O1;{f.COMMUNE};3;60;1970;1;;", **options)
    assert lire(depot, f.adhesion("epci")) == []
    assert len(lire(depot, f.adhesion("bailleur"))) == 1


def test_what_stood_before_is_read_only_where_its_deposit_is_known(deposer):
    """A bailleur's row completes one that the EPCI had handed in: the EPCI's values are not the bailleur's to read."""
    deposer("sne_radiations", SNE, f"N1;;;{B};P1;;1;02/03/2024;commune", organisation=f.EPCI)
    depot = deposer("sne_radiations", SNE, f"N1;;;{B};P1;;1;02/03/2024;epci", organisation=f.organisation("bailleur"))
    ((genre, _, ecarts),) = lire(depot, f.adhesion("bailleur"))
    assert (genre, ecarts) == ("nouvelle", [])


@pytest.mark.parametrize(("type", "etat"), [("epci", "charge"), ("passage", "refuse"), ("passage", "a_confirmer")])
def test_what_cannot_be_compared_says_why(type, etat, db):
    with pytest.raises(Incomparable):
        Differences(None, f.depot(type, etat=etat))


def test_deposits_of_two_types_are_not_compared(deposer):
    depot = deposer("passage", PASSAGE, f"{B};L1;R1")
    with pytest.raises(Incomparable, match="même type"):
        Differences(f.adhesion("bailleur"), depot, f.depot("ops"))


# --- outlets --------------------------------------------------------------------------------------------------------


@pytest.fixture
def deux(deposer):
    deposer("passage", PASSAGE, *(f"{B};L{n:03};R1" for n in range(150)))
    return deposer("passage", PASSAGE, *(f"{B};L{n:03};R2" for n in range(150)))


def test_the_api_pages_the_differences(deux, api_de):
    reponse = api_de(f.adhesion("bailleur")).get(f"/api/v1/depots/{deux.pk}/differences/?page=2&page_size=100")
    assert (reponse.status_code, reponse.data["count"], len(reponse.data["results"])) == (200, 150, 50)
    assert reponse.data["results"][0] == {
        "genre": "modifiee",
        "cle": {"IDENT_INT": "L100"},
        "ecarts": [{"colonne": "CODE_RESIDENCE", "avant": "R1", "apres": "R2"}],
    }


def test_the_api_says_what_it_cannot_compare(deux, api_de):
    client = api_de(f.adhesion("bailleur"))
    etranger = f.depot("passage", f.organisation("bailleur", siren=AUTRE))
    adresse = f"/api/v1/depots/{deux.pk}/differences/"
    assert client.get(f"{adresse}?avec={etranger.pk}").status_code == 404
    assert client.get(f"{adresse}?avec=x").status_code == 400
    assert client.get(f"{adresse}?inconnu=1").status_code == 400
    refuse = f.depot("passage", f.organisation("bailleur"), etat="refuse")
    assert client.get(f"/api/v1/depots/{refuse.pk}/differences/").status_code == 409


def test_the_page_shows_the_counts_and_a_page_of_rows(deux, client_de):
    reponse = client_de(f.adhesion("bailleur")).get(f"/depots/{deux.pk}/differences/")
    texte = reponse.content.decode()
    assert reponse.status_code == 200
    assert "150 lignes qui diffèrent" in texte
    assert "IDENT_INT L099" in texte
    assert "IDENT_INT L100" not in texte
    assert "Page 1 sur 2" in texte
