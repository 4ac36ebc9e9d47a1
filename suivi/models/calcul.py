from django.db import models

from diagnostic.models import Territoire


class CalculQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        if not adhesion:
            return self.none()
        return self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))

    def dernier(self, epci: str):
        return self.filter(epci=epci, statut=Calcul.Statut.TERMINE).order_by("-fin").first()


class Calcul(models.Model):
    """One recomputation of a territory: when, as of which date, how long, for which deposits."""

    class Statut(models.TextChoices):
        EN_COURS = "en_cours", "En cours"
        TERMINE = "termine", "Terminé"
        ECHEC = "echec", "Échec"

    epci = models.CharField("territoire de CIL", max_length=9, db_index=True)
    au = models.DateField("arrêté au")
    debut = models.DateTimeField("début")
    fin = models.DateTimeField("fin", null=True)
    duree_s = models.FloatField("durée en secondes", null=True)
    statut = models.CharField("statut", max_length=10, choices=Statut.choices)
    dernier_depot = models.BigIntegerField("dernier dépôt pris en compte", default=0)
    details = models.JSONField("durée des étapes et volumes", default=dict, blank=True)

    objects = CalculQuerySet.as_manager()

    class Meta:
        verbose_name = "calcul"
        ordering = ["-debut"]

    def __str__(self):
        return f"{self.epci} {self.debut:%d/%m/%Y %H:%M}"
