from django.db import models

from diagnostic.models.comptage import Niveau
from diagnostic.models.territoire import Territoire
from partenaires.models import LigneDeposee
from partenaires.models.depot import LigneDeposeeQuerySet


class IndicateurTerritorialQuerySet(LigneDeposeeQuerySet):
    def visible_to(self, adhesion):
        """Of the territories one may see; what is masked of each is decided by
        `diagnostic.services.indicateurs_territoriaux`."""
        if not adhesion:
            return self.none()
        return self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))


class IndicateurTerritorial(LigneDeposee):
    """A figure of a place and year brought from elsewhere: market, private stock (Filosofi, FILOCOM, prices…).

    `valeur` is in `unite` (a share is between 0 and 1): numerator over denominator where the file gives them.
    `population`: households or dwellings behind the value, on which secrecy is judged. `publique`: published by its
    producer, for everyone.
    """

    epci = models.CharField("territoire de CIL", max_length=9)
    niveau = models.CharField("niveau", max_length=10, choices=Niveau.choices)
    territoire = models.CharField("place", max_length=60)
    version = models.CharField("version du périmètre", max_length=20, blank=True, default="")
    annee = models.SmallIntegerField("année")
    code = models.CharField("indicateur", max_length=60)
    libelle = models.CharField("libellé", max_length=200, blank=True, default="")
    valeur = models.DecimalField("valeur", max_digits=18, decimal_places=6)
    numerateur = models.DecimalField("numérateur", max_digits=18, decimal_places=2, null=True)
    denominateur = models.DecimalField("dénominateur", max_digits=18, decimal_places=2, null=True)
    effectif = models.BigIntegerField("population", null=True)
    unite = models.CharField("unité", max_length=20)
    source = models.CharField("source", max_length=200, blank=True, default="")
    publique = models.BooleanField("publiée par son producteur", default=False)

    objects = IndicateurTerritorialQuerySet.as_manager()

    class Meta:
        verbose_name = "indicateur territorial"
        constraints = [
            models.UniqueConstraint(
                fields=["epci", "niveau", "annee", "code", "territoire", "version"],
                condition=models.Q(courant=True),
                name="indicateur_territorial_courant",
            )
        ]

    def __str__(self):
        return f"{self.code} {self.niveau} {self.territoire} {self.annee}"
