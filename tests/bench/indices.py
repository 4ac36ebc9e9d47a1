"""The eight index methods on 400,000 residences, from stored counts to stored results, against their floor: COPY out of
the same counts, the same arithmetic in numpy, COPY in of the same results into a table with the same indexes.

The counts are invented in SQL, in a transaction that is rolled back: forty territories of 10,000 residences. The
arithmetic of the floor is written by hand on arrays ready to use, without exactness at the bounds, alerts, aggregates
or reading of texts; its values are checked to be those stored before the ratio is taken.
"""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pandas as pd
from django.db import connection, transaction

from diagnostic.calculs.familles import FAMILLES
from diagnostic.models import Commune, Methode, Residence, Territoire
from diagnostic.services import indices
from partenaires.models import Depot
from tests.bench.recalcul import Mesure, _chronometrer, _Defaire

MILLESIME, TERRITOIRES, COMMUNES = 2025, 40, 30
# Share of each numerator, in percent, around which the residences are spread.
OPS = {
    "menages_moins_40_pct_plus": 45,
    "menages_moins_20_pct_plus": 20,
    "sous_plafond_plai": 60,
    "beneficiaires_apl": 50,
    "sans_emploi_ou_inactifs": 33,
    "autres_inactifs": 15,
    "monoparentales": 21,
    "monoparentales_3_enfants": 6,
    "familles_3_enfants": 14,
    "titulaires_65_ans": 24,
    "suroccupation": 9,
}
GESTION = {"rotation": 9, "vacance_3_mois": 3, "impayes_3_mois": 8, "refus_propositions": 30}
RPLS = {"logements_avant_1975": 40}
PRECARITE = ("menages_moins_40_pct_plus", "beneficiaires_apl", "sans_emploi_ou_inactifs")
SOCIALE = ("menages_moins_40_pct_plus", "autres_inactifs", "monoparentales_3_enfants")
FRAGILITE = ("vacance_3_mois", "rotation", "suroccupation", "refus_propositions")
VALENCIENNES = ("impayes_3_mois", "beneficiaires_apl", "sous_plafond_plai", "rotation")


def _expressions(repondants: str, recents: bool) -> dict[str, str]:
    """Column of Comptage → SQL expression for the residence numbered `n`."""
    colonnes = {"repondants": repondants}
    for rang, (code, part) in enumerate(OPS.items()):
        alea = f"({part} + (n * {7 + 4 * rang} + n / 13) %% 41 - 20)"
        colonnes |= {f"n_{code}": f"greatest(0, {repondants} * {alea} / 100)", f"d_{code}": repondants}
    if recents:
        return colonnes
    logements = "(8 + n %% 90)"
    colonnes |= {"logements": logements, "gestion_logements": logements, "gestion_occupes": f"({logements} - 1)"}
    colonnes["gestion_propositions"] = "n %% 30"
    for rang, (code, part) in enumerate((GESTION | RPLS).items()):
        alea = f"({part} * ((n * {5 + 6 * rang}) %% 21) / 10)"
        colonnes |= {f"n_{code}": f"{logements} * {alea} / 100", f"d_{code}": logements}
    return colonnes


INSERTION = """
INSERT INTO diagnostic_comptage (epci, niveau, territoire, version, bailleur, millesime, population, commune, qpv,
                                 sources, {colonnes}) """
RESIDENCES = """SELECT epci, 'residence', bailleur || ':R' || lpad(n::text, 9, '0'), '', bailleur, %(millesime)s,
    '{population}', commune, CASE WHEN n %% 3 = 0 THEN 'QX' || n %% 30 ELSE '' END, '{{}}', {valeurs}
FROM (SELECT n, '9' || lpad((n / %(par)s)::text, 8, '0') AS epci, '99999999' || n %% 4 AS bailleur,
             'B' || lpad((n / %(par)s)::text, 2, '0') || lpad((n %% %(communes)s)::text, 2, '0') AS commune
      FROM generate_series(0, %(nombre)s - 1) n) t"""
AGREGATS = """SELECT epci, '{niveau}', {place}, '{version}', bailleur, millesime, population, '', '', '{{}}', {sommes}
FROM diagnostic_comptage WHERE niveau = 'residence' AND population = '{population}' AND {place} <> ''
GROUP BY epci, {place}, bailleur, millesime, population"""
FAMILLE = """
INSERT INTO diagnostic_residence (depot_id, courant, bailleur, code, nom, cle_recherche, famille, commune_id,
                                  adresse, qpv_declare)
SELECT %(depot)s, true, bailleur, split_part(territoire, ':', 2), 'x', 'x',
       (%(familles)s::text[])[1 + right(territoire, 4)::int %% 6], commune, '', ''
FROM diagnostic_comptage WHERE niveau = 'residence' AND population = 'ensemble'"""


def _inventer(residences: int) -> list[str]:
    epcis = [f"9{n:08d}" for n in range(TERRITOIRES)]
    Territoire.objects.bulk_create(Territoire(siren=epci, nom=epci) for epci in epcis)
    Commune.objects.bulk_create(
        Commune(code=f"B{rang:02d}{n:02d}", nom="x", territoire_id=epci)
        for rang, epci in enumerate(epcis)
        for n in range(COMMUNES)
    )
    depot = Depot.objects.create(type="residences", fichier="mesure", sha256="0" * 64, etat="charge")
    nombres = {"par": residences // TERRITOIRES, "nombre": residences, "millesime": MILLESIME, "communes": COMMUNES}
    with connection.cursor() as curseur:
        for population, repondants in (("ensemble", "(3 + n %% 75)"), ("recents", "((3 + n %% 75) / 4)")):
            colonnes = _expressions(repondants, population == "recents")
            insertion = INSERTION.format(colonnes=", ".join(colonnes))
            valeurs = ", ".join(colonnes.values())
            curseur.execute(insertion + RESIDENCES.format(population=population, valeurs=valeurs), nombres)
            sommes = ", ".join(f"sum({nom})" for nom in colonnes)
            for niveau, place, version in (("epci", "epci", ""), ("commune", "commune", ""), ("qpv", "qpv", "2024")):
                agregat = {"niveau": niveau, "place": place, "version": version, "population": population}
                curseur.execute(insertion + AGREGATS.format(sommes=sommes, **agregat))
        curseur.execute(FAMILLE, {"depot": depot.pk, "familles": list(FAMILLES)})
        for table in ("comptage", "residence", "commune"):
            curseur.execute(f"ANALYZE diagnostic_{table}")
    return epcis


# --- the floor ------------------------------------------------------------------------------------------------------


def _comptes_sql() -> str:
    """What the engine reads, once for every territory."""
    codes = [*OPS, *GESTION, *RPLS]
    bases = ["repondants", "logements", "gestion_logements", "gestion_occupes", "gestion_propositions"]
    colonnes = [*bases, *(f"{cote}_{code}" for code in codes for cote in "nd")]
    return (
        "SELECT epci, niveau, territoire, version, bailleur, commune, qpv, population, millesime,"
        f" {', '.join(colonnes)} FROM diagnostic_comptage ORDER BY population, territoire"
    )


@dataclass
class Tableaux:
    """Counts of the residences by column, in the same order for both populations, and their groups as numbers."""

    ensemble: dict[str, np.ndarray]
    recents: dict[str, np.ndarray]
    epci: np.ndarray
    famille: np.ndarray


def _tableaux(copie: BytesIO) -> Tableaux:
    lignes = pd.read_csv(copie, dtype={"territoire": str})
    lignes = lignes[lignes.niveau == "residence"].sort_values("territoire", kind="stable")
    familles = dict(Residence.objects.values_list("identifiant", "famille"))
    ensemble = lignes[lignes.population == "ensemble"]
    return Tableaux(
        {nom: ensemble[nom].to_numpy(float) for nom in ensemble.columns[9:]},
        {nom: lignes.loc[lignes.population == "recents", nom].to_numpy(float) for nom in ensemble.columns[9:]},
        pd.factorize(ensemble.epci)[0],
        pd.factorize(ensemble.territoire.map(familles))[0],
    )


def _moyenne(t: Tableaux, composantes, base=1, groupe=None) -> np.ndarray:
    """Mean of the ratios to the group (default: the territory); NaN without value."""
    groupe = t.epci if groupe is None else groupe
    somme, nombre = np.zeros(len(groupe)), np.zeros(len(groupe))
    for code, comptes in composantes:
        n, d = comptes[f"n_{code}"], comptes[f"d_{code}"]
        effectif = comptes["repondants"]
        if code in GESTION:
            effectif = comptes["gestion_logements"]
        elif code in RPLS:
            effectif = comptes["logements"]
        reference = (np.bincount(groupe, n) / np.bincount(groupe, d))[groupe]
        presente = (effectif >= 11) & (d > 0) & (t.ensemble["repondants"] >= 11)
        somme += np.divide(n, d * reference, out=np.zeros(len(groupe)), where=presente)
        nombre += presente
    return np.divide(base * somme, nombre, out=np.full(len(groupe), np.nan), where=nombre > 0)


def _arithmetique(t: Tableaux) -> dict[str, np.ndarray]:
    """Value of each method, or rank of the class of a crossed one; NaN for none."""
    e, r = t.ensemble, t.recents
    precarite = _moyenne(t, [*((code, e) for code in PRECARITE), ("menages_moins_40_pct_plus", r)], 100)
    fragilite = _moyenne(t, [(code, e) for code in FRAGILITE], 100)
    sociale = _moyenne(t, [(code, e) for code in SOCIALE])
    recents = _moyenne(t, [(code, r) for code in SOCIALE])
    offre = _moyenne(t, [(code, e) for code in ("vacance_3_mois", "rotation", "logements_avant_1975")])
    codes = [(code, e) for code in VALENCIENNES]
    taux = e["n_menages_moins_40_pct_plus"] / e["d_menages_moins_40_pct_plus"]
    valeurs = {
        "repere17_precarite": precarite,
        "repere17_fragilite": fragilite,
        "valenciennes": _moyenne(t, codes),
        "urhlm_hdf": _moyenne(t, codes, groupe=t.epci * len(FAMILLES) + t.famille),
        "pau_specialisation": _moyenne(t, [("menages_moins_20_pct_plus", e)]),
        "reims": np.where(e["repondants"] >= 11, taux, np.nan),
    }
    for nom, bornes in (("valenciennes", (0.9, 1.1, 1.3)), ("urhlm_hdf", (0.85, 1.05, 1.3)), ("reims", (0.35, 0.6))):
        np.searchsorted(bornes, valeurs[nom], side="right")
    niveaux = [np.searchsorted((0.9, 1.1), axe, side="right") for axe in (sociale, offre)]
    limoges = np.minimum(niveaux[0] + niveaux[1] + (recents - sociale >= 0.1), 4)
    valeurs["limoges"] = np.where(np.isnan(sociale) | np.isnan(offre), np.nan, limoges)
    cget = np.searchsorted((90, 110), precarite, side="right")
    cget = np.where((cget == 2) & (fragilite >= 130), 3, cget)
    valeurs["cget_typologie"] = np.where(np.isnan(precarite) | ((cget > 1) & np.isnan(fragilite)), np.nan, cget)
    return valeurs


def _sortir(requete: str) -> BytesIO:
    tampon = BytesIO()
    with connection.cursor() as curseur, curseur.copy(f"COPY ({requete}) TO STDOUT (FORMAT csv, HEADER)") as copie:
        for bloc in copie:
            tampon.write(bloc)
    tampon.seek(0)
    return tampon


def _resultats() -> bytes:
    with connection.cursor() as curseur, curseur.copy("COPY diagnostic_indice TO STDOUT (FORMAT binary)") as copie:
        return b"".join(bytes(bloc) for bloc in copie)


def _plancher(tableaux: Tableaux, resultats: bytes) -> None:
    with connection.cursor() as curseur:
        curseur.execute("CREATE TABLE bench_indice (LIKE diagnostic_indice INCLUDING ALL)")
        _sortir(_comptes_sql())
        _arithmetique(tableaux)
        with curseur.copy("COPY bench_indice FROM STDIN (FORMAT binary)") as copie:
            for debut in range(0, len(resultats), 1 << 20):
                copie.write(resultats[debut : debut + (1 << 20)])


def _verifier(tableaux: Tableaux) -> None:
    """The residences have the values of the floor."""
    for code, attendues in _arithmetique(tableaux).items():
        champ = "rang_classe" if Methode.objects.get(code=code).croisement else "valeur"
        lues = _sortir(
            f"SELECT territoire, {champ} FROM diagnostic_indice i JOIN diagnostic_methode m ON m.id = i.methode_id"
            f" WHERE m.code = '{code}' AND niveau = 'residence'"
        )
        stockees = pd.read_csv(lues, dtype={"territoire": str}).sort_values("territoire", kind="stable")[champ]
        ecarts = ~np.isclose(stockees.to_numpy(float), attendues, rtol=1e-9, equal_nan=True)
        if ecarts.any():
            raise AssertionError(f"{code} : {ecarts.sum()} résidences diffèrent du calcul fait à la main.")


def mesurer(residences: int = 400_000) -> Mesure:
    try:
        with transaction.atomic():
            epcis = _inventer(residences)
            duree = _chronometrer(lambda: [indices.recalculer(epci) for epci in epcis])
            tableaux = _tableaux(_sortir(_comptes_sql()))
            _verifier(tableaux)
            resultats = _resultats()
            plancher = _chronometrer(lambda: _plancher(tableaux, resultats))
            raise _Defaire
    except _Defaire:
        return Mesure(f"huit méthodes d'indice, {residences} résidences", duree, plancher)
