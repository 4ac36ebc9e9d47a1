"""The market side of « Parc et marché »: class of tension, and the figures of the territory brought from elsewhere."""

from dataclasses import dataclass

from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs_territoriaux as service
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export

ECHELLES = ((Niveau.EPCI.value, "le territoire"), (Niveau.COMMUNE.value, "les communes"), (Niveau.QPV.value, "les QPV"))
ECHELLES += ((Niveau.NPNRU.value, "les quartiers NPNRU"), (Niveau.SECTEUR.value, "les secteurs"))


@dataclass(frozen=True)
class Mesure:
    valeur: float
    unite: str

    @property
    def exporte(self) -> float:
        return self.valeur


def valeur(ligne):
    return SECRET if ligne.secret else Mesure(ligne.valeur, ligne.unite)


def compte(champ: str):
    return lambda ligne: SECRET if ligne.secret else getattr(ligne, champ)


def colonnes(reperes: dict) -> tuple[Colonne, ...]:
    """`reperes`: indicator → line of the whole territory, set beside a smaller place."""

    def du_territoire(ligne):
        repere = reperes.get(ligne.code)
        return valeur(repere) if repere else None

    return (
        Colonne("libelle", "Indicateur", lambda ligne: ligne.libelle),
        Colonne("theme", "Thème", lambda ligne: ligne.libelle_theme),
        Colonne("lieu", "Lieu", lambda ligne: ligne.nom or ligne.territoire),
        Colonne("annee", "Année", lambda ligne: ligne.annee, "annee"),
        Colonne("valeur", "Valeur", valeur, "mesure_unite", triable=False),
        *((Colonne("repere", "Territoire", du_territoire, "mesure_unite", triable=False),) if reperes else ()),
        Colonne("numerateur", "Comptés", compte("numerateur"), "nombre"),
        Colonne("denominateur", "Sur", compte("denominateur"), "nombre"),
        Colonne("source", "Source", lambda ligne: ligne.source),
        Colonne("depot", "Dépôt", lambda ligne: f"n° {ligne.depot}"),
    )


def choix(request, lues: list) -> dict:
    """Scale and place asked for, among those that have figures; what does not exist falls back on the first scale and
    on all its places."""
    presentes = {ligne.niveau for ligne in lues}
    echelles = [paire for paire in ECHELLES if paire[0] in presentes]
    demandee = request.GET.get("niveau", "")
    niveau = demandee if demandee in presentes else next((code for code, _ in echelles), Niveau.EPCI.value)
    noms = {ligne.territoire: ligne.nom or ligne.territoire for ligne in lues if ligne.niveau == niveau}
    lieu = request.GET.get("lieu", "")
    return {
        "echelles": echelles,
        "niveau": niveau,
        "lieux": sorted(noms.items(), key=lambda paire: paire[1]),
        "lieu": lieu if lieu in noms else "",
    }


@page()
def marche(request):
    """The latest figures of the places chosen, beside those of the territory; the class of tension of those scored."""
    selection = request.selection
    lues = service.derniers(service.lire(request.adhesion, epci=selection.epci), selection.annee)
    voulu = choix(request, lues)
    du_territoire = {ligne.code: ligne for ligne in lues if ligne.niveau == Niveau.EPCI}
    tableau = Tableau(
        request,
        "Indicateurs du marché et du parc privé",
        colonnes({} if voulu["niveau"] == Niveau.EPCI else du_territoire),
        [li for li in lues if li.niveau == voulu["niveau"] and voulu["lieu"] in ("", li.territoire)],
        nom_fichier=f"marche-{selection.annee}",
        precision=f"(dernière année connue jusqu'en {selection.annee})",
        vide="Aucun indicateur : l'EPCI les dépose par le fichier indicateurs_territoriaux (Dépôts, Modèles).",
    )
    nombre_classes, tensions = service.tensions(lues, selection.epci, selection.annee)
    contexte = voulu | {"tableau": tableau, "tensions": tensions, "nombre_classes": nombre_classes}
    return page_ou_export(request, "diagnostic/marche.html", contexte, tableau)
