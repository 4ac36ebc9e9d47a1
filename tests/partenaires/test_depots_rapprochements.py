"""How much of a file is found in the others, said by its report."""

import pytest

from partenaires.depots.moteur import importer
from tests import fabriques as f


@pytest.fixture
def bailleur(db):
    f.residence("R1")
    return f.organisation("bailleur")


def rates(type, chemin, lignes, etat="simulation", **options):
    chemin.write_text("\n".join(lignes) + "\n")
    depot = importer(type, chemin, simulation=True, **options)
    assert depot.etat == etat, depot.rapport["erreurs"]
    return [(r["code"], r["numerateur"], r["denominateur"]) for r in depot.rapport["rapprochements"]]


def test_dwellings_are_matched_with_their_residences_and_their_declared_qpv_with_the_point(bailleur, tmp_path):
    f.perimetre("QP099001")  # the point of the residence is inside
    for ident in ("L1", "L2", "L3"):
        f.passage(ident)
    colonnes = "IDENT_REP;IDENT_INT;IDENT_ORG;SIRET;DEPCOM;NBPIECE;SURFHAB;CONSTRUCT;MODE;QPV"
    fin = f"900100001;90010000100011;{f.COMMUNE};3;60;1990;1"
    lignes = [f"1;L1;{fin};1", f"2;L2;{fin};2", f"3;L3;{fin};", f"4;L4;{fin};1"]
    assert rates("rpls", tmp_path / "r.csv", [colonnes, *lignes], millesime=2025) == [
        ("logements_rattaches", 3, 4),
        ("qpv_declare_different", 1, 3),
    ]


def test_residences_with_a_point_are_counted(bailleur, tmp_path):
    colonnes = "SIREN_BAILLEUR;CODE_RESIDENCE;NOM_RESIDENCE;DEPCOM;X;Y"
    lignes = [f"900100001;R{i};n;{f.COMMUNE};{x};46.5" for i, x in enumerate(("2.5", "", "95"))]
    assert rates("residences", tmp_path / "r.csv", [colonnes, *lignes]) == [("residences_situees", 1, 3)]


def test_households_of_the_survey_are_matched_with_the_rpls(bailleur, tmp_path):
    f.logement("L1")
    lignes = [f"900100001;L{i};2025;1" for i in (1, 2)]
    colonnes = "SIREN_BAILLEUR;IDENT_INT;ANNEE;REPONSE"
    assert rates("ops", tmp_path / "o.csv", [colonnes, *lignes]) == [
        ("logements_rpls", 1, 2),
        ("logements_rattaches", 1, 2),
    ]


def test_allocations_are_matched_with_their_dwelling_and_removals_are_left_out(bailleur, tmp_path):
    logement = f.logement("L1")
    colonnes = (
        "NUMERO_UNIQUE;MOTIF_RADIATION;DATE_RADIATION;SIREN_RADIATION;NUMERORPLS;REVENU_MENSUEL_FOYER;UNITE_CONSO;"
        "DATE_CALEOL"
    )
    lignes = [
        f"1;RADATT;01/02/2025;900100001;{logement.ident_rep};900;1;15/01/2025",
        "2;RADATT;01/02/2025;900100001;INCONNU;900;1;15/01/2025",
        "3;RADABD;01/02/2025;900100001;;900;1;",
    ]
    assert rates("sne_radiations", tmp_path / "s.csv", [colonnes, *lignes]) == [("attributions_situees", 1, 2)]


def test_a_refused_file_says_its_rates_too(bailleur, tmp_path):
    f.logement("L1")
    lignes = ["SIREN_BAILLEUR;IDENT_INT;ANNEE;REPONSE", "900100001;L1;2025;1", "900100001;L2;2025;peut-être"]
    assert rates("ops", tmp_path / "o.csv", lignes, etat="refuse")[0] == ("logements_rpls", 1, 2)
