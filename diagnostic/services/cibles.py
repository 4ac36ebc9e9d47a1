"""Targets of a sheet beside what is counted, as its reader may see it (E1 F7, F8)."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from diagnostic.calculs import trajectoire
from diagnostic.calculs.definitions import PAR_CODE, Population
from diagnostic.calculs.document import SECRET, Cellule, Chiffre
from diagnostic.calculs.trajectoire import Sens
from diagnostic.services.indicateurs import LigneIndicateur
from diagnostic.services.mesures import EN_PART
from partenaires.calculs.nombres import cible as en_pourcent
from partenaires.calculs.nombres import nombre

AU = {Sens.MAXIMUM: "au plus", Sens.MINIMUM: "au moins"}
ETATS = {True: "atteinte", False: "non atteinte"}


def exact(ligne: LigneIndicateur | None) -> Fraction | None:
    return None if ligne is None else trajectoire.exact(ligne.numerateur, ligne.denominateur)


def annee(ligne: LigneIndicateur | None) -> Cellule:
    return None if ligne is None else str(ligne.millesime)


def voulu(ligne: dict) -> str:
    """A target in words: « au plus 25 % »."""
    valeur = Decimal(ligne["valeur"])
    en_part = PAR_CODE[ligne["indicateur"]].unite in EN_PART
    return f"{AU[Sens(ligne['sens'])]} {en_pourcent(valeur) if en_part else nombre(valeur, 2)}"


@dataclass(frozen=True)
class Cible:
    """A target, the line of the first version and the latest one."""

    cible: dict
    premiere: LigneIndicateur | None
    reelle: LigneIndicateur | None

    @property
    def libelle(self) -> str:
        return PAR_CODE[self.cible["indicateur"]].libelle

    @property
    def population(self) -> str:
        return Population(self.cible["population"]).libelle

    @property
    def constat(self) -> trajectoire.Constat | None:
        return trajectoire.constater(exact(self.reelle), Sens(self.cible["sens"]), Fraction(self.cible["valeur"]))

    @property
    def etat(self) -> str:
        if self.reelle is None:
            return "sans chiffre"
        if self.reelle.secret:
            return SECRET
        return ETATS[self.constat.atteinte] if self.constat else "sans chiffre"

    @property
    def ecart(self) -> Cellule:
        if self.reelle is not None and self.reelle.secret:
            return SECRET
        if self.constat is None:
            return None
        unite = PAR_CODE[self.cible["indicateur"]].unite
        ecart = float(self.constat.ecart)
        return ecart if unite in EN_PART else Chiffre(ecart, unite)
