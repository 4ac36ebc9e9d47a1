from django.db import models

from partenaires.models import Utilisateur


class RattachementRefuseQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """The bailleur's own only."""
        if not adhesion or adhesion.nature != "bailleur":
            return self.none()
        return self.filter(bailleur=adhesion.siren)


class RattachementRefuse(models.Model):
    """A group of dwellings that its bailleur does not want attached to a residence as proposed
    (`diagnostic.services.passages`): it is proposed no more."""

    bailleur = models.CharField("SIREN du bailleur", max_length=9)
    groupe = models.CharField("groupe de logements", max_length=32)
    refuse_par = models.ForeignKey(
        Utilisateur, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="refusé par"
    )
    refuse_le = models.DateTimeField("refusé le", auto_now_add=True)

    objects = RattachementRefuseQuerySet.as_manager()

    class Meta:
        verbose_name = "rattachement refusé"
        constraints = [models.UniqueConstraint(fields=["bailleur", "groupe"], name="rattachement_refuse_unique")]

    def __str__(self):
        return f"{self.bailleur} {self.groupe}"
