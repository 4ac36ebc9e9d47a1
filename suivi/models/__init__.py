from suivi.models.calcul import Calcul

__all__ = ["Calcul"]
