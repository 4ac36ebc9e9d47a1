"""Who gives an opinion on a residence, who fills the grid, who arbitrates."""

from diagnostic.models import TourAvis
from diagnostic.models.avis import Partie
from partenaires.models import Organisation

EPCI = Organisation.Nature.EPCI


class AvisInterdit(Exception):
    """What this member may not do, and who may, in French."""


def partie_de(adhesion) -> Partie | None:
    """The side that the member speaks for: its nature, when it is a bailleur or a commune."""
    return Partie(adhesion.nature) if adhesion and adhesion.nature in Partie.values else None


def peut_donner(adhesion, tour: TourAvis) -> bool:
    """- a gestionnaire or an administrateur
    - of the bailleur of the residence, or of the commune where it stands (`TourAvis.visible_to` has told)
    - while the round is open
    The EPCI and the State give no opinion: the EPCI arbitrates, the State reads."""
    return partie_de(adhesion) is not None and adhesion.peut_ecrire and tour.est_ouvert


def peut_arbitrer(adhesion, epci: str) -> bool:
    """- a gestionnaire or an administrateur
    - of the EPCI that carries the CIL of the territory
    Arbitrating covers opening a campaign and publishing notes."""
    return bool(adhesion) and adhesion.nature == EPCI and adhesion.siren == epci and adhesion.peut_ecrire


def parties_saisies(adhesion, epci: str) -> tuple[Partie, ...]:
    """Sides of the qualitative grid that the member may fill in:
    - a gestionnaire or an administrateur of the bailleur or of the commune: its own
    - of the EPCI of the territory: both, for it leads the workshops and writes down what each side says (the sheet
      tells that the EPCI wrote it)
    - others: none"""
    if not adhesion or not adhesion.peut_ecrire:
        return ()
    if adhesion.nature == EPCI:
        return tuple(Partie) if adhesion.siren == epci else ()
    partie = partie_de(adhesion)
    return (partie,) if partie else ()
