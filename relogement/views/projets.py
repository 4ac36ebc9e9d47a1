from dataclasses import dataclass
from datetime import date

from django.http import Http404
from django.shortcuts import render
from django.utils.dateparse import parse_date

from diagnostic.views.page import page
from relogement.models import CibleRelogement, MenageRelogement
from relogement.services.revue import Inconnu
from relogement.services.revue import revue as lire_revue

CRITERES = dict(CibleRelogement.Critere.choices)
ETATS = dict(MenageRelogement.Etat.choices)


@dataclass(frozen=True)
class Verdict:
    """One criterion as the page shows it: its label, its figures, on which side of its target it stands."""

    code: str
    libelle: str
    compte: object

    @property
    def etat(self) -> dict | None:
        if self.compte.secret or self.compte.ecart is None:
            return None
        if self.compte.ecart >= 0:
            return {"classe": "atteint", "forme": "✓", "mot": "cible tenue"}
        return {"classe": "manque", "forme": "✕", "mot": "sous la cible"}

    @property
    def barre(self) -> dict | None:
        """Places on a bar from 0 to 100 %."""
        if self.compte.secret or self.compte.taux is None:
            return None
        cible = None if self.compte.cible is None else self.compte.cible * 100
        trait = None if cible is None else min(cible, 99.4)
        return {"fait": self.compte.taux * 100, "cible": cible, "plage": None, "trait": trait, "texte": self.libelle}


def verdicts(bilan) -> list[Verdict]:
    return [Verdict(code, libelle, bilan.criteres[code]) for code, libelle in CRITERES.items()]


def date_demandee(request) -> date:
    """`?date=AAAA-MM-JJ`; unreadable or absent: today."""
    try:
        return parse_date(request.GET.get("date", "")) or date.today()
    except ValueError:
        return date.today()


@page()
def projets(request):
    """The projects of the territory, each with its four criteria where the reader may see them."""
    try:
        revue = lire_revue(request.adhesion, epci=request.selection.epci, le=date_demandee(request))
    except Inconnu:
        return render(request, "relogement/projets.html", {"lignes": [], "criteres": CRITERES})
    bilans = {projet.pk: verdicts(bilan) for projet, bilan in revue.projets}
    lignes = [(projet, bilans.get(projet.pk)) for projet in revue.couverts]
    contexte = {"lignes": lignes, "revue": revue, "ensemble": verdicts(revue.ensemble), "criteres": CRITERES}
    return render(request, "relogement/projets.html", contexte)


@page()
def revue(request, pk):
    """The review of one project at a date, on the whole or for one operation: the DDT's page."""
    try:
        lue = lire_revue(
            request.adhesion, projet=pk, operation=request.GET.get("operation") or None, le=date_demandee(request)
        )
    except Inconnu as inconnu:
        raise Http404 from inconnu
    contexte = {
        "revue": lue,
        "verdicts": verdicts(lue.ensemble),
        "etats": [(ETATS[code], nombre) for code, nombre in lue.ensemble.etats.items()],
        "operations": lue.projet.operations.all() if lue.operation else [o for o, _ in lue.operations],
        "par_operation": [(operation, bilan, verdicts(bilan)) for operation, bilan in lue.operations],
        "criteres": CRITERES,
        "provenance": provenance(lue),
    }
    return render(request, "relogement/revue.html", contexte)


def provenance(lue) -> list[tuple[str, str]]:
    effort, annees = f"{float(lue.regles.effort_max) * 100:g} %", lue.regles.neuf_annees
    depots = ", ".join(f"n° {numero}" for numero in lue.depots) or "aucun"
    return [
        ("Source", "fichier des relogements de l'EPCI"),
        ("Arrêté au", f"{lue.le:%d/%m/%Y}"),
        (
            "Base",
            "ménages dont le bail est signé à cette date, sans les départs volontaires ni les relogés provisoires",
        ),
        ("Reste à charge", f"maîtrisé s'il n'augmente pas, ou si le taux d'effort net ne dépasse pas {effort}"),
        ("Neuf", f"bail signé moins de {annees} ans après la première location (strictement)"),
        ("Hors QPV, hors quartier", "point de la résidence d'arrivée, périmètre en vigueur au jour du bail"),
        ("Dépôts", depots),
    ]
