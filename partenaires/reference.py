"""Parameters that ship with the platform, as dated data. A territory writes its own line to depart from one."""

from datetime import date

from partenaires.models import Parametre

PLATEFORME = "réglage de la plateforme"
DEBUT = date(2000, 1, 1)

# code, value in force from DEBUT, where it comes from
PARAMETRES = (
    ("secret_k", 11, "seuil du GIP-SNE"),
    ("secret_dominance", 0.85, PLATEFORME),
    ("minimum_evenements", 20, PLATEFORME),
    # a file of year N is due from the month `mois` of the year N + `retard`, every `pas` years; `mois` 0: each month
    ("echeance_rpls", {"mois": 12, "retard": 0, "pas": 1}, "RPLS au 1er janvier, définitif en fin d'année"),
    ("echeance_ops", {"mois": 12, "retard": 0, "pas": 2}, "CCH art. L442-5 : enquête des années paires"),
    ("echeance_gestion", {"mois": 3, "retard": 1, "pas": 1}, PLATEFORME),
    ("echeance_sne_radiations", {"mois": 0, "retard": 0, "pas": 1}, PLATEFORME),
    ("echeance_sne_stock", {"mois": 2, "retard": 1, "pas": 1}, "SNE : demandes actives au 31 décembre"),
    # retention, in months (docs/securite.md)
    ("conservation_ops", 72, PLATEFORME),
    ("conservation_sne", 72, PLATEFORME),
    ("conservation_demandes", 36, PLATEFORME),
    ("conservation_relogement", 72, PLATEFORME),
    ("conservation_fichiers", 36, PLATEFORME),
    ("conservation_fichiers_personnels", 12, PLATEFORME),
    ("conservation_fichiers_ecartes", 1, PLATEFORME),
    ("conservation_jetons", 12, PLATEFORME),
    ("conservation_journal", 12, "recommandation CNIL du 14/10/2021 sur la journalisation (6 à 12 mois)"),
)


def ajouter_parametres(parametres) -> None:
    """Add the lines that are not there yet; never touches a line that exists."""
    Parametre.objects.bulk_create(
        [Parametre(code=code, debut=DEBUT, valeur=valeur, source=source) for code, valeur, source in parametres],
        ignore_conflicts=True,
    )


def installer(**signal) -> None:
    ajouter_parametres(PARAMETRES)
