"""The SNE: allocations and removals, year after year, and the stock of applications."""

from datetime import date

import numpy as np
import pandas as pd

from suivi.demonstration.decor import (
    ANNEES,
    BAILLEURS,
    COMMUNES,
    DEBUT_SNE,
    ISSUES,
    PART_Q1,
    RESERVATAIRES,
    SEUILS,
    quartiers_en_vigueur,
)
from suivi.demonstration.parc import Parc, choisir

STATUTS = {
    "CDI": 31,
    "CDD": 12,
    "INTERIM": 5,
    "CHOMAGE": 19,
    "RETRAITE": 9,
    "ETUDIANT": 3,
    "APPRENTI": 2,
    "ARTISAN": 2,
    "SANS_ACTIVITE": 14,
    "AUTRE": 3,
}
SITUATIONS = {"CELIBATAIRE": 41, "MARIE": 22, "CONCUBIN": 11, "DIVORCE": 10, "SEPARE": 8, "PACSE": 4, "VEUF": 4}
ATTENTE_JOURS = 45  # a decision more recent than that may still wait for its answer
AUTRES_MOTIFS = {"ABANDON": 55, "NONRENOUV": 40, "DECES": 5}


def seuils_de(annees) -> np.ndarray:
    """Thresholds of each year (n × 3); the last known one stands for later years."""
    dernier = max(SEUILS)
    return np.array([SEUILS[min(annee, dernier)] for annee in annees], dtype=float).reshape(-1, 3)


def menages(rng, n: int) -> pd.DataFrame:
    """Applicants: size, ages, situation. No resources yet."""
    d = pd.DataFrame({"taille": choisir(rng, [1, 2, 3, 4, 5, 6, 7], [43, 22, 15, 11, 6, 2, 1], n)})
    adultes = np.where(d.taille == 1, 1, choisir(rng, [1, 2], [42, 58], n))
    d["pac"] = d.taille - adultes
    moins_14 = rng.binomial(d.pac, 0.7)
    d["uc"] = (1 + 0.5 * (d.taille - 1 - moins_14) + 0.3 * moins_14).round(1)
    d["age"] = np.clip(rng.normal(40, 14, n), 18, 92).astype(int)
    d["statut"] = choisir(rng, list(STATUTS), list(STATUTS.values()), n)
    d["situation"] = choisir(rng, list(SITUATIONS), list(SITUATIONS.values()), n)
    return d


def revenus(rng, d: pd.DataFrame, quartile: np.ndarray, annees) -> None:
    """Monthly income drawn inside the wanted quartile, then the quartile that the rounded income gives; 0 unknown."""
    s = seuils_de(annees)
    bas = np.column_stack([s[:, 0] * 0.32, s]) + 30
    haut = np.column_stack([s, s[:, 2] * 1.7]) - 30
    rangs = np.arange(len(d)), quartile - 1
    par_uc = bas[rangs] + (haut[rangs] - bas[rangs]) * rng.beta(1.6, 1.3, len(d))
    d["revenu"] = (par_uc * d.uc / 12).round().where(rng.random(len(d)) > 0.012)
    annuel = d.revenu * 12 / d.uc
    d["quartile"] = np.where(d.revenu.isna(), 0, 1 + (annuel.values[:, None] >= s).sum(axis=1))
    d["pct_plafond"] = np.clip(d.revenu * 12 / (9_500 + 11_000 * d.uc) * 62, 0, 190).round()


def radiations(graine: int, parc: Parc, reloges: pd.DataFrame, au: date) -> pd.DataFrame:
    """Allocations (signed or not) and other removals. `annee` is the year of the file: that of the decision."""
    rng = np.random.default_rng([graine, 5])
    signees = baux_signes(rng, parc, reloges)
    autres = sans_bail(rng, signees, au)
    d = pd.concat([signees, autres], ignore_index=True)
    d = pd.concat([d, menages(rng, len(d))], axis=1)
    situer(d, parc)
    profils(rng, d)
    d["numero"] = [f"000{jour:%y}{rang:013d}" for rang, jour in enumerate(d.date_caleol)]
    d["date_creation"] = d.date_caleol - pd.to_timedelta(rng.exponential(560, len(d)).astype(int) + 20, unit="D")
    d["annee"] = d.date_caleol.dt.year
    return pd.concat([d, abandons(rng, d, au)], ignore_index=True)


def baux_signes(rng, parc: Parc, reloges: pd.DataFrame) -> pd.DataFrame:
    b = parc.baux[parc.baux.debut >= pd.Timestamp(DEBUT_SNE, 1, 1)]
    decision = b.debut - pd.to_timedelta(rng.integers(8, 58, len(b)), unit="D")
    return pd.DataFrame(
        {
            "logement": b.logement.values,
            "date_bail": b.debut.values,
            "date_caleol": np.maximum(decision.values, np.datetime64(f"{DEBUT_SNE}-01-01")),
            "issue": "bail_signe",
            "reloge": b.index.isin(reloges.bail[reloges.etat == "reloge"]),
        }
    )


def sans_bail(rng, signees: pd.DataFrame, au: date) -> pd.DataFrame:
    """Decisions that came to nothing, on dwellings let some weeks later; and those that still wait at `au`."""
    part = (100 - ISSUES["bail_signe"]) / ISSUES["bail_signe"]
    vaines = signees.sample(frac=part, random_state=int(rng.integers(1 << 30))).copy()
    vaines["issue"] = choisir(rng, list(ISSUES)[1:], list(ISSUES.values())[1:], len(vaines))
    vaines["date_caleol"] -= pd.to_timedelta(rng.integers(10, 40, len(vaines)), unit="D")
    recentes = signees[signees.date_caleol > pd.Timestamp(au) - pd.Timedelta(days=ATTENTE_JOURS)].copy()
    recentes["issue"] = "en_attente"
    recentes["date_caleol"] = pd.Timestamp(au) - pd.to_timedelta(rng.integers(1, 15, len(recentes)), unit="D")
    perdues = pd.concat([vaines, recentes]).assign(date_bail=pd.NaT, reloge=False)
    return perdues[perdues.date_caleol >= pd.Timestamp(DEBUT_SNE, 1, 1)]


def situer(d: pd.DataFrame, parc: Parc) -> None:
    """The dwelling's columns, and whether it stands in a QPV of the version in force on the counted day."""
    log = parc.logements.loc[d.logement].reset_index(drop=True)
    for colonne in ("ident_rep", "bailleur", "commune", "zone", "nbpiece", "loyer", "surfhab"):
        d[colonne] = log[colonne]
    jour = d.date_bail.fillna(d.date_caleol)
    d["en_qpv"] = [zone in quartiers_en_vigueur(le.year) for zone, le in zip(d.zone, jour)]


def profils(rng, d: pd.DataFrame) -> None:
    n = len(d)
    annees = d.date_caleol.dt.year.values
    ecart = d.bailleur.map({bailleur.siren: bailleur.ecart_q1 for bailleur in BAILLEURS}).values
    dernier = max(PART_Q1)
    part = np.array([PART_Q1[min(annee, dernier)][int(dedans)] for annee, dedans in zip(annees, d.en_qpv)])
    reste = choisir(rng, [2, 3, 4], [46, 34, 20], n)
    quartile = np.where(rng.random(n) < np.clip(part + ecart + 0.25 * d.reloge, 0.02, 0.9), 1, reste)
    revenus(rng, d, quartile, annees)
    d["reservataire"] = choisir(rng, list(RESERVATAIRES), [poids for poids, _ in RESERVATAIRES.values()], n)
    chance = d.reservataire.map({nom: part for nom, (_, part) in RESERVATAIRES.items()}).values
    d["prioritaire"] = rng.random(n) < chance
    d["dalo"] = d.prioritaire & (rng.random(n) < 0.16)
    d["essentiel"] = rng.random(n) < 0.11
    d["mutation"] = (rng.random(n) < 0.24) | d.reloge
    d["commune_actuelle"] = choisir(rng, [c.code for c in COMMUNES], [c.population for c in COMMUNES], n)


def abandons(rng, d: pd.DataFrame, au: date) -> pd.DataFrame:
    """Removals for another reason than an allocation."""
    par_an = d.groupby("annee").size() * 0.3
    annees = np.repeat(par_an.index.values, par_an.astype(int).values)
    e = menages(rng, len(annees))
    e["annee"] = annees
    debut = pd.to_datetime({"year": annees, "month": 1, "day": 1})
    e["date_radiation"] = debut + pd.to_timedelta(rng.integers(10, 364, len(e)), unit="D")
    e["motif"] = choisir(rng, list(AUTRES_MOTIFS), list(AUTRES_MOTIFS.values()), len(e))
    revenus(rng, e, choisir(rng, [1, 2, 3, 4], [25] * 4, len(e)), annees)
    e["numero"] = [f"001{annee % 100:02d}{rang:013d}" for rang, annee in enumerate(annees)]
    e["date_creation"] = e.date_radiation - pd.to_timedelta(rng.integers(200, 900, len(e)), unit="D")
    e["prioritaire"] = rng.random(len(e)) < 0.2
    e["commune_actuelle"] = choisir(rng, [c.code for c in COMMUNES], [c.population for c in COMMUNES], len(e))
    return e[e.date_radiation <= pd.Timestamp(au)]


def stock(graine: int, nb_logements: int) -> pd.DataFrame:
    """Active applications at 31 December of each millésime."""
    return pd.concat([stock_annee(graine, int(nb_logements * 0.4), annee) for annee in ANNEES], ignore_index=True)


def stock_annee(graine: int, n: int, annee: int) -> pd.DataFrame:
    rng = np.random.default_rng([graine, 6, annee])
    d = menages(rng, n)
    d["millesime"] = annee
    revenus(rng, d, choisir(rng, [1, 2, 3, 4], [25] * 4, n), np.full(n, annee))
    d["numero"] = [f"002{annee % 100:02d}{rang:013d}" for rang in range(n)]
    d["date_creation"] = pd.Timestamp(annee, 12, 31) - pd.to_timedelta(rng.exponential(700, n).astype(int), unit="D")
    age_jours = (pd.Timestamp(annee, 12, 31) - d.date_creation).dt.days
    d["date_renouvellement"] = pd.Timestamp(annee, 12, 31) - pd.to_timedelta(age_jours % 365, unit="D")
    d["prioritaire"] = rng.random(n) < 0.27
    d["dalo"] = d.prioritaire & (rng.random(n) < 0.12)
    codes, poids = [c.code for c in COMMUNES], [c.population for c in COMMUNES]
    d["commune_actuelle"], d["commune_souhaitee"] = choisir(rng, codes, poids, n), choisir(rng, codes, poids, n)
    d["typologie"] = "T" + np.clip(d.taille, 1, 5).astype(str)
    return d
