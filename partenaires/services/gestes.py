"""What a member may do of a deposit now: its state, its kind and the member's rights, for the page to offer."""

from dataclasses import dataclass

from partenaires.depots.contrats import REGISTRE
from partenaires.depots.restitution import est_restituable
from partenaires.models import Depot
from partenaires.services import lots, retrait
from partenaires.services.depots import ABANDONNABLES, DepotInterdit, chargeables, peut_agir

Etat = Depot.Etat


@dataclass(frozen=True)
class Gestes:
    """One property a button. The services check again when it is pressed."""

    adhesion: object
    depot: Depot

    @property
    def agit(self) -> bool:
        return self.depot.type in REGISTRE and peut_agir(self.adhesion, self.depot)

    @property
    def preciser(self) -> bool:
        sien = self.depot.deposant_id == self.adhesion.organisation_id
        garde = self.depot.efface_le is None
        return sien and garde and self.adhesion.peut_ecrire and self.depot.etat in lots.PRECISABLES

    @property
    def ecarter(self) -> bool:
        return self.preciser and self.depot.etat == Etat.A_PRECISER

    @property
    def confirmer(self) -> bool:
        return self.agit and self.depot.etat == Etat.A_CONFIRMER

    @property
    def abandonner(self) -> bool:
        """A file that nobody has said what it is is set aside at once."""
        return self.agit and self.depot.etat in ABANDONNABLES and not self.ecarter

    @property
    def charger_partiel(self) -> bool:
        return self.agit and chargeables(self.depot) > 0

    @property
    def reprendre(self) -> bool:
        return self.agit and self.depot.etat == Etat.ECHEC

    @property
    def redeposer(self) -> bool:
        """A corrected file."""
        return self.agit and self.depot.etat in (Etat.REFUSE, Etat.A_CONFIRMER, Etat.CHARGE)

    @property
    def retirer(self) -> bool:
        un_format = REGISTRE.get(self.depot.type)
        if self.depot.etat != Etat.CHARGE or un_format is None or not est_restituable(un_format):
            return False
        try:
            retrait.controler_droit(self.depot, self.adhesion)
        except DepotInterdit:
            return False
        return True

    @property
    def aucun(self) -> bool:
        return not (self.agit or self.preciser or self.retirer)
