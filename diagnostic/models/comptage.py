from django.contrib.postgres.fields import ArrayField
from django.db import models

from diagnostic.calculs.definitions import COLONNES_BASE, INDICATEURS
from diagnostic.models.territoire import Territoire


class Niveau(models.TextChoices):
    RESIDENCE = "residence", "Résidence"
    QPV = "qpv", "QPV"
    HORS_QPV = "hors_qpv", "Hors QPV"
    NPNRU = "npnru", "Quartier NPNRU"
    SECTEUR = "secteur", "Secteur local"
    COMMUNE = "commune", "Commune"
    EPCI = "epci", "Territoire"


class ComptageQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """Cells of the territories one may see; residences only for who may see that residence.

        A bailleur reads its own residences; EPCI and DDT all of theirs; the others aggregates. What is masked in the
        cells is decided by `diagnostic.services.secret`.
        """
        if not adhesion:
            return self.none()
        visibles = self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))
        if adhesion.nature == "bailleur":
            return visibles.exclude(~models.Q(bailleur=adhesion.siren), niveau=Niveau.RESIDENCE)
        if adhesion.nature in ("epci", "ddt"):
            return visibles
        return visibles.exclude(niveau=Niveau.RESIDENCE)


class Comptage(models.Model):
    """Counts of one place, millésime and population, for one bailleur: any aggregate is a sum of these rows.

    `territoire`: residence SIREN:CODE, code of a QPV, NPNRU quarter or secteur (with its perimeter version), INSEE
    code, or SIREN of the territory.
    One pair of columns `n_<code>`, `d_<code>` an indicator, and one column a base (`COLONNES_BASE`).
    """

    epci = models.CharField("territoire de CIL", max_length=9)
    niveau = models.CharField("niveau", max_length=10, choices=Niveau.choices)
    territoire = models.CharField("place", max_length=60)
    version = models.CharField("version du périmètre", max_length=20, blank=True, default="")
    bailleur = models.CharField("SIREN du bailleur", max_length=9, blank=True, default="")
    millesime = models.SmallIntegerField("millésime")
    population = models.CharField("population", max_length=12)
    commune = models.CharField("commune de la résidence", max_length=5, blank=True, default="")
    qpv = models.CharField("QPV de la résidence", max_length=30, blank=True, default="")
    sources = ArrayField(models.CharField(max_length=10), default=list, verbose_name="sources présentes")

    objects = ComptageQuerySet.as_manager()

    class Meta:
        verbose_name = "comptage"
        constraints = [
            models.UniqueConstraint(
                fields=["epci", "millesime", "niveau", "population", "territoire", "version", "bailleur"],
                name="comptage_unique",
            )
        ]

    def __str__(self):
        return f"{self.niveau} {self.territoire} {self.millesime} {self.population}"


for _base in COLONNES_BASE:
    Comptage.add_to_class(_base, models.IntegerField(_base.replace("_", " "), null=True))
for _indicateur in INDICATEURS:
    for _colonne in _indicateur.colonnes[: 1 if _indicateur.comme else 2]:
        Comptage.add_to_class(
            _colonne,
            models.DecimalField(_indicateur.libelle, max_digits=16, decimal_places=2, null=True)
            if _indicateur.decimal
            else models.IntegerField(_indicateur.libelle, null=True),
        )


class ProvenanceComptageQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """What the counts of the territories one may see were made from."""
        if not adhesion:
            return self.none()
        return self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))


class ProvenanceComptage(models.Model):
    """What the counts of one territory, millésime and source were made from (« d'où vient ce chiffre »)."""

    epci = models.CharField("territoire de CIL", max_length=9)
    millesime = models.SmallIntegerField("millésime")
    source = models.CharField("source", max_length=10)
    depots = ArrayField(models.BigIntegerField(), default=list, verbose_name="dépôts")
    perimetre_version = models.CharField("version des QPV", max_length=20, blank=True, default="")
    perimetre_anterieur = models.BooleanField("version antérieure à défaut", default=False)
    details = models.JSONField("précisions", default=dict, blank=True)
    calcule_le = models.DateTimeField("calculé le")

    objects = ProvenanceComptageQuerySet.as_manager()

    class Meta:
        verbose_name = "provenance des comptages"
        constraints = [
            models.UniqueConstraint(fields=["epci", "millesime", "source"], name="provenance_comptage_unique")
        ]

    def __str__(self):
        return f"{self.epci} {self.millesime} {self.source}"
