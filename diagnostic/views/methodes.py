from dataclasses import dataclass

from django.shortcuts import render

from diagnostic.calculs import indices_regle as ir
from diagnostic.calculs.indicateur import LIBELLES_POPULATIONS as POPULATIONS
from diagnostic.calculs.indices_quartier import RegleQuartier
from diagnostic.models import Methode, ReferenceMethode
from diagnostic.services import indices
from diagnostic.services.calcul_indices import regle_de
from diagnostic.services.methodes import peut_regler
from diagnostic.views.classes import Classe
from diagnostic.views.page import page

CALCULS = {
    ir.Normalisation.RAPPORT: "moyenne pondérée des rapports entre le taux du lieu et celui de la référence",
    ir.Normalisation.TAUX: "moyenne pondérée des taux du lieu",
    ir.Normalisation.RANG: "moyenne pondérée des rangs du lieu parmi ceux de même échelle (part de ceux dont le taux "
    "est plus bas, les ex æquo pour moitié)",
    ir.Normalisation.Z: "moyenne pondérée des écarts à la moyenne des lieux de même échelle, en écarts-types",
    ir.Normalisation.POINTS: "moyenne pondérée des points donnés par les paliers de chaque composante",
}


@dataclass(frozen=True)
class AxeLu:
    """An axis in words. `composantes`: each with its weight; `classes`: each with its half-open interval."""

    nom: str
    calcul: str
    reference: str
    composantes: list[tuple[ir.Composante, str]]
    classes: list[tuple[Classe, str]]


@dataclass(frozen=True)
class MethodeLue:
    """A method in words: its axes, then, where they are crossed, the class of each pair of classes."""

    methode: Methode
    axes: list[AxeLu]
    croisement: ir.Croisement | None
    table: list[tuple[str, list[Classe]]]

    @property
    def premier(self) -> AxeLu:
        return self.axes[0]

    @property
    def colonnes(self) -> list[str]:
        return [classe.libelle for classe, _ in self._axe(1).classes]

    @property
    def croises(self) -> list[str]:
        return [self._axe(rang).nom for rang in (0, 1)]

    @property
    def aggravation(self) -> str:
        if not self.croisement or not self.croisement.aggravation:
            return ""
        noms = {axe["code"]: axe["nom"] for axe in self.methode.axes}
        regle = self.croisement.aggravation
        haut, bas = noms[regle.axe], noms[regle.sur]
        return f"une classe de plus quand « {haut} » dépasse « {bas} » de {nombre(regle.ecart)} ou plus"

    @property
    def quartiers(self) -> list[str]:
        """The rules of quartiers in words, in order."""
        return [en_mots(regle) for regle in regle_de(self.methode).quartiers]

    def _axe(self, rang: int) -> AxeLu:
        codes = [axe["code"] for axe in self.methode.axes]
        return self.axes[codes.index(self.croisement.axes[rang])]


def en_mots(regle: RegleQuartier) -> str:
    conditions = [
        f"classe {' ou '.join(f'« {classe} »' for classe in sorted(regle.classes))}" if regle.classes else "",
        {True: "en QPV", False: "hors QPV"}.get(regle.qpv, ""),
        f"équipements de niveau {ou(regle.equipements)}" if regle.equipements else "",
        f"desserte de niveau {ou(regle.desserte)}" if regle.desserte else "",
    ]
    return f"{regle.libelle} : {', '.join(c for c in conditions if c) or 'tous les autres'}"


def ou(degres) -> str:
    return " ou ".join(str(degre) for degre in sorted(degres))


def nombre(exact) -> str:
    return f"{float(exact):.10g}".replace(".", ",")


def lire_methode(methode: Methode, annee_fixee: int | None) -> MethodeLue:
    regle = regle_de(methode)
    axes = [
        AxeLu(
            axe.nom,
            (f"{axe.base} × " if axe.base != 1 else "") + CALCULS[axe.normalisation],
            reference(axe, annee_fixee),
            [(composante, nombre(composante.poids)) for composante in axe.composantes],
            classes_d_axe(brut),
        )
        for axe, brut in zip(regle.axes, methode.axes)
    ]
    return MethodeLue(methode, axes, regle.croisement, table(regle))


def reference(axe: ir.Axe, annee_fixee: int | None) -> str:
    if axe.normalisation != ir.Normalisation.RAPPORT:
        return "aucune : le taux n'est rapporté à aucun autre"
    if axe.reference == ir.Reference.MILLESIME:
        return "le territoire, au même millésime"
    if axe.reference == ir.Reference.FAMILLE:
        return "les résidences de la même famille de patrimoine, au même millésime"
    if annee_fixee:
        return f"le territoire en {annee_fixee}, année fixée au premier calcul"
    return "le territoire, à l'année du premier calcul (pas encore fixée)"


def table(regle: ir.Regle) -> list[tuple[str, list[Classe]]]:
    """One line a class of the first crossed axis."""
    if regle.croisement is None:
        return []
    premier = next(axe for axe in regle.axes if axe.code == regle.croisement.axes[0])
    nombre_classes = len(regle.classes)
    return [
        (libelle, [Classe(regle.classes[rang], rang, nombre_classes) for rang in ligne])
        for libelle, ligne in zip(premier.classes, regle.croisement.table)
    ]


def classes(methode: Methode) -> list[tuple[Classe, str]]:
    """Each class of the method with its interval in words; crossed classes have none."""
    if not methode.croisement:
        return classes_d_axe(methode.axes[0])
    total = len(methode.libelles)
    return [(Classe(libelle, rang, total), "") for rang, libelle in enumerate(methode.libelles)]


def classes_d_axe(axe: dict) -> list[tuple[Classe, str]]:
    total = len(axe["classes"])
    return [(Classe(c["libelle"], rang, total), intervalle(c)) for rang, c in enumerate(axe["classes"])]


def intervalle(classe: dict) -> str:
    """Half-open, with its bounds as they are written; nothing for a class alone."""
    bas, haut = (str(classe[borne] or "").replace(".", ",") for borne in ("min", "max"))
    if not bas:
        return f"moins de {haut}" if haut else ""
    return f"de {bas} à moins de {haut}" if haut else f"{bas} et plus"


def choisie(request):
    """The method asked for by `?methode=`, else that of the territory, and those in service there; None where there is
    none."""
    epci = request.selection.epci
    en_service = list(indices.methodes(request.adhesion).du_territoire(epci))
    demandee = request.GET.get("methode", "")
    retenue = next((m for m in en_service if m.code == demandee), None)
    return retenue or indices.methode_par_defaut(en_service), en_service


@page()
def methodes(request):
    """The index methods as data: components, weights, bounds, source, and what the platform set by itself."""
    epci = request.selection.epci
    fixees = ReferenceMethode.objects.visible_to(request.adhesion).filter(epci=epci)
    references = dict(fixees.values_list("methode_id", "millesime"))
    visibles = list(Methode.objects.visible_to(request.adhesion).du_territoire(epci))
    en_service = [methode for methode in visibles if methode.statut == Methode.Statut.ADOPTEE]
    contexte = {
        "lues": [lire_methode(methode, references.get(methode.pk)) for methode in en_service],
        "populations": POPULATIONS,
        "redige": peut_regler(request.adhesion, epci),
        "principale": indices.methode_par_defaut(en_service),
        "brouillons": [methode for methode in visibles if methode.est_brouillon],
        "retirees": [m for m in visibles if m.statut == Methode.Statut.RETIREE and m.epci],
    }
    return render(request, "diagnostic/methodes.html", contexte)
