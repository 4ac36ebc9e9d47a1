"""Retention: what is kept how long, by kind of data, and the deletion of what is past it (docs/securite.md).

Figures already computed keep their counts; they would be lost at the next recomputation if the rows of a year still
open went. A year has no closing yet: rows whose year still bears figures are announced, not deleted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.apps import apps
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from partenaires.models import Depot, Parametre
from partenaires.services import stockage
from partenaires.services.conservation import dans
from partenaires.services.journal import noter

PREAVIS = timedelta(days=60)
LIGNES_PAR_LOT = 10_000


def annees_passees(champ: str) -> Callable[[QuerySet, date], QuerySet]:
    """Rows of a whole year: their date is its 31 December."""
    return lambda lignes, limite: lignes.filter(**{f"{champ}__lt": limite.year})


def dates_passees(*champs: str) -> Callable[[QuerySet, date], QuerySet]:
    """Rows whose latest known date is before the limit."""
    if len(champs) == 1:
        return lambda lignes, limite: lignes.filter(**{f"{champs[0]}__lt": limite})
    return lambda lignes, limite: lignes.annotate(dernier=Greatest(*champs)).filter(dernier__lt=limite)


@dataclass(frozen=True)
class Regle:
    """A kind of data. `parametre`: its period in months [P]. `chiffres`: (model, field) of the years that bear figures
    made from it, `annees`: the look-ups that give the years of a row."""

    libelle: str
    parametre: str
    modele: str
    passees: Callable[[QuerySet, date], QuerySet]
    chiffres: tuple[str, str] | None = None
    annees: tuple[str, ...] = ()

    @property
    def lignes(self) -> QuerySet:
        return apps.get_model(self.modele)._default_manager.order_by()


REGLES = (
    Regle(
        "ménages de l'enquête OPS",
        "conservation_ops",
        "diagnostic.MenageOps",
        annees_passees("annee"),
        ("diagnostic.Comptage", "millesime"),
        ("annee",),
    ),
    Regle(
        "radiations et attributions SNE",
        "conservation_sne",
        "attributions.RadiationSne",
        dates_passees("date_caleol", "date_bail", "date_radiation"),
        ("attributions.Atteinte", "annee"),
        ("date_caleol__year", "date_bail__year"),
    ),
    Regle(
        "demandes SNE",
        "conservation_demandes",
        "attributions.DemandeSne",
        annees_passees("millesime"),
        ("diagnostic.Comptage", "millesime"),
        ("millesime",),
    ),
    Regle(
        "ménages du premier quartile, tirés des demandes SNE",
        "conservation_demandes",
        "diagnostic.PopulationQ1",
        annees_passees("millesime"),
    ),
    Regle(
        "ménages relogés",
        "conservation_relogement",
        "relogement.MenageRelogement",
        dates_passees("date_bail"),
    ),
    Regle("jetons expirés", "conservation_jetons", "partenaires.Jeton", dates_passees("expire_le__date")),
    Regle("journal des accès", "conservation_journal", "partenaires.JournalAcces", dates_passees("quand__date")),
)


@dataclass(frozen=True)
class Constat:
    """What one rule finds: rows past their period, those among them held by an open year, those due within 60 days."""

    regle: Regle
    mois: int
    a_purger: int
    retenues: int
    a_venir: int


def il_y_a(mois: int, le: date) -> date:
    """The same day `mois` months earlier, the last of the month where that day does not exist."""
    return dans(-mois, le)


def retenues_par(regle: Regle) -> Q:
    """Rows in force whose year bears figures."""
    if regle.chiffres is None:
        return Q(pk__in=[])
    modele, champ = regle.chiffres
    ouvertes = list(apps.get_model(modele)._default_manager.order_by().values_list(champ, flat=True).distinct())
    portees = Q(pk__in=[])
    for annee in regle.annees:
        portees |= Q(**{f"{annee}__in": ouvertes})
    return Q(courant=True) & portees


def passees(regle: Regle, le: date) -> tuple[int, QuerySet]:
    mois = Parametre.objects.valeur(regle.parametre, le)
    return mois, regle.passees(regle.lignes, il_y_a(mois, le))


def constater(regle: Regle, le: date) -> Constat:
    mois, lignes = passees(regle, le)
    retenues = lignes.filter(retenues_par(regle)).count()
    bientot = regle.passees(regle.lignes, il_y_a(mois, le + PREAVIS)).count()
    toutes = lignes.count()
    return Constat(regle, mois, toutes - retenues, retenues, bientot - toutes)


def effacer(regle: Regle, le: date) -> int:
    """Delete by lots, each in its transaction: stopping in the middle leaves only whole lots to do."""
    lignes = passees(regle, le)[1].exclude(pk__in=regle.lignes.filter(retenues_par(regle)).values("pk"))
    effacees = 0
    while lot := list(lignes.values_list("pk", flat=True)[:LIGNES_PAR_LOT]):
        with transaction.atomic():
            regle.lignes.filter(pk__in=lot).delete()
        effacees += len(lot)
    return effacees


def fichiers_echus(le: date) -> QuerySet:
    """Deposits whose file has passed the date that was set when it was received."""
    return Depot.objects.filter(conserver_jusqu_au__lt=le, efface_le=None).exclude(etat__in=Depot.EN_COURS)


def effacer_fichiers(le: date) -> int:
    """The file first: stopping in the middle leaves rows that a second run finishes."""
    echus = list(fichiers_echus(le))
    for depot in echus:
        stockage.effacer(depot)
    effaces = Depot.objects.filter(pk__in=[depot.pk for depot in echus]).update(efface_le=timezone.now())
    if effaces:
        noter(None, "purge", f"fichiers déposés : {effaces} fichiers au-delà de leur durée")
    return effaces


def purger(le: date, simulation: bool = False) -> list[Constat]:
    """What each rule finds on that day; deleted unless `simulation`, and logged, the deposited files with them."""
    constats = [constater(regle, le) for regle in REGLES]
    if not simulation:
        effacer_fichiers(le)
        for constat in constats:
            if effacees := effacer(constat.regle, le):
                noter(None, "purge", f"{constat.regle.libelle} : {effacees} lignes de plus de {constat.mois} mois")
    return constats
