"""Thresholds of the territory, and what they change: declared quartiles beside recomputed ones, decisions and leases
on either side of a change of perimeters."""

from attributions.models import SeuilQuartile
from attributions.services.changements import changements
from attributions.services.quartiles import ecarts
from diagnostic.views.noms import Noms
from diagnostic.views.page import page
from diagnostic.views.tableau import Colonne, Tableau, page_ou_export

QUARTILES = {None: "non déclaré", 0: "inconnu", 1: "Q1", 2: "Q2", 3: "Q3", 4: "Q4", 24: "Q2 à Q4"}
COLONNES_SEUILS = (
    Colonne("annee", "Année", lambda seuil: seuil.annee, "annee"),
    Colonne("s1", "Seuil Q1 (par UC et par an)", lambda seuil: seuil.s1, "euros"),
    Colonne("s2", "Seuil Q2", lambda seuil: seuil.s2, "euros"),
    Colonne("s3", "Seuil Q3", lambda seuil: seuil.s3, "euros"),
    Colonne("source", "Source", lambda seuil: seuil.source),
    Colonne("depot", "Dépôt", lambda seuil: f"n° {seuil.depot_id}"),
)
COLONNES_ECARTS = (
    Colonne("annee", "Année", lambda e: e.annee or None, "annee"),
    Colonne("declare", "Déclaré par le SNE", lambda e: QUARTILES.get(e.declare, e.declare)),
    Colonne("recalcule", "Recalculé", lambda e: QUARTILES.get(e.recalcule, e.recalcule)),
    Colonne("nombre", "Attributions", lambda e: e.nombre, "nombre"),
    Colonne("different", "Écart", lambda e: "différent" if e.different else "concordant"),
)


@page()
def seuils(request):
    selection = request.selection
    tableau = Tableau(
        request,
        "Seuils de quartile du territoire",
        COLONNES_SEUILS,
        list(SeuilQuartile.objects.visible_to(request.adhesion).courantes().filter(epci=selection.epci)),
        vide="Aucun seuil chargé : l'administrateur de la plateforme charge l'arrêté annuel (type seuils).",
        tri_defaut="-annee",
        prefixe="seuils_",
        nom_fichier=f"seuils-{selection.epci}",
    )
    exportables = [tableau]
    contexte = {"seuils": tableau, "rangs": request.adhesion.nature in ("epci", "ddt", "bailleur")}
    if contexte["rangs"]:
        contexte |= qualite(request, exportables)
    return page_ou_export(request, "attributions/seuils.html", contexte, *exportables)


def qualite(request, exportables: list[Tableau]) -> dict:
    """The two quality lists, over the allocations that the reader may see; adds them to the exportable tables."""
    lus = ecarts(request.adhesion, request.selection.epci)
    traverses = changements(request.adhesion, request.selection.epci)
    lignes = [(a, "compte dans les deux") for a in traverses.dans_les_deux]
    lignes += [(a, "ne compte dans aucun") for a in traverses.dans_aucun]
    noms = Noms(request.adhesion)
    quartiles = Tableau(
        request,
        "Quartiles déclarés et recalculés",
        COLONNES_ECARTS,
        lus,
        vide="Aucune attribution à comparer : elles viennent des extraits du SNE.",
        tri_defaut="-annee",
        prefixe="ecarts_",
        nom_fichier="ecarts-de-quartile",
    )
    passages = Tableau(
        request,
        "De part et d'autre d'un changement de périmètre",
        colonnes_changements(noms),
        lignes,
        vide="Aucune attribution n'a changé de côté entre sa décision et son bail.",
        tri_defaut="decision",
        prefixe="changements_",
        nom_fichier="changements-de-perimetre",
    )
    exportables += [quartiles, passages]
    return {
        "quartiles": quartiles,
        "passages": passages,
        "differents": sum(e.nombre for e in lus if e.different),
        "compares": sum(e.nombre for e in lus if e.declare is not None),
    }


def colonnes_changements(noms: Noms) -> tuple[Colonne, ...]:
    return (
        Colonne("bailleur", "Bailleur", lambda paire: noms.organisation(paire[0].bailleur)),
        Colonne("decision", "Décision", lambda paire: paire[0].date_caleol, "date"),
        Colonne("qpv_decision", "QPV à la décision", lambda paire: lieu(paire[0], "decision")),
        Colonne("bail", "Bail", lambda paire: paire[0].date_bail, "date"),
        Colonne("qpv_bail", "QPV au bail", lambda paire: lieu(paire[0], "bail")),
        Colonne("effet", "Objectifs légaux", lambda paire: paire[1]),
    )


def lieu(attribution, moment: str) -> str:
    version = getattr(attribution, f"version_{moment}")
    code = getattr(attribution, f"qpv_{moment}") or (
        "en QPV" if getattr(attribution, f"en_qpv_{moment}") else "hors QPV"
    )
    return f"{code} (version {version})" if version else code
