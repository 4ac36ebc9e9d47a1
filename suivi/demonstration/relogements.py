"""The rehousing of the households of the buildings to be pulled down."""

from datetime import date

import numpy as np
import pandas as pd

from suivi.demonstration.decor import PROJET
from suivi.demonstration.occupation import menages
from suivi.demonstration.parc import Parc, bail_au, choisir

ETATS = {"reloge": 57, "proposition": 14, "enquete": 15, "identifie": 7, "depart_volontaire": 5, "temporaire": 2}
MOTIFS = ("localisation", "taille", "loyer", "etage", "autre")


def construire(graine: int, parc: Parc, au: date) -> pd.DataFrame:
    """One row a household. `bail` is the row of `parc.baux` it took, -1 for those not rehoused; amounts in euros a
    month, unknown as NaN."""
    rng = np.random.default_rng([graine, 2])
    occupes = bail_au(parc, pd.Timestamp(PROJET.debut)).index
    log = parc.logements
    origine = log.index[log.demolie & log.index.isin(occupes)]
    r = menages(rng, log.loc[origine]).reset_index(drop=True)
    n = len(r)
    r["origine"] = origine
    r["operation"] = "DEM-" + log.residence[origine].values
    r["identifiant"] = [f"MEN-{rang:03d}" for rang in range(1, n + 1)]
    r["uc"] = 1 + 0.5 * (r.occupants - 1 - r.enfants_moins_14) + 0.3 * r.enfants_moins_14
    r["ressources"] = np.clip(r.pct_plus * 15 * r.uc**0.7, 480, 4_500).round()
    r["etat"] = choisir(rng, list(ETATS), list(ETATS.values()), n)
    avant(r, log)
    dates(rng, r, au)
    destination(rng, r, parc, au)
    apres(rng, r, parc)
    return r


def apl(loyer, ressources):
    """A plausible aid: falls with resources."""
    return np.clip(loyer * 0.72 - np.clip(ressources - 700, 0, None) * 0.24, 0, None).round(2)


def avant(r, log):
    r["loyer_avant"] = log.loyer[r.origine].values
    r["surface_avant"] = log.surfhab[r.origine].values
    r["charges_avant"] = (r.surface_avant * 2.15).round(2)
    r["apl_avant"] = apl(r.loyer_avant, r.ressources)


def dates(rng, r, au: date):
    """Survey, then offers spaced by some two months."""
    n = len(r)
    enquete = pd.Timestamp(PROJET.debut) + pd.to_timedelta(rng.integers(0, 620, n), unit="D")
    r["date_enquete"] = pd.Series(enquete).where(r.etat != "identifie")
    propose = r.etat.isin(["reloge", "proposition", "temporaire"])
    for rang, part in ((1, 1.1), (2, 0.42), (3, 0.15)):
        jour = r.date_enquete + pd.to_timedelta(65 * rang + rng.integers(0, 40, n), unit="D")
        suite = propose if rang == 1 else r[f"date_proposition_{rang - 1}"].notna()
        r[f"date_proposition_{rang}"] = jour.where(suite & (rng.random(n) < part) & (jour <= pd.Timestamp(au)))
    for rang in (1, 2, 3):
        suivante = r.get(f"date_proposition_{rang + 1}", pd.Series(pd.NaT, index=r.index))
        motif = choisir(rng, MOTIFS, [45, 20, 15, 12, 8], n)
        r[f"motif_refus_{rang}"] = pd.Series(motif).where(suivante.notna(), "")


def destination(rng, r, parc: Parc, au: date):
    """Each rehoused household takes one of the leases signed after its last offer; the new ones in part."""
    derniere = r[["date_proposition_1", "date_proposition_2", "date_proposition_3"]].max(axis=1)
    b = parc.baux[parc.baux.debut >= pd.Timestamp(PROJET.debut)]
    zones = parc.logements.zone.values[b.logement]
    poids = pd.Series(np.where(zones == "", 1.0, 0.8) * np.where(zones == PROJET.qpv, 0.6, 1), index=b.index)
    poids[b.premiere] *= 20
    r["bail"] = -1
    pris = []
    for rang in r.index[r.etat.isin(["reloge", "temporaire"])]:
        libres = b.index[(b.debut > derniere[rang]) & (b.debut < derniere[rang] + pd.Timedelta(days=120))]
        libres = libres[~b.logement[libres].isin(pris)]
        if len(libres) == 0:
            r.loc[rang, "etat"] = "proposition"
        else:
            r.loc[rang, "bail"] = choisir(rng, libres, poids[libres], 1)[0]
            pris.append(b.logement[r.bail[rang]])


def apres(rng, r, parc: Parc):
    ok = r.bail >= 0
    b = parc.baux.loc[r.bail.where(ok, parc.baux.index[0])].reset_index(drop=True)
    log = parc.logements.loc[b.logement].reset_index(drop=True)
    r["date_bail"] = b.debut.where(ok)
    r["destination"] = b.logement.where(ok, -1)
    livraison = pd.to_datetime({"year": log.annee, "month": log.mois_livraison, "day": 1})
    r["premiere_location"] = livraison.where(ok)
    r["surface_apres"] = log.surfhab.where(ok)
    neuf = ok & (r.date_bail < r.premiere_location + pd.DateOffset(years=5))
    r["minoration"] = (log.loyer * 0.13).round(2).where(neuf & (rng.random(len(r)) < 0.6))
    r["loyer_apres"] = (log.loyer - r.minoration.fillna(0)).round(2).where(ok & (rng.random(len(r)) > 0.05))
    r["charges_apres"] = (r.surface_apres * 1.95).round(2)
    r["apl_apres"] = apl(r.loyer_apres, r.ressources)
