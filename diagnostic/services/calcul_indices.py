"""Recomputation of the indices of a territory from its counts: every adopted method, every millésime, every level."""

import json
from dataclasses import dataclass
from itertools import repeat

import pandas as pd
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from diagnostic.calculs.indices import Resultat, calculer
from diagnostic.calculs.indices_regle import Composante, Reference, Regle, lire_regle
from diagnostic.models import Comptage, Indice, Methode, ProvenanceComptage, ReferenceMethode
from diagnostic.models.comptage import Niveau

PLACE = ["niveau", "territoire", "version", "millesime"]
CLE = [*PLACE, "population"]
ENSEMBLE = "ensemble"
# Levels whose figures depend on the version of the QPV.
SELON_PERIMETRE = (Niveau.QPV, Niveau.HORS_QPV)
PERIMETRE_ANTERIEUR = "perimetre_anterieur"
COLONNES = (
    ("methode_id", "epci", "niveau", "territoire", "version", "bailleur", "commune", "qpv", "millesime")
    + ("valeur", "classe", "rang_classe", "repondants", "premier_bailleur", "repondants_premier")
    + ("contributions", "alertes", "calcule_le")
)


def regle_de(methode: Methode) -> Regle:
    return lire_regle(methode.donnees())


@dataclass(frozen=True)
class Comptes:
    """Counts of a territory summed over the bailleurs, and the bailleur that holds the most of each base.

    `sommes` by (level, place, version, millésime, population); `premiers[base]` by the same, with the columns bailleur
    and effectif.
    """

    sommes: pd.DataFrame
    premiers: dict[str, pd.DataFrame]

    def population(self, nom: str, places: pd.Index) -> pd.DataFrame:
        return _de_la_population(self.sommes, nom, places)

    def premier(self, base: str, population: str, places: pd.Index) -> pd.DataFrame:
        return _de_la_population(self.premiers[base], population, places)

    def places(self, millesime: int) -> pd.DataFrame:
        """Every place with counts of `ensemble` in that millésime."""
        return self.sommes.xs(ENSEMBLE, level="population").xs(millesime, level="millesime", drop_level=False)

    def millesimes(self, colonnes) -> set[int]:
        """Millésimes with something counted in one of those columns, over the whole territory."""
        territoire = self.sommes.xs(Niveau.EPCI, level="niveau")
        presents = (territoire[list(colonnes)] > 0).any(axis=1)
        return set(territoire.index[presents].get_level_values("millesime"))


def _de_la_population(table: pd.DataFrame, nom: str, places: pd.Index) -> pd.DataFrame:
    return table[table.index.get_level_values("population") == nom].droplevel("population").reindex(places)


def recalculer(epci: str, millesimes=None) -> int:
    """Rewrite the indices of the territory for `millesimes` (default: all) and return the number of lines written.

    The reference year of a method that has one is settled here, at its first computation, and never changed.
    """
    methodes = list(Methode.objects.en_service().filter(epci__in=["", epci]))
    regles = {methode: regle_de(methode) for methode in methodes}
    with transaction.atomic():
        comptes = _lire_comptes(epci, {c for r in regles.values() for c in r.composantes}, millesimes)
        _effacer(epci, methodes, millesimes)
        if comptes is None:
            return 0
        anterieurs = _perimetres_anterieurs(epci)
        lignes = []
        for methode, regle in regles.items():
            bases = {c.indicateur.colonne_base for c in regle.composantes}
            for millesime in sorted(comptes.millesimes(bases)):
                if millesimes is None or millesime in millesimes:
                    lignes += _lignes(epci, methode, regle, comptes, millesime, anterieurs)
        _ecrire(lignes)
    return len(lignes)


def _effacer(epci: str, methodes, millesimes) -> None:
    anciens = Indice.objects.filter(epci=epci, methode__in=methodes)
    (anciens if millesimes is None else anciens.filter(millesime__in=list(millesimes))).delete()


def _lire_comptes(epci: str, composantes: set[Composante], millesimes) -> Comptes | None:
    """One query; the whole territory of every millésime is read, for the references."""
    bases = sorted(
        {"repondants"} | {c.effectif for c in composantes} | {c.indicateur.colonne_base for c in composantes}
    )
    nombres = [*bases, *sorted({colonne for c in composantes for colonne in c.indicateur.colonnes})]
    textes = [*CLE, "bailleur", "commune", "qpv"]
    lignes = Comptage.objects.filter(epci=epci, population__in={ENSEMBLE, *(c.population for c in composantes)})
    if millesimes is not None:
        lignes = lignes.filter(Q(niveau=Niveau.EPCI) | Q(millesime__in=list(millesimes)))
    table = pd.DataFrame.from_records(list(lignes.values_list(*textes, *nombres)), columns=[*textes, *nombres])
    if not (table["niveau"] == Niveau.EPCI).any():
        return None
    table[nombres] = table[nombres].astype(float)
    groupes = table.groupby(CLE, sort=False)
    sommes = groupes[nombres].sum(min_count=1).join(groupes[["bailleur", "commune", "qpv"]].first())
    return Comptes(sommes, {base: _premiers(table, base) for base in bases})


def _premiers(table: pd.DataFrame, base: str) -> pd.DataFrame:
    """The bailleur with the largest part of each population; the lowest SIREN on a tie, so that two runs agree."""
    tries = table[[*CLE, "bailleur", base]].sort_values([base, "bailleur"], ascending=[False, True], na_position="last")
    premiers = tries.drop_duplicates(CLE).set_index(CLE)
    return premiers.rename(columns={base: "effectif"})


def _perimetres_anterieurs(epci: str) -> set[int]:
    """Millésimes counted on an earlier version of the QPV than the one due."""
    provenances = ProvenanceComptage.objects.filter(epci=epci, perimetre_anterieur=True)
    return set(provenances.values_list("millesime", flat=True))


def _references(epci: str, methode: Methode, regle: Regle, comptes: Comptes, millesime: int) -> dict[str, tuple]:
    if regle.axes[0].reference == Reference.MILLESIME:
        return _comptes_du_territoire(epci, regle, comptes, millesime)
    return _reference_fixee(epci, methode, regle, comptes)


def _reference_fixee(epci: str, methode: Methode, regle: Regle, comptes: Comptes) -> dict[str, tuple]:
    """Counts of the reference year: the latest millésime with respondents at the first computation, then for good.

    The year is what is fixed; its counts follow the deposits that complete or correct that very year, and are kept
    when it has none left. A closed year is not recomputed: its counts no longer move.
    """
    enquetes = comptes.millesimes(["repondants"])
    fixee = ReferenceMethode.objects.filter(methode=methode, epci=epci).first()
    if fixee is None:
        if not enquetes:
            return {}
        fixee = ReferenceMethode(methode=methode, epci=epci, millesime=max(enquetes))
    if fixee.millesime in enquetes:
        fixee.comptes = _comptes_du_territoire(epci, regle, comptes, fixee.millesime)
        fixee.save()
    return fixee.comptes


def _comptes_du_territoire(epci: str, regle: Regle, comptes: Comptes, millesime: int) -> dict[str, tuple]:
    place = comptes.places(millesime).xs(Niveau.EPCI, level="niveau", drop_level=False).index
    table = _table(regle, comptes, place)
    return {c.cle: tuple(_entier(table[f"{cote} {c.cle}"].iloc[0]) for cote in "nd") for c in regle.composantes}


def _table(regle: Regle, comptes: Comptes, places: pd.Index) -> pd.DataFrame:
    """The counts of those places as `calculs.indices.calculer` wants them."""
    ensemble = comptes.population(ENSEMBLE, places)
    table = {"repondants": ensemble["repondants"]}
    for c in regle.composantes:
        population = comptes.population(c.population, places)
        effectif = population[c.effectif]
        if c.population != ENSEMBLE:  # surveyed, with nobody in the sub-population: none, not unknown
            effectif = effectif.mask(effectif.isna() & ensemble[c.effectif].notna(), 0)
        table |= {f"effectif {c.cle}": effectif, f"n {c.cle}": population[c.indicateur.colonne_numerateur]}
        table[f"d {c.cle}"] = population[c.indicateur.colonne_denominateur]
    return pd.DataFrame(table)


def _lignes(epci, methode, regle, comptes: Comptes, millesime: int, anterieurs: set[int]) -> list[tuple]:
    """Lines of Indice, in the order of COLONNES. Made column by column: a cell at a time costs seconds."""
    places = comptes.places(millesime)
    references = _references(epci, methode, regle, comptes, millesime)
    table = _table(regle, comptes, places.index)
    resultat = calculer(regle, table, references)
    premiers = comptes.premier("repondants", ENSEMBLE, places.index)
    niveaux, territoires, versions, _ = zip(*places.index)
    rangs = [None if rang < 0 else rang for rang in resultat.rang.tolist()]
    colonnes = {
        "methode_id": repeat(methode.pk),
        "epci": repeat(epci),
        "niveau": niveaux,
        "territoire": territoires,
        "version": versions,
        "bailleur": [b if n == Niveau.RESIDENCE else "" for n, b in zip(niveaux, places["bailleur"])],
        "commune": places["commune"].tolist(),
        "qpv": places["qpv"].tolist(),
        "millesime": repeat(millesime),
        "valeur": [None if rang is None else valeur for rang, valeur in zip(rangs, resultat.valeur.tolist())],
        "classe": ["" if rang is None else regle.classes[rang] for rang in rangs],
        "rang_classe": rangs,
        "repondants": [n or 0 for n in _entiers(table["repondants"])],
        "premier_bailleur": premiers["bailleur"].tolist(),
        "repondants_premier": [n or 0 for n in _entiers(premiers["effectif"])],
        "contributions": map(json.dumps, _contributions(regle, comptes, table, references, resultat)),
        "alertes": [
            [*alertes, PERIMETRE_ANTERIEUR] if millesime in anterieurs and niveau in SELON_PERIMETRE else alertes
            for niveau, alertes in zip(niveaux, resultat.alertes)
        ],
        "calcule_le": repeat(timezone.now()),
    }
    return list(zip(*(colonnes[nom] for nom in COLONNES)))


def _contributions(regle, comptes: Comptes, table, references, resultat: Resultat) -> list[list[dict]]:
    """For each place, one line a component: what the API shows, and the counts on which secrecy is judged.

    `poids` is the weight applied after renormalisation (0 for a missing component), out of 1.
    """
    colonnes = []
    for j, c in enumerate(regle.composantes):
        n, d = references.get(c.cle) or (None, None)
        base = c.indicateur.colonne_base
        premiers = comptes.premier(base, c.population, table.index)
        colonnes.append(
            [
                {
                    "code": c.code,
                    "population": c.population,
                    "poids": poids,
                    "taux": num / den if den else None,
                    "reference": n / d if d and n is not None else None,
                    "contribution": None if contribution != contribution else contribution,
                    "alerte": etat,
                    "numerateur": num,
                    "denominateur": den,
                    "base": base,
                    "effectif": effectif,
                    "premier_bailleur": premier if isinstance(premier, str) else "",
                    "effectif_premier": part,
                }
                for poids, contribution, etat, num, den, effectif, premier, part in zip(
                    resultat.poids[:, j].tolist(),
                    resultat.contributions[:, j].tolist(),
                    resultat.etats[:, j].tolist(),
                    _entiers(table[f"n {c.cle}"]),
                    _entiers(table[f"d {c.cle}"]),
                    _entiers(comptes.population(c.population, table.index)[base]),
                    premiers["bailleur"],
                    _entiers(premiers["effectif"]),
                )
            ]
        )
    return [list(ligne) for ligne in zip(*colonnes)]


def _entier(valeur: float):
    """A count as an integer (or a sum of rents as it is), None for unknown."""
    if valeur != valeur:
        return None
    return int(valeur) if valeur == int(valeur) else float(valeur)


def _entiers(serie: pd.Series) -> list:
    return [_entier(v) for v in serie.tolist()]


def _ecrire(lignes: list[tuple]) -> None:
    colonnes = ", ".join(COLONNES)
    with connection.cursor() as curseur, curseur.copy(f"COPY {Indice._meta.db_table} ({colonnes}) FROM STDIN") as copie:
        for ligne in lignes:
            copie.write_row(ligne)
