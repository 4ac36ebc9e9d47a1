"""A file that names another bailleur's rows is refused, and its report tells nothing of that bailleur's data."""

import pytest

from partenaires.depots.moteur import importer
from tests import fabriques as f

pytestmark = pytest.mark.django_db
VOISIN = "900100002"
ENTETES = {
    "gestion": "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES",
    "passage": "SIREN_BAILLEUR;IDENT_INT;CODE_RESIDENCE",
    "ops": "SIREN_BAILLEUR;IDENT_INT;ANNEE;REPONSE",
}
LIGNES = {
    "gestion": "{siren};{residence};2025;20;18",
    "passage": "{siren};{logement};{residence}",
    "ops": "{siren};{logement};2024;1",
}


@pytest.fixture
def deposer(tmp_path):
    """`deposer(type, (siren, dwelling, residence), …)`: the report of such a file, handed in by our bailleur."""
    f.residence("R1")
    f.residence("CHEZ_LUI", bailleur=VOISIN)
    f.logement("L-LUI", bailleur=VOISIN, residence="CHEZ_LUI")

    def faire(type, *lignes, **options):
        chemin = tmp_path / "f.csv"
        textes = [LIGNES[type].format(siren=s, logement=lo, residence=r) for s, lo, r in lignes]
        chemin.write_text("\n".join([ENTETES[type], *textes, ""]))
        return importer(type, chemin, organisation=f.BAILLEUR, **options).rapport

    return faire


@pytest.mark.parametrize("type", ENTETES)
def test_what_a_neighbour_has_and_what_it_has_not_read_the_same(deposer, type):
    rapport = deposer(type, (VOISIN, "L-LUI", "CHEZ_LUI"), (VOISIN, "ABSENT", "ABSENTE"))
    assert [(e["code"], e["lignes"]) for e in rapport["erreurs"]] == [("organisation_interdite", [2, 3])]
    assert {tuple(a["lignes"]) for a in rapport["avertissements"]} == {(2, 3)}
    assert rapport["changements"] == dict.fromkeys(("nouvelles", "modifiees", "inchangees", "disparues"), 0)
    assert not [r for r in rapport["rapprochements"] if r["numerateur"]]


@pytest.mark.parametrize("notre_place", [0, 1])
def test_the_same_row_under_two_bailleurs_is_a_contradiction_not_a_duplicate(deposer, notre_place):
    lignes = [(VOISIN, "L1", "R1")]
    lignes.insert(notre_place, (f.BAILLEUR, "L1", "R1"))
    rapport = deposer("passage", *lignes)
    assert {e["code"] for e in rapport["erreurs"]} == {"organisation_interdite", "cle_en_double"}
    assert rapport["lignes_en_double"] == 0


def test_a_partial_load_leaves_the_rows_of_a_neighbour_out(deposer):
    rapport = deposer("gestion", (f.BAILLEUR, "", "R1"), (VOISIN, "", "CHEZ_LUI"), accepter_partiel=True)
    assert (rapport["statut"], rapport["lignes_chargees"], rapport["lignes_rejetees"]) == ("charge", 1, 1)
