from django.db import models

from diagnostic.models import Territoire
from partenaires.models import Organisation


class ObjectifQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """Objectives of the territories one may see; drafts stay with the EPCI, and a bailleur's own commitments are
        hidden from other bailleurs."""
        if not adhesion:
            return self.none()
        visibles = self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))
        if adhesion.nature != Organisation.Nature.EPCI:
            visibles = visibles.exclude(statut=Objectif.Statut.BROUILLON)
        if adhesion.nature == Organisation.Nature.BAILLEUR:
            return visibles.filter(bailleur__in=["", adhesion.siren])
        return visibles


class Objectif(models.Model):
    """An objective of the CIA as data (regles §3): scope × base event × predicate × sense × dated values.

    `predicat` nests {"et": [...]}, {"ou": [...]}, {"non": {...}} over {"champ", "op", "valeur"}; `perimetre` is
    {"type", "code"}. Legal objectives have `legal` set and one row a territory.
    """

    class Base(models.TextChoices):
        ATTRIBUTION = "attribution", "Attributions décidées (année de la décision)"
        BAIL = "bail", "Attributions suivies de baux signés (année du bail)"

    class Sens(models.TextChoices):
        MINIMUM = "minimum", "Au moins"
        MAXIMUM = "maximum", "Au plus"
        FOURCHETTE = "fourchette", "Entre"
        MAINTIEN = "maintien", "Maintien"
        CONVERGENCE = "convergence", "Convergence vers la moyenne"

    class Statut(models.TextChoices):
        BROUILLON = "brouillon", "Brouillon"
        PROPOSE = "propose", "Proposé"
        VALIDE = "valide", "Validé"
        ACTIF = "actif", "Actif"
        REVISE = "revise", "Révisé"
        CLOS = "clos", "Clos"

    code = models.SlugField("code", max_length=60)
    libelle = models.CharField("libellé", max_length=200)
    epci = models.CharField("territoire de CIL", max_length=9)
    legal = models.BooleanField("objectif légal", default=False)
    base = models.CharField("événement de base", max_length=12, choices=Base.choices)
    sens = models.CharField("sens", max_length=12, choices=Sens.choices)
    perimetre = models.JSONField("périmètre", default=dict)
    predicat = models.JSONField("prédicat", default=dict)
    bailleur = models.CharField("bailleur", max_length=9, blank=True, default="")
    reservataire = models.CharField("réservataire", max_length=60, blank=True, default="")
    statut = models.CharField("statut", max_length=10, choices=Statut.choices, default=Statut.VALIDE)
    ordre = models.SmallIntegerField("ordre d'affichage", default=100)
    source = models.CharField("texte ou convention", max_length=200, blank=True, default="")
    cree_le = models.DateTimeField("créé le", auto_now_add=True)

    objects = ObjectifQuerySet.as_manager()

    class Meta:
        verbose_name = "objectif"
        ordering = ["ordre", "code"]
        constraints = [
            models.UniqueConstraint(fields=["epci", "code", "bailleur", "reservataire"], name="objectif_unique")
        ]

    def __str__(self):
        return self.libelle


class Jalon(models.Model):
    """The value of an objective over a period; `valeur_max` for a range; none while the objective is only followed.

    Senses maintien and convergence: the reference is the year before the first milestone; a value recorded here wins.
    """

    objectif = models.ForeignKey(Objectif, models.CASCADE, related_name="jalons", verbose_name="objectif")
    debut = models.DateField("début")
    fin = models.DateField("fin (incluse)", null=True, blank=True)
    valeur = models.DecimalField("valeur", max_digits=7, decimal_places=6, null=True, blank=True)
    valeur_max = models.DecimalField("valeur haute", max_digits=7, decimal_places=6, null=True, blank=True)
    stricte = models.BooleanField("stricte", default=False)

    class Meta:
        verbose_name = "jalon"
        ordering = ["debut"]

    def __str__(self):
        return f"{self.objectif} : {self.valeur}"


class Applicabilite(models.Model):
    """What a territory says of a year: concerned or not by the two legal rates. Without a row, concerned for each
    year whose threshold is loaded (regles §0)."""

    epci = models.CharField("territoire de CIL", max_length=9)
    annee = models.SmallIntegerField("année")
    concerne = models.BooleanField("concerné")

    class Meta:
        verbose_name = "applicabilité des objectifs légaux"
        constraints = [models.UniqueConstraint(fields=["epci", "annee"], name="applicabilite_unique")]

    def __str__(self):
        return f"{self.epci} {self.annee} : {self.concerne}"
