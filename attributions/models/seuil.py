from django.db import models

from partenaires.models import LigneDeposee
from partenaires.models.depot import LigneDeposeeQuerySet


class SeuilQuartileQuerySet(LigneDeposeeQuerySet):
    def connus(self):
        """In force and known: a line without SEUIL_Q1 is a threshold not yet out."""
        return self.courantes().filter(s1__isnull=False)

    def visible_to(self, adhesion):
        """Thresholds are public (yearly arrêté)."""
        return self if adhesion else self.none()


class SeuilQuartile(LigneDeposee):
    """Quartile thresholds of a territory and year, euros a year per UC. Only `s1` comes from the State (regles §1)."""

    epci = models.CharField("territoire de CIL", max_length=9)
    annee = models.SmallIntegerField("année")
    s1 = models.DecimalField("seuil Q1", max_digits=10, decimal_places=2, null=True)
    s2 = models.DecimalField("seuil Q2", max_digits=10, decimal_places=2, null=True)
    s3 = models.DecimalField("seuil Q3", max_digits=10, decimal_places=2, null=True)
    source = models.CharField("source", max_length=200, null=True)

    objects = SeuilQuartileQuerySet.as_manager()

    class Meta:
        verbose_name = "seuil de quartile"
        ordering = ["epci", "-annee"]
        constraints = [
            models.UniqueConstraint(
                fields=["epci", "annee"], condition=models.Q(courant=True), name="seuil_courant_unique"
            )
        ]

    def __str__(self):
        return f"{self.epci} {self.annee} : {self.s1} €"
