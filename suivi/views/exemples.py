"""Fixed example values for /aide/composants/: invented, and said to be so on the page."""

from datetime import date
from types import SimpleNamespace

from diagnostic.calculs.controles_qualite import COMPTES, Source
from diagnostic.calculs.qualite import juger
from diagnostic.forms_avis import AvisForm
from diagnostic.reference import QUALITE_SEUILS
from diagnostic.views.classes import Classe
from diagnostic.views.comparaison import CaseMontree, MatriceMontree
from diagnostic.views.marques import MarqueMontree
from diagnostic.views.tableau import SECRET, Colonne, Tableau

CLASSES = tuple(
    Classe(libelle, rang)
    for rang, libelle in enumerate(["moins de 90", "de 90 à moins de 110", "de 110 à moins de 130", "130 et plus"])
)
COMMUN = {
    "annee": 2025,
    "au": date(2025, 9, 30),
    "sens": "minimum",
    "cible_max": None,
    "secret": False,
    "inconnus": 12,
    "alertes": [],
    "par_mois": [31, 38, 44, 40, 52, 61, 47, 36, 63, 0, 0, 0],
    "base_par_mois": [220, 240, 251, 238, 255, 262, 249, 201, 323, 0, 0, 0],
}


def _atteinte(**champs):
    return SimpleNamespace(**(COMMUN | champs))


A_RATTRAPER = _atteinte(
    objectif="q1_ou_reloges_hors_qpv",
    libelle="Q1 et relogés, hors QPV",
    taux=0.184,
    cible=0.25,
    numerateur=412,
    denominateur=2239,
    atteint=False,
    reste_a_faire=209,
    projection=0.184,
    base_attendue=2482,
    hypothese="part moyenne de la base atteinte au même jour des trois dernières années",
)
TENU = _atteinte(
    objectif="q2_q4_en_qpv",
    libelle="Q2 à Q4, en QPV",
    taux=0.63,
    cible=0.5,
    numerateur=504,
    denominateur=800,
    atteint=True,
    reste_a_faire=0,
    projection=0.63,
    par_mois=[],
)
FOURCHETTE = _atteinte(
    objectif="exemple_fourchette",
    libelle="Actifs en QPV (fourchette)",
    sens="fourchette",
    taux=0.128,
    cible=0.2,
    cible_max=0.3,
    numerateur=128,
    denominateur=1000,
    atteint=False,
    reste_a_faire={"min": 72, "max": 172},
    projection=0.128,
    par_mois=[],
)
MASQUE = _atteinte(objectif="exemple", libelle="Cellule masquée", secret=True, cible=0.25, taux=None, atteint=None)

LIGNES = (
    ("Résidence A", 128, 0.42, CLASSES[2]),
    ("Résidence B", 64, SECRET, CLASSES[0]),
    ("Résidence C", 1250, 0.18, Classe("sans valeur", None)),
)
COLONNES = (
    Colonne("nom", "Résidence", lambda ligne: ligne[0]),
    Colonne("logements", "Logements", lambda ligne: ligne[1], "nombre"),
    Colonne("apl", "Bénéficiaires de l'APL", lambda ligne: ligne[2], "pourcent"),
    Colonne("classe", "Classe", lambda ligne: ligne[3], "classe"),
)

COMPTES_SURS = dict.fromkeys(COMPTES[Source.RPLS], 0) | {
    "rpls_logements": 360,
    "rpls_rattaches": 358,
    "residences": 12,
    "residences_situees": 12,
    "qpv_compares": 358,
    "qpv_differents": 3,
}


def _marque(source, comptes, annees, secret=False, courte=False):
    return MarqueMontree(juger(source, comptes, annees, 2025, 2025, QUALITE_SEUILS, secret), courte)


MARQUES = (
    _marque(Source.RPLS, COMPTES_SURS, [2025]),
    _marque(Source.RPLS, COMPTES_SURS | {"rpls_rattaches": 301, "qpv_differents": 21}, [2025]),
    _marque(Source.OPS, {}, [2022]),
    _marque(Source.OPS, {}, [2025], secret=True),
    _marque(Source.GESTION, {}, [None]),
    _marque(Source.RPLS, COMPTES_SURS | {"rpls_rattaches": 301}, [2025], courte=True),
)


MATRICE = MatriceMontree(
    [Classe("Préservés", 0, 2), Classe("Fragiles", 1, 2)],
    [
        (Classe("Potentiel", 0, 2), [CaseMontree(14, 520, True), CaseMontree(3, 96)], CaseMontree(17, 616)),
        (Classe("Vigilance", 1, 2), [CaseMontree(0, 0), CaseMontree(9, 341, True)], CaseMontree(9, 341)),
    ],
    [CaseMontree(14, 520), CaseMontree(12, 437)],
    CaseMontree(26, 957),
)


def tous(request) -> dict:
    return {
        "objectifs": [A_RATTRAPER, TENU, FOURCHETTE, MASQUE],
        "provenance": [
            ("Source", "SNE, radiations 2025"),
            ("Seuil Q1", "8 861 €/UC/an (2025, arrêté)"),
            ("Périmètre", "QPV 2024, en vigueur à la date du bail"),
            ("Dépôts", "n° 41, 42 et 57"),
            ("Calcul", "20/11/2025 à 02:41, arrêté au 30/09/2025"),
        ],
        "tableau": Tableau(
            request, "Exemple de tableau", COLONNES, LIGNES, tri_defaut="nom", exportable=False, precision="(inventé)"
        ),
        "tableau_vide": Tableau(
            request,
            "Exemple de tableau vide",
            COLONNES,
            (),
            vide="Aucune résidence ne répond à ces filtres : retirez-en un, ou déposez le fichier des résidences.",
        ),
        "courbe": [("2023", 0.155), ("2024", 0.171), ("2025", 0.184)],
        "barres": [("Moins de 40 % du plafond PLUS", 31.2), ("APL", 27.8), ("Sans emploi", 35.1), ("Récents", None)],
        "multiples": [("Quartier A", [(2023, 0.51), (2024, 0.55)]), ("Quartier B", [(2023, 0.62), (2024, 0.6)])],
        "classes": CLASSES,
        "matrice": MATRICE,
        "marques": MARQUES,
        "notes": AvisForm(auto_id="exemple-%s")["note"],
        "etapes": [
            ("Reçu", "faite", "19/11 à 16:02"),
            ("Contrôlé", "faite", "19/11 à 16:03"),
            ("À confirmer", "en_cours", "par vous"),
            ("Chargé", "a_venir", ""),
        ],
    }
