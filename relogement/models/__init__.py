from relogement.models.cible import CibleRelogement
from relogement.models.menage import MenageRelogement, Proposition
from relogement.models.projet import MentionOperation, MentionProjet, Operation, Projet

__all__ = [
    "CibleRelogement",
    "MenageRelogement",
    "MentionOperation",
    "MentionProjet",
    "Operation",
    "Projet",
    "Proposition",
]
