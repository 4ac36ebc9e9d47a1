"""The files of the demo hold together, before any import."""

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest

from suivi.demonstration import decor, fichiers, geographie

AU = date(2026, 11, 20)
LOGEMENTS = 1_500


@pytest.fixture(scope="module")
def demo():
    return fichiers.fabriquer(AU, LOGEMENTS)


def reunir(demo, type_, **options) -> pd.DataFrame:
    return pd.concat([f.table for f in demo if f.type == type_ and f.options == options], ignore_index=True)


def radiations(demo) -> pd.DataFrame:
    d = reunir(demo, "sne_radiations")
    dates = ["DATE_CALEOL", "DATE_SIGNATURE_BAIL", "DATE_RADIATION"]
    return d.assign(**{colonne: pd.to_datetime(d[colonne], format="%d-%m-%Y 00:00:00") for colonne in dates})


def test_same_seed_gives_the_same_files(demo, tmp_path):
    autre = fichiers.fabriquer(AU, LOGEMENTS)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for un, deux in zip(demo, autre, strict=True):
        assert un.ecrire(tmp_path / "a").read_bytes() == deux.ecrire(tmp_path / "b").read_bytes()


def test_another_seed_gives_other_files(demo):
    autre = fichiers.fabriquer(AU, LOGEMENTS, graine=1)
    assert not reunir(demo, "ops").equals(reunir(autre, "ops"))


@pytest.mark.parametrize("nombre", [40, 600, 3_000])
def test_the_stock_has_the_size_asked(nombre):
    demo = fichiers.fabriquer(AU, nombre)
    assert len(reunir(demo, "passage")) == nombre
    assert len(reunir(demo, "rpls", millesime=2025)) == nombre


def test_nothing_can_be_taken_for_a_real_place_or_body(demo):
    assert all(commune.code.startswith("00") for commune in decor.COMMUNES)
    sirens = [decor.EPCI, *(b.siren for b in decor.BAILLEURS), *(c.siren for c in decor.COMMUNES)]
    assert all(siren.startswith("000") and len(siren) == 9 for siren in sirens)
    assert len(set(sirens)) == len(sirens)
    assert "fictif" in decor.NOM_EPCI and all("fictif" in b.nom for b in decor.BAILLEURS)
    assert reunir(demo, "epci").type.tolist() == ["FICTIF"]


@pytest.mark.parametrize(
    ("type_", "options", "cle"),
    [
        ("residences", {}, ["SIREN_BAILLEUR", "CODE_RESIDENCE"]),
        ("passage", {}, ["SIREN_BAILLEUR", "IDENT_INT"]),
        ("rpls", {"millesime": 2024}, ["IDENT_INT", "IDENT_ORG"]),
        ("ops", {}, ["SIREN_BAILLEUR", "IDENT_INT", "ANNEE"]),
        ("gestion", {}, ["SIREN_BAILLEUR", "CODE_RESIDENCE", "ANNEE"]),
        ("sne_stock", {"millesime": 2025}, ["NUMERO_UNIQUE"]),
        ("relogements", {}, ["CODE_PROJET", "ID_MENAGE"]),
    ],
)
def test_keys_are_unique(demo, type_, options, cle):
    assert not reunir(demo, type_, **options).duplicated(cle).any()


def test_every_dwelling_has_its_residence_and_every_household_its_let_dwelling(demo):
    residences = set(reunir(demo, "residences").CODE_RESIDENCE)
    assert set(reunir(demo, "passage").CODE_RESIDENCE) == residences
    ops = reunir(demo, "ops")
    for annee in decor.ENQUETES:
        rpls = reunir(demo, "rpls", millesime=annee)
        assert set(ops.IDENT_INT[ops.ANNEE.astype(int) == annee]) == set(rpls.IDENT_INT[rpls.MODE == 1])


def test_each_bailleur_and_each_quarter_has_residences():
    nombre_minimal = fichiers.fabriquer(AU, 40)
    residences = reunir(nombre_minimal, "residences")
    assert set(residences.SIREN_BAILLEUR) == {b.siren for b in decor.BAILLEURS}


def test_two_versions_of_the_quarters_one_leaves_one_enters(demo):
    codes = {v: set(reunir(demo, "perimetres", nature="qpv", version=v).code) for v in ("2015", "2024")}
    assert len(codes["2015"] - codes["2024"]) == 1
    assert len(codes["2024"] - codes["2015"]) == 1


def test_outlines_are_valid_apart_from_one_another_and_each_quarter_in_its_commune(demo):
    communes = reunir(demo, "contours").to_crs(2154)
    assert communes.is_valid.all()
    assert communes.union_all().area == pytest.approx(communes.area.sum(), rel=1e-6)
    contours = dict(zip(communes.code, communes.geometry))
    for quartier in decor.QUARTIERS:
        assert contours[quartier.commune].contains(geographie.quartiers()[quartier.code])


def test_residences_stand_in_their_commune(demo):
    r = reunir(demo, "residences")
    r = r[r.X != ""]
    points = gpd.points_from_xy(r.X.astype(float), r.Y.astype(float))
    assert all(geographie.communes()[code].contains(point) for code, point in zip(r.DEPCOM, points))


def test_a_residence_without_point_in_a_quarter_declares_its_code():
    r = reunir(fichiers.fabriquer(AU, 12_000), "residences")
    sans_point = r[r.X == ""]
    assert 2 <= len(sans_point) <= 5
    assert set(sans_point.QPV) <= {"", *(quartier.code for quartier in decor.QUARTIERS)}


def test_no_event_after_the_day_of_the_load(demo):
    d = radiations(demo)
    assert d[["DATE_CALEOL", "DATE_SIGNATURE_BAIL", "DATE_RADIATION"]].max().max() <= pd.Timestamp(AU)
    assert sorted(set(d.DATE_CALEOL.dropna().dt.year)) == [2023, 2024, 2025, 2026]


def test_some_households_wait_only_in_the_current_year(demo):
    d = radiations(demo)
    attente = d[d.ISSUE_ATTRIBUTION == "en_attente"]
    assert len(attente) > 0
    assert attente.DATE_CALEOL.min() > pd.Timestamp(AU) - pd.Timedelta(days=45)


def test_a_lease_follows_its_decision_and_a_refusal_has_none(demo):
    d = radiations(demo)
    signes = d.ISSUE_ATTRIBUTION == "bail_signe"
    assert (d.DATE_SIGNATURE_BAIL[signes] >= d.DATE_CALEOL[signes]).all()
    assert d.DATE_SIGNATURE_BAIL[~signes].isna().all()


def test_declared_quarter_follows_the_version_in_force_at_the_lease():
    demo = fichiers.fabriquer(AU, 6_000)
    d = radiations(demo)
    d = d[d.ISSUE_ATTRIBUTION == "bail_signe"]
    parti = next(q.code for q in decor.QUARTIERS if q.versions == ("2015",))
    r = reunir(demo, "residences")
    dedans = gpd.points_from_xy(r.X.replace("", "0").astype(float), r.Y.replace("", "0").astype(float)).within(
        geographie.quartiers()[parti]
    )
    passage = reunir(demo, "passage")
    numeros = passage.IDENT_INT[passage.CODE_RESIDENCE.isin(r.CODE_RESIDENCE[dedans])].str[1:].astype(int)
    ici = d[d.NUMERORPLS.str[2:].astype(int).isin(numeros)]
    avant = ici.DATE_SIGNATURE_BAIL.dt.year < 2024
    assert avant.any() and (~avant).any()
    assert (ici.NB_QPV[avant] == 1).all()
    assert (ici.NB_QPV[~avant] == 0).all()


def test_fragile_residences_house_poorer_households():
    demo = fichiers.fabriquer(AU, 6_000)
    ops = reunir(demo, "ops").merge(reunir(demo, "passage"))
    ops = ops[ops.ANNEE.astype(int) == decor.ENQUETES[-1]].merge(
        reunir(demo, "rpls", millesime=2025)[["IDENT_INT", "QPV"]]
    )
    plafond = pd.to_numeric(ops.PCT_PLAFOND_PLUS.str.replace(",", "."))
    pauvres = (plafond < 40).groupby(ops.QPV).mean()
    assert pauvres["1"] > 1.25 * pauvres["2"]


def test_rehoused_households_take_a_dwelling_out_of_the_buildings_pulled_down(demo):
    r = reunir(demo, "relogements")
    reloges = r[r.ETAT == "reloge"]
    assert len(reloges) >= 5
    assert (reloges.DATE_BAIL != "").all() and (r.DATE_BAIL[~r.ETAT.isin(["reloge", "temporaire"])] == "").all()
    assert not reloges.IDENT_INT_DESTINATION.isin(r.IDENT_INT_ORIGINE).any()
    assert reloges.IDENT_INT_DESTINATION.is_unique


def test_every_rehousing_is_flagged_once_in_the_sne(demo):
    reloges = reunir(demo, "relogements")
    assert radiations(demo).ESTANRU.sum() == (reloges.ETAT == "reloge").sum()


def test_later_loads_add_the_years_that_have_passed():
    demo = fichiers.fabriquer(date(2028, 2, 10), 600)
    noms = [f.nom for f in demo if f.type == "sne_radiations"]
    assert noms == [f"sne_radiations_{annee}.csv" for annee in range(2023, 2029)]
