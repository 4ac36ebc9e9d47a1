from django.db import models

from partenaires.models import LigneDeposee
from partenaires.models.depot import LigneDeposeeQuerySet


class PlafondRessourcesQuerySet(LigneDeposeeQuerySet):
    def visible_to(self, adhesion):
        """Ceilings are public (yearly arrêté)."""
        return self if adhesion else self.none()


class PlafondRessources(LigneDeposee):
    """Ceiling of resources of a year, zone, category of household and product, euros a year."""

    annee = models.SmallIntegerField("année")
    zone = models.CharField("zone", max_length=40)
    categorie = models.CharField("catégorie de ménage", max_length=40)
    produit = models.CharField("produit", max_length=20)
    montant = models.DecimalField("montant", max_digits=10, decimal_places=2, null=True)

    objects = PlafondRessourcesQuerySet.as_manager()

    class Meta:
        verbose_name = "plafond de ressources"
        ordering = ["-annee", "zone", "produit", "categorie"]
        constraints = [
            models.UniqueConstraint(
                fields=["annee", "zone", "categorie", "produit"],
                condition=models.Q(courant=True),
                name="plafond_courant_unique",
            )
        ]

    def __str__(self):
        return f"{self.annee} {self.zone} {self.produit} {self.categorie} : {self.montant} €"
