"""Reference data that ship with the platform for the diagnosis: dated parameters [P] of the rules."""

from datetime import date

from diagnostic import reference_avis, reference_fiches, reference_methodes
from partenaires.models import Parametre

CALENDRIER_PERIMETRES = [
    {"nature": "qpv", "version": "2015", "debut": "2015-01-01"},
    {"nature": "qpv", "version": "2024", "debut": "2024-01-01", "debut_outre_mer": "2025-01-01"},
    {"nature": "qva", "fin": "2020-12-31"},
    {"nature": "zus", "fin": "2020-12-31"},
]

# Shares (complete: at least; coherent: at most) and ages in years by which data are marked; settings of the platform,
# the sources give none.
QUALITE_SEUILS = {
    "rattachement": 0.95,
    "points": 0.9,
    "qpv": 0.02,
    "couverture_ops": 0.9,
    "reponse": 0.75,
    "contradictions_ops": 0.02,
    "couverture_gestion": 0.95,
    "ecart_logements": 0.05,
    "ecart_occupes": 0.05,
    "logements_sne": 0.95,
    "quartiles_sne": 0.95,
    "ecart_quartiles": 0.02,
    "ecart_qpv_sne": 0.05,
    "age_rpls": 1,
    "age_ops": 2,
    "age_gestion": 1,
    "age_sne": 1,
}

# Low-rent stock, three ways (E3 F05-F07). GPS&O: the source's bound, and an example that shows how one is derived. MEL
# and Reims: settings of the platform where the sources give none.
BAS_LOYER_GPSO = {
    "loyer_m2": 5.5,
    "taux_effort": 0.25,
    "charges": 0.2,
    "exemple": {"ressources": 900, "apl": 260, "surface": 65},
}
# Rooms → [couple, dependants] of the least numerous household that does not under-occupy (CCH L621-2), and of the most
# numerous with two persons a bedroom.
BAS_LOYER_MEL = {
    "1": {"min": [0, 0], "max": [1, 0]},
    "2": {"min": [0, 0], "max": [1, 0]},
    "3": {"min": [1, 0], "max": [1, 2]},
    "4": {"min": [1, 1], "max": [1, 4]},
    "5": {"min": [1, 2], "max": [1, 6]},
    "6": {"min": [1, 3], "max": [1, 8]},
}
# Low: a mean rent at or under the ceiling plus `ecart_max`; fragile: QPV, residences within `limitrophe_metres` of one,
# and the sectors that the territory names ({"nature", "code"}).
BAS_LOYER_REIMS = {"ecart_max": 0, "limitrophe_metres": 100, "secteurs": []}

# Bounds of the six classes of tension of the markets, which the source gives as shared: read half-open, the last one
# closed. Years that say little of the market.
CLASSES_TENSION = [5, 10, 13, 17, 21, 27, 30]
ANNEES_ATYPIQUES = {"2020": "crise sanitaire", "2021": "crise sanitaire"}

# Accessibility of the stock to the first quartile (E3 F08). Thresholds and pairs (share of the resources; euros a day
# and UC): DRIHL's study of 2019. `part_imposable`: part of the resources in the base of the APL, after the 10 %
# deduction. Persons → least and largest number of rooms that suit, the largest number standing for more; charges in
# euros a month and m²: settings of the platform, the sources give none.
ACCESSIBILITE = {
    "te": 0.375,
    "rpv": 12,
    "paires": [[0.30, 15], [0.35, 15], [0.33, 11], [0.375, 12], [0.40, 9]],
    "part_imposable": 0.9,
    "charges_m2": 2,
    "pieces": {"1": [1, 2], "2": [2, 3], "3": [3, 4], "4": [4, 5], "5": [4, 6], "6": [5, 6]},
}

PARAMETRES = (
    (
        "calendrier_perimetres",
        date(1900, 1, 1),
        CALENDRIER_PERIMETRES,
        "Décrets 2014-1750 et 2023-1314 ; regles §0 (outre-mer : un an plus tard)",
    ),
    ("recents_annees", date(1900, 1, 1), 2, "regles §4 : année d'enquête N, N-1 ou N-2"),
    ("bas_loyer_gpso", date(1900, 1, 1), BAS_LOYER_GPSO, "GPS&O, étude des loyers accessibles au premier quartile"),
    ("bas_loyer_mel", date(1900, 1, 1), BAS_LOYER_MEL, "méthode de la MEL ; occupations : réglage de la plateforme"),
    ("bas_loyer_reims", date(1900, 1, 1), BAS_LOYER_REIMS, "méthode de Reims ; bornes : réglage de la plateforme"),
    (
        "accessibilite",
        date(1900, 1, 1),
        ACCESSIBILITE,
        "DRIHL, 2019, pour les seuils ; charges et tailles : réglage de la plateforme",
    ),
    ("classes_tension", date(1900, 1, 1), CLASSES_TENSION, "Anah, 2017 ; bornes semi-ouvertes : lecture"),
    ("annees_atypiques", date(1900, 1, 1), ANNEES_ATYPIQUES, "réglage de la plateforme"),
    ("qualite_seuils", date(1900, 1, 1), QUALITE_SEUILS, "réglage de la plateforme, non des sources"),
    ("solidite_tirages", date(1900, 1, 1), 200, "réglage de la plateforme"),
    ("solidite_ecart_poids", date(1900, 1, 1), 0.1, "regles §5 : ± 10 % sur chaque poids"),
    ("conservation_editions", date(1900, 1, 1), 3, "réglage de la plateforme : mois de conservation d'un document"),
    *reference_avis.PARAMETRES,
    *reference_fiches.PARAMETRES,
)


def installer(**_):
    """Add the parameters and methods that are missing; never overwrite a line that exists."""
    Parametre.objects.bulk_create(
        [
            Parametre(code=code, epci="", debut=debut, valeur=valeur, source=source)
            for code, debut, valeur, source in PARAMETRES
        ],
        ignore_conflicts=True,
    )
    reference_methodes.installer()
