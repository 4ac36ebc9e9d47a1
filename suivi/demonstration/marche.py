"""What other sources would say of the territory: incomes, private stock, prices, tension. Invented."""

import numpy as np
import pandas as pd

from suivi.demonstration.decor import COMMUNES, EPCI, QUARTIERS

ANNEES = (2021, 2023)
SOURCE = "valeurs fictives"
COLONNES = ["TERRITOIRE_TYPE", "TERRITOIRE_CODE", "VERSION", "ANNEE", "INDICATEUR", "VALEUR", "POPULATION", "SOURCE"]
COLONNES.append("PUBLIQUE")
# Indicator → value of the territory, gap of a quarter of fragility 1, households behind it tell something (not public)
INDICATEURS = {
    "taux_pauvrete": (0.158, 0.30, False),
    "taux_pauvrete_parc_prive": (0.117, 0.14, True),
    "taux_pauvrete_parc_social": (0.362, 0.12, True),
    "revenu_median_uc": (21_900, -9_000, False),
    "part_logement_social": (0.21, 0.55, False),
    "part_locatif_prive": (0.24, -0.12, False),
    "vacance_parc_prive": (0.083, 0.04, False),
    "suroccupation_lourde": (0.021, 0.05, True),
    "mobilite_residentielle": (0.118, -0.03, False),
    "prix_m2_ancien": (2_340, -900, False),
}
TERRITOIRE_SEUL = {
    "score_tension": 14.6,
    "taux_effort_plus_39": 0.094,
    "evolution_prix": 0.031,
    "evolution_population": 0.002,
    "evolution_menages": 0.006,
    "construction_neuve": 4.1,
    "part_sociale_construction": 0.27,
}


def indicateurs(graine: int) -> pd.DataFrame:
    """One row an indicator, place and year: the territory, its communes, its quarters of the last version."""
    rng = np.random.default_rng([graine, 11])
    habitants = sum(commune.population for commune in COMMUNES)
    lieux = [("epci", EPCI, "", habitants, 0.0)]
    lieux += [("commune", c.code, "", c.population, float(rng.normal(0, 0.06))) for c in COMMUNES]
    lieux += [("qpv", q.code, "2024", 1_400 + 60 * q.part, q.fragilite) for q in QUARTIERS if "2024" in q.versions]
    lignes = [
        (
            *lieu,
            annee,
            code,
            valeur(rng, repere, ecart * fragilite, annee),
            round(habitants_ici / 2.1),
            SOURCE,
            int(not tu),
        )
        for *lieu, habitants_ici, fragilite in lieux
        for annee in ANNEES
        for code, (repere, ecart, tu) in INDICATEURS.items()
    ]
    lignes += [
        ("epci", EPCI, "", annee, code, valeur(rng, repere, 0, annee), round(habitants / 2.1), SOURCE, 1)
        for annee in ANNEES
        for code, repere in TERRITOIRE_SEUL.items()
    ]
    return pd.DataFrame(lignes, columns=COLONNES)


def valeur(rng, repere: float, ecart: float, annee: int) -> float:
    """About the reference, drifting by a hundredth a year; a share stays within its bounds."""
    tiree = (repere + ecart) * (1 + 0.01 * (annee - ANNEES[0])) * float(rng.normal(1, 0.02))
    return round(min(tiree, 0.98), 4) if repere < 1 else round(tiree, 1)
