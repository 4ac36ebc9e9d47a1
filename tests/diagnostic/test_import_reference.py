"""Deposits of territories, communes and former codes, by the platform's administrator."""

import pytest

from diagnostic.models import Commune, CommuneRattachee, Territoire
from partenaires.depots.moteur import importer

pytestmark = pytest.mark.django_db
EPCI = ("siren,nom,type,population,nb_communes", "900000001,Agglo,CA,120000,2", '900000002,"Terres, Est",CC,,7')
COMMUNES = (
    "code_insee,nom,departement,region,siren,epci,territoire_cil,population",
    "99001,Alpha,99,84,219900010,900000009,900000001,5000",
    "99002,Bêta,99,84,219900028,,,200",
)
RATTACHEES = ("code_ancien,nom,nature,code_insee", "99801,Vieux-Bourg,commune-deleguee,99001")


@pytest.fixture
def deposer(tmp_path):
    def faire(type, *lignes, **options):
        chemin = tmp_path / f"{type}.csv"
        chemin.write_text("\n".join(lignes) + "\n")
        return importer(type, chemin, **options)

    return faire


def test_territories_communes_and_former_codes(deposer):
    assert deposer("epci", *EPCI).rapport["colonnes_inconnues"] == []
    depot = deposer("communes", *COMMUNES)
    assert depot.etat == "charge", depot.rapport
    assert [(a["code"], a["lignes"]) for a in depot.rapport["avertissements"]] == [("commune_sans_territoire", [3])]
    assert deposer("communes_rattachees", *RATTACHEES).etat == "charge"
    assert list(Territoire.objects.values_list("siren", "nom", "nature", "population").order_by("siren")) == [
        ("900000001", "Agglo", "CA", 120000),
        ("900000002", "Terres, Est", "CC", None),
    ]
    assert list(Commune.objects.values_list("code", "territoire", "departement", "population").order_by("code")) == [
        ("99001", "900000001", "99", 5000),
        ("99002", None, "99", 200),
    ]
    assert CommuneRattachee.objects.get().commune_id == "99001"
    for type, lignes in (("epci", EPCI), ("communes", COMMUNES), ("communes_rattachees", RATTACHEES)):
        assert deposer(type, *lignes).etat == "deja_charge"


def test_a_newer_file_updates_what_it_states_and_leaves_the_rest(deposer):
    deposer("epci", *EPCI)
    deposer("communes", *COMMUNES)
    Commune.objects.filter(code="99001").update(contour={"type": "Polygon"})
    nouveau = (COMMUNES[0], "99001,Alpha-sur-Mer,99,84,219900010,,900000002,5100")
    depot = deposer("communes", *nouveau)
    alpha = Commune.objects.get(code="99001")
    assert (alpha.nom, alpha.territoire_id, alpha.contour) == ("Alpha-sur-Mer", "900000002", {"type": "Polygon"})
    assert (Commune.objects.count(), depot.cles) == (2, 1)
    assert deposer("communes", *COMMUNES).etat == "charge"
    assert Commune.objects.get(code="99001").nom == "Alpha"


def test_unchanged_rows_are_counted(deposer):
    deposer("epci", *EPCI)
    rapport = deposer("epci", *EPCI, "900000003,Neuf,CC,10,1").rapport
    assert (rapport["lignes_chargees"], rapport["lignes_inchangees"]) == (1, 2)


def test_epci_stands_in_for_a_missing_territoire_cil_column(deposer):
    deposer("epci", *EPCI)
    deposer("communes", "code_insee,nom,epci", "99001,Alpha,900000001")
    assert Commune.objects.get().territoire_id == "900000001"


def test_leading_zero_lost_by_a_spreadsheet_is_given_back(deposer):
    deposer("communes", "code_insee,nom,territoire_cil", "1001,Abergement,")
    assert Commune.objects.get().code == "01001"


def test_unknown_territory_and_unknown_commune_are_errors(deposer):
    deposer("epci", *EPCI)
    depot = deposer("communes", COMMUNES[0], "99001,Alpha,99,84,219900010,,900000008,5000")
    assert [(e["code"], e["colonne"], e["lignes"]) for e in depot.rapport["erreurs"]] == [
        ("valeur_hors_liste", "TERRITOIRE_CIL", [2])
    ]
    depot = deposer("communes_rattachees", *RATTACHEES)
    assert [(e["code"], e["colonne"], e["lignes"]) for e in depot.rapport["erreurs"]] == [
        ("commune_inconnue", "CODE_INSEE", [2])
    ]
    assert (Commune.objects.count(), CommuneRattachee.objects.count()) == (0, 0)
