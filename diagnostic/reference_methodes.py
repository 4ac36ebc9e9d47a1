"""Index methods that ship with the platform, as data (regles §5). A changed rule is a new version, never an edit."""

from diagnostic.models import Methode

MINIMUM = 11  # regles §5: respondents of a place, and population of a component

REPERE17 = "Repère 17, indice composite de précarité"
VALENCIENNES = "Valenciennes Métropole, cotation des résidences"


def composantes(*lignes: tuple[str, str]) -> list[dict]:
    return [
        {"code": code, "population": population, "poids": "1", "sens": 1, "facultative": False}
        for code, population in lignes
    ]


def classes(*lignes: tuple[str, str | None, str | None]) -> list[dict]:
    """Bounds are texts: read as exact decimals."""
    return [{"libelle": libelle, "min": bas, "max": haut} for libelle, bas, haut in lignes]


PRESETS = (
    {
        "code": "repere17_precarite",
        "version": "1",
        "libelle": "Indice de précarité (Repère 17)",
        "source": REPERE17,
        "axes": [
            {
                "code": "precarite",
                "nom": "Précarité",
                "base": 100,
                "normalisation": "rapport",
                "reference": "fixee",
                "composantes": composantes(
                    ("menages_moins_40_pct_plus", "ensemble"),
                    ("beneficiaires_apl", "ensemble"),
                    ("sans_emploi_ou_inactifs", "ensemble"),
                    ("menages_moins_40_pct_plus", "recents"),
                ),
                "classes": classes(
                    ("Moins précaire que la référence", None, "90"),
                    ("Proche de la référence", "90", "110"),
                    ("Plus précaire que la référence", "110", "130"),
                    ("Nettement plus précaire que la référence", "130", None),
                ),
            }
        ],
        "reglages": (
            "Réglage de la plateforme, non de la source : poids égaux des quatre composantes ; bornes et libellés des "
            "classes ; minimum de 11 répondants par lieu et de 11 emménagés récents pour leur composante ; une "
            "composante absente renormalise les poids."
        ),
    },
    {
        "code": "valenciennes",
        "version": "1",
        "libelle": "Indice de fragilité (Valenciennes)",
        "source": VALENCIENNES,
        "axes": [
            {
                "code": "fragilite",
                "nom": "Fragilité",
                "base": 1,
                "normalisation": "rapport",
                "reference": "millesime",
                "composantes": composantes(
                    ("impayes_3_mois", "ensemble"),
                    ("beneficiaires_apl", "ensemble"),
                    ("sous_plafond_plai", "ensemble"),
                    ("rotation", "ensemble"),
                ),
                "classes": classes(
                    ("Préservés", None, "0.90"),
                    ("Dans la moyenne de l'agglomération", "0.90", "1.10"),
                    ("Fragilité apparente", "1.10", "1.30"),
                    ("Fragilité marquée", "1.30", None),
                ),
            }
        ],
        "reglages": (
            "Réglage de la plateforme, non de la source : poids égaux des quatre composantes ; bornes des classes ; "
            "minimum de 11 répondants par lieu et de 11 logements pour les composantes de l'état locatif ; une "
            "composante absente renormalise les poids."
        ),
    },
)


def installer() -> None:
    """Add the presets that are not there yet; never touches a method that exists."""
    Methode.objects.bulk_create(
        [
            Methode(**preset, minimum_repondants=MINIMUM, minimum_composante=MINIMUM, statut=Methode.Statut.ADOPTEE)
            for preset in PRESETS
        ],
        ignore_conflicts=True,
    )
