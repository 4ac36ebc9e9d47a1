"""Deposits of the stock and its occupation: residences with their point, passage, rpls, ops, gestion."""

from datetime import date
from decimal import Decimal

import pytest

from diagnostic.models import GestionResidence, Logement, MenageOps, Residence
from partenaires.depots.moteur import importer
from tests import fabriques as f

pytestmark = pytest.mark.django_db
B = f.BAILLEUR
CARRE = {"type": "Polygon", "coordinates": [[[2.0, 46.0], [3.0, 46.0], [3.0, 47.0], [2.0, 47.0], [2.0, 46.0]]]}
RPLS = {
    "IDENT_REP": "0700000001",
    "IDENT_INT": "L1",
    "IDENT_ORG": B,
    "SIRET": f"{B}00017",
    "DEPCOM": f.COMMUNE,
    "NBPIECE": "3",
    "SURFHAB": "61,50",
    "CONSTRUCT": "1968",
    "MODE": "1",
}
OPS = {"SIREN_BAILLEUR": B, "IDENT_INT": "L1", "ANNEE": "2024", "REPONSE": "1"}
RESIDENCE = {"SIREN_BAILLEUR": B, "CODE_RESIDENCE": "R1", "NOM_RESIDENCE": "Église d'Été", "DEPCOM": f.COMMUNE}


@pytest.fixture(autouse=True)
def territoire():
    f.commune()
    f.organisation("bailleur")


@pytest.fixture
def deposer(tmp_path):
    """Rows (dicts) in one file, the columns being those of the first; as the bailleur."""

    def faire(type, *lignes, **options):
        chemin = tmp_path / f"{type}.csv"
        noms = list(lignes[0])
        texte = "\n".join([";".join(noms), *(";".join(str(ligne.get(n, "")) for n in noms) for ligne in lignes)])
        chemin.write_text(texte + "\n")
        if type == "rpls":
            options.setdefault("millesime", 2025)
        return importer(type, chemin, organisation=B, **options)

    return faire


def avertissements(depot):
    return {a["code"]: (a["nombre"], a["lignes"]) for a in depot.rapport["avertissements"]}


def erreurs(depot):
    return [(e["code"], e["colonne"], e["lignes"]) for e in depot.rapport["erreurs"]]


# --- residences -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "epsg"),
    [
        ("574357,82", "6279642.97", "2154"),
        ("574 357.82", "6 279 642,97", ""),
        ("1.4442", "43.6047", "4326"),
        ("1.4442", "43.6047", ""),
        ("160767.61", "5404471.00", "3857"),
    ],
)
def test_points_come_to_longitude_and_latitude(deposer, x, y, epsg):
    depot = deposer("residences", RESIDENCE | {"X": x, "Y": y, "EPSG": epsg})
    assert avertissements(depot) == {}
    residence = Residence.objects.get()
    assert (residence.longitude, residence.latitude) == pytest.approx((1.4442, 43.6047), abs=2e-4)


@pytest.mark.parametrize(
    ("x", "y", "epsg"),
    [("", "", "2154"), ("574357", "", "2154"), ("0", "0", ""), ("43.6", "1.44", "4326"), ("1e12", "1e12", "2154")],
)
def test_residence_without_a_plausible_point_loads_and_is_listed(deposer, x, y, epsg):
    depot = deposer("residences", RESIDENCE | {"X": x, "Y": y, "EPSG": epsg, "QPV": "QP031001"})
    assert avertissements(depot) == {"residence_sans_point": (1, [2])}
    residence = Residence.objects.get()
    assert (residence.longitude, residence.latitude, residence.qpv_declare) == (None, None, "QP031001")


def test_unreadable_coordinates_and_unknown_systems_are_errors(deposer):
    depot = deposer("residences", RESIDENCE | {"X": "ouest", "Y": "1", "EPSG": "31370"})
    assert erreurs(depot) == [("valeur_hors_liste", "EPSG", [2]), ("valeur_illisible", "X", [2])]


def test_overseas_points(deposer):
    depot = deposer("residences", RESIDENCE | {"X": "338000", "Y": "7690000", "EPSG": "2975"})
    assert avertissements(depot) == {}
    assert Residence.objects.get().latitude == pytest.approx(-20.88, abs=0.05)


def test_search_key_has_no_accent(deposer):
    deposer("residences", RESIDENCE | {"ADRESSE": "3 rue de l'Œuvre"})
    assert Residence.objects.get().cle_recherche == "eglise d'ete 3 rue de l'oeuvre"


def test_residences_of_which_some_have_no_address_load(deposer):
    deposer("residences", RESIDENCE | {"ADRESSE": ""}, RESIDENCE | {"CODE_RESIDENCE": "R2", "ADRESSE": "3 rue Haute"})
    assert set(Residence.objects.values_list("cle_recherche", flat=True)) == {
        "eglise d'ete",
        "eglise d'ete 3 rue haute",
    }


def test_residence_whose_name_is_unknown_loads_beside_the_others(deposer):
    deposer("residences", RESIDENCE | {"NOM_RESIDENCE": "NA"}, RESIDENCE | {"CODE_RESIDENCE": "R2"})
    assert dict(Residence.objects.values_list("code", "nom")) == {"R1": "", "R2": "Église d'Été"}


def test_residence_of_a_merged_commune_goes_to_the_one_in_force(deposer):
    f.commune_rattachee("99801", f.COMMUNE)
    depot = deposer("residences", RESIDENCE | {"DEPCOM": "99801"})
    assert (Residence.objects.get().commune_id, depot.territoires) == (f.COMMUNE, [f.EPCI])


def test_unknown_commune_is_an_error_that_names_it(deposer):
    depot = deposer("residences", RESIDENCE, RESIDENCE | {"CODE_RESIDENCE": "R2", "DEPCOM": "99999"})
    assert erreurs(depot) == [("commune_inconnue", "DEPCOM", [3])]
    assert "« 99999 »" in depot.rapport["erreurs"][0]["message"]


def test_a_residence_that_leaves_the_file_is_closed_and_its_territory_still_touched(deposer):
    f.commune("99002", epci="900000002")
    deposer("residences", RESIDENCE, RESIDENCE | {"CODE_RESIDENCE": "R2", "DEPCOM": "99002"})
    depot = deposer("residences", RESIDENCE)
    assert list(Residence.objects.courantes().values_list("code", flat=True)) == ["R1"]
    assert (Residence.objects.count(), depot.territoires) == (3, ["900000001", "900000002"])


# --- rpls -----------------------------------------------------------------------------------------------------------


def test_dwelling_with_all_its_fields(deposer):
    f.residence("R1")
    f.passage("L1", "R1")
    depot = deposer(
        "rpls",
        RPLS
        | {
            "QPV": "2",
            "TYPECONST": "c",
            "LOCAT": "06/1970",
            "PATRIMOINE": "9999",
            "FINAN": "52.0",
            "CONV": "1",
            "DATCONV": "31/12/1985",
            "BAIL": "03/2019",
            "REMLOCDATE": "",
            "CONTRESLOG": "NA",
            "LOYERPRINC": "4.148800e+02",
            "LOYERMAXAPL": "500,1",
            "COMPLGEO": "Les Lilas  ",
            "ZZ_LOGICIEL": "v12",
            "RS": "Habitat",
            "DPEENERGIE": "D",
        },
    )
    assert (avertissements(depot), depot.rapport["colonnes_inconnues"]) == ({}, ["ZZ_LOGICIEL"])
    un = Logement.objects.get()
    assert (un.bailleur, un.millesime, un.ident_rep, un.ident_int, un.commune) == (
        B,
        2025,
        "0700000001",
        "L1",
        f.COMMUNE,
    )
    assert (un.surfhab, un.construct, un.locat, un.patrimoine, un.mode) == (Decimal("61.50"), 1968, 1970, None, 1)
    assert (un.qpv, un.typeconst, un.finan, un.conv, un.contreslog) == (2, "C", 52, 1, None)
    assert (un.datconv, un.bail, un.remlocdate) == (date(1985, 12, 31), date(2019, 3, 1), None)
    assert (un.loyerprinc, un.loyermaxapl, un.complgeo) == (Decimal("414.88"), Decimal("500.10"), "Les Lilas")


def test_bailleur_is_the_first_nine_digits_of_siret(deposer, tmp_path):
    f.organisation("bailleur", siren="010006807")
    chemin = tmp_path / "f.csv"
    ligne = RPLS | {"SIRET": "1000680700017"}
    chemin.write_text(";".join(ligne) + "\n" + ";".join(ligne.values()) + "\n")
    depot = importer("rpls", chemin, millesime=2025)
    assert (depot.organisation.siren, Logement.objects.get().bailleur) == ("010006807", "010006807")


def test_without_siret_the_depositing_bailleur_owns_the_rows(deposer):
    ligne = {k: v for k, v in RPLS.items() if k != "SIRET"}
    deposer("rpls", ligne)
    assert Logement.objects.get().bailleur == B


def test_dwelling_without_residence_loads_and_is_listed(deposer):
    f.residence("R1")
    f.passage("L1", "R1")
    f.passage("L2", "R9")
    depot = deposer("rpls", RPLS, RPLS | {"IDENT_INT": "L2"}, RPLS | {"IDENT_INT": "L3"})
    assert avertissements(depot) == {"residence_inconnue": (2, [3, 4])}
    assert Logement.objects.count() == 3


def test_qpv_declared_otherwise_than_the_point_is_listed(deposer):
    f.perimetre(geometrie=CARRE, version="2015")
    f.residence("DEDANS", longitude=2.5, latitude=46.5)
    f.residence("DEHORS", longitude=4.5, latitude=46.5)
    f.residence("SANS", longitude=None, latitude=None)
    lignes = []
    for n, (residence, qpv) in enumerate(
        [("DEDANS", 1), ("DEDANS", 2), ("DEHORS", 1), ("DEHORS", 2), ("SANS", 1), ("DEDANS", "")]
    ):
        f.passage(f"L{n}", residence)
        lignes.append(RPLS | {"IDENT_INT": f"L{n}", "QPV": qpv})
    assert avertissements(deposer("rpls", *lignes)) == {"qpv_declare_different": (2, [3, 4])}


def test_qpv_is_judged_on_the_version_in_force_on_1_january(deposer):
    f.parametre("calendrier_perimetres", [], debut=date(2000, 1, 1))
    f.perimetre(geometrie=CARRE, version="2015")
    f.perimetre(
        "QP099002", version="2024", geometrie={"type": "Polygon", "coordinates": [[[8, 8], [9, 8], [9, 9], [8, 8]]]}
    )
    f.residence("R1", longitude=2.5, latitude=46.5)
    f.passage("L1", "R1")
    for millesime, attendu in ((2014, {}), (2023, {}), (2024, {"qpv_declare_different": (1, [2])})):
        assert avertissements(deposer("rpls", RPLS | {"QPV": "1"}, millesime=millesime)) == attendu, millesime


@pytest.mark.parametrize(
    ("colonne", "valeur", "code"),
    [
        ("MODE", "12", "valeur_hors_liste"),
        ("QPV", "0", "valeur_hors_liste"),
        ("FINAN", "PLUS", "valeur_hors_liste"),
        ("SURFHAB", "grand", "valeur_illisible"),
        ("SURFHAB", "-3", "valeur_illisible"),
        ("NBPIECE", "2,5", "valeur_illisible"),
        ("BAIL", "13/2020", "valeur_illisible"),
        ("DATCONV", "31/02/2024", "valeur_illisible"),
        ("CONSTRUCT", "19680", "valeur_illisible"),
        ("SIRET", "ABC", "valeur_illisible"),
        ("DEPCOM", "", "cle_vide"),
        ("IDENT_INT", "NA", "cle_vide"),
        ("LOYERPRINC", "999999999", "valeur_illisible"),
        ("DPEENERGIE", "AB", "valeur_illisible"),
    ],
)
def test_what_rpls_cannot_take(deposer, colonne, valeur, code):
    depot = deposer("rpls", RPLS | {"QPV": "1", "FINAN": "13"}, RPLS | {"IDENT_INT": "L2", colonne: valeur})
    if colonne in RPLS:
        assert erreurs(depot) == [(code, colonne, [3])]
    depot = deposer("rpls", RPLS | {colonne: valeur})
    assert erreurs(depot) == [(code, colonne, [2])]
    assert Logement.objects.filter(depot=depot).count() == 0


def test_two_dwellings_of_different_owners_may_share_an_internal_number(deposer):
    assert deposer("rpls", RPLS, RPLS | {"IDENT_ORG": "autre"}).etat == "charge"


# --- ops, gestion ---------------------------------------------------------------------------------------------------


def test_household_of_the_survey(deposer):
    f.residence("R1")
    f.logement("L1")
    depot = deposer(
        "ops",
        OPS
        | {
            "DATE_ENTREE": "05/2021",
            "NB_OCCUPANTS": "3.0",
            "NB_MAJEURS": "2",
            "NB_ENFANTS": "1",
            "COMPOSITION": "03",
            "AGE_TITULAIRE": "45",
            "PCT_PLAFOND_PLUS": "39,9",
            "APL": "oui",
            "MINIMA_SOCIAUX": "0",
        },
    )
    assert avertissements(depot) == {}
    un = MenageOps.objects.get()
    assert (un.annee, un.reponse, un.date_entree, un.nb_occupants, un.composition) == (2024, 1, date(2021, 5, 1), 3, 3)
    assert (un.pct_plafond_plus, un.apl, un.minima_sociaux, un.nb_retraites) == (Decimal("39.90"), 1, 0, None)


def test_household_of_an_unknown_dwelling_loads_and_is_listed(deposer):
    f.residence("R1")
    f.logement("L1")
    f.passage("L2", "R1")
    depot = deposer("ops", OPS, OPS | {"IDENT_INT": "L2"}, OPS | {"IDENT_INT": "L3", "REPONSE": ""})
    assert avertissements(depot) == {
        "logement_inconnu": (2, [3, 4]),
        "residence_inconnue": (1, [4]),
        "reponse_vide": (1, [4]),
    }
    assert MenageOps.objects.get(ident_int="L3").reponse == 0


def test_rent_roll_of_an_unknown_residence_loads_and_is_listed(deposer):
    f.residence("R1")
    ligne = {"SIREN_BAILLEUR": B, "CODE_RESIDENCE": "R1", "ANNEE": "2025", "NB_LOGEMENTS": "40", "NB_OCCUPES": ""}
    depot = deposer("gestion", ligne | {"NB_REFUS": "0"}, ligne | {"CODE_RESIDENCE": "R9"})
    assert avertissements(depot) == {"residence_inconnue": (1, [3])}
    un = GestionResidence.objects.get(code_residence="R1")
    assert (un.nb_logements, un.nb_occupes, un.nb_refus, un.nb_premieres_locations) == (40, None, 0, None)


def test_a_residence_deposited_later_makes_the_warning_go(deposer):
    ligne = {"SIREN_BAILLEUR": B, "IDENT_INT": "L1", "CODE_RESIDENCE": "R1"}
    assert avertissements(deposer("passage", ligne)) == {"residence_inconnue": (1, [2])}
    deposer("residences", RESIDENCE)
    deposer("passage", ligne | {"CODE_RESIDENCE": "R9"})
    assert avertissements(deposer("passage", ligne)) == {}
