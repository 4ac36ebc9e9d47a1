from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from partenaires.models import LigneDeposee
from partenaires.models.depot import LigneDeposeeQuerySet


class ParcOuvertQuerySet(LigneDeposeeQuerySet):
    def visible_to(self, adhesion):
        """The open file is public."""
        return self if adhesion else self.none()


class ParcOuvert(LigneDeposee):
    """Dwellings of the open RPLS file (formats.md D.2) counted by address, size, financing and year of construction.

    The open file names no dwelling and no bailleur: `logements` such dwellings stand at this address, of `surface` m²
    in all. `territoire` is empty in a commune without EPCI.
    """

    millesime = models.SmallIntegerField("millésime")
    departement = models.CharField("département", max_length=3)
    territoire = models.CharField("SIREN du territoire de CIL", max_length=9)
    commune = models.CharField("commune (code en vigueur)", max_length=5)
    adresse = models.CharField("adresse", max_length=300, null=True)
    longitude = models.FloatField("longitude", null=True)
    latitude = models.FloatField("latitude", null=True)
    nbpiece = models.SmallIntegerField("pièces", null=True)
    finan = models.SmallIntegerField("financement", null=True)
    construct = models.SmallIntegerField("année de construction", null=True)
    logements = models.IntegerField("logements")
    surface = models.DecimalField("surface habitable totale", max_digits=12, decimal_places=2, null=True)

    objects = ParcOuvertQuerySet.as_manager()

    class Meta:
        verbose_name = "adresse du parc ouvert"
        indexes = [
            models.Index(
                fields=["territoire", "millesime"], condition=models.Q(courant=True), name="parc_ouvert_courant"
            ),
            BrinIndex(fields=["depot"], name="parc_ouvert_depot"),
        ]

    def __str__(self):
        return f"{self.adresse or self.commune} ({self.millesime})"
