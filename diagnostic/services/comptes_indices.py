"""The counts of a territory as the index engine wants them: one line a place and millésime, the bailleurs summed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
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
    nombres: dict[str, pd.DataFrame]

    def __len__(self) -> int:
        return len(self.places)

    def parmi(self, retenues: np.ndarray) -> "Comptes":
        """Only those lines (of True)."""
        return Comptes(
            self.places[retenues].reset_index(drop=True),
            {nom: table[retenues].reset_index(drop=True) for nom, table in self.nombres.items()},
        )

    def du_millesime(self, millesime: int) -> "Comptes":
        return self.parmi((self.places["millesime"] == millesime).to_numpy())

    def du_territoire(self) -> "Comptes":
        return self.parmi((self.places["niveau"] == Niveau.EPCI).to_numpy())

    def millesimes(self, colonnes: Iterable[str]) -> set[int]:
        """Millésimes with something counted in one of those columns, over the whole territory."""
        territoire = self.du_territoire()
        connues = list(colonnes)
        presents = np.zeros(len(territoire), dtype=bool)
        for table in territoire.nombres.values():
            presents |= (table[[c for c in connues if c in table]] > 0).any(axis=1).to_numpy()
        return set(territoire.places["millesime"][presents].tolist())

    def table(self, regle: Regle) -> dict[str, np.ndarray]:
        """The counts as `calculs.indices.calculer` reads them."""
        ensemble = self.nombres[ENSEMBLE]
        table = {"repondants": ensemble["repondants"].to_numpy()}
        for c in regle.composantes:
            nombres = self.nombres[c.population]
            table |= {f"{cote} {c.cle}": nombres[nom].to_numpy() for cote, nom in zip("nd", c.indicateur.colonnes)}
            if c.effectif:
                effectif = nombres[c.effectif].to_numpy()
                if c.population != ENSEMBLE:  # surveyed, with nobody in the sub-population: none, not unknown
                    effectif = np.where(np.isnan(effectif) & ensemble[c.effectif].notna().to_numpy(), 0, effectif)
                table[f"effectif {c.cle}"] = effectif
        return table


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
    places, nombres = _sommer(ensemble, colonnes)
    tables = {ENSEMBLE: nombres}
    cles = pd.MultiIndex.from_frame(places[CLE])
    for population, siennes in par_population.items():
        if population != ENSEMBLE:
            colonnes = colonnes_de(siennes)
            autres, nombres = _sommer(_copier(epci, population, colonnes, millesimes), colonnes)
            nombres.index = pd.MultiIndex.from_frame(autres[CLE])
            tables[population] = nombres.reindex(cles).reset_index(drop=True)
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


def _sommer(lignes: pd.DataFrame, colonnes: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Places and their counts. Only the lines of several bailleurs are summed: almost all are of one."""
    plusieurs = lignes.duplicated(CLE, keep=False).to_numpy()
    lignes = lignes.assign(premier_bailleur=lignes["bailleur"], repondants_premier=lignes["repondants"])
    if plusieurs.any():
        lignes = pd.concat([lignes[~plusieurs], _une_par_place(lignes[plusieurs], colonnes)], ignore_index=True)
    places = lignes[[*TEXTES, "millesime", "premier_bailleur", "repondants_premier"]]
    return places.reset_index(drop=True), lignes[colonnes].reset_index(drop=True)


def _une_par_place(lignes: pd.DataFrame, colonnes: list[str]) -> pd.DataFrame:
    """Sums over the bailleurs; first the one with the most respondents, the lowest SIREN on a tie."""
    tries = lignes.sort_values(["repondants", "bailleur"], ascending=[False, True], na_position="last")
    groupes = tries.groupby(CLE, sort=False)
    textes = ["bailleur", "commune", "qpv", "premier_bailleur"]
    premiers = groupes["repondants_premier"].max()
    return groupes[colonnes].sum(min_count=1).join(groupes[textes].first()).join(premiers).reset_index()
