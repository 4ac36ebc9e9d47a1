from django.conf import settings
from django.db import models

from diagnostic.models.territoire import Territoire


class SituationQuartierQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """Situations of the quartiers of the territories one may see."""
        if not adhesion:
            return self.none()
        return self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))


class SituationQuartier(models.Model):
    """What the EPCI knows of a quartier for the classes of its method (E1 I-3): levels from 1 (the least) to 4. A QPV
    is in a QPV; of a secteur or an NPNRU quarter, the EPCI says it."""

    class Nature(models.TextChoices):
        QPV = "qpv", "QPV"
        NPNRU = "npnru", "Quartier NPNRU"
        SECTEUR = "secteur", "Secteur local"

    class Degre(models.IntegerChoices):
        TRES_FAIBLE = 1, "1 Très faible"
        FAIBLE = 2, "2 Faible"
        BON = 3, "3 Bon"
        TRES_BON = 4, "4 Très bon"

    epci = models.CharField("territoire de CIL", max_length=9)
    nature = models.CharField("nature", max_length=10, choices=Nature.choices)
    code = models.CharField("code du périmètre", max_length=30)
    version = models.CharField("version du périmètre", max_length=20)
    equipements = models.PositiveSmallIntegerField("équipements", choices=Degre.choices, null=True, blank=True)
    desserte = models.PositiveSmallIntegerField("desserte", choices=Degre.choices, null=True, blank=True)
    en_qpv = models.BooleanField("en QPV pour l'essentiel", null=True, blank=True)
    commentaire = models.CharField("commentaire", max_length=500, blank=True, default="")
    ecrite_le = models.DateTimeField("écrite le", auto_now=True)
    ecrite_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="écrite par",
    )

    objects = SituationQuartierQuerySet.as_manager()

    class Meta:
        verbose_name = "situation d'un quartier"
        constraints = [
            models.UniqueConstraint(fields=["epci", "nature", "code", "version"], name="situation_quartier_unique")
        ]

    def __str__(self):
        return f"{self.nature} {self.code} ({self.version})"
