"""Attainments on fictitious extracts made harder, against an independent computation from the same files."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from django.core.management import call_command

from attributions.services import atteintes
from attributions.services.atteintes import lire
from tests import fabriques as f
from tests.attributions.verite import Verite, table
from tests.partage import deposer

pytestmark = [pytest.mark.partage, pytest.mark.django_db]
QPV_2015, QPV_2024 = deposer.GEO / "qpv_2015_occitanie.geojson", deposer.GEO / "qpv_2024_essai.geojson"
# A square over the west of Toulouse: many residences out of QPV are in this ex-ZUS.
ZUS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": "ZUS1", "nom": "Ex-ZUS d'essai"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[1.30, 43.52], [1.43, 43.52], [1.43, 43.66], [1.30, 43.66], [1.30, 43.52]]],
            },
        }
    ],
}


def recrire(chemin, changer, rng):
    """Rewrite a file of the extracts, changed row by row, in the same layout."""
    lue = table(chemin)
    changer(lue, rng).to_csv(chemin, sep=";", index=False, encoding="utf-8")


def au_hasard(lue, rng, part):
    return lue.index[rng.random(len(lue)) < part]


def sans_point(residences, rng):
    ici = au_hasard(residences, rng, 0.35)
    residences.loc[ici, ["X", "Y"]] = ""
    residences.loc[ici[::3], "QPV"] = "QP031012"
    residences.loc[ici[1::3], "QPV"] = "QP999999"
    return residences


def sans_residence(passage, rng):
    return passage.drop(index=au_hasard(passage, rng, 0.08))


def financements(rpls, rng):
    rpls.loc[au_hasard(rpls, rng, 0.06), "FINAN"] = "16"
    rpls.loc[au_hasard(rpls, rng, 0.05), "QPV"] = ""
    return rpls


def seuils(lus, rng):
    """A year without threshold, a year with s1 alone."""
    annees = sorted(lus.ANNEE)
    lus.loc[lus.ANNEE.isin(annees[2:]), ["SEUIL_Q2", "SEUIL_Q3"]] = ["", "NA"]
    return lus[~lus.ANNEE.isin(annees[1:2])]


def radiations(sne, rng):
    sne["NB_TRAVAILLEUR_ESSENTIEL"] = rng.choice(["0", "1", ""], len(sne))
    for colonne, part in {
        "NB_QPV": 0.2,
        "NB_HQPV": 0.2,
        "TYPE_RESERVATAIRE": 0.08,
        "ATTRIBUE_DALO": 0.2,
        "NB_MENAGE_PRIORITAIRE": 0.2,
        "UNITE_CONSO": 0.02,
        "ESTANRU": 0.05,
        "DATE_SIGNATURE_BAIL": 0.1,
    }.items():
        sne.loc[au_hasard(sne, rng, part), colonne] = ""
    sne.loc[au_hasard(sne, rng, 0.02), "REVENU_MENSUEL_FOYER"] = "0"
    sne.loc[au_hasard(sne, rng, 0.02), "UNITE_CONSO"] = "0"
    sne.loc[au_hasard(sne, rng, 0.1), "TYPE_RESERVATAIRE"] = sne.TYPE_RESERVATAIRE.str.upper()
    inconnus = au_hasard(sne, rng, 0.06)
    sne.loc[inconnus, "NUMERORPLS"] = sne.loc[inconnus, "NUMERORPLS"].where(sne.NUMERORPLS == "", "X" + sne.NUMERORPLS)
    signees = sne.index[(sne.MOTIF_RADIATION == "RADATT")]
    sne.loc[signees[rng.random(len(signees)) < 0.1], "DATE_CALEOL"] = ""
    bout_d_annee = signees[rng.random(len(signees)) < 0.1]
    annee = sne.DATE_RADIATION.str[6:10].mode()[0]
    for colonne, le in (("DATE_CALEOL", f"31-12-{annee}"), ("DATE_RADIATION", f"01-01-{int(annee) + 1}")):
        sne.loc[bout_d_annee, colonne] = f"{le} 00:00:00"
    sne.loc[bout_d_annee, "DATE_SIGNATURE_BAIL"] = ""
    return sne.drop_duplicates("NUMERO_UNIQUE")  # a repeated line changed on one side only is another error


def sans_issue(sne, rng):
    return sne.drop(columns="ISSUE_ATTRIBUTION")


def durcir(dossier, graine):
    """Quirks that real files have and that the extracts lack; one more millésime of RPLS."""
    rng = np.random.default_rng(graine)
    for chemin in sorted(dossier.glob("residences_*.csv")):
        recrire(chemin, sans_point, rng)
    for chemin in sorted(dossier.glob("passage_*.csv")):
        recrire(chemin, sans_residence, rng)
    for chemin in sorted(dossier.glob("rpls_*.csv")):
        recrire(chemin, financements, rng)
        siren, annee = chemin.stem.split("_")[1:]
        ancien = dossier / f"rpls_{siren}_{int(annee) - 1}.csv"
        lue = table(chemin)
        lue.loc[au_hasard(lue, rng, 0.1), "FINAN"] = "17"
        lue.to_csv(ancien, sep=";", index=False)
    recrire(dossier / "seuils.csv", seuils, rng)
    fichiers = sorted(dossier.glob("sne_radiations_*.csv"))
    for chemin in fichiers:
        recrire(chemin, radiations, rng)
    recrire(fichiers[0], sans_issue, rng)


def charger(dossier):
    suite = deposer.depots(dossier)
    (dossier / "zus.geojson").write_text(json.dumps(ZUS))
    suite.insert(7, ["perimetres", str(dossier / "zus.geojson"), "--nature", "zus", "--version", "1996"])
    for depot in suite[:9]:
        call_command("importer", *depot)
    for organisation in deposer.organisations(dossier):
        call_command("creer_organisation", *organisation)
    for depot in suite[9:]:
        if depot[0] in ("residences", "passage", "rpls", "sne_radiations"):
            call_command("importer", *depot)
        if depot[0] == "rpls":
            millesime = str(int(depot[-1]) - 1)
            call_command(
                "importer", "rpls", depot[1].replace(f"_{depot[-1]}.", f"_{millesime}."), "--millesime", millesime
            )


@pytest.mark.parametrize(
    ("logements", "graine", "annees"), [(900, 5, (2022, 2023, 2024)), (1400, 29, (2019, 2020, 2021))]
)
def test_attainments_equal_the_independent_computation(tmp_path, logements, graine, annees):
    dossier = deposer.extraire(tmp_path / "extraits", logements, graine, "--annees", *map(str, annees))
    durcir(dossier, graine)
    charger(dossier)
    aujourd_hui = date(2026, 11, 20)
    call_command("recalculer", "--epci", deposer.EPCI, "--au", aujourd_hui.isoformat())
    communes = pd.read_csv(deposer.GEO / "communes.csv.gz", dtype=str)
    siennes = set(communes[communes.territoire_cil == deposer.EPCI].code_insee)
    perimetres = {("qpv", "2015"): QPV_2015, ("qpv", "2024"): QPV_2024, ("zus", "1996"): dossier / "zus.geojson"}
    verite = Verite(dossier, perimetres, siennes, aujourd_hui)
    adhesion = f.adhesion("epci", organisation=f.organisation("epci", deposer.EPCI))
    axes = {(): "total", ("bailleur",): "bailleur", ("qpv",): "qpv", ("reservataire",): "reservataire"}
    croises = [("bailleur", "qpv"), ("bailleur", "reservataire"), ("qpv", "reservataire")]
    derniere = annees[-1]
    for au in (aujourd_hui, date(derniere, 6, 30), date(derniere, 2, 28), date(derniere + 1, 1, 20)):
        for dimensions in (*axes, *croises):
            demande = {"axe": axes[dimensions]} if dimensions in axes else {"croisement": ",".join(dimensions)}
            lues = {
                (ligne.objectif, ligne.annee, tuple(getattr(ligne, d) for d in dimensions)): ligne
                for ligne in lire(adhesion, epci=deposer.EPCI, au=au, **demande)
            }
            attendues = verite.attendues(dimensions, au)
            assert lues.keys() == attendues.keys(), (au, dimensions)
            ecarts = {
                cle: (attendue, {champ: getattr(lues[cle], champ) for champ in attendue})
                for cle, attendue in attendues.items()
                if attendue != {champ: getattr(lues[cle], champ) for champ in attendue}
            }
            assert not ecarts, (au, dimensions, dict(list(ecarts.items())[:5]))
    assert len(verite.evenements) > logements * 0.085 * 3 * 0.8
    assert atteintes.recalculer(deposer.EPCI, aujourd_hui) > 100
