"""Write the files that the partners of the demo deposit, in the layouts of docs/formats.md, in the order of deposit."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from suivi.demonstration import demandes, geographie, marche, occupation, parc, relogements, tables
from suivi.demonstration.decor import (
    ANNEES,
    BAILLEURS,
    COMMUNES,
    DEPARTEMENT,
    EPCI,
    GRAINE,
    LOGEMENTS,
    NATURE_EPCI,
    NOM_EPCI,
    RATTACHEES,
    SEUILS,
)


@dataclass(frozen=True)
class Fichier:
    """A file to deposit: its type, name, table, and the arguments of its import."""

    type: str
    nom: str
    table: pd.DataFrame
    organisation: str = ""
    options: dict = field(default_factory=dict)

    def ecrire(self, dossier: Path) -> Path:
        chemin = dossier / self.nom
        if chemin.suffix == ".geojson":
            chemin.write_text(self.table.to_json(drop_id=True), encoding="utf-8")
        else:
            self.table.to_csv(chemin, sep=";", index=False, encoding="utf-8")
        return chemin


def fabriquer(au: date, nb_logements: int = LOGEMENTS, graine: int = GRAINE) -> list[Fichier]:
    """Every file, in the order of deposit. Same arguments, same files."""
    le_parc = parc.construire(graine, nb_logements, au)
    reloges = relogements.construire(graine, le_parc, au)
    departs = pd.Series(reloges.date_bail.values, index=reloges.origine).dropna()
    rng = np.random.default_rng([graine, 7])
    return [
        *referentiels(),
        *perimetres(),
        seuils(au),
        Fichier("indicateurs_territoriaux", "marche.csv", marche.indicateurs(graine), EPCI),
        *par_bailleur(rng, graine, le_parc, departs),
        *sne(rng, graine, le_parc, reloges, nb_logements, au),
        Fichier("relogements", "relogements.csv", tables.relogements(le_parc.logements, reloges), EPCI),
    ]


def referentiels() -> list[Fichier]:
    population = sum(commune.population for commune in COMMUNES)
    epci = {"siren": [EPCI], "nom": [NOM_EPCI], "type": [NATURE_EPCI], "population": [population]}
    communes = {
        "code_insee": [commune.code for commune in COMMUNES],
        "nom": [commune.nom for commune in COMMUNES],
        "departement": DEPARTEMENT,
        "region": DEPARTEMENT,
        "siren": [commune.siren for commune in COMMUNES],
        "epci": EPCI,
        "territoire_cil": EPCI,
        "population": [commune.population for commune in COMMUNES],
        "zone_apl": ["2" if commune.population > 10_000 else "3" for commune in COMMUNES],
    }
    rattachees = pd.DataFrame(RATTACHEES, columns=["code_ancien", "nom", "nature", "code_insee"])
    return [
        Fichier("epci", "epci.csv", pd.DataFrame(epci)),
        Fichier("communes", "communes.csv", pd.DataFrame(communes)),
        Fichier("communes_rattachees", "communes_rattachees.csv", rattachees),
    ]


def perimetres() -> list[Fichier]:
    couches = [("qpv", "2015", geographie.couche_qpv("2015")), ("qpv", "2024", geographie.couche_qpv("2024"))]
    couches.append(("npnru", "2014", geographie.couche_npnru()))
    return [
        Fichier("contours", "communes.geojson", geographie.couche_communes()),
        *(
            Fichier("perimetres", f"{nature}_{version}.geojson", couche, options={"nature": nature, "version": version})
            for nature, version, couche in couches
        ),
        Fichier(
            "perimetres",
            "secteurs_2024.geojson",
            geographie.couche_secteurs("2024"),
            EPCI,
            {"nature": "secteur", "version": "2024"},
        ),
    ]


def seuils(au: date) -> Fichier:
    lignes = [(EPCI, annee, *valeurs, "valeurs fictives") for annee, valeurs in SEUILS.items() if annee <= au.year]
    colonnes = ["SIREN_EPCI", "ANNEE", "SEUIL_Q1", "SEUIL_Q2", "SEUIL_Q3", "SOURCE"]
    return Fichier("seuils", "seuils.csv", pd.DataFrame(lignes, columns=colonnes))


def par_bailleur(rng, graine: int, le_parc, departs) -> list[Fichier]:
    r = tables.residences(le_parc.residences)
    log = le_parc.logements
    contenus = [
        ("residences", "residences", r, {}),
        ("passage", "passage", tables.passage(log), {}),
        *(
            ("rpls", f"rpls_{annee}", tables.rpls(rng, le_parc, departs, annee), {"millesime": annee})
            for annee in ANNEES
        ),
        *(
            ("ops", f"ops_{annee}", tables.ops(lignes), {})
            for annee, lignes in occupation.enquetes(graine, le_parc, departs).items()
        ),
        ("gestion", "gestion", tables.gestion(occupation.gestion(graine, le_parc, departs)), {}),
    ]
    return [
        Fichier(type_, f"{nom}_{b.siren}.csv", table[tables.siren_de(table) == b.siren], b.siren, options)
        for b in BAILLEURS
        for type_, nom, table, options in contenus
    ]


def sne(rng, graine: int, le_parc, reloges, nb_logements: int, au: date) -> list[Fichier]:
    d = demandes.radiations(graine, le_parc, reloges, au)
    stock = demandes.stock(graine, nb_logements)
    return [
        *(
            Fichier("sne_radiations", f"sne_radiations_{annee}.csv", tables.radiations(rng, lignes), EPCI)
            for annee, lignes in d.groupby("annee")
        ),
        *(
            Fichier("sne_stock", f"sne_stock_{annee}.csv", tables.stock(lignes), EPCI, {"millesime": int(annee)})
            for annee, lignes in stock.groupby("millesime")
        ),
    ]
