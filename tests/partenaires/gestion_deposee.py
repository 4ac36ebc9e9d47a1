"""A rent roll as a bailleur hands it in, and what is in force of it."""

from diagnostic.models import GestionResidence
from partenaires.models import Depot

ENTETE = "SIREN_BAILLEUR;CODE_RESIDENCE;ANNEE;NB_LOGEMENTS;NB_OCCUPES\n"
LIGNES = "900100001;R1;2025;20;18\n900100001;R2;2025;10;9\n"
FAUSSE = "900100001;R3;2025;dix;9\n"


def relu(depot) -> Depot:
    return Depot.objects.get(pk=depot.pk)


def en_vigueur() -> dict[str, int]:
    """Residence → occupied dwellings."""
    return dict(GestionResidence.objects.courantes().values_list("code_residence", "nb_occupes"))
