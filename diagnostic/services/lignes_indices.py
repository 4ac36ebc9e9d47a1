"""Lines of indices as a reader is shown them: the counts behind, the reference, the secrecy of each, the names."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Max, Sum

from diagnostic.calculs.indices import ALERTE_DE, Alerte
from diagnostic.calculs.indices_quartier import classe_du_quartier
from diagnostic.calculs.indices_regle import Axe, Composante, Normalisation, Regle
from diagnostic.calculs.indices_scores import Etat
from diagnostic.models import Comptage, Indice, Methode, ReferenceIndice
from diagnostic.models.comptage import Niveau
from diagnostic.services import secret, situations
from diagnostic.services.calcul_indices import regle_de
from diagnostic.services.secret import Audience
from diagnostic.services.territoires import noms_des_places

CLE = ("epci", "niveau", "territoire", "version", "millesime", "population")
# What an alert tells of the class itself: not on a masked line.
DE_LA_CLASSE = frozenset(Alerte.CLASSE_AGGRAVEE.codes)


@dataclass(frozen=True)
class Contribution:
    """A component in the value. `poids`: weight applied after renormalisation, 0 for a missing component, whose
    `contribution` is None and whose `alerte` says why. `reference`: rate of the reference, for ratios. `secret`: its
    own cell is masked."""

    code: str
    population: str
    poids: float
    taux: float | None
    reference: float | None
    contribution: float | None
    secret: bool
    alerte: str


@dataclass(frozen=True)
class AxeIndice:
    """One axis of a method on a place; the contributions sum to its value."""

    code: str
    nom: str
    valeur: float | None
    classe: str | None
    rang: int | None
    contributions: list[Contribution]


@dataclass(frozen=True)
class LigneIndice:
    """An index as this reader may see it (contrat §3). `version` is the method's, `perimetre_version` the perimeter's.

    `contributions` are those of the one axis of the method; crossed methods have theirs in `axes`, and no value.
    `classe_quartier`: by the rules of the method's territory, for QPV, NPNRU quarters and secteurs."""

    territoire: str
    nom: str
    niveau: str
    epci: str
    methode: str
    version: str
    perimetre_version: str
    millesime: int
    valeur: float | None
    classe: str | None
    rang: int | None
    contributions: list[Contribution]
    repondants: int | None
    alertes: list[str]
    secret: bool
    code_residence: str | None
    bailleur: str | None
    commune: str | None
    qpv: str | None
    axes: list[AxeIndice]
    classe_quartier: str | None
    calcule_le: object = field(repr=False)
    definition: Methode = field(repr=False)

    @property
    def axes_croises(self) -> list[AxeIndice]:
        return self.axes if len(self.axes) > 1 else []


def lire_lignes(adhesion, indices: list[Indice], detail: bool, nommees: bool) -> list[LigneIndice]:
    """Without `detail`, no contributions: their counts are read only where the secrecy of a line depends on them."""
    return _Lecture(adhesion, indices, detail, nommees).lignes()


class _Lecture:
    """What a slice of lines needs, read at once: counts of the places, references, names."""

    def __init__(self, adhesion, indices: list[Indice], detail: bool, nommees: bool):
        self._indices, self._detail = indices, detail
        self._lecteur = secret.lecteur(adhesion)
        self._regles = {m.pk: regle_de(m) for m in {i.methode_id: i.methode for i in indices}.values()}
        self._sources = {pk: _sources(regle) for pk, regle in self._regles.items()}
        self._noms = noms_des_places({(i.niveau, i.territoire, i.version) for i in indices if nommees})
        detaillees = [i for i in indices if detail or self._diffusion(i)]
        self._comptes = _comptes(adhesion, detaillees, [self._regles[i.methode_id] for i in detaillees])
        self._quartiers = situations.quartiers(adhesion, {_quartier(i) for i in indices if self._classe_le_quartier(i)})
        self._references = _references(adhesion, indices if detail else [])

    def _classe_le_quartier(self, indice: Indice) -> bool:
        return indice.niveau in situations.NATURES and bool(self._regles[indice.methode_id].quartiers)

    def lignes(self) -> list[LigneIndice]:
        return [self._ligne(indice, self._regles[indice.methode_id]) for indice in self._indices]

    def _diffusion(self, indice: Indice) -> bool:
        sources = self._sources[indice.methode_id]
        return self._lecteur.audience(indice.epci, sources, indice.niveau, indice.bailleur) == Audience.DIFFUSION

    def _ligne(self, indice: Indice, regle: Regle) -> LigneIndice:
        axes = self._axes(indice, regle) if self._detail or self._diffusion(indice) else []
        masquee = self._masquee(indice, regle, axes)
        if not self._detail:
            axes = []
        elif masquee:
            axes = [replace(axe, valeur=None, classe=None, rang=None) for axe in axes]
        residence = indice.niveau == Niveau.RESIDENCE
        return LigneIndice(
            territoire=indice.territoire,
            nom=self._noms.get((indice.niveau, indice.territoire, indice.version), ""),
            niveau=indice.niveau,
            epci=indice.epci,
            methode=indice.methode.code,
            version=indice.methode.version,
            perimetre_version=indice.version,
            millesime=indice.millesime,
            valeur=None if masquee else indice.valeur,
            classe=None if masquee else indice.classe or None,
            rang=None if masquee else indice.rang_classe,
            contributions=axes[0].contributions if axes and not regle.croisement else [],
            repondants=None if masquee else indice.repondants,
            alertes=[a for a in indice.alertes if not (masquee and a in DE_LA_CLASSE)],
            secret=masquee,
            code_residence=indice.territoire.partition(":")[2] if residence else None,
            bailleur=indice.bailleur or None,
            commune=indice.commune or None,
            qpv=indice.qpv or None,
            axes=axes,
            classe_quartier=None if masquee else self._classe_du_quartier(indice, regle),
            calcule_le=indice.calcule_le,
            definition=indice.methode,
        )

    def _classe_du_quartier(self, indice: Indice, regle: Regle) -> str | None:
        quartier = self._quartiers.get(_quartier(indice))
        if quartier is None:
            return None
        return classe_du_quartier(regle.quartiers, replace(quartier, classe=indice.classe or None))

    def _axes(self, indice: Indice, regle: Regle) -> list[AxeIndice]:
        lus, debut = [], 0
        references = self._references.get((indice.methode_id, indice.epci, indice.millesime, indice.famille), {})
        for rang_axe, axe in enumerate(regle.axes):
            fin = debut + len(axe.composantes)
            contributions = indice.contributions[debut:fin]
            total = sum(c.poids for c, compte in zip(axe.composantes, contributions) if compte is not None)
            valeur, rang = indice.valeur, indice.rang_classe
            if regle.croisement:
                valeur, rang = indice.valeurs_axes[rang_axe], indice.rangs_axes[rang_axe]
            lus.append(
                AxeIndice(
                    axe.code,
                    axe.nom,
                    valeur,
                    None if rang is None else axe.classes[rang],
                    rang,
                    [
                        self._contribution(indice, axe, c, part, etat, total, references)
                        for c, part, etat in zip(axe.composantes, contributions, indice.etats[debut:fin])
                    ],
                )
            )
            debut = fin
        return lus

    def _contribution(self, indice, axe: Axe, c: Composante, part, etat: int, total, references) -> Contribution:
        """`part` None where the component does not count; `total`: weights of those that do."""
        comptes = self._comptes.get((*_place(indice), c.population), {})
        n, d = (comptes.get(nom) for nom in c.indicateur.colonnes)
        base = c.colonne_base
        effectif = comptes.get(base)
        masquee = (effectif is not None or d is not None) and secret.masquer(
            self._lecteur,
            epci=indice.epci,
            source=c.source,
            niveau=indice.niveau,
            bailleur=indice.bailleur,
            sensible=c.code in secret.SENSIBLES,
            base=base,
            effectif=effectif,
            numerateur=n,
            denominateur=d,
            premier_bailleur=comptes.get(f"premier_{base}") or "",
            effectif_premier=comptes.get(f"max_{base}"),
        )
        reference = _taux(*references.get(axe.code, {}).get(c.cle, (None, None)))
        return Contribution(
            code=c.code,
            population=c.population,
            poids=0.0 if part is None else float(c.poids / total),
            taux=None if masquee else _taux(n, d),
            reference=None if masquee or axe.normalisation != Normalisation.RAPPORT else reference,
            contribution=None if masquee else part,
            secret=masquee,
            alerte=Alerte(ALERTE_DE[Etat(etat)]).codes[0] if etat else "",
        )

    def _masquee(self, indice: Indice, regle: Regle, axes: list[AxeIndice]) -> bool:
        """In `diffusion` a value made from a masked component is masked too: the contributions that are shown would
        give the other one back."""
        contributions = [c for axe in axes for c in axe.contributions]
        tues = any(lue.secret for c, lue in zip(regle.composantes, contributions) if c.poids)
        masquee = repondants_masques(self._lecteur, indice, self._sources[indice.methode_id])
        return masquee or (tues and self._diffusion(indice))


def sources_de(methode: Methode) -> str:
    """Every source that the value is made from; the survey always, for its respondents are shown."""
    return _sources(regle_de(methode))


def _sources(regle: Regle) -> str:
    return "+".join(sorted(regle.sources | {"ops"}))


def repondants_masques(lecteur, indice, sources: str) -> bool:
    """Whether the line is masked for its population, which is its respondents. `indice`: an Indice, or a row with its
    fields."""
    return secret.masquer(
        lecteur,
        epci=indice.epci,
        source=sources,
        niveau=indice.niveau,
        bailleur=indice.bailleur,
        base="repondants",
        effectif=indice.repondants,
        premier_bailleur=indice.premier_bailleur,
        effectif_premier=indice.repondants_premier,
    )


def _taux(n, d) -> float | None:
    return n / d if d and n is not None else None


def _place(indice: Indice) -> tuple:
    return indice.epci, indice.niveau, indice.territoire, indice.version, indice.millesime


def _quartier(indice: Indice) -> tuple:
    return indice.epci, indice.niveau, indice.territoire, indice.version


def _comptes(adhesion, indices: list[Indice], regles: Collection[Regle]) -> dict[tuple, dict]:
    """(place, population) → the counts of the components summed over the bailleurs, and for each base the bailleur
    that holds the most and its part (the lowest SIREN on a tie). One query."""
    if not indices:
        return {}
    composantes = {c for regle in set(regles) for c in regle.composantes}
    colonnes = {nom for c in composantes for nom in c.indicateur.colonnes}
    bases = {c.colonne_base for c in composantes}
    exacts = {f"{champ}__in": {getattr(i, champ) for i in indices} for champ in CLE[:-1]}
    lignes = (
        Comptage.objects.visible_to(adhesion)
        .filter(**exacts, population__in={c.population for c in composantes})
        .order_by()
        .values_list(*CLE)
        .annotate(
            **{f"s_{nom}": Sum(nom) for nom in sorted(colonnes | bases)},
            **{f"max_{base}": Max(base) for base in sorted(bases)},
            **{
                f"premier_{base}": ArrayAgg("bailleur", order_by=[F(base).desc(nulls_last=True), "bailleur"])
                for base in sorted(bases)
            },
        )
    )
    noms = [*sorted(colonnes | bases), *(f"max_{b}" for b in sorted(bases)), *(f"premier_{b}" for b in sorted(bases))]
    return {
        ligne[: len(CLE)]: {nom: _lu(nom, valeur) for nom, valeur in zip(noms, ligne[len(CLE) :])} for ligne in lignes
    }


def _lu(nom: str, valeur):
    """The first of the bailleurs; a count as an integer, or a sum of rents as it is."""
    if nom.startswith("premier_"):
        return valeur[0]
    if valeur is None or isinstance(valeur, int):
        return valeur
    return int(valeur) if valeur == int(valeur) else float(valeur)


def _references(adhesion, indices: list[Indice]) -> dict[tuple, dict]:
    if not indices:
        return {}
    lues = ReferenceIndice.objects.visible_to(adhesion).filter(
        **{f"{champ}__in": {getattr(i, champ) for i in indices} for champ in ("methode_id", "epci", "millesime")}
    )
    return {(r.methode_id, r.epci, r.millesime, r.famille): r.comptes for r in lues}
