"""Parameters of the sheets of quartiers that ship with the platform."""

from datetime import date

DEBUT = date(1900, 1, 1)

# Beyond which a hypothesis is told to be unusual: rotation of a year, part of the dwellings that a renewal concerns.
TRAJECTOIRE_BORNES = {"rotation": 0.1, "renouvellement": 0.25}

# E2 T35: fifteen indicators, of which the source names one (resources of those who move in).
FICHE_TERRITORIALE = [
    {"indicateur": "menages_moins_20_pct_plus", "population": "entrants"},
    {"indicateur": "menages_moins_40_pct_plus", "population": "entrants"},
    {"indicateur": "menages_plus_60_pct_plus", "population": "entrants"},
    {"indicateur": "menages_moins_20_pct_plus", "population": "ensemble"},
    {"indicateur": "menages_moins_40_pct_plus", "population": "ensemble"},
    {"indicateur": "menages_plus_60_pct_plus", "population": "ensemble"},
    {"indicateur": "beneficiaires_apl", "population": "ensemble"},
    {"indicateur": "minima_sociaux", "population": "ensemble"},
    {"indicateur": "emploi_stable", "population": "ensemble"},
    {"indicateur": "sans_emploi_ou_inactifs", "population": "ensemble"},
    {"indicateur": "monoparentales", "population": "ensemble"},
    {"indicateur": "familles_3_enfants", "population": "ensemble"},
    {"indicateur": "titulaires_65_ans", "population": "ensemble"},
    {"indicateur": "rotation", "population": "ensemble"},
    {"indicateur": "vacance_3_mois", "population": "ensemble"},
]
PARAMETRES = (
    ("trajectoire_bornes", DEBUT, TRAJECTOIRE_BORNES, "E2 T10 (rotation de moins de 10 %) ; E1 R25 (le quart)"),
    ("fiche_territoriale_indicateurs", DEBUT, FICHE_TERRITORIALE, "E2 T35 ; liste : réglage de la plateforme"),
)
