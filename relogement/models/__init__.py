from relogement.models.cible import CibleRelogement
from relogement.models.menage import MenageRelogement, Proposition
from relogement.models.projet import Operation, Projet

__all__ = ["CibleRelogement", "MenageRelogement", "Operation", "Projet", "Proposition"]
