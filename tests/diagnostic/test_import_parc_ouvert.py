"""The open RPLS file, in its two header styles, kept as counts by address; ceilings of resources by year."""

import pytest

from diagnostic.models import ParcOuvert, PlafondRessources
from partenaires.depots.moteur import importer
from partenaires.services.retrait import retirer
from tests import fabriques as f

pytestmark = pytest.mark.django_db
STYLE_2015 = "DROIT;DEPCOM;NUMVOIE;INDREP;TYPVOIE;NOMVOIE;COMPLGEO;QPV;NBPIECE;SURFHAB;CONSTRUCT;FINAN;PATRIMOINE"
STYLE_2023 = (
    "DEP_CODE;DEP_LIBELLE;DEPCOM_CODE;DEPCOM_LIBELLE;NUMVOIE;TYPVOIE;NOMVOIE;NBPIECE;SURFHAB;CONSTRUCT;"
    "FINAN_CODE;FINAN_LIBELLE;EPSG;X;Y;PLG_QP24"
)
TOULOUSE = "2154;574000;6279000"


@pytest.fixture
def deposer(tmp_path):
    f.commune()

    def faire(type, *lignes, **options):
        chemin = tmp_path / f"{type}.csv"
        chemin.write_text("\n".join(lignes) + "\n")
        return importer(type, chemin, **options)

    return faire


def ouvert(deposer, *lignes, entete=STYLE_2023, millesime=2024, **options):
    return deposer("rpls_ouvert", entete, *lignes, millesime=millesime, **options)


def logement(numero=1, pieces=3, surface="60,5", financement=13, point=TOULOUSE, commune=f.COMMUNE):
    return f"99;Essai;{commune};Ville;{numero};RUE;DES ORMES;{pieces};{surface};1980;{financement};PLUS;{point};QP1"


def en_vigueur(*champs):
    return sorted(ParcOuvert.objects.courantes().values_list(*champs))


def test_dwellings_of_an_address_are_counted_by_size_and_financing(deposer):
    depot = ouvert(deposer, logement(), logement(), logement(surface="70"), logement(pieces=4), logement(numero=3))
    rapport = depot.rapport
    assert (depot.etat, rapport["lignes_chargees"], rapport["colonnes_inconnues"]) == ("charge", 5, []), rapport
    assert depot.territoires == [f.EPCI]
    assert en_vigueur("adresse", "nbpiece", "finan", "logements", "surface") == [
        ("1 RUE DES ORMES", 3, 13, 3, 191),
        ("1 RUE DES ORMES", 4, 13, 1, pytest.approx(60.5)),
        ("3 RUE DES ORMES", 3, 13, 1, pytest.approx(60.5)),
    ]
    premiere = ParcOuvert.objects.first()
    assert (premiere.departement, premiere.territoire) == ("99", f.EPCI)
    assert premiere.longitude == pytest.approx(1.44, abs=0.01)
    assert premiere.latitude == pytest.approx(43.6, abs=0.01)


def test_layout_of_2015_has_no_point_and_says_so(deposer):
    depot = ouvert(deposer, f"1;{f.COMMUNE};12;B;AV;FOCH;LES IRIS;2;2;40;1960;51;1961", entete=STYLE_2015)
    assert (depot.etat, depot.rapport["colonnes_inconnues"]) == ("charge", []), depot.rapport
    assert en_vigueur("adresse", "finan", "construct", "longitude") == [("12 B AV FOCH", 51, 1960, None)]
    assert [a["code"] for a in depot.rapport["avertissements"]] == ["adresse_sans_point"]


def test_without_a_street_the_programme_stands_for_the_address(deposer):
    ouvert(deposer, f"1;{f.COMMUNE};;;;;LES IRIS;2;2;40;1960;51;1961", entete=STYLE_2015)
    assert en_vigueur("adresse") == [("LES IRIS",)]


def test_a_newer_file_replaces_the_departement_and_counts_unchanged_dwellings(deposer):
    f.commune("98001", epci=None, departement="98")
    ouvert(deposer, logement(), logement(), logement(numero=3), logement(commune="98001"))
    depot = ouvert(deposer, logement(), logement(), logement(numero=5))
    assert (depot.rapport["lignes_inchangees"], depot.rapport["lignes_chargees"]) == (2, 1)
    assert en_vigueur("departement", "territoire", "adresse", "logements") == [
        ("98", "", "1 RUE DES ORMES", 1),
        ("99", f.EPCI, "1 RUE DES ORMES", 2),
        ("99", f.EPCI, "5 RUE DES ORMES", 1),
    ]


def test_two_territories_of_a_departement_replace_each_other_s_rows_never(deposer):
    f.commune("99002", epci="900000002")
    ouvert(deposer, logement(), logement(commune="99002"))
    ouvert(deposer, logement(numero=9), deposant=f.organisation("epci"))
    assert en_vigueur("territoire", "adresse") == [(f.EPCI, "9 RUE DES ORMES"), ("900000002", "1 RUE DES ORMES")]


def test_withdrawing_a_file_gives_back_what_it_had_replaced(deposer):
    ouvert(deposer, logement(), logement())
    retirer(ouvert(deposer, logement(numero=9)))
    assert en_vigueur("adresse", "logements") == [("1 RUE DES ORMES", 2)]


def test_another_millesime_stands_beside(deposer):
    ouvert(deposer, logement(), millesime=2023)
    ouvert(deposer, logement(numero=2), millesime=2024)
    assert en_vigueur("millesime") == [(2023,), (2024,)]


def test_same_open_file_again_is_already_loaded(deposer):
    ouvert(deposer, logement())
    assert ouvert(deposer, logement()).etat == "deja_charge"


@pytest.mark.parametrize(
    ("deposant", "lignes", "options", "code"),
    [
        ("epci", [logement(commune="99002")], {}, "organisation_interdite"),
        ("bailleur", [logement()], {}, "organisation_interdite"),
        (None, [logement()], {"millesime": None}, "millesime_absent"),
        (None, [logement(commune="97999")], {}, "commune_inconnue"),
        (None, [logement(financement=77)], {}, "valeur_hors_liste"),
    ],
)
def test_open_file_that_cannot_be_taken(deposer, deposant, lignes, options, code):
    f.commune("99002", epci="900000002")
    depot = ouvert(deposer, *lignes, deposant=deposant and f.organisation(deposant), **options)
    assert [e["code"] for e in depot.rapport["erreurs"]] == [code]
    assert not ParcOuvert.objects.exists()


def test_restricted_file_is_not_taken_for_the_open_one(deposer):
    depot = ouvert(deposer, f"A;{f.COMMUNE};3;13", entete="IDENT_INT;DEPCOM;NBPIECE;FINAN")
    assert [e["code"] for e in depot.rapport["erreurs"]] == ["type_inattendu"]


PLAFONDS = "ANNEE;ZONE;CATEGORIE;PRODUIT;MONTANT"


def test_ceilings_of_a_year_are_replaced_whole(deposer):
    deposer("plafonds", PLAFONDS, "2024;A;1;PLUS;25 165", "2024;A;2;PLUS;37 611", "2023;A;1;PLUS;24 316")
    depot = deposer("plafonds", PLAFONDS, "2024;A;1;PLUS;25165,50")
    assert depot.etat == "charge", depot.rapport
    en_base = PlafondRessources.objects.courantes().order_by("annee").values_list("annee", "montant")
    assert list(en_base) == [(2023, 24316), (2024, pytest.approx(25165.5))]


def test_ceiling_named_twice_with_two_amounts_is_refused(deposer):
    depot = deposer("plafonds", PLAFONDS, "2024;A;1;PLUS;25165", "2024;A;1;PLUS;1")
    assert [e["code"] for e in depot.rapport["erreurs"]] == ["cle_en_double"]


def test_a_bailleur_does_not_deposit_ceilings(deposer):
    depot = deposer("plafonds", PLAFONDS, "2024;A;1;PLUS;1", deposant=f.organisation("bailleur"))
    assert [e["code"] for e in depot.rapport["erreurs"]] == ["organisation_interdite"]
