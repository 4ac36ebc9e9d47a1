"""What every page shows: brand, navigation, territory and year kept from page to page, freshness, membership.

`request.selection` is what the reader looks at; it is set by `SelectionMiddleware`, like `request.adhesion`, so that
the views of every app read it without importing `suivi`. Nothing is queried before it is used.
"""

from datetime import date
from functools import cached_property

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery

from attributions.models import Atteinte, Objectif
from diagnostic.calculs.definitions import Population
from diagnostic.models import ProvenanceComptage, Territoire
from suivi.models import Calcul
from suivi.navigation import ADRESSES, SECTIONS, adresse_de, section_de
from suivi.services.fraicheur import Fraicheur, fraicheur

ANNEES_LISIBLES = range(2000, 2101)


class Selection:
    """The territory and the year that the reader looks at: those of the URL, else of the session, else the latest.

    `inconnu` is true when the URL asks for a territory that the reader may not know: pages answer 404.
    """

    def __init__(self, request):
        self.request = request

    @cached_property
    def territoires(self) -> list[Territoire]:
        """Those that one may look at, each with its last computation and its years, in one query."""
        if not self.request.adhesion:
            return []
        calcul = Calcul.objects.filter(epci=OuterRef("siren"), statut=Calcul.Statut.TERMINE).order_by("-fin")
        suivies = Atteinte.objects.filter(epci=OuterRef("siren")).order_by().values("annee").distinct()
        decidees = suivies.filter(objectif__base=Objectif.Base.ATTRIBUTION)
        # A year of leases alone describes neither stock nor occupation.
        decrites = ProvenanceComptage.objects.filter(epci=OuterRef("siren")).exclude(source=Population.ENTRANTS)
        decrites = decrites.order_by().values("millesime").distinct()
        visibles = list(
            Territoire.objects.visible_to(self.request.adhesion).annotate(
                calcule_le=Subquery(calcul.values("fin")[:1]),
                annees_suivies=ArraySubquery(suivies),
                annees_decidees=ArraySubquery(decidees),
                millesimes=ArraySubquery(decrites),
            )
        )
        self.request.adhesion.memoire["territoires"] = frozenset(territoire.siren for territoire in visibles)
        return visibles

    @cached_property
    def _par_siren(self) -> dict[str, Territoire]:
        return {territoire.siren: territoire for territoire in self.territoires}

    @property
    def demande(self) -> str:
        return self.request.GET.get("epci", "")

    @property
    def inconnu(self) -> bool:
        return bool(self.demande) and self.demande not in self._par_siren

    @cached_property
    def territoire(self) -> Territoire | None:
        if self.demande:
            return self._garder("epci", self._par_siren.get(self.demande))
        retenu = self._par_siren.get(self.request.session.get("epci", ""))
        return retenu or self._par_defaut()

    def _par_defaut(self) -> Territoire | None:
        """The territory computed last, else the first: a département has many without any data yet."""
        calcules = [territoire for territoire in self.territoires if territoire.calcule_le]
        return max(calcules, key=lambda t: t.calcule_le, default=next(iter(self.territoires), None))

    @property
    def epci(self) -> str:
        return self.territoire.siren if self.territoire else ""

    @cached_property
    def annees(self) -> list[int]:
        """Years with figures for this territory, latest first; the current year where there is none yet."""
        ici = self.territoire
        connues = {*ici.annees_suivies, *ici.millesimes} if ici else set()
        return sorted(connues, reverse=True) or [date.today().year]

    @cached_property
    def annee(self) -> int:
        demandee = self.request.GET.get("annee", "")
        if demandee.isascii() and demandee.isdigit() and int(demandee[:5]) in ANNEES_LISIBLES:
            return self._garder("annee", int(demandee))
        retenue = self.request.session.get("annee")
        return retenue if retenue in self.annees else self._annee_par_defaut()

    def _annee_par_defaut(self) -> int:
        """The latest year with decisions: the next one may hold no more than the leases that end them."""
        decidees = self.territoire.annees_decidees if self.territoire else []
        return max(decidees, default=self.annees[0])

    @cached_property
    def fraicheur(self) -> Fraicheur:
        return fraicheur(self.epci)

    @property
    def millesime(self) -> int:
        """The year of stock and occupation to show: the chosen one, else the latest described before it."""
        decrits = sorted(self.territoire.millesimes) if self.territoire else []
        if not decrits or self.annee in decrits:
            return self.annee
        return next((annee for annee in reversed(decrits) if annee < self.annee), decrits[0])

    def _garder(self, cle: str, valeur):
        """Remember a choice made by the URL of a page (a panel follows its page); write only what changes."""
        memoire = getattr(valeur, "siren", valeur)
        if memoire and not self.request.htmx and self.request.session.get(cle) != memoire:
            self.request.session[cle] = memoire
        return valeur


class SelectionMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.selection = Selection(request)
        return self.get_response(request)


class Cadre:
    """The frame around a page, each part read only when the template asks for it."""

    def __init__(self, request):
        self.request = request
        self.adhesion = getattr(request, "adhesion", None)
        self.selection = getattr(request, "selection", None)

    @cached_property
    def section(self):
        return section_de(self.request)

    @cached_property
    def sections(self):
        return [section for section in SECTIONS if section.visible_pour(self.adhesion)]

    @cached_property
    def adresses(self) -> dict[str, str | None]:
        return {nom: adresse_de(nom_url) for nom, nom_url in ADRESSES.items()}

    @cached_property
    def adhesions(self):
        """Other memberships of the same person."""
        if not self.adhesion:
            return []
        return [autre for autre in self.request.adhesions if autre.pk != self.adhesion.pk]


def plateforme(request):
    return {
        "PLATEFORME_NOM": settings.PLATEFORME_NOM,
        "PLATEFORME_LOGO": settings.PLATEFORME_LOGO,
        "plateforme": Cadre(request),
    }
