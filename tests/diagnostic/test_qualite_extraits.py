"""Extracts made to disagree, deposited by the real engine, then every comparison of sources against pandas."""

import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from diagnostic.models import QualiteBailleur
from diagnostic.services import appartenances, calcul_qualite
from tests.diagnostic.independant import lire, lire_toutes, nombres
from tests.diagnostic.test_partage_indicateurs import EPCI, PARTAGE, QPV, deposer, troubler

pytestmark = [pytest.mark.partage, pytest.mark.django_db]
MILLESIME = 2025


def contredire(dossier):
    """Modes that the survey contradicts, homes not surveyed, homes that RPLS forgot, a rent roll that counts more."""
    hasard = np.random.default_rng(11)
    for chemin in sorted(dossier.glob("rpls_*.csv")):
        table = lire(chemin)
        ici = hasard.random(len(table)) < 0.06
        table.loc[ici, "MODE"] = hasard.choice(["1", "2", "3", "4", "NA"], ici.sum())
        table[hasard.random(len(table)) > 0.02].to_csv(chemin, sep=";", index=False, encoding="utf-8")
    for chemin in sorted(dossier.glob("ops_*.csv")):
        table = lire(chemin)
        table[hasard.random(len(table)) > 0.05].to_csv(chemin, sep=";", index=False)
    for chemin in sorted(dossier.glob("gestion_*.csv")):
        table = lire(chemin)
        ici = hasard.random(len(table)) < 0.2
        table.loc[ici, "NB_LOGEMENTS"] = (
            table.NB_LOGEMENTS[ici].astype(int) + hasard.integers(-2, 4, ici.sum())
        ).astype(str)
        table[hasard.random(len(table)) > 0.04].to_csv(chemin, sep=";", index=False)


def attendus(dossier) -> pd.DataFrame:
    """One row a bailleur, from the files alone; the residences of the extracts all lie on the territory."""
    tables = {genre: lire_toutes(dossier, genre) for genre in ("residences", "passage", "rpls", "ops", "gestion")}
    for genre, table in tables.items():
        table["bailleur"] = table.SIRET.str.zfill(14).str[:9] if genre == "rpls" else table.SIREN_BAILLEUR.str.zfill(9)
    nombres(tables["rpls"], ["QPV", "MODE"])
    nombres(tables["ops"], ["ANNEE", "REPONSE"])
    nombres(tables["gestion"], ["ANNEE", "NB_LOGEMENTS", "NB_OCCUPES"])
    residences, rpls = tables["residences"], tables["rpls"].drop_duplicates()
    residences["situee"] = (residences.X != "") & (residences.Y != "")
    points = gpd.points_from_xy(pd.to_numeric(residences.X), pd.to_numeric(residences.Y), crs=2154)
    contours = gpd.read_file(QPV["2024"]).to_crs(2154).geometry.make_valid().union_all()
    residences["en_qpv"] = gpd.GeoSeries(points).intersects(contours).to_numpy()
    ops = tables["ops"][tables["ops"].ANNEE == MILLESIME].drop_duplicates(["bailleur", "IDENT_INT"])
    gestion = tables["gestion"][tables["gestion"].ANNEE == MILLESIME]
    cle, passage = ["bailleur", "IDENT_INT"], tables["passage"][["bailleur", "IDENT_INT", "CODE_RESIDENCE"]]
    parc = rpls.merge(passage, "left", cle).merge(
        residences[["bailleur", "CODE_RESIDENCE", "situee", "en_qpv"]], "left", ["bailleur", "CODE_RESIDENCE"]
    )
    parc["enquete"] = pd.MultiIndex.from_frame(parc[cle]).isin(pd.MultiIndex.from_frame(ops[cle]))
    ops = ops.assign(connu=pd.MultiIndex.from_frame(ops[cle]).isin(pd.MultiIndex.from_frame(parc[cle])))
    ops = ops.merge(passage, "left", cle)
    ops = ops[ops.connu | ops.CODE_RESIDENCE.notna()]
    compare = parc.situee.eq(True) & parc.QPV.isin([1, 2])
    return pd.DataFrame(
        {
            "residences": residences.groupby("bailleur").size(),
            "residences_situees": residences.groupby("bailleur").situee.sum(),
            "rpls_logements": parc.groupby("bailleur").size(),
            "rpls_rattaches": parc.groupby("bailleur").CODE_RESIDENCE.count(),
            "rpls_occupes": parc[parc.MODE == 1].groupby("bailleur").size(),
            "rpls_vacants": parc[parc.MODE.isin([2, 3])].groupby("bailleur").size(),
            "qpv_compares": parc[compare].groupby("bailleur").size(),
            "qpv_differents": parc[compare & (parc.QPV.eq(1) != parc.en_qpv.eq(True))].groupby("bailleur").size(),
            "ops_enquetes": ops.groupby("bailleur").size(),
            "ops_repondants": ops[ops.REPONSE == 1].groupby("bailleur").size(),
            "ops_hors_rpls": ops[~ops.connu].groupby("bailleur").size(),
            "occupes_non_enquetes": parc[(parc.MODE == 1) & ~parc.enquete].groupby("bailleur").size(),
            "vacants_enquetes": parc[parc.MODE.isin([2, 3]) & parc.enquete].groupby("bailleur").size(),
            "rpls_dans_ops": parc[parc.enquete].groupby("bailleur").size(),
            **ecarts(parc, gestion),
        }
    ).fillna(0)


def ecarts(parc: pd.DataFrame, gestion: pd.DataFrame) -> dict[str, pd.Series]:
    par_residence = parc.groupby(["bailleur", "CODE_RESIDENCE"])
    comptes = pd.DataFrame({"n": par_residence.size(), "occupes": par_residence.MODE.agg(lambda m: (m == 1).sum())})
    communs = gestion.merge(comptes.reset_index(), "left", ["bailleur", "CODE_RESIDENCE"])
    logements, occupes = communs.n.fillna(0), communs.occupes.fillna(0)
    return {
        "gestion_residences": gestion.groupby("bailleur").size(),
        "gestion_logements": gestion.groupby("bailleur").NB_LOGEMENTS.sum(),
        "residences_comparees": comptes.groupby("bailleur").size(),
        "residences_en_gestion": communs[communs.n > 0].groupby("bailleur").size(),
        "logements_en_gestion": logements.groupby(communs.bailleur).sum(),
        "ecart_logements": (communs.NB_LOGEMENTS - logements).abs().groupby(communs.bailleur).sum(),
        "ecart_occupes": (communs.NB_OCCUPES - occupes).abs().groupby(communs.bailleur).sum(),
    }


def test_every_comparison_equals_the_independent_one(tmp_path):
    script = [sys.executable, PARTAGE / "outils" / "extraits.py", "--sortie", tmp_path, "--graine", "31"]
    subprocess.run([*script, "--logements", "1400", "--bailleurs", "5"], check=True, capture_output=True)
    troubler(tmp_path)
    contredire(tmp_path)
    deposer(tmp_path, {})
    appartenances.calculer(EPCI)
    calcul_qualite.recalculer(EPCI)
    voulus = attendus(tmp_path)
    lus = pd.DataFrame(
        QualiteBailleur.objects.filter(epci=EPCI, millesime=MILLESIME).values("bailleur", *voulus.columns)
    ).set_index("bailleur")
    assert (voulus.drop(columns="residences").sum() > 0).all()
    pd.testing.assert_frame_equal(lus.sort_index().astype(int), voulus.sort_index().astype(int), check_names=False)
