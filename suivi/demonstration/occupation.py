"""Who lives there: households of the survey (OPS), and the rent roll of each residence and year."""

import numpy as np
import pandas as pd

from suivi.demonstration.decor import ANNEES, ENQUETES
from suivi.demonstration.parc import Parc, bail_au, choisir, remise_au

LOUE, VACANT, VIDE = 1, 2, 3
ECART_PAR_AN = 0.05  # by which the fragility of a residence moves in a year, one standard deviation


def mode_au(parc: Parc, annee: int, departs: pd.Series) -> np.ndarray:
    """RPLS occupancy code of each dwelling on 1 January. `departs`: day its household was rehoused, by dwelling."""
    jour = pd.Timestamp(annee, 1, 1)
    log = parc.logements
    mode = np.full(len(log), LOUE)
    mode[remise_au(parc, jour).index] = VACANT
    mode[log.vide.values] = VACANT
    mode[departs.index[departs < jour]] = VIDE
    autres = log["mode_autre"].values
    return np.where(autres > 0, autres, mode)


def menages(rng, log: pd.DataFrame) -> pd.DataFrame:
    """A household for each dwelling given, poorer where the residence is more fragile; columns as OPS names them."""
    n, fragilite, pieces = len(log), log.fragilite.values, log.nbpiece.values
    m = pd.DataFrame(index=log.index)
    m["age"] = np.clip(rng.normal(52 - 4 * fragilite, 16, n), 18, 96).astype(int)
    m["majeurs"] = np.minimum(choisir(rng, [1, 2, 3], [56, 37, 7], n), pieces + 1)
    m["enfants"] = np.where(
        m.age > 66, 0, np.minimum(rng.poisson(np.clip(pieces - 1.6, 0, 4) * (0.2 + 0.5 * fragilite)), 6)
    )
    m["enfants_moins_14"] = rng.binomial(m.enfants, 0.7)
    m["occupants"] = m.majeurs + m.enfants
    seul, couple = m.majeurs == 1, m.majeurs == 2
    sans = m.enfants == 0
    m["composition"] = np.select([seul & sans, couple & sans, couple, seul], [1, 2, 3, 4], 5)
    m["pct_plus"] = np.clip(rng.gamma(3.2, 1, n) * (27 - 16 * fragilite), 0, 180).round(1)
    activite(rng, m, fragilite)
    m["apl"] = (rng.random(n) < np.clip(1.08 - m.pct_plus / 62, 0.02, 0.97)).astype(int)
    m["minima"] = (rng.random(n) < np.clip(0.62 - m.pct_plus / 55, 0.01, 0.75)).astype(int)
    return m


def activite(rng, m: pd.DataFrame, fragilite):
    """Spread the adults (three at most) over the five situations of the survey."""
    colonnes = ("stable", "precaire", "sans_emploi", "retraites", "autres")
    for colonne in colonnes:
        m[colonne] = 0
    for rang in range(3):
        present = (m.majeurs > rang).values
        retraite = (m.age >= 63).values & (rang < 2)
        u = rng.random(len(m)) + 0.3 * (fragilite - 0.4)
        cas = np.select([retraite, u < 0.46, u < 0.6, u < 0.83], [3, 0, 1, 2], 4)
        for indice, colonne in enumerate(colonnes):
            m[colonne] += present & (cas == indice)


def enquetes(graine: int, parc: Parc, departs: pd.Series) -> dict[int, pd.DataFrame]:
    """Rows of each survey, by year."""
    return {annee: enquete(graine, parc, departs, annee) for annee in ENQUETES}


def enquete(graine: int, parc: Parc, departs: pd.Series, annee: int) -> pd.DataFrame:
    """Rows of the survey: every dwelling let on 1 January of its year; some do not answer, some leave a blank. A
    residence was a little more fragile, or a little less, at an earlier survey."""
    rng = np.random.default_rng([graine, 3, annee])
    loues = mode_au(parc, annee, departs) == LOUE
    entree = bail_au(parc, pd.Timestamp(annee, 1, 1))
    log = parc.logements[loues & parc.logements.index.isin(entree.index)]
    m = menages(rng, log.assign(fragilite=fragilite_a(rng, log, ENQUETES[-1] - annee)))
    m["annee"] = annee
    m[["bailleur", "ident_int"]] = log[["bailleur", "ident_int"]]
    m["date_entree"] = entree.reindex(log.index)
    m["reponse"] = (rng.random(len(m)) < 0.9).astype(int)
    for colonne in ("pct_plus", "age", "apl", "minima"):
        m[colonne] = m[colonne].where(rng.random(len(m)) > 0.015)
    return m


def fragilite_a(rng, log: pd.DataFrame, ans: int) -> pd.Series:
    """Fragility of each dwelling's residence so many years before the last survey."""
    residences = log.residence.unique()
    ecart = pd.Series(rng.normal(0, ECART_PAR_AN * ans, len(residences)), residences)
    return (log.fragilite + log.residence.map(ecart)).clip(0.03, 0.97)


def gestion(graine: int, parc: Parc, departs: pd.Series) -> pd.DataFrame:
    """Rent roll of each residence and year."""
    return pd.concat([gestion_annee(graine, parc, departs, annee) for annee in ANNEES], ignore_index=True)


def gestion_annee(graine: int, parc: Parc, departs: pd.Series, annee: int) -> pd.DataFrame:
    rng = np.random.default_rng([graine, 4, annee])
    log = parc.logements.assign(loue=mode_au(parc, annee + 1, departs) == LOUE)[parc.logements.annee <= annee]
    g = log.groupby(["bailleur", "residence"], as_index=False).agg(
        nb=("ident_int", "size"), occupes=("loue", "sum"), vides=("vide", "sum"), f=("fragilite", "first")
    )
    de_l_annee = parc.baux[parc.baux.debut.dt.year == annee]
    residence = parc.logements.residence.values[de_l_annee.logement]
    g["entrees"] = compter(g, residence)
    g["premieres"] = compter(g, residence[de_l_annee.premiere.values])
    g["annee"] = annee
    n = len(g)
    g["vacants"] = np.minimum(g.vides + rng.binomial(g.nb, 0.006), g.nb - g.occupes)
    g["sorties"] = rng.binomial(g.nb, 0.05 + 0.055 * g.f)
    g["impayes"] = rng.binomial(g.occupes, 0.02 + 0.13 * g.f)
    g["mutations"] = rng.binomial(g.occupes, 0.05 + 0.16 * g.f)
    refus = rng.binomial(g.entrees * 2, np.clip(0.08 + 0.4 * g.f, 0, 1) * rng.uniform(0.7, 1.2, n) / 1.3)
    g["propositions"], g["refus"] = g.entrees + refus, refus
    return g.drop(columns=["f", "vides"])


def compter(g: pd.DataFrame, residences) -> np.ndarray:
    return g.residence.map(pd.Series(residences).value_counts()).fillna(0).astype(int).values
