from diagnostic.models.comptage import Comptage, ProvenanceComptage
from diagnostic.models.logement import Logement
from diagnostic.models.methode import Indice, Methode, ReferenceMethode
from diagnostic.models.occupation import GestionResidence, MenageOps
from diagnostic.models.perimetre import Appartenance, Perimetre
from diagnostic.models.residence import Passage, Residence
from diagnostic.models.territoire import Commune, CommuneRattachee, Territoire

__all__ = [
    "Appartenance",
    "Commune",
    "CommuneRattachee",
    "Comptage",
    "GestionResidence",
    "Indice",
    "Logement",
    "MenageOps",
    "Methode",
    "Passage",
    "Perimetre",
    "ProvenanceComptage",
    "ReferenceMethode",
    "Residence",
    "Territoire",
]
