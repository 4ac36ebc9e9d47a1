"""The four ANRU criteria and the states of the households, at a date (regles §7; S1 §4).

Each criterion is a nullable boolean a household: true, false, or unknown (non renseigné). Unknown values leave the
denominator. Amounts are euros a month, exact decimals; they are compared as whole cents, never as rounded rates.

A frame of households has one row each, with the columns of `MenageRelogement` that the functions name, and
`premiere_offre` (earliest dated offer), `premiere_location_rpls` (see `premiere_location`), `dest_en_qpv`,
`dest_dans_quartier` (True, False or None).
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pandas as pd

CRITERES = ("reste_a_charge", "neuf", "hors_qpv", "hors_quartier")
ETATS = ("identifie", "enquete", "proposition", "reloge", "depart_volontaire", "temporaire")
HORS_RELOGEMENT = ("depart_volontaire", "temporaire")  # self-rehoused and temporary, counted apart


@dataclass(frozen=True)
class Regles:
    """What the charter fixes: `effort_max`, share of the resources; `neuf_annees`, calendar years."""

    effort_max: Fraction
    neuf_annees: int


@dataclass(frozen=True)
class Compte:
    numerateur: int
    denominateur: int
    non_renseignes: int

    @property
    def taux(self) -> Fraction | None:
        return Fraction(self.numerateur, self.denominateur) if self.denominateur else None


def centimes(montants: pd.Series) -> pd.Series:
    """Exact decimals (two places) → whole cents, unknown kept."""
    return pd.Series([pd.NA if pd.isna(m) else int(m * 100) for m in montants], index=montants.index, dtype="Int64")


def jours(dates: pd.Series) -> pd.Series:
    return pd.Series(list(dates), index=dates.index, dtype="object").astype("datetime64[s]")


def connu_le(dates: pd.Series, le: date) -> pd.Series:
    """True where the date is known and on or before `le`."""
    return jours(dates) <= pd.Timestamp(le)


def reloges(menages: pd.DataFrame, le: date) -> pd.Series:
    """Rehoused for good: lease signed on or before `le`, neither temporary nor gone by themselves."""
    return connu_le(menages["date_bail"], le) & ~menages["etat"].isin(HORS_RELOGEMENT)


def etats(menages: pd.DataFrame, le: date) -> pd.Series:
    """State at a date, from the dates; departures and temporary rehousing as filed."""
    etat = pd.Series("identifie", index=menages.index, dtype="object")
    for nom, champ in (("enquete", "date_enquete"), ("proposition", "premiere_offre"), ("reloge", "date_bail")):
        etat = etat.mask(connu_le(menages[champ], le), nom)
    return etat.mask(menages["etat"].isin(HORS_RELOGEMENT), menages["etat"])


def reste_a_charge(menages: pd.DataFrame, moment: str) -> pd.Series:
    """`loyer + charges − APL`, in cents; `moment` is `avant` or `apres`. The rent after is net of the minoration."""
    loyer, charges, apl = (centimes(menages[f"{champ}_{moment}"]) for champ in ("loyer", "charges", "apl"))
    return loyer + charges - apl


def critere_reste_a_charge(menages: pd.DataFrame, regles: Regles) -> pd.Series:
    """Kept under control: after ≤ before, or net effort rate ≤ the maximum. True when one is true, false when both
    are known and false (the "or" of nullable booleans). Resources of 0 make the effort rate unknown."""
    avant, apres = reste_a_charge(menages, "avant"), reste_a_charge(menages, "apres")
    ressources = centimes(menages["ressources"])
    ressources = ressources.mask(ressources.eq(0).fillna(False))
    effort = apres * regles.effort_max.denominator <= ressources * regles.effort_max.numerator
    return (apres <= avant) | effort


def premiere_location(menages: pd.DataFrame) -> pd.Series:
    """First letting of the destination: that of the file, else that of RPLS (the later of 1 January of LOCAT and
    DATCONV)."""
    fichier = jours(menages["date_premiere_location"])
    return fichier.where(fichier.notna(), jours(menages["premiere_location_rpls"]))


def critere_neuf(menages: pd.DataFrame, regles: Regles) -> pd.Series:
    """Lease strictly before the first letting + 5 calendar years; from 29 February they end on 28 February."""
    premiere, bail = premiere_location(menages), jours(menages["date_bail"])
    neuf = (bail < premiere + pd.DateOffset(years=regles.neuf_annees)).astype("boolean")
    return neuf.mask(premiere.isna() | bail.isna())


def critere_hors_qpv(menages: pd.DataFrame, regles: Regles) -> pd.Series:
    return ~menages["dest_en_qpv"].astype("boolean")


def critere_hors_quartier(menages: pd.DataFrame, regles: Regles) -> pd.Series:
    return ~menages["dest_dans_quartier"].astype("boolean")


FONCTIONS = {
    "reste_a_charge": critere_reste_a_charge,
    "neuf": critere_neuf,
    "hors_qpv": critere_hors_qpv,
    "hors_quartier": critere_hors_quartier,
}


def evaluer(menages: pd.DataFrame, regles: Regles) -> pd.DataFrame:
    """The four criteria as nullable booleans, one column each."""
    return pd.DataFrame({nom: fonction(menages, regles) for nom, fonction in FONCTIONS.items()}, index=menages.index)


def compter(critere: pd.Series) -> Compte:
    """Over the rehoused: how many true, over how many known, how many unknown."""
    inconnus = int(critere.isna().sum())
    return Compte(int(critere.sum()), len(critere) - inconnus, inconnus)
