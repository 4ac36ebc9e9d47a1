"""Indicators: recompute their counts, read them scoped and masked. The one outlet of page, API, export and map.

A reading is a sequence to slice and count: the database picks the places whose lines fall in the slice, sums them over
the bailleurs, and only those are unfolded into lines. A line exists where the source gave rows to the place.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from diagnostic.calculs.compilation import BALAYAGES
from diagnostic.calculs.definitions import INDICATEURS, POPULATIONS_SNE, Indicateur, Source
from diagnostic.models import Comptage, Perimetre, ProvenanceComptage
from diagnostic.models.comptage import Niveau
from diagnostic.services import secret
from diagnostic.services.comptages import recalculer
from diagnostic.services.territoires import PERIMETRES, noms_des_places

__all__ = ["TRIS", "LigneIndicateur", "SuiteIndicateurs", "enregistrer_sne", "lire", "provenances", "recalculer"]

DECIMALES_TAUX = 4
TRIS = ("territoire", "niveau", "millesime", "population")
CLE = ("epci", "niveau", "territoire", "version", "millesime", "population")
RANG_NIVEAU = {niveau: rang for rang, niveau in enumerate(Niveau.values)}
SOURCE_DES_LIGNES = {source: balayage for balayage, sources in BALAYAGES.items() for source in sources} | {
    Source.SNE: "sne",
    Source.GRILLE: "grille",
}
PERIMETRE_ANTERIEUR = "perimetre_anterieur"
NIVEAUX_QPV = (Niveau.QPV, Niveau.HORS_QPV)


@dataclass(frozen=True)
class LigneIndicateur:
    """One indicator of a place, millésime and population, as this reader may see it (contrat §3).

    `repondants`: size of the population on which secrecy is judged, in the unit `base`. `taux`: 4 decimals, None
    without denominator. A masked line has no figure and `secret` true.
    """

    territoire: str
    nom: str
    niveau: str
    epci: str
    version: str
    millesime: int
    population: str
    code: str
    libelle: str
    source: str
    unite: str
    base: str
    numerateur: int | float | None
    denominateur: int | float | None
    repondants: int | None
    taux: float | None
    secret: bool
    alertes: list[str] = field(default_factory=list)
    code_residence: str | None = None
    bailleur: str | None = None
    commune: str | None = None
    qpv: str | None = None

    def en_dict(self) -> dict:
        return asdict(self)


def lire(
    adhesion,
    *,
    epci=None,
    niveau=None,
    millesime=None,
    code=None,
    population=None,
    commune=None,
    qpv=None,
    bailleur=None,
    territoire=None,
    tri="territoire",
    nommees=True,
) -> "SuiteIndicateurs":
    """Indicators that the reader may see. `niveau`, `territoire`, `millesime` and `code`, one or several, are exact;
    `epci`, `commune`, `qpv`, `bailleur` keep what lies inside (a bailleur holds residences only). Without `nommees`,
    lines have neither name nor alert: two queries less, for who has them already.

    `tri`: one of TRIS, with "-" for the descending order: never by a figure, for an order tells of what is masked.
    Raises ValueError for an unknown `tri`.
    """
    lignes = Comptage.objects.visible_to(adhesion)
    exacts = {"epci": epci, "population": population}
    lignes = lignes.filter(**{champ: valeur for champ, valeur in exacts.items() if valeur not in (None, "")})
    for champ, valeurs in (("niveau", niveau), ("territoire", territoire), ("millesime", millesime)):
        if valeurs:
            lignes = lignes.filter(**{f"{champ}__in": [valeurs] if isinstance(valeurs, str | int) else valeurs})
    if bailleur:
        lignes = lignes.filter(niveau=Niveau.RESIDENCE, bailleur=bailleur)
    if commune:
        lignes = lignes.filter(_dans_la_commune(commune))
    if qpv:
        lignes = lignes.filter(Q(niveau=Niveau.RESIDENCE, qpv=qpv) | Q(niveau=Niveau.QPV, territoire=qpv))
    codes = [code] if isinstance(code, str) else code
    voulus = tuple(i for i in INDICATEURS if i.code in codes) if code else INDICATEURS
    return SuiteIndicateurs(secret.lecteur(adhesion), lignes, voulus, tri, nommees)


def _dans_la_commune(commune: str) -> Q:
    siens = Q(niveau=Niveau.RESIDENCE, commune=commune) | Q(niveau=Niveau.COMMUNE, territoire=commune)
    for niveau in PERIMETRES:
        quartiers = Perimetre.objects.courantes().filter(nature=niveau.value, commune_code=commune)
        siens |= Q(niveau=niveau, territoire__in=quartiers.values("code"))
    return siens


class SuiteIndicateurs:
    """Lines of the places of a queryset of Comptage, for the indicators wanted."""

    def __init__(
        self, lecteur, lignes, indicateurs: tuple[Indicateur, ...], tri: str = "territoire", nommees: bool = True
    ):
        if tri.lstrip("-") not in TRIS:
            raise ValueError(f"Tri inconnu : {tri}. Tris possibles : {', '.join(TRIS)}.")
        self._lecteur = lecteur
        self._lignes = lignes.order_by()
        self._indicateurs = indicateurs
        self._ordre = _ordre(tri)
        self._nommees = nommees
        self._nombre: int | None = None

    def count(self) -> int:
        if self._lignes.query.is_empty():
            return 0
        if self._nombre is None:
            requete, parametres = self._places()
            lu = _executer(f"WITH {requete} SELECT coalesce(sum(nombre), 0) FROM places", parametres)
            self._nombre = int(lu[0]["coalesce"])
        return self._nombre

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, tranche):
        if isinstance(tranche, slice):
            debut, fin, _ = tranche.indices(self.count())
            return self._lire(debut, fin)
        lues = self._lire(tranche, tranche + 1)
        if tranche < 0 or not lues:
            raise IndexError(tranche)
        return lues[0]

    def __iter__(self) -> Iterator[LigneIndicateur]:
        pas, debut = 10_000, 0
        while lignes := self._lire(debut, debut + pas):
            yield from lignes
            if len(lignes) < pas:
                return
            debut += pas

    def _places(self) -> tuple[str, list]:
        """CTE of the places with the number of their lines and the rank of the first one."""
        requete, parametres = self._lignes.query.get_compiler(connection=connection).as_sql()
        cle = ", ".join(CLE)
        par_source = {}
        for indicateur in self._indicateurs:
            for population in indicateur.populations:
                cellule = population.value, SOURCE_DES_LIGNES[indicateur.source_pour(population)]
                par_source[cellule] = par_source.get(cellule, 0) + 1
        nombre = " + ".join(
            f"CASE WHEN population = '{population}' AND bool_or('{source}' = ANY(sources)) THEN {combien} ELSE 0 END"
            for (population, source), combien in par_source.items()
        )
        return (
            f"comptages AS NOT MATERIALIZED ({requete}), places AS ("
            f"SELECT *, sum(nombre) OVER (ORDER BY {self._ordre}) - nombre AS debut"
            f" FROM (SELECT {cle}, ({nombre or 0})::int AS nombre FROM comptages GROUP BY {cle}) c)",
            list(parametres),
        )

    def _lire(self, debut: int, fin: int) -> list[LigneIndicateur]:
        """Lines from rank `debut` up to `fin` excluded."""
        if fin <= debut or not self._indicateurs or self._lignes.query.is_empty():
            return []
        requete, parametres = self._places()
        places = _executer(
            f"WITH {requete} SELECT p.debut, {', '.join(f'p.{champ}' for champ in CLE)}, {_sommes(self._indicateurs)}"
            " FROM places p JOIN comptages c USING (epci, niveau, territoire, version, millesime, population)"
            " WHERE p.debut < %s AND p.debut + p.nombre > %s"
            f" GROUP BY p.debut, {', '.join(f'p.{champ}' for champ in CLE)} ORDER BY p.debut",
            [*parametres, fin, debut],
        )
        a_nommer = places if self._nommees else []
        noms = noms_des_places({(p["niveau"], p["territoire"], p["version"]) for p in a_nommer})
        alertes = _alertes({(p["epci"], p["millesime"]) for p in a_nommer if p["niveau"] in NIVEAUX_QPV})
        lignes = []
        for place in places:
            siennes = [i for i in self._indicateurs if _porte(i, place)]
            premier = max(0, debut - int(place["debut"]))
            for indicateur in siennes[premier : fin - int(place["debut"])]:
                lignes.append(_ligne(self._lecteur, place, indicateur, noms, alertes))
        return lignes


def _ordre(tri: str) -> str:
    rang = " ".join(f"WHEN '{niveau}' THEN {rang}" for niveau, rang in RANG_NIVEAU.items())
    cles = {champ: champ for champ in ("territoire", "version", "millesime", "population", "epci")}
    cles = {"niveau": f"CASE niveau {rang} END"} | cles
    champ = tri.lstrip("-")
    premiere = f"{cles[champ]}{' DESC' if tri.startswith('-') else ''}"
    return ", ".join([premiere, *cles.values()])


def _executer(requete: str, parametres: list) -> list[dict]:
    with connection.cursor() as curseur:
        curseur.execute(requete, parametres)
        champs = [colonne.name for colonne in curseur.description]
        return [dict(zip(champs, ligne)) for ligne in curseur.fetchall()]


def _sommes(indicateurs: tuple[Indicateur, ...]) -> str:
    """Counts of a place summed over its bailleurs, and for each base its first bailleur and that one's part."""
    comptes = dict.fromkeys(colonne for i in indicateurs for colonne in i.colonnes)
    bases = list(dict.fromkeys(i.colonne_base_pour(p) for i in indicateurs for p in i.populations))
    return ", ".join(
        [f"sum(c.{colonne}) AS {colonne}" for colonne in (*comptes, *bases)]
        + [f"max(c.{base}) AS max_{base}" for base in bases]
        + [
            f"(array_agg(c.bailleur ORDER BY c.{base} DESC NULLS LAST, c.bailleur))[1] AS premier_{base}"
            for base in bases
        ]
        + ["min(c.bailleur) AS bailleur", "min(c.commune) AS commune", "min(c.qpv) AS qpv"]
    )


def _porte(indicateur: Indicateur, place: dict) -> bool:
    return place["population"] in indicateur.populations and place[indicateur.colonne_denominateur] is not None


def _alertes(annees: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Territories and millésimes whose QPV are those of an earlier version, the one due not being loaded."""
    if not annees:
        return set()
    siens = ProvenanceComptage.objects.filter(perimetre_anterieur=True, epci__in={epci for epci, _ in annees})
    return set(siens.values_list("epci", "millesime"))


def _ligne(lecteur, place: dict, indicateur: Indicateur, noms: dict, anterieurs: set) -> LigneIndicateur:
    residence = place["niveau"] == Niveau.RESIDENCE
    source, base = indicateur.source_pour(place["population"]), indicateur.colonne_base_pour(place["population"])
    n, d = (_nombre(place[colonne], indicateur) for colonne in indicateur.colonnes)
    effectif = int(place[base] or 0)
    masquee = secret.masquer(
        lecteur,
        epci=place["epci"],
        source=source,
        niveau=place["niveau"],
        base=indicateur.base_pour(place["population"]),
        effectif=effectif,
        numerateur=n,
        denominateur=d,
        sensible=indicateur.code in secret.SENSIBLES,
        bailleur=place["bailleur"] if residence else "",
        premier_bailleur=place[f"premier_{base}"] or "",
        effectif_premier=place[f"max_{base}"],
    )
    par_qpv = place["niveau"] in NIVEAUX_QPV
    anterieur = par_qpv and (place["epci"], place["millesime"]) in anterieurs
    return LigneIndicateur(
        **{champ: place[champ] for champ in CLE},
        nom=noms.get((place["niveau"], place["territoire"], place["version"]), ""),
        code=indicateur.code,
        libelle=indicateur.libelle,
        source=source.value,
        unite=indicateur.unite,
        base=indicateur.base_pour(place["population"]),
        numerateur=None if masquee else n,
        denominateur=None if masquee else d,
        repondants=None if masquee else effectif,
        taux=None if masquee or not d else round(n / d, DECIMALES_TAUX),
        secret=masquee,
        alertes=[PERIMETRE_ANTERIEUR] if anterieur else [],
        code_residence=place["territoire"].partition(":")[2] if residence else None,
        bailleur=place["bailleur"] if residence else None,
        commune=(place["commune"] or None) if residence else None,
        qpv=(place["qpv"] or None) if residence else None,
    )


def _nombre(valeur, indicateur: Indicateur) -> int | float:
    return float(valeur) if indicateur.decimal else int(valeur)


def provenances(adhesion, epci: str, millesime: int) -> list[ProvenanceComptage]:
    """What the counts of a territory and millésime were made from, one line a source; none for a foreign territory."""
    visibles = ProvenanceComptage.objects.visible_to(adhesion)
    return list(visibles.filter(epci=epci, millesime=millesime).order_by("source"))


def enregistrer_sne(epci: str, comptes: Iterable[dict], depots: dict[tuple[str, int], list[int]]) -> None:
    """Replace the counts of those who apply and of those who move in on a territory.

    `comptes`: fields of Comptage (population, niveau, territoire, version, bailleur, millesime) and its columns of
    counts. `depots`: the deposits that they come from, by population and millésime. `recalculer` leaves these rows
    alone.
    """
    with transaction.atomic():
        Comptage.objects.filter(epci=epci, population__in=list(POPULATIONS_SNE)).delete()
        Comptage.objects.bulk_create(
            (Comptage(epci=epci, sources=["sne"], **ligne) for ligne in comptes), batch_size=500
        )
        ProvenanceComptage.objects.filter(epci=epci, source__in=list(POPULATIONS_SNE)).delete()
        ProvenanceComptage.objects.bulk_create(
            ProvenanceComptage(
                epci=epci, millesime=millesime, source=population, depots=sorted(ids), calcule_le=timezone.now()
            )
            for (population, millesime), ids in depots.items()
        )
