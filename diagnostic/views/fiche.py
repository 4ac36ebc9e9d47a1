"""The sheet of one residence: who and where, its stock, its index and what makes it, its indicators beside those of
the territory."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery
from django.http import Http404

from diagnostic.calculs.definitions import PAR_CODE
from diagnostic.models import Methode, Residence
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs, indices
from diagnostic.services.calcul_indices import regle_de
from diagnostic.services.mesures import EN_PART
from diagnostic.views.classes import Classe
from diagnostic.views.indicateurs import provenance_source
from diagnostic.views.methodes import POPULATIONS
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export
from partenaires.models import Organisation

ALERTES = {
    "composante_peu_de_repondants": "moins de 11 dans la population de cette composante : elle est absente",
    "composante_manquante": "composante sans donnée : absente, poids des autres renormalisés",
    "repondants_insuffisants": "moins de 11 répondants : pas de valeur",
    "aucune_composante": "aucune composante n'a de donnée : pas de valeur",
    "axe_sans_valeur": "un axe n'a pas de valeur, et l'autre ne suffit pas à donner la classe",
    "classe_aggravee": "une classe de plus : les emménagés récents sont plus fragiles que l'ensemble des locataires",
    "aggravation_inconnue": "trop peu d'emménagés récents pour dire s'ils sont plus fragiles que les autres locataires",
    "sans_famille": "cette méthode compare dans une famille de patrimoine : elle ne vaut que pour une résidence",
    "famille_inconnue": "famille de patrimoine inconnue : pas de valeur ; renseignez FAMILLE au fichier des résidences",
    "famille_deduite": "famille de patrimoine déduite du type de construction des logements et du QPV",
    "perimetre_anterieur": "version des QPV antérieure, à défaut de celle en vigueur",
}


@dataclass(frozen=True)
class Comparaison:
    """One indicator of the residence, beside the territory's and its own the year before."""

    ici: object
    territoire: object | None
    avant: object | None

    @property
    def libelle(self) -> str:
        recents = self.ici.population != "ensemble"
        return self.ici.libelle + (f" ({POPULATIONS[self.ici.population]})" if recents else "")


def taux(ligne):
    if ligne is None:
        return None
    return SECRET if ligne.secret else ligne.taux


def ecart(comparaison: Comparaison):
    ici, la = taux(comparaison.ici), taux(comparaison.territoire)
    if ici is SECRET or la is SECRET:
        return SECRET
    return None if ici is None or la is None or comparaison.ici.unite not in EN_PART else ici - la


def en_unite(acces):
    """The value with its unit: one column holds rates, averages and rents."""
    return lambda comparaison: Mesure.de(acces(comparaison), comparaison.ici.unite)


@dataclass(frozen=True, order=True)
class Mesure:
    valeur: float
    unite: str

    @classmethod
    def de(cls, valeur, unite):
        return valeur if valeur is None or valeur is SECRET else cls(valeur, unite)

    @property
    def exporte(self) -> float:
        return self.valeur


COLONNES = (
    Colonne("libelle", "Indicateur", lambda c: c.libelle),
    Colonne("taux", "Résidence", en_unite(lambda c: taux(c.ici)), "mesure_unite", triable=False),
    Colonne("territoire", "Territoire", en_unite(lambda c: taux(c.territoire)), "mesure_unite", triable=False),
    Colonne("ecart", "Écart", ecart, "points"),
    Colonne("avant", "Résidence, année précédente", en_unite(lambda c: taux(c.avant)), "mesure_unite", triable=False),
    Colonne("comptes", "Comptés", lambda c: SECRET if c.ici.secret else c.ici.numerateur, "nombre"),
    Colonne("sur", "Sur", lambda c: SECRET if c.ici.secret else c.ici.denominateur, "nombre"),
    Colonne("source", "Source", lambda c: c.ici.source.upper()),
)


def residence_visible(request, identifiant: str) -> Residence:
    nom = Organisation.objects.filter(siren=OuterRef("bailleur")).values("nom")[:1]
    visibles = Residence.objects.visible_to(request.adhesion).courantes().filter(identifiant=identifiant)
    trouvee = visibles.select_related("commune").defer("commune__contour").annotate(nom_bailleur=Subquery(nom)).first()
    if trouvee is None:
        raise Http404
    return trouvee


def comparaisons(request, residence: Residence, epci: str, millesime: int) -> list[Comparaison]:
    lues = indicateurs.lire(
        request.adhesion,
        epci=epci,
        niveau=(Niveau.RESIDENCE, Niveau.EPCI),
        territoire=(residence.identifiant, epci),
    )
    par_cle = {(ligne.niveau, ligne.code, ligne.population, ligne.millesime): ligne for ligne in lues}

    def chercher(niveau, ligne, annee):
        return par_cle.get((niveau, ligne.code, ligne.population, annee))

    return [
        Comparaison(
            ligne,
            chercher(Niveau.EPCI, ligne, millesime),
            chercher(Niveau.RESIDENCE, ligne, millesime - 1),
        )
        for (niveau, _, _, annee), ligne in par_cle.items()
        if niveau == Niveau.RESIDENCE and annee == millesime
    ]


def libelle_de(contribution) -> str:
    ailleurs = "" if contribution.population == "ensemble" else f", {POPULATIONS[contribution.population]}"
    return PAR_CODE[contribution.code].libelle + ailleurs


@dataclass(frozen=True)
class SuiteIndice:
    """One method on the residence: this year's line, its class, the contributions, the values of every year."""

    ligne: object
    points: list[tuple[int, float | None]]

    @property
    def methode(self) -> Methode:
        return self.ligne.definition

    @property
    def classe(self) -> Classe:
        return Classe(self.ligne.classe or "sans valeur", self.ligne.rang, len(self.methode.libelles))

    @property
    def croisee(self) -> bool:
        return self.methode.croisement is not None

    @property
    def repere(self) -> int | None:
        """Value of the reference itself, where the index is a ratio to it."""
        axe = self.methode.axes[0]
        return axe["base"] if axe["normalisation"] == "rapport" else None

    @property
    def axes(self) -> list[tuple[object, Classe, list[tuple[str, float | None]]]]:
        """Each axis with its class and the contributions of its components, those of weight 0 apart."""
        return [
            (
                axe,
                Classe(axe.classe or "sans valeur", axe.rang, len(self.methode.axes[rang]["classes"])),
                [
                    (libelle_de(c), c.contribution)
                    for c, composante in zip(axe.contributions, regle_de(self.methode).axes[rang].composantes)
                    if composante.poids
                ],
            )
            for rang, axe in enumerate(self.ligne.axes)
        ]

    @property
    def a_une_suite(self) -> bool:
        """At least two years with a value to draw."""
        return sum(valeur is not None for _, valeur in self.points) > 1

    @property
    def alertes(self) -> list[str]:
        return [ALERTES.get(alerte, alerte.replace("_", " ")) for alerte in self.ligne.alertes]


def indices_de(request, residence: Residence, millesime: int) -> list[SuiteIndice]:
    par_methode = defaultdict(dict)
    place = {"niveau": Niveau.RESIDENCE, "territoire": residence.identifiant, "epci": residence.commune.territoire_id}
    for ligne in indices.lire(request.adhesion, **place, nommees=False):
        par_methode[ligne.definition.pk][ligne.millesime] = ligne
    return [
        SuiteIndice(lignes[millesime], [(annee, lignes[annee].valeur) for annee in sorted(lignes)])
        for lignes in par_methode.values()
        if millesime in lignes
    ]


@page("epci", "ddt", "bailleur")
def fiche(request, identifiant):
    """One residence; unknown or another's: 404."""
    residence = residence_visible(request, identifiant)
    epci, millesime = residence.commune.territoire_id, request.selection.millesime
    tableau = Tableau(
        request,
        "Indicateurs de la résidence et du territoire",
        COLONNES,
        comparaisons(request, residence, epci, millesime),
        vide="Aucun indicateur cette année : l'OPS, l'état locatif ou le RPLS de la résidence n'est pas encore déposé.",
        nom_fichier=f"residence-{residence.code}-{millesime}",
        taille_defaut=100,
        precision=f"(millésime {millesime})",
    )
    provenances = indicateurs.provenances(request.adhesion, epci, millesime)
    contexte = {
        "residence": residence,
        "millesime": millesime,
        "indices": indices_de(request, residence, millesime),
        "tableau": tableau,
        "provenance": [ligne for p in provenances for ligne in provenance_source(p)],
    }
    return page_ou_export(request, "diagnostic/residence.html", contexte, tableau)
