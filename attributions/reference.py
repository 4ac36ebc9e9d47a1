"""Parameters of the attributions that ship with the platform ([P] in the rules): dated lines, never overwritten."""

from datetime import date

from partenaires.models import Parametre

DEBUT = date(2000, 1, 1)
REGLAGE = "réglage de la plateforme"
# Activity of the applicant by its status in the SNE, written without accents (`predicats.texte_normal`). What is in no
# list, « autre » among them, tells no activity.
STATUTS_EMPLOI = {
    "actifs": [
        "CDI",
        "CDI (OU FONCTIONNAIRE)",
        "CDI OU FONCTIONNAIRE",
        "FONCTIONNAIRE",
        "CDD",
        "CDD, STAGE, INTERIM",
        "CDD STAGE INTERIM",
        "STAGE",
        "INTERIM",
        "APPRENTI",
        "ARTISAN",
        "ARTISAN, COMMERCANT, PROFESSION LIBERALE",
        "ARTISAN COMMERCANT PROFESSION LIBERALE",
        "COMMERCANT",
        "PROFESSION LIBERALE",
        "CHOMAGE",
    ],
    "retraites": ["RETRAITE"],
    "inactifs": ["ETUDIANT", "SANS_ACTIVITE", "SANS ACTIVITE", "INVALIDITE"],
}
PARAMETRES = (
    ("quartile_egalite_dessous", DEBUT, False, "regles §1 : des ressources égales au seuil sont au-dessus"),
    ("revenu_nul_inconnu", DEBUT, False, "regles §1 : un revenu déclaré nul est du premier quartile"),
    ("refus_presume_jours", DEBUT, 60, "formats : sans issue ni bail au-delà de ce délai, refus présumé"),
    ("financements_hors_base", DEBUT, [16, 17], "regles §2 : logements intermédiaires (PLI, PCL) hors de la base"),
    ("minimum_evenements_verdict", DEBUT, 20, "regles §2 : en deçà, le taux est montré sans verdict"),
    ("statuts_emploi", DEBUT, STATUTS_EMPLOI, "E2 T32 et INSEE : les demandeurs d'emploi sont actifs ; listes du SNE"),
    ("reloges_parmi_prioritaires", DEBUT, False, "regles §2 : les relogés comptent-ils parmi les prioritaires"),
    # 60 % of the median standard of living, euros a year per UC, in force from the year after it was measured.
    ("seuil_pauvrete_uc", date(2019, 1, 1), 12756, "INSEE, seuil de pauvreté 2018 (1 063 € par mois)"),
    ("seuil_pauvrete_uc", date(2020, 1, 1), 13224, "INSEE, seuil de pauvreté 2019 (1 102 € par mois)"),
    ("seuil_pauvrete_uc", date(2022, 1, 1), 13896, "INSEE, seuil de pauvreté 2021 (1 158 € par mois)"),
    ("seuil_pauvrete_uc", date(2023, 1, 1), 14592, "INSEE, seuil de pauvreté 2022 (1 216 € par mois)"),
    ("seuil_pauvrete_uc", date(2024, 1, 1), 15456, "INSEE, seuil de pauvreté 2023 (1 288 € par mois)"),
)


def installer(**_signal) -> None:
    """Add the lines that are missing; those that exist are left as they are."""
    Parametre.objects.bulk_create(
        [
            Parametre(code=code, epci="", debut=debut, valeur=valeur, source=source)
            for code, debut, valeur, source in PARAMETRES
        ],
        ignore_conflicts=True,
    )
