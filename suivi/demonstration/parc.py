"""The stock: residences, dwellings, and the leases that follow one another in each dwelling."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from suivi.demonstration import geographie
from suivi.demonstration.decor import (
    BAILLEURS,
    COMMUNES,
    DEBUT_SNE,
    NOMS_RESIDENCES,
    NOMS_RUES,
    PART_EN_QUARTIER,
    PROJET,
    QUARTIERS,
)

LOGEMENTS_PAR_RESIDENCE = 52
DERNIERE_LIVRAISON = 2024


@dataclass(frozen=True)
class Parc:
    """`residences`: one row a residence. `logements`: one row a dwelling, with its residence's columns. `baux`: one
    row a lease (logement = row number, debut, remise = when the dwelling was offered again, premiere = first letting).
    Dates are datetime64, rents euros a month, surfaces m²."""

    residences: pd.DataFrame
    logements: pd.DataFrame
    baux: pd.DataFrame


def construire(graine: int, nb_logements: int, au: date) -> Parc:
    rng = np.random.default_rng([graine, 1])
    les_residences = residences(rng, nb_logements)
    les_logements = logements(rng, les_residences)
    return Parc(les_residences, les_logements, baux(rng, les_logements, au))


def choisir(rng, valeurs, poids, n: int) -> np.ndarray:
    """`n` draws among `valeurs`, weighted."""
    poids = np.asarray(poids, dtype=float)
    return np.asarray(valeurs)[rng.choice(len(valeurs), size=n, p=poids / poids.sum())]


# --- residences -----------------------------------------------------------------------------------------------------
def residences(rng, nb_logements: int) -> pd.DataFrame:
    r = repartition(nb_logements // LOGEMENTS_PAR_RESIDENCE)
    n = len(r)
    r["code"] = [f"R{rang:04d}" for rang in range(1, n + 1)]
    r["nom"] = noms(n)
    r["adresse"] = [f"{rng.integers(1, 120)} {rue}" for rue in rng.choice(NOMS_RUES.split("|"), n)]
    r["bailleur"] = bailleurs(rng, n)
    r[["x", "y"]] = [point(rng, zone, commune) for zone, commune in zip(r.zone, r.commune)]
    en_quartier = (r.zone != "").values
    r["annee"] = np.where(en_quartier, rng.integers(1958, 1980, n), annees_hors_quartier(rng, n))
    r["individuel"] = rng.random(n) < np.where(en_quartier, 0.03, 0.16)
    r["famille"] = famille(r)
    fragilite = r.zone.map({quartier.code: quartier.fragilite for quartier in QUARTIERS}).fillna(0.36)
    r["fragilite"] = np.clip(rng.normal(fragilite - 0.12 * (r.annee > 2005), 0.12), 0.03, 0.97)
    poids = rng.lognormal(0, 0.6, n) * np.where(en_quartier, 1.8, 1) * np.where(r.individuel, 0.35, 1)
    r["nb"] = rng.multinomial(nb_logements - n, poids / poids.sum()) + 1
    plus_grandes = r[r.zone == PROJET.qpv].nlargest(PROJET.demolitions, "nb").index
    r["demolie"] = r.index.isin(plus_grandes)
    return r


def repartition(nombre: int) -> pd.DataFrame:
    """Zone (code of a quarter, or empty) and commune of each residence; at least three in each quarter, one in each
    commune."""
    total_quartiers = sum(quartier.part for quartier in QUARTIERS)
    total_communes = sum(commune.part for commune in COMMUNES)
    lignes = []
    for quartier in QUARTIERS:
        part = 0.7 * PART_EN_QUARTIER * quartier.part / total_quartiers
        lignes += [(quartier.code, quartier.commune)] * max(3, round(part * nombre))
    for commune in COMMUNES:
        part = (1 - 0.7 * PART_EN_QUARTIER) * commune.part / total_communes
        lignes += [("", commune.code)] * max(1, round(part * nombre))
    return pd.DataFrame(lignes, columns=["zone", "commune"])


def noms(n: int) -> list[str]:
    """Names in turn, then the same with a number."""
    liste = NOMS_RESIDENCES.split("|")
    suffixe = ["", *(f" {rang}" for rang in range(2, n // len(liste) + 3))]
    return [f"Résidence {liste[rang % len(liste)]}{suffixe[rang // len(liste)]}" for rang in range(n)]


def bailleurs(rng, n: int) -> np.ndarray:
    """Weighted draw; each bailleur has at least one residence."""
    sirens = [bailleur.siren for bailleur in BAILLEURS]
    tires = choisir(rng, sirens, [bailleur.part for bailleur in BAILLEURS], n)
    tires[rng.choice(n, size=len(sirens), replace=False)] = sirens
    return tires


def point(rng, zone: str, commune: str) -> tuple[float, float]:
    return geographie.point_en_quartier(rng, zone) if zone else geographie.point_hors_quartier(rng, commune)


def annees_hors_quartier(rng, n: int) -> np.ndarray:
    recentes = rng.integers(2018, DERNIERE_LIVRAISON + 1, n)
    return np.where(rng.random(n) < 0.16, recentes, rng.integers(1956, 2018, n))


def famille(r: pd.DataFrame) -> np.ndarray:
    rurales = r.commune.isin([commune.code for commune in COMMUNES if commune.population < 2_000])
    forme = np.where(r.individuel, "individuel", "collectif")
    return np.where(rurales, "rural", forme + np.where(r.zone != "", "_qpv", "_hors_qpv").astype(object))


# --- dwellings ------------------------------------------------------------------------------------------------------
def logements(rng, r: pd.DataFrame) -> pd.DataFrame:
    log = r.loc[r.index.repeat(r.nb)].rename(columns={"code": "residence"}).reset_index(drop=True)
    n = len(log)
    log["ident_int"] = [f"L{rang:06d}" for rang in range(1, n + 1)]
    log["ident_rep"] = [f"90{rang:08d}" for rang in range(1, n + 1)]
    collectif = choisir(rng, [1, 2, 3, 4, 5, 6], [7, 20, 37, 27, 7, 2], n)
    log["nbpiece"] = np.where(log.individuel, choisir(rng, [3, 4, 5], [30, 50, 20], n), collectif)
    log["surfhab"] = np.clip(log.nbpiece * 16 + rng.normal(13, 6, n), 18, 140).round().astype(int)
    log["finan"] = np.where(log.annee < 1977, 52, choisir(rng, [11, 12, 13, 14], [16, 26, 48, 10], n))
    prix = np.select([log.annee < 1977, log.finan == 11, log.finan == 14], [5.7, 6.0, 9.0], 7.0)
    log["loyer"] = (log.surfhab * prix * rng.normal(1, 0.06, n)).round(2)
    log["loyer_apl"] = (295 + 37 * log.nbpiece + rng.normal(0, 6, n)).round(2)
    log["contreslog"] = choisir(rng, [1, 2, 3, 41, 42, 43, 7, 8], [4, 20, 22, 12, 5, 3, 22, 12], n)
    log["conv"] = np.where(rng.random(n) < 0.97, 1, 2)
    log["dpe"] = dpe(rng, log.annee.values)
    log["vide"] = rng.random(n) < 0.006 + 0.03 * log.fragilite  # vacant for long
    log["mode_autre"] = choisir(rng, [0, 3, 4, 5], [977, 12, 8, 3], n)
    log["mois_livraison"] = rng.integers(1, 11, len(r))[log.residence.str[1:].astype(int) - 1]
    return log


def dpe(rng, annees: np.ndarray) -> np.ndarray:
    lettres = list("ABCDEFG")
    anciens = choisir(rng, lettres, [0, 3, 22, 38, 26, 8, 3], len(annees))
    return np.where(annees >= 2006, choisir(rng, lettres, [18, 52, 30, 0, 0, 0, 0], len(annees)), anciens)


# --- leases ---------------------------------------------------------------------------------------------------------
def baux(rng, log: pd.DataFrame, au: date) -> pd.DataFrame:
    """The lease in force when the allocations begin, then those of each year up to `au`."""
    habitable = ~log.vide.values & (log["mode_autre"].values == 0)
    parties = [bail_initial(rng, log, habitable), premieres_locations(rng, log, habitable)]
    for annee in range(DEBUT_SNE, au.year + 1):
        parties.append(relocations(rng, log, habitable, annee))
    tous = pd.concat(parties, ignore_index=True)
    tous["remise"] = tous.debut - pd.to_timedelta(rng.integers(25, 110, len(tous)), unit="D")
    return tous[tous.debut <= pd.Timestamp(au)].sort_values(["logement", "debut"], ignore_index=True)


def lignes_de_bail(rangs, debut, premiere: bool) -> pd.DataFrame:
    return pd.DataFrame({"logement": rangs, "debut": debut, "premiere": premiere})


def jours_de(rng, annee: int, n: int) -> pd.DatetimeIndex:
    return pd.Timestamp(annee, 1, 1) + pd.to_timedelta(rng.integers(0, 365, n), unit="D")


def bail_initial(rng, log, habitable) -> pd.DataFrame:
    rangs = np.flatnonzero(habitable & (log.annee.values < DEBUT_SNE))
    anciennete = np.minimum(rng.exponential(10.5, len(rangs)), DEBUT_SNE - log.annee.values[rangs] - 0.8)
    jours = np.maximum(anciennete * 365.25, 1).astype(int)
    dates = pd.Timestamp(DEBUT_SNE, 1, 1) - pd.to_timedelta(jours, unit="D")
    return lignes_de_bail(rangs, dates, False)


def premieres_locations(rng, log, habitable) -> pd.DataFrame:
    """New programmes: everyone moves in within the two months that follow delivery."""
    rangs = np.flatnonzero(habitable & (log.annee.values >= DEBUT_SNE))
    livres = pd.to_datetime({"year": log.annee.values[rangs], "month": log.mois_livraison.values[rangs], "day": 1})
    return lignes_de_bail(rangs, livres + pd.to_timedelta(rng.integers(0, 55, len(rangs)), unit="D"), True)


def relocations(rng, log, habitable, annee: int) -> pd.DataFrame:
    """Dwellings that change tenant in the year; none in a building to be pulled down."""
    chance = np.where(log.individuel, 0.04, 0.05) + 0.055 * log.fragilite + 0.02 * (log.nbpiece <= 2)
    chance = np.where(log.demolie & (annee >= PROJET.debut.year), 0, chance)
    rangs = np.flatnonzero(habitable & (log.annee.values < annee) & (rng.random(len(log)) < chance))
    return lignes_de_bail(rangs, jours_de(rng, annee, len(rangs)), False)


def bail_au(parc: Parc, jour: pd.Timestamp) -> pd.Series:
    """Start of the lease in force before `jour`, by dwelling row number."""
    avant = parc.baux[parc.baux.debut < jour]
    return avant.groupby("logement").debut.max()


def remise_au(parc: Parc, jour: pd.Timestamp) -> pd.Series:
    """When a dwelling vacant on `jour` was offered, by dwelling row number: its next lease is later."""
    b = parc.baux[~parc.baux.premiere]
    return b[(b.remise < jour) & (b.debut >= jour)].groupby("logement").remise.max()
