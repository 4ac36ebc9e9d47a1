from django.db import models

from partenaires.models.utilisateur import Adhesion


class JournalAccesQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """An administrator reads the log of the organisation."""
        if not adhesion or not adhesion.administre:
            return self.none()
        return self.filter(adhesion__organisation=adhesion.organisation_id)


class JournalAcces(models.Model):
    """Who read or changed what: reading of household rows, deposits, objectives, tokens."""

    adhesion = models.ForeignKey(Adhesion, models.SET_NULL, null=True, related_name="+", verbose_name="adhésion")
    quand = models.DateTimeField("quand", auto_now_add=True)
    action = models.CharField("action", max_length=40)
    objet = models.CharField("objet", max_length=200)

    objects = JournalAccesQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne du journal"
        ordering = ["-quand", "-id"]

    def __str__(self):
        return f"{self.quand:%d/%m/%Y %H:%M} {self.action} {self.objet}"

    @property
    def libelle(self) -> str:
        return self.action.replace("_", " ").capitalize()
