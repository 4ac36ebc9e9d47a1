"""One definition, two languages: what PostgreSQL counts from the compiled definitions is what pandas counts from the
definitions themselves, on random rows with unknowns."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.db import connection

from diagnostic.calculs import compilation
from diagnostic.calculs.definitions import BASES, INDICATEURS, PAR_CODE, Population
from diagnostic.models import Comptage

LIGNES = 500
# Source → field → values drawn from, around every bound that a definition names.
TIRAGES = {
    "ops": {
        "annee": [2025],
        "reponse": [0, 1, 1, 1],
        "date_entree": pd.to_datetime(["2022-12-31", "2023-01-01", "2025-06-01", None]),
        "nb_occupants": [None, 0, 1, 2, 3, 7, 8, 9],
        "nb_majeurs": [None, 1, 2, 3],
        "nb_enfants": [None, 0, 2, 3, 4],
        "composition": [None, 1, 2, 3, 4, 5],
        "age_titulaire": [None, 24, 25, 64, 65],
        "pct_plafond_plus": [None, 19.99, 20, 40, 55, 55.01, 60, 60.01, 80, 80, 80.01],
        "nb_emploi_stable": [None, 0, 1],
        "nb_emploi_precaire": [None, 0, 1],
        "nb_sans_emploi": [None, 0, 2],
        "nb_retraites": [None, 0, 1],
        "nb_autres_inactifs": [None, 0, 1],
        "apl": [None, 0, 1],
        "minima_sociaux": [None, 0, 1],
        "surfhab": [None, 8.99, 9, 16, 25, 61, 69.99, 70],
        "nbpiece": [None, 1, 2, 3, 9],
    },
    "rpls": {
        "millesime": [2025],
        "mode": [None, 1, 1, 2, 2, 3],
        "remlocdate": pd.to_datetime(["2024-09-01", "2024-10-01", "2020-01-01", None]),
        "bail": pd.to_datetime(["2024-01-01", "2024-12-01", "2023-12-01", None]),
        "locat": [None, 1960, 2023, 2024],
        "construct": [None, 1946, 1947, 1964, 1965, 1974, 1975, 1977, 1978, 1999, 2000, 2017, 2018],
        "loyerprinc": [None, 0, 239.99, 240, 269.99, 270, 300, 300.01, 330, 330.01, 360, 360.01],
        "loyermaxapl": [None, 300],
        "surfhab": [None, 0, 50.5, 60],
        "nbpiece": [None, 0, 1, 2, 3, 4, 5, 7],
        "finan": [None, 10, 11, 12, 13, 14, 15, 16, 17, 49, 50, 55, 99],
        "dpeenergie": [None, "A", "B", "d", "G", "H", "AB", "N"],
        "plafond_apl_min": [None, 240, 300],
        "plafond_apl_max": [330, 360],
        "forfait_charges_min": [30],
        "forfait_charges_max": [30, 60],
    },
    "gestion": {
        champ: [None, 0, 3, 20]
        for champ in (
            *("nb_logements", "nb_occupes", "nb_vacants_3mois", "nb_entrees", "nb_premieres_locations"),
            *("nb_impayes_3mois", "nb_demandes_mutation", "nb_propositions", "nb_refus"),
        )
    },
}
DATES = ("date_entree", "remlocdate", "bail")
TEXTES = ("dpeenergie",)
BORNE = 5


def tirer(source: str, graine: int) -> pd.DataFrame:
    hasard = np.random.default_rng(graine)
    return pd.DataFrame(
        {
            champ: pd.Series(valeurs, dtype=None if champ in DATES + TEXTES else "float64")
            .iloc[hasard.integers(0, len(valeurs), LIGNES)]
            .reset_index(drop=True)
            for champ, valeurs in TIRAGES[source].items()
        }
    )


def en_pandas(source: str, lignes: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Numerator and denominator of each indicator, from the definitions as data and regles §1."""
    lignes = lignes.copy()
    if source == "ops":
        lignes["annee_entree"], lignes["annee_recente"] = lignes.date_entree.dt.year, lignes.annee - 2
        seul_parent = (lignes.composition == 4) & (lignes.nb_occupants >= 2)
        lignes["segment"] = segments(lignes)
        lignes["categorie"] = (lignes.nb_occupants + seul_parent).clip(upper=6).where(lignes.nb_occupants >= 1)
    elif source == "rpls":
        lignes["mois_remise"] = lignes.remlocdate.dt.year * 12 + lignes.remlocdate.dt.month - 1
        lignes["annee_bail"] = lignes.bail.dt.year
        lignes["dpe"] = lignes.dpeenergie.str.upper().map({lettre: rang for rang, lettre in enumerate("ABCDEFG", 1)})
        lignes["borne_loyer_m2"] = BORNE
    else:
        lignes["premieres_locations"] = lignes.nb_premieres_locations.fillna(0)
    return {i.code: compter(i, lignes) for i in compilation.indicateurs_de(source)}


def segments(o: pd.DataFrame) -> pd.Series:
    """Segment of each household, NaN when it cannot be told (E2 T32)."""
    metiers = o[["nb_emploi_stable", "nb_emploi_precaire", "nb_sans_emploi"]]
    actif, sans_actif = (metiers >= 1).any(axis=1), (metiers == 0).all(axis=1)
    couple, isole = o.composition.isin([2, 3]), o.composition.isin([1, 4])
    inactif = sans_actif & (o.nb_retraites == 0) & (o.nb_autres_inactifs >= 1)
    modeste = o.pct_plafond_plus <= 80
    choix = [o.pct_plafond_plus > 80, modeste & sans_actif & (o.nb_retraites >= 1)]
    choix += [modeste & activite & menage for activite in (actif, inactif) for menage in (couple, isole)]
    return pd.Series(np.select(choix, range(1, 7), np.nan), o.index)


def compter(indicateur, lignes) -> tuple[float, float]:
    if indicateur.base == "repondants":
        lignes = lignes[lignes.reponse == 1]
    lignes = lignes.dropna(subset=list(indicateur.connus))
    if indicateur.condition:
        lignes = lignes[lignes.eval(indicateur.condition)]
    d = len(lignes) if indicateur.denominateur == "1" else lignes.eval(indicateur.denominateur).sum()
    return float(lignes.eval(indicateur.numerateur).sum()), float(d)


def en_sql(source: str, lignes: pd.DataFrame) -> dict[str, tuple[float, float]]:
    champs = ", ".join(f"{c} {'date' if c in DATES else 'text' if c in TEXTES else 'numeric'}" for c in lignes)
    agregats = ", ".join(f"{sql} AS {nom}" for nom, sql in compilation.agregats(source).items())
    classe = compilation.CLASSE if source == "ops" else compilation.RECENT
    with connection.cursor() as curseur:
        curseur.execute(f"CREATE TEMP TABLE tirage ({champs}) ON COMMIT DROP")
        with curseur.copy("COPY tirage FROM STDIN") as copie:
            for ligne in lignes.astype(object).where(lignes.notna(), None).itertuples(index=False, name=None):
                copie.write_row(ligne)
        curseur.execute(
            f"SELECT {agregats} FROM (SELECT *, {classe} AS classe, {compilation.derives(source)} FROM tirage) t"
            " WHERE classe <> %(absent)s",
            {"recents": 2, "absent": compilation.ABSENT, "bas_loyer_m2": BORNE},
        )
        lu = dict(zip((c.name for c in curseur.description), curseur.fetchone()))
    return {i.code: tuple(float(lu[colonne]) for colonne in i.colonnes) for i in compilation.indicateurs_de(source)}


@pytest.mark.django_db
@pytest.mark.parametrize("graine", range(4))
@pytest.mark.parametrize("source", TIRAGES)
def test_sql_and_pandas_count_the_same(source, graine):
    lignes = tirer(source, graine)
    attendu, lu = en_pandas(source, lignes), en_sql(source, lignes)
    attendu.pop("taux_reponse", None), lu.pop("taux_reponse", None)  # counts the silent too: see the tables of bounds
    assert {code: pytest.approx(paire) for code, paire in attendu.items()} == lu
    assert sum(n for n, _ in lu.values()) > 0


def test_every_indicator_of_the_rules_is_defined_with_its_unit_source_and_populations():
    fichier = Path(__file__).parent / "indicateurs_attendus.csv"
    attendus = {
        li["code"]: (li["source"], li["unite"], li["base"], set(li["populations"].split()))
        for li in csv.DictReader(fichier.open(), delimiter=";")
    }
    definis = {i.code: (i.source, i.unite, i.base, {p.value for p in i.populations}) for i in INDICATEURS}
    assert definis == attendus


def test_every_indicator_has_its_columns_and_its_base():
    colonnes = {champ.name for champ in Comptage._meta.fields}
    for indicateur in INDICATEURS:
        assert {*indicateur.colonnes, indicateur.colonne_base} <= colonnes
        assert PAR_CODE[indicateur.code] is indicateur and BASES[indicateur.source, indicateur.base]


def test_recent_arrivals_have_the_survey_s_indicators_alone():
    assert "logements" not in compilation.par_population(Population.RECENTS)
    assert "d_emmenages_recents" not in compilation.par_population(Population.RECENTS)
    assert "d_beneficiaires_apl" in compilation.par_population(Population.RECENTS)
