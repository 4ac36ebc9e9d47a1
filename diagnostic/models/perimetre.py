from django.db import models

from diagnostic.models.territoire import Territoire
from partenaires.models import LigneDeposee
from partenaires.models.depot import LigneDeposeeQuerySet


class PerimetreQuerySet(LigneDeposeeQuerySet):
    def visible_to(self, adhesion):
        """Outlines of perimeters of the territories one may see."""
        if not adhesion:
            return self.none()
        return self.filter(territoire__in=Territoire.objects.visible_to(adhesion))


class Perimetre(LigneDeposee):
    """A QPV, QVA, ex-ZUS, NPNRU quarter or local secteur, in one version with its dates in force (regles §0)."""

    class Nature(models.TextChoices):
        QPV = "qpv", "QPV"
        QVA = "qva", "Quartier de veille active"
        ZUS = "zus", "Ex-ZUS"
        NPNRU = "npnru", "Quartier NPNRU"
        SECTEUR = "secteur", "Secteur local"

    nature = models.CharField("nature", max_length=10, choices=Nature.choices)
    code = models.CharField("code", max_length=30)
    version = models.CharField("version", max_length=20)
    nom = models.CharField("nom", max_length=200)
    commune_code = models.CharField("commune", max_length=5, blank=True, default="")
    territoire = models.ForeignKey(
        Territoire,
        models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="perimetres",
        verbose_name="territoire de CIL",
    )
    debut = models.DateField("en vigueur à partir du")
    fin = models.DateField("jusqu'au (inclus)", null=True, blank=True)
    geometrie = models.JSONField("contour (GeoJSON, EPSG:4326)", null=True, blank=True)
    reparee = models.BooleanField("contour réparé", default=False)

    objects = PerimetreQuerySet.as_manager()

    class Meta:
        verbose_name = "périmètre"
        ordering = ["nature", "version", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["nature", "version", "code"], condition=models.Q(courant=True), name="perimetre_courant_unique"
            )
        ]

    def __str__(self):
        return f"{self.nom} ({self.code}, {self.version})"


class Appartenance(models.Model):
    """Where a residence stands for one nature and version of perimeters: computed, one row a residence × nature ×
    version loaded for its territory; several only where perimeters overlap.

    `dedans` with an empty `code`: in a QPV without knowing which (majority of the dwellings' RPLS flags).
    """

    class Origine(models.TextChoices):
        POINT = "point", "Coordonnées de la résidence"
        DECLARE = "declare", "Code déclaré sur la résidence"
        MAJORITE = "majorite", "Majorité des logements RPLS"

    residence = models.CharField("résidence (SIREN:CODE)", max_length=60)
    epci = models.CharField("territoire de CIL", max_length=9, db_index=True)
    nature = models.CharField("nature", max_length=10, choices=Perimetre.Nature.choices)
    version = models.CharField("version", max_length=20)
    dedans = models.BooleanField("dans le périmètre", null=True)
    code = models.CharField("code du périmètre", max_length=30, blank=True, default="")
    origine = models.CharField("origine", max_length=10, choices=Origine.choices)

    class Meta:
        verbose_name = "appartenance à un périmètre"
        constraints = [
            models.UniqueConstraint(fields=["residence", "nature", "version", "code"], name="appartenance_unique")
        ]

    def __str__(self):
        return f"{self.residence} {self.nature} {self.version} : {self.code or self.dedans}"
