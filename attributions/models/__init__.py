from attributions.models.atteinte import Atteinte
from attributions.models.attribution import Attribution
from attributions.models.objectif import Applicabilite, Jalon, Objectif
from attributions.models.seuil import SeuilQuartile
from attributions.models.sne import DemandeSne, RadiationSne

__all__ = [
    "Applicabilite",
    "Atteinte",
    "Attribution",
    "DemandeSne",
    "Jalon",
    "Objectif",
    "RadiationSne",
    "SeuilQuartile",
]
