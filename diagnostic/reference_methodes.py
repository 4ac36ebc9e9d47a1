"""Index methods that ship with the platform, as data (regles §5). A changed rule is a new version, never an edit."""

from diagnostic.models import Methode

MINIMUM = 11  # regles §5: respondents of a place, and population of a component

REGLAGE = "Réglage de la plateforme, non de la source : "
EFFECTIFS = "minimum de 11 répondants par lieu"
RENORMALISE = "une composante absente renormalise les poids et le signale."


def composantes(
    *lignes: tuple, population: str = "ensemble", poids: str = "1", facultative: bool = False
) -> list[dict]:
    """Of equal weights; a line is an indicator, or an indicator and its population."""
    paires = [ligne if isinstance(ligne, tuple) else (ligne, population) for ligne in lignes]
    commun = {"poids": poids, "sens": 1, "facultative": facultative}
    return [{"code": code, "population": lue} | commun for code, lue in paires]


def classes(*lignes: tuple[str, str | None, str | None]) -> list[dict]:
    """Bounds are texts: read as exact decimals."""
    return [{"libelle": libelle, "min": bas, "max": haut} for libelle, bas, haut in lignes]


def axe(code, nom, composantes, classes, *, base=1, normalisation="rapport", reference="millesime") -> dict:
    return {
        "code": code,
        "nom": nom,
        "base": base,
        "normalisation": normalisation,
        "reference": reference,
        "composantes": composantes,
        "classes": classes,
    }


PRECARITE = composantes(
    "menages_moins_40_pct_plus",
    "beneficiaires_apl",
    "sans_emploi_ou_inactifs",
    ("menages_moins_40_pct_plus", "recents"),
)
FRAGILITE = composantes("vacance_3_mois", "rotation", "suroccupation") + composantes(
    "refus_propositions", "note_qualitative", facultative=True
)
VIGILANCE_SOCIALE = ("menages_moins_40_pct_plus", "autres_inactifs", "monoparentales_3_enfants")
NIVEAUX_DE_VIGILANCE = classes(("Faible", None, "0.90"), ("Moyenne", "0.90", "1.10"), ("Forte", "1.10", None))

PRESETS = (
    {
        "code": "repere17_precarite",
        "version": "1",
        "libelle": "Indice de précarité (Repère 17)",
        "source": "Repère 17, indice composite de précarité",
        "axes": [
            axe(
                "precarite",
                "Précarité",
                PRECARITE,
                classes(
                    ("Moins précaire que la référence", None, "90"),
                    ("Proche de la référence", "90", "110"),
                    ("Plus précaire que la référence", "110", "130"),
                    ("Nettement plus précaire que la référence", "130", None),
                ),
                base=100,
                reference="fixee",
            )
        ],
        "reglages": (
            REGLAGE + f"poids égaux des quatre composantes ; bornes et libellés des classes ; {EFFECTIFS} et de 11 "
            f"emménagés récents pour leur composante ; {RENORMALISE}"
        ),
    },
    {
        "code": "repere17_fragilite",
        "version": "1",
        "libelle": "Indice de fragilité (Repère 17)",
        "source": "Repère 17, indice de fragilité des résidences",
        "axes": [
            axe(
                "fragilite",
                "Fragilité",
                FRAGILITE,
                classes(
                    ("Moins fragile que la référence", None, "90"),
                    ("Proche de la référence", "90", "110"),
                    ("Plus fragile que la référence", "110", "130"),
                    ("Nettement plus fragile que la référence", "130", None),
                ),
                base=100,
            )
        ],
        "reglages": (
            REGLAGE
            + "poids égaux ; rapport au territoire du même millésime ; bornes et libellés des classes ; les refus "
            "de propositions et les notes de la grille qualitative ne comptent que là où ils existent, sans "
            f"être signalés ailleurs ; {EFFECTIFS} et de 11 logements pour les composantes de l'état locatif ; "
            f"{RENORMALISE}"
        ),
    },
    {
        "code": "limoges",
        "version": "1",
        "libelle": "Vigilance sociale et vigilance de l'offre (Limoges)",
        "source": "Limoges Métropole, indices de vigilance sociale, de l'offre et globale",
        "axes": [
            axe("sociale", "Vigilance sociale", composantes(*VIGILANCE_SOCIALE), NIVEAUX_DE_VIGILANCE),
            axe(
                "sociale_recents",
                "Vigilance sociale des emménagés récents",
                composantes(*VIGILANCE_SOCIALE, population="recents"),
                NIVEAUX_DE_VIGILANCE,
            ),
            axe(
                "offre",
                "Vigilance de l'offre",
                composantes("vacance_3_mois", "rotation", "logements_avant_1975"),
                NIVEAUX_DE_VIGILANCE,
            ),
        ],
        "croisement": {
            "axes": ["sociale", "offre"],
            "classes": ["Potentiel", "Capacité d'accueil", "Équilibre à préserver", "Vigilance", "Fragilité"],
            "table": [[0, 1, 2], [1, 2, 3], [2, 3, 4]],
            "aggravation": {"axe": "sociale_recents", "sur": "sociale", "ecart": "0.10"},
        },
        "reglages": (
            REGLAGE + "poids égaux ; rapport au territoire du même millésime ; niveaux de vigilance à 0,90 et 1,10 ; "
            "table du croisement ; une classe de plus quand la vigilance des emménagés récents dépasse celle "
            "des locataires de 0,10 ou plus ; « inactifs » : les majeurs autrement inactifs, ni retraités ni "
            f"sans emploi ; « HLM d'avant 1975 » lu dans RPLS ; {EFFECTIFS}, de 11 emménagés récents et de 11 "
            f"logements pour leurs composantes ; {RENORMALISE} Les classes de quartiers sont des règles que le "
            "territoire écrit."
        ),
    },
    {
        "code": "reims",
        "version": "1",
        "libelle": "Classement des résidences (Reims)",
        "source": "Grand Reims, classement des résidences selon la part des ménages sous 40 % des plafonds",
        "axes": [
            axe(
                "occupation",
                "Occupation sociale",
                composantes("menages_moins_40_pct_plus")
                + composantes("familles_3_enfants", "monoparentales", "titulaires_65_ans", poids="0", facultative=True),
                classes(("Intermédiaire", None, "0.35"), ("Ordinaire", "0.35", "0.60"), ("Très sociale", "0.60", None)),
                normalisation="taux",
            )
        ],
        "reglages": (
            REGLAGE
            + f"bornes à 35 % et 60 % ; plafonds PLUS ; {EFFECTIFS}. Les trois indicateurs complémentaires (poids "
            "0) n'entrent pas dans le classement."
        ),
    },
    {
        "code": "valenciennes",
        "version": "1",
        "libelle": "Indice de fragilité (Valenciennes)",
        "source": "Valenciennes Métropole, cotation des résidences",
        "axes": [
            axe(
                "fragilite",
                "Fragilité",
                composantes("impayes_3_mois", "beneficiaires_apl", "sous_plafond_plai", "rotation"),
                classes(
                    ("Préservés", None, "0.90"),
                    ("Dans la moyenne de l'agglomération", "0.90", "1.10"),
                    ("Fragilité apparente", "1.10", "1.30"),
                    ("Fragilité marquée", "1.30", None),
                ),
            )
        ],
        "reglages": (
            REGLAGE
            + f"poids égaux des quatre composantes ; bornes des classes ; {EFFECTIFS} et de 11 logements pour les "
            f"composantes de l'état locatif ; {RENORMALISE}"
        ),
    },
    {
        "code": "urhlm_hdf",
        "version": "1",
        "libelle": "Bien vivre ensemble, note proposée (URHLM Hauts-de-France)",
        "source": "URHLM Hauts-de-France, démarche « bien vivre ensemble »",
        "axes": [
            axe(
                "fragilite",
                "Fragilité dans la famille de patrimoine",
                composantes("beneficiaires_apl", "sous_plafond_plai", "impayes_3_mois", "rotation"),
                classes(
                    ("1 Excellente", None, "0.85"),
                    ("2 Satisfaisante", "0.85", "1.05"),
                    ("3 À conforter", "1.05", "1.30"),
                    ("4 À travailler", "1.30", None),
                ),
                reference="famille",
            )
        ],
        "reglages": (
            REGLAGE
            + "poids égaux ; rapport aux résidences de la même famille du territoire, au même millésime ; bornes "
            "des notes ; famille déduite du type de construction et du QPV quand elle n'est pas renseignée ; "
            f"{EFFECTIFS} et de 11 logements pour les composantes de l'état locatif ; {RENORMALISE} La note est "
            "proposée : la note publiée vient des avis de proximité."
        ),
    },
    {
        "code": "pau_specialisation",
        "version": "1",
        "libelle": "Indice de spécialisation (Pau)",
        "source": "Pau Béarn Pyrénées, outil de suivi de l'occupation du parc social",
        "axes": [
            axe(
                "specialisation",
                "Spécialisation",
                composantes("menages_moins_20_pct_plus"),
                classes(
                    ("Moins accueillant que son poids", None, "0.90"),
                    ("Accueil à son poids", "0.90", "1.10"),
                    ("Spécialisé", "1.10", "1.30"),
                    ("Très spécialisé", "1.30", None),
                ),
            )
        ],
        "reglages": (
            REGLAGE + "bornes et libellés des classes ; la valeur est la part du lieu dans les ménages sous 20 % des "
            f"plafonds PLUS sur sa part dans l'ensemble des ménages ; {EFFECTIFS}."
        ),
    },
    {
        "code": "cget_typologie",
        "version": "1",
        "libelle": "Typologie des résidences (CGET)",
        "source": "CGET, diagnostic de la convention d'équilibre territorial, étape 3",
        "axes": [
            axe(
                "precarite",
                "Précarité",
                PRECARITE,
                classes(
                    ("Moins précaire que la référence", None, "90"),
                    ("Proche de la référence", "90", "110"),
                    ("Plus précaire que la référence", "110", None),
                ),
                base=100,
                reference="fixee",
            ),
            axe(
                "fragilite",
                "Fragilité",
                FRAGILITE,
                classes(("Sous 130", None, "130"), ("130 ou plus", "130", None)),
                base=100,
            ),
        ],
        "croisement": {
            "axes": ["precarite", "fragilite"],
            "classes": ["Capacité d'accueil", "À stabiliser", "À rééquilibrer", "Intervention préalable"],
            "table": [[0, 0], [1, 1], [2, 3]],
            "aggravation": None,
        },
        "reglages": (
            REGLAGE
            + f"bornes 90 et 110 de la précarité, 130 de la fragilité ; poids égaux ; {EFFECTIFS}, de 11 emménagés "
            f"récents et de 11 logements pour leurs composantes ; {RENORMALISE} Précarité de 110 ou plus sans "
            "valeur de fragilité : pas de classe."
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
