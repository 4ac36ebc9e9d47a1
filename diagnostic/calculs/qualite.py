"""Quality of the data of a bailleur, source by source: complete, fresh, coherent (conception §4; issue B).

Counts are stored, rates computed here. A control compares two counts with a threshold [P] (`qualite_seuils`); a mark is
the verdict of the controls of its axis, with the reasons in words. Shares are compared as exact fractions. `None`:
nothing to judge (no data, nothing to compare with) or masked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from diagnostic.calculs.controles_qualite import AGES, CONTROLES, LIBELLES, Axe, Comptes, Controle, Source

Seuils = Mapping[str, float]


@dataclass(frozen=True)
class Constat:
    """A control judged, or the age of the data (`numerateur` None): `respecte` None when there is nothing to judge."""

    code: str
    axe: Axe
    libelle: str
    respecte: bool | None
    numerateur: int | None = None
    denominateur: int | None = None
    seuil: float | None = None
    minimum: bool = True
    remede: str = ""

    @property
    def taux(self) -> Fraction | None:
        return Fraction(self.numerateur, self.denominateur) if self.numerateur is not None else None


@dataclass(frozen=True)
class Marque:
    """The three marks of a source, with what they were drawn from. `annee`: year of the data, None without any."""

    source: Source
    annee: int | None
    constats: tuple[Constat, ...] = ()
    secret: bool = False

    def verdict(self, axe: Axe) -> bool | None:
        """False when one control of the axis fails, True when all those that can be judged pass, None without any."""
        if self.secret and axe != Axe.FRAICHE:
            return None
        juges = [c.respecte for c in self.constats if c.axe == axe and c.respecte is not None]
        return all(juges) if juges else None

    def constat(self, code: str) -> Constat | None:
        return next((constat for constat in self.constats if constat.code == code), None)

    @property
    def complete(self) -> bool | None:
        return self.verdict(Axe.COMPLETE)

    @property
    def fraiche(self) -> bool | None:
        return self.verdict(Axe.FRAICHE)

    @property
    def coherente(self) -> bool | None:
        return self.verdict(Axe.COHERENTE)

    @property
    def defauts(self) -> int:
        return sum(self.verdict(axe) is False for axe in Axe)


def constater(controle: Controle, comptes: Comptes, seuils: Seuils) -> Constat:
    seuil = seuils[controle.code]
    trouves = controle.comptes(comptes)
    numerateur, denominateur = trouves or (None, None)
    respecte = None
    if trouves:
        taux, borne = Fraction(*trouves), Fraction(str(seuil))
        respecte = taux >= borne if controle.minimum else taux <= borne
    return Constat(
        controle.code,
        controle.axe,
        controle.libelle,
        respecte,
        numerateur=numerateur,
        denominateur=denominateur,
        seuil=seuil,
        minimum=controle.minimum,
        remede=controle.remede,
    )


def constater_presence(source: Source, annees: Sequence[int | None], millesime: int) -> Constat:
    """Complete: the data of the millésime are there; for a territory (`annees`: one a bailleur), those of all."""
    nom = LIBELLES[source]
    connues = [annee for annee in annees if annee is not None]
    derniere = max(connues, default=None)
    if derniere != millesime:
        libelle = f"{nom} : données {millesime} absentes" + (f" (dernières : {derniere})" if derniere else "")
    elif all(annee == millesime for annee in annees):
        libelle = f"{nom} : données {millesime} présentes"
    else:
        libelle = f"{nom} : données {millesime} absentes chez une partie des bailleurs"
    respecte = all(annee == millesime for annee in annees)
    return Constat("presence", Axe.COMPLETE, libelle, respecte, remede=f"À déposer : {nom}, données {millesime}.")


def constater_age(source: Source, annees: Sequence[int | None], reference: int, seuils: Seuils) -> Constat:
    """Fresh: the data are at most so many years older than the year they are read for [P]. `reference`: the millésime
    shown, or the current year when no later one exists. The oldest bailleur judges a territory."""
    nom, toleree = LIBELLES[source], int(seuils[AGES[source]])
    connues = [annee for annee in annees if annee is not None]
    remede = f"À déposer : {nom}, données plus récentes."
    if len(connues) < len(annees) or not connues:
        libelle = f"{nom} : aucune donnée" + (" chez une partie des bailleurs" if connues else "")
        return Constat(AGES[source], Axe.FRAICHE, libelle, False, seuil=toleree, remede=remede)
    age = max(reference - min(connues), 0)
    ans = f"de l'année {reference}" if not age else f"{age} an{'s' if age > 1 else ''} avant {reference}"
    libelle = f"{nom} {min(connues)} : {ans}"
    return Constat(AGES[source], Axe.FRAICHE, libelle, age <= toleree, seuil=toleree, minimum=False, remede=remede)


def juger(
    source: Source,
    comptes: Comptes,
    annees: Sequence[int | None],
    millesime: int,
    reference: int,
    seuils: Seuils,
    secret: bool = False,
) -> Marque:
    """The marks of one source for one millésime. `annees`: the latest year of data at or before the millésime, one a
    bailleur; `secret`: the counts are masked, only presence and age are told."""
    constats = [
        constater_presence(source, annees, millesime),
        constater_age(source, annees, reference, seuils),
        *(constater(c, comptes, seuils) for c in CONTROLES if c.source == source and not secret),
    ]
    connues = [annee for annee in annees if annee is not None]
    return Marque(source, max(connues, default=None), tuple(constats), secret)
