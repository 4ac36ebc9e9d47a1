"""Parameters of the opinions and of the qualitative grid that ship with the platform."""

from datetime import date

DEBUT = date(1900, 1, 1)

# S4 annexe 2, step 3 C: the examples of qualitative data, theme by theme. A territory writes its own dated list.
CRITERES = [
    {"code": "desserte", "theme": "contexte", "libelle": "Desserte du quartier"},
    {"code": "services", "theme": "contexte", "libelle": "Services publics et privés"},
    {"code": "integration", "theme": "contexte", "libelle": "Intégration à la ville"},
    {"code": "vie_sociale", "theme": "contexte", "libelle": "Relations sociales et vie associative"},
    {"code": "image", "theme": "contexte", "libelle": "Image du quartier"},
    {"code": "parties_communes", "theme": "usage", "libelle": "Usage des parties communes"},
    {"code": "proprete", "theme": "usage", "libelle": "Propreté"},
    {"code": "equipements", "theme": "usage", "libelle": "État des équipements"},
    {"code": "appropriation", "theme": "usage", "libelle": "Appropriation des espaces collectifs"},
    {"code": "voisinage", "theme": "tranquillite", "libelle": "Troubles de voisinage"},
    {"code": "incivilites", "theme": "tranquillite", "libelle": "Dégradations et incivilités"},
    {"code": "securite", "theme": "tranquillite", "libelle": "Sécurité"},
]
PLATEFORME = "réglage de la plateforme, non des sources"
PARAMETRES = (
    ("avis_reevaluation_mois", DEBUT, 24, "regles §5, E2 T32 : notes réévaluées tous les deux ans"),
    ("avis_delai_jours", DEBUT, 60, PLATEFORME),
    ("avis_rappel_jours", DEBUT, 30, PLATEFORME),
    ("grille_criteres", DEBUT, CRITERES, "S4 annexe 2, étape 3"),
)
