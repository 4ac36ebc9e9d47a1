from django.contrib.postgres.fields import ArrayField
from django.db import models

from attributions.models.objectif import Objectif
from diagnostic.models import Territoire
from partenaires.models import Organisation


class AtteinteQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """Rows of the territories one may see; a bailleur sees its own rows and those that name no bailleur."""
        if not adhesion:
            return self.none()
        visibles = self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))
        if adhesion.nature == Organisation.Nature.BAILLEUR:
            return visibles.filter(bailleur__in=["", adhesion.siren])
        if adhesion.nature in (Organisation.Nature.EPCI, Organisation.Nature.DDT):
            return visibles
        return visibles.filter(bailleur="")

    def visibles_en_memoire(self, adhesion, atteintes):
        """`visible_to` for lines of objectives already scoped, worked out on the fly and not stored."""
        if not adhesion:
            return []
        if adhesion.nature == Organisation.Nature.BAILLEUR:
            return [a for a in atteintes if a.bailleur in ("", adhesion.siren)]
        if adhesion.nature in (Organisation.Nature.EPCI, Organisation.Nature.DDT):
            return list(atteintes)
        return [a for a in atteintes if not a.bailleur]


class Atteinte(models.Model):
    """Counts of one objective for one year and one cell of an axis, as of `au`. Rates are computed when shown."""

    class Axe(models.TextChoices):
        TOTAL = "total", "Territoire"
        BAILLEUR = "bailleur", "Par bailleur"
        QPV = "qpv", "Par QPV"
        RESERVATAIRE = "reservataire", "Par réservataire"
        CROISEMENT = "croisement", "Croisement"

    objectif = models.ForeignKey(Objectif, models.CASCADE, related_name="atteintes", verbose_name="objectif")
    epci = models.CharField("territoire de CIL", max_length=9)
    annee = models.SmallIntegerField("année")
    axe = models.CharField("axe", max_length=12, choices=Axe.choices)
    bailleur = models.CharField("bailleur", max_length=9, blank=True, default="")
    qpv = models.CharField("QPV", max_length=30, blank=True, default="")
    reservataire = models.CharField("réservataire", max_length=60, blank=True, default="")
    numerateur = models.IntegerField("numérateur")
    denominateur = models.IntegerField("dénominateur")
    inconnus = models.IntegerField("inconnus")
    base_au_jour = models.IntegerField("base atteinte au même jour de l'année", default=0)
    quartiles = ArrayField(models.IntegerField(), default=list, verbose_name="base par quartile (1, 2, 3, 4, 2 à 4)")
    par_mois = ArrayField(models.IntegerField(), default=list, verbose_name="numérateur par mois")
    base_par_mois = ArrayField(models.IntegerField(), default=list, verbose_name="base par mois")
    par_bailleur_max = models.IntegerField("base du premier bailleur", default=0)
    premier_bailleur = models.CharField("premier bailleur", max_length=9, blank=True, default="")
    alertes = ArrayField(models.CharField(max_length=60), default=list, verbose_name="alertes")
    au = models.DateField("arrêté au")
    calcule_le = models.DateTimeField("calculé le")

    objects = AtteinteQuerySet.as_manager()

    class Meta:
        verbose_name = "atteinte d'un objectif"
        ordering = ["objectif__ordre", "-annee", "bailleur", "qpv", "reservataire"]
        constraints = [
            models.UniqueConstraint(
                fields=["objectif", "annee", "axe", "bailleur", "qpv", "reservataire"], name="atteinte_unique"
            )
        ]

    def __str__(self):
        return f"{self.objectif} {self.annee} {self.axe} : {self.numerateur}/{self.denominateur}"
