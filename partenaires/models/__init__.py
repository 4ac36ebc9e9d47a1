from partenaires.models.correspondance import Correspondance
from partenaires.models.depot import Depot, LigneDeposee
from partenaires.models.evenement import LigneEvenement
from partenaires.models.jeton import Jeton
from partenaires.models.journal import JournalAcces
from partenaires.models.organisation import Organisation
from partenaires.models.parametre import Parametre
from partenaires.models.protocole import Protocole
from partenaires.models.utilisateur import Adhesion, Utilisateur

__all__ = [
    "Adhesion",
    "Correspondance",
    "Depot",
    "Jeton",
    "JournalAcces",
    "LigneDeposee",
    "LigneEvenement",
    "Organisation",
    "Parametre",
    "Protocole",
    "Utilisateur",
]
