"""What the fictitious EPCI agreed with its partners: local objectives and rehousing targets, as data."""

from datetime import date
from decimal import Decimal

EN_EMPLOI = ["CDI", "CDD", "INTERIM", "ARTISAN", "APPRENTI"]

# Target recorded on the legal follow-up of internal moves.
MUTATIONS = [{"debut": "2023-01-01", "fin": None, "valeur": 0.25}]

OBJECTIFS = (
    {
        "code": "q1_et_reloges_en_qpv",
        "libelle": "Ménages du premier quartile et relogés, dans les QPV",
        "base": "bail",
        "sens": "maximum",
        "perimetre": {"type": "en_qpv"},
        "predicat": {
            "ou": [{"champ": "quartile", "op": "dans", "valeur": [1]}, {"champ": "reloge", "op": "=", "valeur": True}]
        },
        "jalons": [
            {"debut": "2023-01-01", "fin": "2024-12-31", "valeur": 0.40, "stricte": True},
            {"debut": "2025-01-01", "fin": "2027-12-31", "valeur": 0.35, "stricte": True},
        ],
        "source": "Convention intercommunale d'attribution (fictive), orientation 2",
    },
    {
        "code": "actifs_60_plus_en_qpv",
        "libelle": "Ménages en emploi au-dessus de 60 % du plafond PLUS, dans les QPV",
        "base": "attribution",
        "sens": "fourchette",
        "perimetre": {"type": "en_qpv"},
        "predicat": {
            "et": [
                {"champ": "statut_emploi", "op": "dans", "valeur": EN_EMPLOI},
                {"champ": "pct_plafond_plus", "op": ">", "valeur": 60},
            ]
        },
        "jalons": [{"debut": "2023-01-01", "fin": None, "valeur": 0.10, "valeur_max": 0.20}],
        "source": "Convention intercommunale d'attribution (fictive), orientation 3",
    },
)

CIBLES_RELOGEMENT = (
    {"critere": "reste_a_charge", "valeur": Decimal("0.70"), "debut": date(2024, 3, 1), "moment": "convention"},
    {"critere": "neuf", "valeur": Decimal("0.20"), "debut": date(2024, 3, 1), "moment": "convention"},
    {"critere": "neuf", "valeur": Decimal("0.30"), "debut": date(2025, 7, 1), "moment": "mise_en_oeuvre"},
    {"critere": "hors_qpv", "valeur": Decimal("0.50"), "debut": date(2024, 3, 1), "moment": "convention"},
    {"critere": "hors_quartier", "valeur": Decimal("0.65"), "debut": date(2024, 3, 1), "moment": "convention"},
)
