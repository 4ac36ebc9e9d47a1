from diagnostic.models.comptage import Comptage, ProvenanceComptage
from diagnostic.models.logement import Logement
from diagnostic.models.methode import Indice, Methode, ReferenceMethode
from diagnostic.models.occupation import GestionResidence, MenageOps
from diagnostic.models.parc_ouvert import ParcOuvert
from diagnostic.models.perimetre import Appartenance, Perimetre
from diagnostic.models.plafond import PlafondRessources
from diagnostic.models.qualite import EcartResidence, QualiteBailleur
from diagnostic.models.rattachement import RattachementRefuse
from diagnostic.models.residence import Passage, Residence
from diagnostic.models.territoire import Commune, CommuneRattachee, Territoire

__all__ = [
    "Appartenance",
    "Commune",
    "CommuneRattachee",
    "Comptage",
    "EcartResidence",
    "GestionResidence",
    "Indice",
    "Logement",
    "MenageOps",
    "Methode",
    "ParcOuvert",
    "Passage",
    "Perimetre",
    "PlafondRessources",
    "ProvenanceComptage",
    "QualiteBailleur",
    "RattachementRefuse",
    "ReferenceMethode",
    "Residence",
    "Territoire",
]
