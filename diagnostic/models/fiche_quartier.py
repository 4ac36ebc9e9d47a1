from django.conf import settings
from django.db import models

from diagnostic.models.methode import DuTerritoireQuerySet
from diagnostic.models.situation import SituationQuartier


class FicheQuartier(models.Model):
    """Fiche prospective of a quartier and its trajectory (E1 §1.4, F7, F8): one row a version, never overwritten.

    `millesime`: the year of the figures that it was written on. `horizons`: code of Horizon → date (ISO), those known.
    `cibles`: [{"indicateur", "population", "sens", "valeur", "horizon"}]; `actions`: [{"libelle", "champ", "etat",
    "echeance"}]; `objectifs`: [{"residence", "indicateur", "sens", "valeur"}] on the allocations of a residence.
    `valeur` is a text, an exact decimal in the unit of the indicator (0.25 for 25 %); `sens` one of `trajectoire.Sens`.
    """

    class Moment(models.TextChoices):
        PROGRAMMATION = "programmation", "Programmation d'ensemble"
        INTERVENTIONS = "interventions", "Définition des interventions"
        AVANCEMENT = "avancement", "Avancement du projet"
        EVALUATION = "evaluation", "Évaluation"

    class Trajectoire(models.TextChoices):
        T1 = "T1", "Quartier où la précarisation sociale se stabilise"
        T2 = "T2", "Quartier où la précarisation sociale se réduit"
        T3 = "T3", "Quartier qui se diversifie socialement"
        T4 = "T4", "Quartier qui se banalise"

    class Depart(models.TextChoices):
        CONFIRMER = "confirmer", "Quartier où l'on confirme des opérations antérieures"
        INITIER = "initier", "Quartier où l'on initie une action"

    class Horizon(models.TextChoices):
        EFFET_PNRU = "effet_pnru", "Effet du PNRU"
        FIN_NPNRU = "fin_npnru", "À l'issue du NPNRU"
        REVOYURE = "revoyure", "Clause de revoyure"
        APRES = "apres", "Après le NPNRU"

    class Champ(models.TextChoices):
        OFFRE = "offre", "Offre"
        DEMANDE = "demande", "Gestion de la demande et commercialisation"
        ATTRIBUTIONS = "attributions", "Pratiques d'attribution"
        AMENAGEMENT = "amenagement", "Aménagement"

    class Etat(models.TextChoices):
        PROGRAMMEE = "programmee", "Programmée"
        ENVISAGEE = "envisagee", "Envisagée"

    TEXTE_MAX = 4000

    epci = models.CharField("territoire de CIL", max_length=9)
    nature = models.CharField("nature", max_length=10, choices=SituationQuartier.Nature.choices)
    code = models.CharField("code du périmètre", max_length=30)
    numero = models.SmallIntegerField("numéro de version")
    millesime = models.SmallIntegerField("millésime des chiffres")
    moment = models.CharField("moment", max_length=15, choices=Moment.choices)
    trajectoire = models.CharField("trajectoire", max_length=2, choices=Trajectoire.choices, blank=True, default="")
    depart = models.CharField("situation de départ", max_length=10, choices=Depart.choices, blank=True, default="")
    vocation = models.CharField("vocation résidentielle", max_length=TEXTE_MAX, blank=True, default="")
    diagnostic = models.CharField("diagnostic", max_length=TEXTE_MAX, blank=True, default="")
    logements_renouveles = models.IntegerField("logements concernés par le renouvellement", null=True, blank=True)
    horizons = models.JSONField("horizons", default=dict, blank=True)
    cibles = models.JSONField("cibles", default=list, blank=True)
    actions = models.JSONField("actions", default=list, blank=True)
    objectifs = models.JSONField("objectifs par résidence", default=list, blank=True)
    auteur = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="auteur"
    )
    ecrite_le = models.DateTimeField("écrite le", auto_now_add=True)

    objects = DuTerritoireQuerySet.as_manager()

    class Meta:
        verbose_name = "fiche prospective de quartier"
        ordering = ["epci", "nature", "code", "-numero"]
        constraints = [
            models.UniqueConstraint(fields=["epci", "nature", "code", "numero"], name="fiche_quartier_unique")
        ]

    def __str__(self):
        return f"{self.nature} {self.code} (version {self.numero})"


class PointZero(models.Model):
    """The year from which the convergence of a place on its territory is followed (E2 T35: « 2e point 0 »). Set again,
    it is a new row: the latest holds, the former ones say what they were."""

    RAISON_MAX = 500

    epci = models.CharField("territoire de CIL", max_length=9)
    niveau = models.CharField("niveau", max_length=10)
    code = models.CharField("code du lieu", max_length=30)
    millesime = models.SmallIntegerField("millésime de départ")
    raison = models.CharField("raison", max_length=RAISON_MAX)
    pose_le = models.DateTimeField("posé le", auto_now_add=True)
    auteur = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="auteur"
    )

    objects = DuTerritoireQuerySet.as_manager()

    class Meta:
        verbose_name = "point zéro"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["epci", "niveau", "code", "-id"], name="point_zero_dernier")]

    def __str__(self):
        return f"{self.niveau} {self.code} : {self.millesime}"
