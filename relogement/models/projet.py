from django.db import models

from diagnostic.models import Territoire
from partenaires.models import Depot, Organisation


class ProjetQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """EPCI and State: projects of their territories. Bailleur: those where it rehouses or receives a household.
        Commune: those of its territory, as aggregates. Others: none."""
        from relogement.models.menage import MenageRelogement

        if not adhesion:
            return self.none()
        nature = Organisation.Nature
        if adhesion.nature == nature.BAILLEUR:
            siens = MenageRelogement.objects.courantes().filter(
                models.Q(bailleur_origine=adhesion.siren) | models.Q(bailleur_destination=adhesion.siren)
            )
            return self.filter(pk__in=siens.values("projet"))
        if adhesion.nature in (nature.EPCI, nature.DDT, nature.COMMUNE):
            return self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))
        return self.none()


class Projet(models.Model):
    """A renewal project. `quartier` is the code of its NPNRU perimeter."""

    epci = models.CharField("territoire de CIL", max_length=9)
    code = models.CharField("code", max_length=50)
    nom = models.CharField("nom", max_length=200)
    quartier = models.CharField("quartier NPNRU", max_length=30, blank=True, default="")
    minorations_programmees = models.IntegerField("minorations programmées à la convention", null=True, blank=True)

    objects = ProjetQuerySet.as_manager()

    class Meta:
        verbose_name = "projet de renouvellement"
        ordering = ["nom", "code"]
        constraints = [models.UniqueConstraint(fields=["code"], name="projet_unique")]

    def __str__(self):
        return self.nom


class Operation(models.Model):
    projet = models.ForeignKey(Projet, models.CASCADE, related_name="operations", verbose_name="projet")
    code = models.CharField("code", max_length=50)
    nature = models.CharField("nature", max_length=40, blank=True, default="")

    class Meta:
        verbose_name = "opération"
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["projet", "code"], name="operation_unique")]

    def __str__(self):
        return self.code


class Mention(models.Model):
    """What one deposit says of a project or of an operation; None where its file says nothing. The latest deposit not
    withdrawn that says something decides."""

    depot = models.ForeignKey(Depot, models.PROTECT, related_name="+", verbose_name="dépôt", db_constraint=False)

    class Meta:
        abstract = True


class MentionProjet(Mention):
    projet = models.ForeignKey(Projet, models.CASCADE, related_name="mentions", verbose_name="projet")
    nom = models.CharField("nom", max_length=200, null=True)
    quartier = models.CharField("quartier NPNRU", max_length=30, null=True)

    class Meta:
        verbose_name = "mention d'un projet par un dépôt"

    def __str__(self):
        return f"{self.projet} (dépôt {self.depot_id})"


class MentionOperation(Mention):
    operation = models.ForeignKey(Operation, models.CASCADE, related_name="mentions", verbose_name="opération")
    nature = models.CharField("nature", max_length=40, null=True)

    class Meta:
        verbose_name = "mention d'une opération par un dépôt"

    def __str__(self):
        return f"{self.operation} (dépôt {self.depot_id})"
