"""What the accessibility of the stock is read from: households of the first quartile, and the benefit by profile."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class PopulationQ1(models.Model):
    """Households of the first quartile of a territory: applicants of its latest SNE stock, and standard households at
    the threshold. Written by the attributions, which hold the SNE; the rows of applicants never leave the server."""

    class Origine(models.TextChoices):
        DEMANDEURS = "demandeurs", "Demandeurs du premier quartile"
        TYPES = "types", "Ménages types, au seuil du premier quartile"

    epci = models.CharField("territoire de CIL", max_length=9)
    origine = models.CharField("origine", max_length=12, choices=Origine.choices)
    millesime = models.SmallIntegerField("millésime du stock des demandes", null=True)
    seuil = models.DecimalField("seuil du premier quartile", max_digits=10, decimal_places=2)
    annee_seuil = models.SmallIntegerField("année du seuil")
    inconnus = models.IntegerField("demandes du premier quartile sans composition connue", default=0)
    depots = ArrayField(models.BigIntegerField(), verbose_name="dépôts", default=list)
    calcule_le = models.DateTimeField("calculé le", auto_now=True)

    class Meta:
        verbose_name = "population du premier quartile"
        constraints = [models.UniqueConstraint(fields=["epci", "origine"], name="population_q1_unique")]

    def __str__(self):
        return f"{self.epci} : {self.get_origine_display()}"


class MenageQ1(models.Model):
    """Households alike, counted. `ressources`: euros a month, as declared."""

    population = models.ForeignKey(PopulationQ1, models.CASCADE, verbose_name="population", related_name="menages")
    couple = models.BooleanField("couple")
    charge = models.SmallIntegerField("personnes à charge")
    personnes = models.SmallIntegerField("personnes")
    uc = models.DecimalField("unités de consommation", max_digits=6, decimal_places=2)
    ressources = models.DecimalField("ressources mensuelles", max_digits=12, decimal_places=2)
    nombre = models.IntegerField("ménages")

    class Meta:
        verbose_name = "ménages du premier quartile"

    def __str__(self):
        return f"{self.nombre} × {self.personnes} personnes"


class AplProfil(models.Model):
    """Benefit of a profile on a date, for the whole platform: `calculs.apl.Grille`, worked out once."""

    le = models.DateField("date du barème")
    zone = models.SmallIntegerField("zone APL")
    outre_mer = models.BooleanField("outre-mer")
    couple = models.BooleanField("couple")
    charge = models.SmallIntegerField("personnes à charge")
    base = models.IntegerField("base de ressources")
    plafond = models.DecimalField("loyer plafond", max_digits=8, decimal_places=2)
    montants = ArrayField(models.SmallIntegerField(), verbose_name="APL de 0 au loyer plafond")

    class Meta:
        verbose_name = "APL d'un profil"
        constraints = [
            models.UniqueConstraint(
                fields=["le", "zone", "outre_mer", "couple", "charge", "base"], name="apl_profil_unique"
            )
        ]

    def __str__(self):
        return f"zone {self.zone}, base {self.base} ({self.le:%Y})"
