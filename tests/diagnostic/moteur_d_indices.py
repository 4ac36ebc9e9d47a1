"""What the tests of the index engine share: the presets as rules, and places given by their counts alone."""

import numpy as np

from diagnostic.calculs.indices import Alerte, calculer
from diagnostic.calculs.indices_regle import Regle, lire_regle
from diagnostic.reference_methodes import MINIMUM, PRESETS

METHODES = {preset["code"]: preset for preset in PRESETS}
MINIMA = {"minimum_repondants": MINIMUM, "minimum_composante": MINIMUM, "manquante": "renormaliser"}


def preset(code: str, **autres) -> Regle:
    return lire_regle(MINIMA | METHODES[code] | autres)


def methode(*composantes, normalisation="taux", classes=("0.5",), base=1, **autres) -> Regle:
    """A rule of one axis; `composantes`: dictionaries, or codes of weight 1; `classes`: inner bounds."""
    completes = [
        {"population": "ensemble", "poids": "1", "sens": 1} | (c if isinstance(c, dict) else {"code": c})
        for c in composantes
    ]
    bornes = [None, *classes, None]
    axe = {
        "code": "axe",
        "nom": "Axe",
        "base": base,
        "normalisation": normalisation,
        "reference": "millesime",
        "composantes": completes,
        "classes": [{"libelle": f"c{r}", "min": b, "max": h} for r, (b, h) in enumerate(zip(bornes, bornes[1:]))],
    }
    return lire_regle(MINIMA | {"axes": [axe]} | autres)


def tableau(regle: Regle, lieux: list[dict]) -> dict[str, np.ndarray]:
    """One place a dictionary: {cle: (n, d)} or (n, d, own population), `repondants` (default 100); own populations are
    100 by default, and a component left out is unknown."""
    table = {"repondants": np.array([lieu.get("repondants", 100) for lieu in lieux], dtype=float)}
    for c in regle.composantes:
        cellules = [(*lieu.get(c.cle, (None, None, None)), 100)[:3] for lieu in lieux]
        for nom, valeurs in zip("nde", zip(*cellules)):
            colonne = f"effectif {c.cle}" if nom == "e" else f"{nom} {c.cle}"
            table[colonne] = np.array([np.nan if v is None else v for v in valeurs], dtype=float)
    return table


def evaluer(regle: Regle, lieux: list[dict], references=None, niveaux=None, empechements=None):
    """Result of the engine; `references`: {cle: (n, d)} for every axis, or {axis: {cle: …}}."""
    references = references or {}
    if not any(isinstance(reference, dict) for reference in references.values()):
        references = {axe.code: references for axe in regle.axes}
    niveaux = None if niveaux is None else np.array(niveaux)
    return calculer(regle, tableau(regle, lieux), references, niveaux, empechements)


def classe(regle: Regle, resultat, i=0) -> str | None:
    return None if resultat.rang[i] < 0 else regle.classes[resultat.rang[i]]


def codes(resultat, i=0) -> list[str]:
    return Alerte(int(resultat.alertes[i])).codes
