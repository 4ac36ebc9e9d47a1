"""What the address of a map asks for: what colours it, what it is compared with, its layers, its filters. The page,
its payload and its table all read it here, so that they show the same places."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, Value

from diagnostic.calculs.definitions import PAR_CODE, Indicateur
from diagnostic.calculs.recherche import sans_accent
from diagnostic.filters import ResidenceFilter
from diagnostic.models import Comptage, Methode, ProvenanceComptage, Residence
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs
from diagnostic.services import lieux as service
from diagnostic.services.contours import COMMUNES, Couche, PerimetreConnu, couches, perimetres_connus
from diagnostic.services.lieux import Aires, Lectures, Lieu, Vue
from diagnostic.services.mesures import Indices, Mesure, ParIndicateur, ParMethode
from diagnostic.services.territoires import PERIMETRES
from diagnostic.views.methodes import choisie

AUCUNE = "aucune"
FONDS = {
    Niveau.QPV.value: "QPV",
    Niveau.COMMUNE.value: "Communes",
    Niveau.NPNRU.value: "Quartiers NPNRU",
    Niveau.SECTEUR.value: "Secteurs",
    AUCUNE: "Aucune",
}
FILTRES = ("q", "bailleur", "commune", "qpv", "famille")
HORS_QPV = "hors"


@dataclass(frozen=True)
class Comparaison:
    """What the map is compared with, and how to say it."""

    vue: Vue
    ici: str
    autre: str
    entre_methodes: bool = False


class Demande:
    """The map that a request asks for. What the address names and does not exist falls back on the default."""

    def __init__(self, request):
        self.request, self.adhesion = request, request.adhesion
        self.selection = request.selection
        self.epci, self.millesime = self.selection.epci, self.selection.millesime

    # --- what is shown

    @cached_property
    def _methodes(self) -> tuple[Methode | None, list[Methode]]:
        return choisie(self.request)

    @property
    def methode(self) -> Methode | None:
        return self._methodes[0]

    @property
    def methodes(self) -> list[Methode]:
        return self._methodes[1]

    @cached_property
    def indicateur(self) -> Indicateur | None:
        """Asked for instead of the class of the method."""
        return PAR_CODE.get(self.request.GET.get("indicateur", ""))

    @cached_property
    def population(self) -> str:
        possibles = [population.value for population in self.indicateur.populations] if self.indicateur else [""]
        demandee = self.request.GET.get("population", "")
        return demandee if demandee in possibles else possibles[0]

    @cached_property
    def mesure(self) -> Mesure | None:
        if self.indicateur:
            montres = (self.millesime, *((self.avec,) if self.avec else ()))
            cellule = self.adhesion, self.epci, self.indicateur, self.population, self.niveaux
            return ParIndicateur(*cellule, montres, tuple(self.millesimes))
        return ParMethode(self.methode, self._indices) if self.methode else None

    @cached_property
    def _indices(self) -> Indices:
        """One reading for the method and year shown and for those they are compared with."""
        methodes = [methode for methode in (self.methode, self.contre) if methode]
        millesimes = [self.millesime, *([self.avec] if self.avec else [])]
        return Indices(self.adhesion, self.epci, methodes, millesimes, self.niveaux)

    @property
    def libelle(self) -> str:
        if self.indicateur:
            return self.indicateur.libelle
        return self.methode.libelle if self.methode else "Résidences"

    @cached_property
    def millesimes(self) -> list[int]:
        """Years that the slider goes through, the one shown among them."""
        connus = self.selection.territoire.millesimes if self.selection.territoire else []
        return sorted({*connus, self.millesime})

    @cached_property
    def vue(self) -> Vue | None:
        return Vue(self.mesure, self.millesime) if self.mesure else None

    # --- what it is compared with

    @cached_property
    def contre(self) -> Methode | None:
        demandee = self.request.GET.get("contre", "")
        autres = [m for m in self.methodes if m != self.methode and not self.indicateur]
        return next((m for m in autres if m.code == demandee), None)

    @cached_property
    def avec(self) -> int | None:
        demandee = self.request.GET.get("avec", "")
        return next((m for m in self.millesimes if str(m) == demandee and not self.contre), None)

    @cached_property
    def comparaison(self) -> Comparaison | None:
        if self.contre:
            autre = ParMethode(self.contre, self._indices)
            return Comparaison(Vue(autre, self.millesime), self.methode.libelle, self.contre.libelle, True)
        if self.mesure and self.avec and self.avec != self.millesime:
            return Comparaison(Vue(self.mesure, self.avec), str(self.millesime), str(self.avec))
        return None

    # --- layers

    @cached_property
    def perimetres(self) -> list[PerimetreConnu]:
        return perimetres_connus(self.adhesion, self.epci)

    @cached_property
    def provenances(self) -> list[ProvenanceComptage]:
        return indicateurs.provenances(self.adhesion, self.epci, self.millesime)

    @cached_property
    def couches(self) -> list[Couche]:
        return couches(self.perimetres)

    @cached_property
    def couches_montrees(self) -> list[str]:
        return [code for code in self.request.GET.getlist("couche") if code in {une.code for une in self.couches}]

    @cached_property
    def fonds(self) -> list[tuple[str, str]]:
        """Levels whose areas can be coloured: communes, and the natures of perimeters that the territory has."""
        presentes = {couche.nature for couche in self.couches} | {COMMUNES, AUCUNE, Niveau.QPV.value}
        return [(code, libelle) for code, libelle in FONDS.items() if code in presentes]

    @cached_property
    def fond(self) -> str:
        demande = self.request.GET.get("fond", "")
        return demande if demande in FONDS else Niveau.QPV.value

    @cached_property
    def niveaux(self) -> tuple[str, ...]:
        return (Niveau.RESIDENCE.value, *(() if self.fond == AUCUNE else (self.fond,)))

    # --- places

    @cached_property
    def lectures(self) -> Lectures:
        return Lectures(self.vue, self.comparaison.vue if self.comparaison else None)

    @cached_property
    def toutes(self) -> list[Lieu]:
        """Residences that the reader may see on the territory, by name; `garde` tells those that the filters keep."""
        siennes = Residence.objects.visible_to(self.adhesion).courantes().filter(commune__territoire=self.epci)
        marquees = siennes.annotate(garde=self._garde()).order_by("cle_recherche", "identifiant")
        return service.residences(self.adhesion, self.epci, marquees, self.lectures)

    @cached_property
    def residences(self) -> list[Lieu]:
        return [lieu for lieu in self.toutes if lieu.garde and self._montre(lieu)]

    @cached_property
    def aires(self) -> Aires:
        if self.fond == AUCUNE:
            return Aires()
        cellule = self.adhesion, self.epci, self.fond, self.millesime, self.lectures
        toutes = service.aires(*cellule, self.perimetres, self.provenances)
        lieux = tuple(lieu for lieu in toutes.lieux if self._dans_la_commune(lieu) and self._montre(lieu))
        return Aires(toutes.niveau, toutes.version, toutes.anterieure, lieux)

    @property
    def lieux(self) -> list[Lieu]:
        return [*self.aires.lieux, *self.residences]

    # --- filters

    @cached_property
    def filtres(self) -> dict[str, str]:
        return {nom: self.request.GET.get(nom, "") for nom in (*FILTRES, "classe", "change")}

    @property
    def filtre(self) -> bool:
        return any(self.filtres.values())

    def _garde(self):
        """Whether a residence is kept by the filters of the list of residences; its QPV is that of the millésime."""
        choix = {nom: self.filtres[nom] for nom in FILTRES if nom != "qpv"}
        garde = Value(True)
        if any(choix.values()):
            filtre = ResidenceFilter(choix, queryset=Residence.objects.visible_to(self.adhesion).courantes())
            garde = Exists(filtre.qs.filter(pk=OuterRef("pk"))) if filtre.is_valid() else Value(False)
        if not self.filtres["qpv"]:
            return ExpressionWrapper(Q(garde), BooleanField())
        comptees = Comptage.objects.visible_to(self.adhesion).filter(
            epci=self.epci, millesime=self.millesime, niveau=Niveau.RESIDENCE, territoire=OuterRef("identifiant")
        )
        hors = self.filtres["qpv"] == HORS_QPV
        dans = comptees.exclude(qpv="") if hors else comptees.filter(qpv=self.filtres["qpv"])
        return ExpressionWrapper(Q(garde) & (~Exists(dans) if hors else Exists(dans)), BooleanField())

    def _montre(self, lieu: Lieu) -> bool:
        """The class and the change as shown: a masked place is never filtered in."""
        if self.filtres["classe"] and lieu.ici.classe != self.filtres["classe"]:
            return False
        return not (self.filtres["change"] and self.comparaison) or lieu.sens in (1, -1)

    def _dans_la_commune(self, lieu: Lieu) -> bool:
        return not self.filtres["commune"] or lieu.commune == self.filtres["commune"]

    @property
    def possibles(self) -> dict[str, list]:
        """Choices of the filters: what the residences of the territory hold, in alphabetical order; a QPV by the name
        of its latest version."""
        bailleurs = {lieu.bailleur: lieu.nom_bailleur for lieu in self.toutes}
        communes = {lieu.commune: lieu.nom_commune for lieu in self.toutes}
        de_la_ville = [un for un in self.perimetres if un.nature == Niveau.QPV]
        quartiers = {un.code: un.nom for un in sorted(de_la_ville, key=lambda un: un.version)}

        def trier(choix: dict[str, str]) -> list[tuple[str, str]]:
            return sorted(((c, n) for c, n in choix.items() if c), key=lambda paire: sans_accent(paire[1]))

        return {
            "bailleur": trier(bailleurs),
            "commune": trier(communes),
            "qpv": [(HORS_QPV, "Hors QPV"), *trier(quartiers)],
            "famille": sorted({lieu.famille for lieu in self.toutes if lieu.famille}),
        }


def contour_du_fond(demande: Demande) -> str:
    """Layer whose outlines are filled; empty where the map fills none."""
    aires = demande.aires
    return aires.couche if aires.lieux and (aires.niveau not in PERIMETRES or aires.version) else ""
