"""Stock of a quartier moved by its rotation towards a target of its sheet, a part of that sheet (regles §8, E2 T10)."""

from dataclasses import dataclass
from fractions import Fraction

from diagnostic.calculs import trajectoire
from diagnostic.calculs.definitions import PAR_CODE, Population
from diagnostic.calculs.document import PART, Colonne, Partie, Tableau
from diagnostic.calculs.trajectoire import Sens
from diagnostic.services.cibles import voulu
from diagnostic.services.fiche_prospective import ENSEMBLE, ENTRANTS, ROTATION, Prospective
from diagnostic.services.mesures import EN_PART
from partenaires.calculs.nombres import pourcent


@dataclass(frozen=True)
class Hypotheses:
    """Shares out of 1; `sortants` None: those who leave are like the stock."""

    stock: Fraction
    entrants: Fraction
    rotation: Fraction
    sortants: Fraction | None
    annees: int


def simulables(prospective: Prospective) -> list[dict]:
    """Targets on the share of the tenants: only they are a stock that moves by its rotation."""
    return [
        cible
        for cible in prospective.fiche.cibles
        if cible["population"] == ENSEMBLE and PAR_CODE[cible["indicateur"]].unite in EN_PART
    ]


def connues(prospective: Prospective, cible: dict) -> dict[str, float | None]:
    """Hypotheses as they are counted: the stock, those who moved in, the rotation; None when unknown or masked."""
    code = cible["indicateur"]
    entrants = prospective.du_lieu(code, ENTRANTS) or prospective.du_lieu(code, Population.RECENTS.value)
    lignes = {"stock": prospective.du_lieu(code), "entrants": entrants, "rotation": prospective.du_lieu(ROTATION)}
    return {nom: None if ligne is None else ligne.taux for nom, ligne in lignes.items()}


def partie(prospective: Prospective, cible: dict, hypotheses: Hypotheses) -> Partie:
    """The simulation, year after year. Raises ValueError for impossible hypotheses."""
    sens, valeur = Sens(cible["sens"]), Fraction(cible["valeur"])
    h = hypotheses
    suite = trajectoire.projeter(h.stock, h.rotation, h.entrants, h.sortants, h.annees)
    depart = prospective.millesime
    depuis = trajectoire.tenue_depuis(suite, sens, valeur)
    libelle = PAR_CODE[cible["indicateur"]].libelle
    sortants = "comme le parc de l'année" if h.sortants is None else _ecrite(h.sortants)
    paragraphes = [
        f"{libelle}. Chaque année, la part du parc change de la rotation ({_ecrite(h.rotation)}) multipliée par "
        f"l'écart entre ceux qui entrent ({_ecrite(h.entrants)}) et ceux qui partent ({sortants}).",
        f"Avec ces hypothèses, la cible ({voulu(cible)}) {_quand(depuis, depart, h.annees)}.",
    ]
    borne = Fraction(str(prospective.bornes["rotation"]))
    if h.rotation > borne:
        paragraphes.append(f"Attention : une rotation dépasse rarement {_ecrite(borne, 0)} des logements par an.")
    return Partie(
        "Simulation",
        tuple(paragraphes),
        (
            Tableau(
                "Part projetée dans le parc",
                (Colonne("Année"), Colonne("Part", PART), Colonne("Cible")),
                tuple(
                    (str(depart + rang), float(part), "tenue" if trajectoire.tient(part, sens, valeur) else "non tenue")
                    for rang, part in enumerate(suite)
                ),
            ),
        ),
    )


def _quand(depuis: int | None, depart: int, annees: int) -> str:
    if depuis is None:
        return f"n'est pas tenue en {depart + annees}"
    return f"est tenue à partir de {depart + depuis}" if depuis else f"est tenue de {depart} à {depart + annees}"


def _ecrite(part: Fraction, decimales: int = 1) -> str:
    return pourcent(float(part), decimales)
