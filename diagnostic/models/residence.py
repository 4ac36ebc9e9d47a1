from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Concat

from diagnostic.models.territoire import Commune, Territoire
from partenaires.models import LigneDeposee, Organisation
from partenaires.models.depot import LigneDeposeeQuerySet


class ResidenceQuerySet(LigneDeposeeQuerySet):
    def visible_to(self, adhesion):
        """EPCI, DDT: residences of their territories. Bailleur: its own. Others: none (aggregates only)."""
        if not adhesion:
            return self.none()
        nature = Organisation.Nature
        if adhesion.nature == nature.BAILLEUR:
            return self.filter(bailleur=adhesion.siren)
        if adhesion.nature in (nature.EPCI, nature.DDT):
            return self.filter(commune__territoire__in=Territoire.objects.visible_to(adhesion))
        return self.none()

    def a_apprecier_par(self, adhesion):
        """Residences on which one gives or reads an opinion: those one may see and, for a commune, those that stand on
        it: their name and address, no figure of theirs."""
        if adhesion and adhesion.nature == Organisation.Nature.COMMUNE:
            return self.filter(commune__siren=adhesion.siren)
        return self.visible_to(adhesion)


class Residence(LigneDeposee):
    """A residence of a bailleur. `identifiant` (SIREN:CODE) names it in every derived table, the API and the URLs;
    `id` changes with each deposit."""

    bailleur = models.CharField("SIREN du bailleur", max_length=9)
    code = models.CharField("code", max_length=50)
    identifiant = models.GeneratedField(
        expression=Concat("bailleur", models.Value(":"), "code"),
        output_field=models.CharField(max_length=60),
        db_persist=True,
    )
    nom = models.CharField("nom", max_length=200)
    cle_recherche = models.CharField("nom et adresse sans accent", max_length=500, blank=True, default="")
    famille = models.CharField("famille de patrimoine", max_length=40, blank=True, default="")
    commune = models.ForeignKey(
        Commune, models.PROTECT, db_constraint=False, related_name="residences", verbose_name="commune"
    )
    adresse = models.CharField("adresse", max_length=300, blank=True, default="")
    longitude = models.FloatField("longitude", null=True, blank=True)
    latitude = models.FloatField("latitude", null=True, blank=True)
    qpv_declare = models.CharField("QPV déclaré", max_length=30, blank=True, default="")

    objects = ResidenceQuerySet.as_manager()

    class Meta:
        verbose_name = "résidence"
        ordering = ["cle_recherche"]
        constraints = [
            models.UniqueConstraint(
                fields=["bailleur", "code"], condition=models.Q(courant=True), name="residence_courante_unique"
            )
        ]
        indexes = [
            models.Index(fields=["identifiant"], condition=models.Q(courant=True), name="residence_identifiant"),
            BrinIndex(fields=["depot"], name="residence_depot"),
        ]

    def __str__(self):
        return self.nom


class Passage(LigneDeposee):
    """The residence of a dwelling, as its bailleur states it."""

    bailleur = models.CharField("SIREN du bailleur", max_length=9)
    ident_int = models.CharField("identifiant interne du logement", max_length=50)
    code_residence = models.CharField("code de la résidence", max_length=50)

    objects = LigneDeposeeQuerySet.as_manager()

    class Meta:
        verbose_name = "passage logement → résidence"
        constraints = [
            models.UniqueConstraint(
                fields=["bailleur", "ident_int"], condition=models.Q(courant=True), name="passage_courant_unique"
            )
        ]
        indexes = [BrinIndex(fields=["depot"], name="passage_depot")]

    def __str__(self):
        return f"{self.ident_int} → {self.code_residence}"
