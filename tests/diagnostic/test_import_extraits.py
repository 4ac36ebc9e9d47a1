"""Fictitious extracts with the quirks of real files: all load, to the last value, and a second time change nothing."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from diagnostic.models import GestionResidence, Logement, MenageOps, Passage, Residence
from partenaires.depots.moteur import importer
from tests import fabriques as f
from tests.partage import deposer

pytestmark = [pytest.mark.partage, pytest.mark.django_db]
TERRITOIRES = ("epci", "communes", "communes_rattachees", "contours", "perimetres")
PARC = ("residences", "passage", "rpls", "ops", "gestion")


@pytest.fixture(scope="module", params=[(700, 3), (1500, 41)])
def dossier(request, tmp_path_factory):
    return deposer.extraire(tmp_path_factory.mktemp("extraits"), *request.param)


def tous(dossier, genre) -> pd.DataFrame:
    """The files of a kind as text, read without the engine."""
    encodage = "latin-1" if genre == "rpls" else "utf-8-sig"
    morceaux = [pd.read_csv(c, sep=";", dtype=str, encoding=encodage) for c in sorted(dossier.glob(f"{genre}_*.csv"))]
    return pd.concat(morceaux, ignore_index=True)


def nombre(textes: pd.Series) -> pd.Series:
    return pd.to_numeric(textes.str.replace(",", ".")).round(2)


def en_base(requete, *champs) -> pd.DataFrame:
    return pd.DataFrame(requete.courantes().values_list(*champs), columns=champs)


@pytest.fixture
def charges(dossier):
    """Reports of the deposits, by kind, the reference data before them."""
    rapports = {}
    suite = deposer.depots(dossier)
    for siren in deposer.bailleurs(dossier):
        f.organisation("bailleur", siren=siren)
    for type, chemin, *options in suite:
        arguments = {option.removeprefix("--"): valeur for option, valeur in zip(options[::2], options[1::2])}
        if "millesime" in arguments:
            arguments["millesime"] = int(arguments["millesime"])
        if type in TERRITOIRES or type in PARC:
            depot = importer(type, chemin, **arguments)
            assert depot.etat == "charge", depot.rapport
            assert importer(type, chemin, **arguments).etat == "deja_charge"
            rapports.setdefault(type, []).append(depot.rapport)
    return rapports


def test_every_value_of_the_extracts_is_in_the_database(dossier, charges):
    assert Residence.objects.courantes().count() == len(tous(dossier, "residences"))
    assert Passage.objects.courantes().count() == len(tous(dossier, "passage"))
    assert not Residence.objects.filter(longitude=None).exists()

    rpls = tous(dossier, "rpls").sort_values("IDENT_INT", ignore_index=True)
    lus = en_base(Logement.objects, "ident_int", "ident_rep", "bailleur", "loyerprinc", "surfhab", "construct", "mode")
    lus = lus.sort_values("ident_int", ignore_index=True)
    assert lus.ident_rep.tolist() == rpls.IDENT_REP.tolist()
    assert lus.bailleur.tolist() == rpls.SIRET.str.zfill(14).str[:9].tolist()
    assert np.array_equal(lus.loyerprinc.astype(float), nombre(rpls.LOYERPRINC))
    assert lus.construct.fillna(0).tolist() == rpls.CONSTRUCT.astype(int).replace(9999, 0).tolist()
    assert lus["mode"].tolist() == rpls.MODE.astype(int).tolist()
    assert [r["colonnes_inconnues"] for r in charges["rpls"]] == [["ZZ_LOGICIEL"]] * len(charges["rpls"])

    ops = tous(dossier, "ops").sort_values("IDENT_INT", ignore_index=True)
    lus = en_base(MenageOps.objects, "ident_int", "reponse", "pct_plafond_plus", "age_titulaire", "nb_majeurs")
    lus = lus.sort_values("ident_int", ignore_index=True)
    for champ in ("reponse", "pct_plafond_plus", "age_titulaire", "nb_majeurs"):
        assert np.array_equal(lus[champ].astype(float), nombre(ops[champ.upper()]), equal_nan=True), champ

    gestion = tous(dossier, "gestion")
    sommes = GestionResidence.objects.courantes().values_list("nb_logements", "nb_refus")
    assert sum(n for n, _ in sommes) == gestion.NB_LOGEMENTS.astype(int).sum()
    assert sum(n for _, n in sommes) == gestion.NB_REFUS.astype(int).sum()


def test_wrong_qpv_flags_are_listed_and_nothing_else(dossier, charges):
    residences = tous(dossier, "residences")
    points = gpd.points_from_xy(residences.X.astype(float), residences.Y.astype(float), crs=2154).to_crs(4326)
    qpv = gpd.read_file(deposer.GEO / "qpv_2024_essai.geojson").make_valid().union_all()
    dedans = residences.assign(dedans=points.intersects(qpv)).set_index("CODE_RESIDENCE").dedans
    rpls = tous(dossier, "rpls").merge(tous(dossier, "passage"), on="IDENT_INT")
    faux = ((rpls.QPV == "1") != rpls.CODE_RESIDENCE.map(dedans)).sum()
    listes = [a for r in charges["rpls"] for a in r["avertissements"]]
    assert {a["code"] for a in listes} == {"qpv_declare_different"}
    assert sum(a["nombre"] for a in listes) == faux > 0
