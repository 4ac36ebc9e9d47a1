"""An attainment as a bar with its target, the count behind it, its state in a word and a shape, and what is left.

Nothing is computed here but places on a drawing and words: rate, verdict, projection and « reste à faire » come from
`attributions.services.atteintes`.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django import template

from suivi.templatetags.nombres import nombre

register = template.Library()


@dataclass(frozen=True)
class Etat:
    classe: str
    forme: str
    mot: str

    @property
    def exporte(self) -> str:
        return self.mot

    def casefold(self) -> str:
        return self.mot


ATTEINT = Etat("atteint", "✓", "atteint")
EN_BONNE_VOIE = Etat("atteint", "✓", "tenu à ce jour")
RISQUE = Etat("risque", "▲", "à rattraper")
MANQUE = Etat("manque", "✕", "non atteint")
SUIVI = Etat("neutre", "·", "suivi, sans cible")
SANS_VERDICT = Etat("neutre", "·", "trop peu d'événements")
NON_CONCERNE = Etat("neutre", "·", "non concerné")
SECRETE = Etat("neutre", "·", "secret")


@dataclass(frozen=True)
class Barre:
    """Places on a 0-100 drawing: what is done, the target, the other end of a range."""

    fait: float
    cible: float | None
    cible_max: float | None
    texte: str

    @property
    def plage(self) -> float | None:
        return None if self.cible_max is None or self.cible is None else self.cible_max - self.cible

    @property
    def trait(self) -> float | None:
        return None if self.cible is None else max(0, min(self.cible, 99.4))


def en_cours(ligne) -> bool:
    """The year of this row is not over at its date."""
    au = getattr(ligne, "au", None) or date.today()
    return au < date(ligne.annee, 12, 31)


@register.filter
def etat(ligne) -> Etat:
    """Verdict of an attainment, in a word and a shape."""
    if getattr(ligne, "secret", False):
        return SECRETE
    if "non_concerne" in (ligne.alertes or []):
        return NON_CONCERNE
    if ligne.atteint is None:
        return SUIVI if ligne.cible is None else SANS_VERDICT
    if ligne.atteint:
        return EN_BONNE_VOIE if en_cours(ligne) else ATTEINT
    return RISQUE if en_cours(ligne) else MANQUE


@register.filter
def barre(ligne) -> Barre | None:
    """The bar of an attainment: the target in the middle at most, from 0 to 100 % without one. None where the rate is
    unknown or masked."""
    if getattr(ligne, "secret", False) or ligne.taux is None:
        return None
    taux, cible = float(ligne.taux), _flottant(ligne.cible)
    cible_max = _flottant(getattr(ligne, "cible_max", None))
    echelle = min(1.0, max(taux, 2 * cible, cible_max or 0)) if cible else 1.0
    return Barre(
        fait=round(min(taux / echelle, 1) * 100, 2),
        cible=None if cible is None else round(cible / echelle * 100, 2),
        cible_max=None if cible_max is None else round(cible_max / echelle * 100, 2),
        texte=f"{nombre(taux * 100, 1)} %" + (f", cible {nombre(cible * 100, 1)} %" if cible is not None else ""),
    )


def _flottant(valeur: Fraction | float | None) -> float | None:
    return None if valeur is None else float(valeur)


EVENEMENTS = {
    "q1_ou_reloges_hors_qpv": "attributions à des ménages Q1 ou relogés, hors QPV",
    "q1_hors_qpv": "attributions à des ménages Q1, hors QPV",
    "q2_q4_en_qpv": "attributions à des ménages Q2 à Q4, en QPV",
    "prioritaires_reservataire": "attributions à des ménages DALO ou prioritaires",
    "travailleurs_essentiels": "attributions à des travailleurs essentiels",
    "mutations": "mutations",
}


@register.filter
def evenements(ligne) -> str:
    """What the numerator counts, in words."""
    return EVENEMENTS.get(ligne.objectif, "attributions")


@register.inclusion_tag("composants/barre_objectif.html", takes_context=True)
def objectif(context, ligne, titre="", niveau=3, provenance=None, suite=""):
    """The whole block: title, rate, target, count, bar, what is left, by month, where it comes from.

    `suite`: address of « où et par qui »."""
    return {
        "ligne": ligne,
        "titre": titre or ligne.libelle,
        "niveau": niveau,
        "etat": etat(ligne),
        "barre": barre(ligne),
        "en_cours": en_cours(ligne),
        "evenements": evenements(ligne),
        "provenance": provenance,
        "suite": suite,
        "request": context.get("request"),
    }


@register.filter
def reste(ligne) -> str:
    """« 33 » or « 3 au moins, 12 au plus »; a dash without target."""
    valeur = ligne.reste_a_faire
    if isinstance(valeur, dict):
        return f"{nombre(valeur.get('min'))} au moins, {nombre(valeur.get('max'))} au plus"
    return nombre(valeur)
