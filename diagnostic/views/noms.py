"""Names behind the codes of the derived tables, each kind read at most once a request."""

from diagnostic.models import Commune, Perimetre, Territoire
from partenaires.models import Organisation


class Noms:
    """Names of what a member may know: organisations, communes, perimeters of a territory. An unknown code names
    itself."""

    def __init__(self, adhesion):
        self.adhesion = adhesion
        self._organisations: dict[str, str] | None = None
        self._communes: dict[str, dict[str, str]] = {}
        self._perimetres: dict[tuple[str, str], dict[str, str]] = {}

    @property
    def organisations(self) -> dict[str, str]:
        if self._organisations is None:
            connues = Organisation.objects.visible_to(self.adhesion).order_by()
            self._organisations = dict(connues.values_list("siren", "nom"))
        return self._organisations

    def organisation(self, siren: str) -> str:
        return self.organisations.get(siren, siren)

    def communes(self, epci: str) -> dict[str, str]:
        if epci not in self._communes:
            visibles = Territoire.objects.visible_to(self.adhesion)
            lignes = Commune.objects.filter(territoire__in=visibles, territoire=epci).order_by("nom")
            self._communes[epci] = dict(lignes.values_list("code", "nom"))
        return self._communes[epci]

    def perimetres(self, epci: str, nature: str = "qpv") -> dict[str, str]:
        """Code → name of the latest version that has the code."""
        if (epci, nature) not in self._perimetres:
            lignes = Perimetre.objects.courantes().visible_to(self.adhesion).filter(territoire=epci, nature=nature)
            self._perimetres[epci, nature] = dict(lignes.order_by("version").values_list("code", "nom"))
        return self._perimetres[epci, nature]
