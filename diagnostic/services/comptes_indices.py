"""The counts of a territory as the index engine wants them: one line a place and millésime, the bailleurs summed."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

import numpy as np
import pandas as pd
from django.db import connection
from psycopg import sql

from diagnostic.calculs.definitions import Population
from diagnostic.calculs.indices_regle import Composante, Regle
from diagnostic.models.comptage import Niveau

ENSEMBLE = Population.ENSEMBLE.value
CLE = ["niveau", "territoire", "version", "millesime"]
TEXTES = ["niveau", "territoire", "version", "bailleur", "commune", "qpv"]
COPIE = """COPY (
    SELECT niveau, territoire, version, bailleur, commune, qpv, millesime, {colonnes} FROM diagnostic_comptage
    WHERE epci = {epci} AND population = {population} AND (niveau = 'epci' OR millesime = ANY({millesimes}::int[]))
) TO STDOUT (FORMAT csv)"""


@dataclass(frozen=True)
class Comptes:
    """`places`: CLE, bailleur (of a residence), commune, qpv, and the bailleur with the most respondents beside its
    part. `nombres`: by population, the columns of Comptage read, on the same lines; NaN for unknown."""

    places: pd.DataFrame
    nombres: dict[str, dict[str, np.ndarray]]

    def __len__(self) -> int:
        return len(self.places)

    def parmi(self, retenues: np.ndarray) -> "Comptes":
        """Only those lines (of True)."""
        return Comptes(
            self.places[retenues].reset_index(drop=True),
            {
                population: {nom: valeurs[retenues] for nom, valeurs in colonnes.items()}
                for population, colonnes in self.nombres.items()
            },
        )

    def du_millesime(self, millesime: int) -> "Comptes":
        return self.parmi((self.places["millesime"] == millesime).to_numpy())

    @cached_property
    def du_territoire(self) -> "Comptes":
        return self.parmi((self.places["niveau"] == Niveau.EPCI).to_numpy())

    def sommes(self, composantes: Iterable[Composante], retenues: np.ndarray | slice = slice(None)) -> dict[str, tuple]:
        """Numerator and denominator of each component over those lines, by `cle`; None for unknown."""
        return {
            c.cle: tuple(_somme(self.nombres[c.population][nom][retenues]) for nom in c.indicateur.colonnes)
            for c in composantes
        }

    def millesimes(self, colonnes: Iterable[str]) -> set[int]:
        """Millésimes with something counted in one of those columns, over the whole territory."""
        territoire = self.du_territoire
        presents = np.zeros(len(territoire), dtype=bool)
        for table in territoire.nombres.values():
            for nom in colonnes:
                presents |= np.nan_to_num(table[nom]) > 0 if nom in table else False
        return set(territoire.places["millesime"][presents].tolist())

    def table(self, regle: Regle) -> dict[str, np.ndarray]:
        """The counts as `calculs.indices.calculer` reads them."""
        ensemble = self.nombres[ENSEMBLE]
        table = {"repondants": ensemble["repondants"]}
        for c in regle.composantes:
            nombres = self.nombres[c.population]
            table |= {f"{cote} {c.cle}": nombres[nom] for cote, nom in zip("nd", c.indicateur.colonnes)}
            if c.effectif:
                effectif = nombres[c.effectif]
                if c.population != ENSEMBLE:  # surveyed, with nobody in the sub-population: none, not unknown
                    effectif = np.where(np.isnan(effectif) & ~np.isnan(ensemble[c.effectif]), 0, effectif)
                table[f"effectif {c.cle}"] = effectif
        return table


def _somme(valeurs: np.ndarray):
    """An integer (or a sum of rents as it is), None when all are unknown."""
    connues = valeurs[~np.isnan(valeurs)]
    if not len(connues):
        return None
    total = float(connues.sum())
    return int(total) if total == int(total) else total


def colonnes_de(composantes: Iterable[Composante]) -> list[str]:
    """Columns of Comptage that those components need."""
    voulues = {"repondants"}
    for c in composantes:
        voulues |= {*c.indicateur.colonnes, c.colonne_base} | ({c.effectif} if c.effectif else set())
    return sorted(voulues)


def lire(epci: str, regles: Collection[Regle], millesimes=None) -> Comptes | None:
    """Counts of `ensemble` and of the populations of the components, one COPY each; None without any. The whole
    territory is read for every millésime, for the references."""
    composantes = {c for regle in regles for c in regle.composantes}
    par_population = {population: [] for population in (ENSEMBLE, *sorted({c.population for c in composantes}))}
    for c in composantes:
        par_population[c.population].append(c)
    effectifs = {c.effectif for c in composantes if c.effectif}
    colonnes = sorted({*colonnes_de(par_population[ENSEMBLE]), *effectifs})
    ensemble = _copier(epci, ENSEMBLE, colonnes, millesimes)
    if not (ensemble["niveau"] == Niveau.EPCI).any():
        return None
    places, rangs = _places(ensemble)
    tables = {ENSEMBLE: _sommer(ensemble, colonnes, rangs, len(places))}
    lignes = {cle: rang for rang, cle in enumerate(_cles(places))}
    for population, siennes in par_population.items():
        if population != ENSEMBLE:
            autres = _copier(epci, population, voulues := colonnes_de(siennes), millesimes)
            ou = np.array([lignes.get(cle, -1) for cle in _cles(autres)], dtype=int)
            tables[population] = _sommer(autres[ou >= 0], voulues, ou[ou >= 0], len(places))
    return Comptes(places, tables)


def _copier(epci: str, population: str, colonnes: list[str], millesimes) -> pd.DataFrame:
    requete = sql.SQL(COPIE).format(
        colonnes=sql.SQL(", ").join(map(sql.Identifier, colonnes)),
        epci=epci,
        population=population,
        millesimes=sql.SQL("ARRAY[millesime]") if millesimes is None else list(millesimes),
    )
    tampon = BytesIO()
    with connection.cursor() as curseur, curseur.copy(requete.as_string(curseur.connection)) as copie:
        for bloc in copie:
            tampon.write(bloc)
    tampon.seek(0)
    noms = [*TEXTES, "millesime", *colonnes]
    types = dict.fromkeys(TEXTES, object) | {"millesime": np.int64} | dict.fromkeys(colonnes, np.float64)
    if not tampon.getbuffer().nbytes:
        return pd.DataFrame({nom: pd.Series(dtype=types[nom]) for nom in noms})
    vides = {nom: [""] for nom in colonnes}
    return pd.read_csv(tampon, header=None, names=noms, dtype=types, keep_default_na=False, na_values=vides)


def _cles(lignes: pd.DataFrame) -> Iterator[tuple]:
    return zip(*(lignes[nom].tolist() for nom in CLE))


def _places(lignes: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """One line a place, and the line of each row: the rows of a place are those of its bailleurs. First the one with
    the most respondents, the lowest SIREN on a tie."""
    numeros: dict[tuple, int] = {}
    rangs = np.array([numeros.setdefault(cle, len(numeros)) for cle in _cles(lignes)], dtype=int)
    repondants = np.nan_to_num(lignes["repondants"].to_numpy(), nan=-1)
    ordre = np.arange(len(lignes))
    if len(numeros) < len(lignes):
        ordre = np.lexsort((lignes["bailleur"].to_numpy(dtype=str), -repondants))
    premiers = np.empty(len(numeros), dtype=int)
    premiers[rangs[ordre[::-1]]] = ordre[::-1]  # the last written is the first in order
    places = lignes.iloc[premiers][[*TEXTES, "millesime"]].reset_index(drop=True)
    places["premier_bailleur"] = places["bailleur"]
    places["repondants_premier"] = lignes["repondants"].to_numpy()[premiers]
    return places, rangs


def _sommer(lignes: pd.DataFrame, colonnes: list[str], rangs: np.ndarray, nombre: int) -> dict[str, np.ndarray]:
    """Each column summed by place; NaN where nothing is known."""
    sommes = {}
    for nom in colonnes:
        valeurs = lignes[nom].to_numpy()
        connues = ~np.isnan(valeurs)
        somme = np.bincount(rangs[connues], valeurs[connues], nombre).astype(float)
        somme[np.bincount(rangs[connues], minlength=nombre) == 0] = np.nan
        sommes[nom] = somme
    return sommes
