"""Outlines of communes and perimeters through the import engine: placed, dated, repaired, refused with a remedy."""

import json
from datetime import date

import pytest
import shapely

from diagnostic.models import Commune, Perimetre
from partenaires.depots.moteur import importer
from tests import fabriques

pytestmark = pytest.mark.django_db
NOEUD = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2), (0, 0)])


@pytest.fixture(autouse=True)
def communes():
    fabriques.commune()
    fabriques.commune("97101", epci="900000097", departement="971")


def fichier(tmp_path, *entites, nom="a.geojson"):
    """Features given as (properties, geometry)."""
    traits = [
        {"type": "Feature", "properties": proprietes, "geometry": json.loads(shapely.to_geojson(geometrie))}
        for proprietes, geometrie in entites
    ]
    chemin = tmp_path / nom
    chemin.write_text(json.dumps({"type": "FeatureCollection", "features": traits}))
    return chemin


def qpv(code="QP1", commune="99001", geometrie=None, **proprietes):
    return {"Code": code, "NOM": f"Quartier {code}", "code_commune": commune} | proprietes, geometrie or shapely.box(
        2, 46, 3, 47
    )


def deposer(chemin, nature="qpv", version="2015", **options):
    return importer("perimetres", chemin, nature=nature, version=version, **options)


def constats(depot, cle="erreurs"):
    return {c["code"]: c for c in depot.rapport[cle]}


def test_outline_of_a_commune_is_kept_and_known_when_it_comes_again(tmp_path):
    chemin = fichier(tmp_path, ({"code": "99001"}, shapely.box(2, 46, 3, 47)))
    depot = importer("contours", chemin)
    commune = Commune.objects.get(code="99001")
    assert depot.etat == "charge" and commune.depot_contour == depot
    assert shapely.from_geojson(json.dumps(commune.contour)).area == pytest.approx(1)
    assert importer("contours", chemin).etat == "deja_charge"


def test_outline_of_an_unknown_commune_refuses_the_file(tmp_path):
    depot = importer("contours", fichier(tmp_path, ({"code": "00000"}, shapely.box(0, 0, 1, 1))))
    assert depot.etat == "refuse" and constats(depot)["commune_inconnue"]["lignes"] == [2]


@pytest.mark.parametrize("type_", ["contours", "perimetres"])
def test_a_table_deposited_as_outlines_is_refused_plainly(tmp_path, type_):
    chemin = tmp_path / "a.csv"
    chemin.write_text("code;nom\n99001;x\n")
    depot = importer(type_, chemin, nature="qpv", version="2015")
    assert depot.etat == "refuse"
    assert "n'est pas un fichier géographique" in constats(depot)["fichier_illisible"]["message"]


def test_invalid_polygon_is_repaired_counted_and_named(tmp_path):
    depot = deposer(fichier(tmp_path, qpv("QP1"), qpv("QP2", geometrie=NOEUD)))
    avertissement = constats(depot, "avertissements")["geometrie_reparee"]
    assert depot.etat == "charge" and avertissement["nombre"] == 1 and avertissement["lignes"] == [3]
    assert "QP2" in avertissement["message"]
    assert list(Perimetre.objects.order_by("code").values_list("code", "reparee")) == [("QP1", False), ("QP2", True)]


def test_feature_without_polygon_is_an_error(tmp_path):
    depot = deposer(fichier(tmp_path, qpv(geometrie=shapely.Point(2, 46))))
    assert depot.etat == "refuse" and constats(depot)["valeur_illisible"]["lignes"] == [2]


@pytest.mark.parametrize(
    ("nature", "version", "commune", "debut", "fin"),
    [
        ("qpv", "2015", "99001", date(2015, 1, 1), date(2023, 12, 31)),
        ("qpv", "2024", "99001", date(2024, 1, 1), None),
        ("qpv", "2015", "97101", date(2015, 1, 1), date(2024, 12, 31)),
        ("qpv", "2024", "97101", date(2025, 1, 1), None),
        ("zus", "1996", "99001", date(1996, 1, 1), date(2020, 12, 31)),
        ("qva", "2015", "99001", date(2015, 1, 1), date(2020, 12, 31)),
        ("npnru", "2014", "99001", date(2014, 1, 1), None),
    ],
)
def test_dates_in_force_come_from_the_calendar(tmp_path, nature, version, commune, debut, fin):
    depot = deposer(fichier(tmp_path, qpv(commune=commune)), nature, version)
    assert depot.etat == "charge", depot.rapport
    perimetre = Perimetre.objects.get()
    assert (perimetre.debut, perimetre.fin) == (debut, fin)
    assert perimetre.commune_code == commune
    assert perimetre.territoire_id == Commune.objects.get(code=commune).territoire_id


def test_a_later_version_ends_the_one_before(tmp_path):
    deposer(fichier(tmp_path, qpv()), "npnru", "2014")
    deposer(fichier(tmp_path, qpv(), nom="b.geojson"), "npnru", "2019")
    assert list(Perimetre.objects.order_by("version").values_list("version", "fin")) == [
        ("2014", date(2018, 12, 31)),
        ("2019", None),
    ]


def test_two_versions_stand_side_by_side_and_a_newer_file_replaces_code_by_code(tmp_path):
    premier = fichier(tmp_path, qpv("QP1"), qpv("QP2"))
    deposer(premier)
    deposer(premier, version="2024")
    deposer(fichier(tmp_path, qpv("QP1", geometrie=shapely.box(0, 0, 1, 1)), nom="b.geojson"))
    assert Perimetre.objects.courantes().count() == 4
    assert Perimetre.objects.filter(version="2015", courant=False).count() == 1
    assert deposer(premier).etat == "charge"
    assert deposer(premier).etat == "deja_charge"


def test_without_its_commune_a_perimeter_is_placed_by_its_point(tmp_path):
    importer("contours", fichier(tmp_path, ({"code": "99001"}, shapely.box(2, 46, 4, 48)), nom="c.geojson"))
    dedans, dehors = shapely.box(2.1, 46.1, 2.2, 46.2), shapely.box(9, 9, 10, 10)
    depot = deposer(fichier(tmp_path, qpv("QP1", None, dedans), qpv("QP2", None, dehors)))
    assert list(Perimetre.objects.order_by("code").values_list("commune_code", "territoire")) == [
        ("99001", fabriques.EPCI),
        ("", None),
    ]
    assert constats(depot, "avertissements")["perimetre_sans_territoire"]["lignes"] == [3]


@pytest.mark.parametrize(
    ("nature", "version", "code"),
    [
        ("", "2015", "valeur_hors_liste"),
        ("quartier", "2015", "valeur_hors_liste"),
        ("qpv", "", "valeur_illisible"),
        ("qpv", "nouvelle", "valeur_illisible"),
    ],
)
def test_nature_and_version_are_compulsory(tmp_path, nature, version, code):
    depot = deposer(fichier(tmp_path, qpv()), nature, version)
    assert depot.etat == "refuse" and list(constats(depot)) == [code]


def test_an_epci_deposits_its_own_secteurs_and_no_national_perimeter(tmp_path):
    epci = fabriques.organisation("epci")
    chemin = fichier(tmp_path, qpv("S1"))
    assert deposer(chemin, "secteur", "2022", organisation=epci).etat == "charge"
    assert "organisation_interdite" in constats(deposer(chemin, "qpv", organisation=epci))
    ailleurs = fichier(tmp_path, qpv("S2", "97101"), nom="b.geojson")
    assert "organisation_interdite" in constats(deposer(ailleurs, "secteur", "2022", organisation=epci))


def test_a_secteur_does_not_take_the_code_of_another_territory(tmp_path):
    deposer(fichier(tmp_path, qpv("S1", "97101")), "secteur", "2022")
    depot = deposer(fichier(tmp_path, qpv("S1"), nom="b.geojson"), "secteur", "2022")
    assert "organisation_interdite" in constats(depot)


def test_a_bailleur_deposits_no_perimeter(tmp_path):
    depot = deposer(fichier(tmp_path, qpv()), "secteur", "2022", organisation=fabriques.organisation())
    assert "organisation_interdite" in constats(depot)


def test_a_national_version_touches_every_territory_that_has_residences(tmp_path):
    fabriques.residence()
    depot = deposer(fichier(tmp_path, qpv(commune="97101")))
    assert depot.territoires == [fabriques.EPCI, "900000097"]
