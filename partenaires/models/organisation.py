from django.core.validators import RegexValidator
from django.db import models

siren_valide = RegexValidator(r"^\d{9}$", "Un SIREN a neuf chiffres.")


class OrganisationQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """Names of partner organisations are shared between members; a stranger sees none."""
        return self if adhesion else self.none()


class Organisation(models.Model):
    class Nature(models.TextChoices):
        EPCI = "epci", "EPCI"
        BAILLEUR = "bailleur", "Bailleur social"
        DDT = "ddt", "DDT(M), DRIHL"
        COMMUNE = "commune", "Commune"
        ACTION_LOGEMENT = "action_logement", "Action Logement"
        DEPARTEMENT = "departement", "Département"
        REGION = "region", "Région"
        AUTRE = "autre", "Autre partenaire"

    nature = models.CharField("nature", max_length=20, choices=Nature.choices)
    siren = models.CharField("SIREN", max_length=9, unique=True, validators=[siren_valide])
    nom = models.CharField("nom", max_length=200)
    epci = models.CharField("SIREN du territoire de CIL", max_length=9, blank=True, default="")
    departement = models.CharField("département", max_length=3, blank=True, default="")
    cree_le = models.DateTimeField("créée le", auto_now_add=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "organisation"
        ordering = ["nom"]

    def __str__(self):
        return self.nom
