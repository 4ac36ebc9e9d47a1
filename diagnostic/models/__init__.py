from diagnostic.models.accessibilite import AplProfil, MenageQ1, PopulationQ1
from diagnostic.models.avis import AvisProximite, NotePubliee, RappelAvis, TourAvis
from diagnostic.models.comptage import Comptage, ProvenanceComptage
from diagnostic.models.edition import Edition
from diagnostic.models.fiche_quartier import FicheQuartier, PointZero
from diagnostic.models.grille import FicheGrille
from diagnostic.models.indicateur_territorial import IndicateurTerritorial
from diagnostic.models.logement import Logement
from diagnostic.models.methode import Indice, Methode, MethodePrincipale, ReferenceIndice, ReferenceMethode
from diagnostic.models.occupation import GestionResidence, MenageOps
from diagnostic.models.parc_ouvert import ParcOuvert
from diagnostic.models.perimetre import Appartenance, Perimetre
from diagnostic.models.plafond import PlafondRessources
from diagnostic.models.qualite import EcartResidence, QualiteBailleur
from diagnostic.models.rattachement import RattachementRefuse
from diagnostic.models.residence import Passage, Residence
from diagnostic.models.secteur_fragile import ResidenceFragile
from diagnostic.models.situation import SituationQuartier
from diagnostic.models.territoire import Commune, CommuneRattachee, Territoire

__all__ = [
    "AplProfil",
    "Appartenance",
    "AvisProximite",
    "Commune",
    "CommuneRattachee",
    "Comptage",
    "EcartResidence",
    "Edition",
    "FicheGrille",
    "FicheQuartier",
    "GestionResidence",
    "IndicateurTerritorial",
    "Indice",
    "Logement",
    "MenageOps",
    "MenageQ1",
    "Methode",
    "MethodePrincipale",
    "NotePubliee",
    "ParcOuvert",
    "Passage",
    "Perimetre",
    "PlafondRessources",
    "PointZero",
    "PopulationQ1",
    "ProvenanceComptage",
    "QualiteBailleur",
    "RappelAvis",
    "RattachementRefuse",
    "ReferenceIndice",
    "ReferenceMethode",
    "Residence",
    "ResidenceFragile",
    "SituationQuartier",
    "Territoire",
    "TourAvis",
]
