from dataclasses import dataclass

from django.shortcuts import render

from diagnostic.calculs.definitions import PAR_CODE
from diagnostic.models import ReferenceMethode
from diagnostic.services import indices
from diagnostic.views.classes import Classe
from diagnostic.views.page import page

POPULATIONS = {
    "ensemble": "tous les locataires",
    "recents": "emménagés récents",
    "entrants": "entrants de l'année",
    "demandeurs": "demandeurs",
}


@dataclass(frozen=True)
class Composante:
    libelle: str
    population: str
    poids: float
    source: str


def composantes(methode) -> list[Composante]:
    return [
        Composante(
            PAR_CODE[c["code"]].libelle, POPULATIONS[c["population"]], c["poids"], PAR_CODE[c["code"]].source.upper()
        )
        for c in methode.composantes
    ]


def classes(methode) -> list[tuple[Classe, str]]:
    """Each class with its half-open interval in words."""
    nombre = len(methode.classes)
    return [(Classe(c["libelle"], rang, nombre), intervalle(c)) for rang, c in enumerate(methode.classes)]


def intervalle(classe: dict) -> str:
    bas, haut = (
        str(classe[borne]).replace(".", ",") if classe[borne] is not None else None for borne in ("min", "max")
    )
    if bas is None:
        return f"moins de {haut}"
    return f"de {bas} à moins de {haut}" if haut is not None else f"{bas} et plus"


def choisie(request):
    """The method asked for by `?methode=`, else the first in service; None where there is none."""
    en_service = list(indices.methodes(request.adhesion))
    demandee = request.GET.get("methode", "")
    retenue = next((m for m in en_service if m.code == demandee), next(iter(en_service), None))
    return retenue, en_service


@page()
def methodes(request):
    """The index methods as data: components, weights, bounds, source, and what the platform set by itself."""
    epci = request.selection.epci
    fixees = ReferenceMethode.objects.visible_to(request.adhesion).filter(epci=epci)
    references = dict(fixees.values_list("methode_id", "millesime"))
    lignes = [
        (methode, composantes(methode), classes(methode), references.get(methode.pk))
        for methode in indices.methodes(request.adhesion)
    ]
    return render(request, "diagnostic/methodes.html", {"lignes": lignes})
