from django.db import models

from partenaires.models import LigneEvenement, Organisation
from partenaires.models.depot import LigneDeposeeQuerySet
from relogement.models.projet import Operation, Projet


class MenageRelogementQuerySet(LigneDeposeeQuerySet):
    def visible_to(self, adhesion):
        """The case's own partners: EPCI and State of the project, bailleurs of origin and destination."""
        if not adhesion:
            return self.none()
        nature = Organisation.Nature
        if adhesion.nature == nature.BAILLEUR:
            return self.filter(
                models.Q(bailleur_origine=adhesion.siren) | models.Q(bailleur_destination=adhesion.siren)
            )
        if adhesion.nature in (nature.EPCI, nature.DDT):
            return self.filter(projet__in=Projet.objects.visible_to(adhesion))
        return self.none()


class MenageRelogement(LigneEvenement):
    """A household to rehouse: its situation before, and after when the lease is signed. Amounts in euros a month.
    `loyer_apres` is what the household pays, net of `minoration`. `None` is unknown, 0 a value."""

    class Etat(models.TextChoices):
        IDENTIFIE = "identifie", "Identifié"
        ENQUETE = "enquete", "Enquêté"
        PROPOSITION = "proposition", "Proposition faite"
        RELOGE = "reloge", "Relogé"
        DEPART_VOLONTAIRE = "depart_volontaire", "Départ volontaire"
        TEMPORAIRE = "temporaire", "Relogé provisoirement"

    projet = models.ForeignKey(Projet, models.PROTECT, related_name="menages", verbose_name="projet")
    operation = models.ForeignKey(
        Operation, models.PROTECT, null=True, related_name="menages", verbose_name="opération"
    )
    identifiant = models.CharField("identifiant du ménage", max_length=50)
    etat = models.CharField("état déclaré", max_length=20, choices=Etat.choices, null=True)
    bailleur_origine = models.CharField("bailleur d'origine", max_length=9, null=True)
    ident_int_origine = models.CharField("logement d'origine", max_length=50, null=True)
    taille = models.SmallIntegerField("taille", null=True)
    uc = models.DecimalField("unités de consommation", max_digits=6, decimal_places=2, null=True)
    ressources = models.DecimalField("ressources mensuelles", max_digits=12, decimal_places=2, null=True)
    loyer_avant = models.DecimalField("loyer avant", max_digits=10, decimal_places=2, null=True)
    charges_avant = models.DecimalField("charges avant", max_digits=10, decimal_places=2, null=True)
    apl_avant = models.DecimalField("APL avant", max_digits=10, decimal_places=2, null=True)
    surface_avant = models.DecimalField("surface avant", max_digits=8, decimal_places=2, null=True)
    date_enquete = models.DateField("enquête", null=True)
    date_bail = models.DateField("bail", null=True)
    bailleur_destination = models.CharField("bailleur de destination", max_length=9, null=True)
    ident_int_destination = models.CharField("logement de destination", max_length=50, null=True)
    date_premiere_location = models.DateField("première location de la destination", null=True)
    loyer_apres = models.DecimalField("loyer après", max_digits=10, decimal_places=2, null=True)
    charges_apres = models.DecimalField("charges après", max_digits=10, decimal_places=2, null=True)
    apl_apres = models.DecimalField("APL après", max_digits=10, decimal_places=2, null=True)
    surface_apres = models.DecimalField("surface après", max_digits=8, decimal_places=2, null=True)
    minoration = models.DecimalField("minoration de loyer", max_digits=10, decimal_places=2, null=True)

    objects = MenageRelogementQuerySet.as_manager()

    class Meta:
        verbose_name = "ménage à reloger"
        ordering = ["projet", "identifiant"]
        constraints = [
            models.UniqueConstraint(
                fields=["projet", "identifiant"], condition=models.Q(courant=True), name="menage_courant_unique"
            )
        ]

    def __str__(self):
        return self.identifiant


class Proposition(models.Model):
    """An offer made to a household, in order; refused when it has a reason."""

    menage = models.ForeignKey(MenageRelogement, models.CASCADE, related_name="propositions", verbose_name="ménage")
    rang = models.SmallIntegerField("rang")
    date = models.DateField("date", null=True)
    motif_refus = models.CharField("motif de refus", max_length=60, blank=True, default="")

    class Meta:
        verbose_name = "proposition"
        ordering = ["menage", "rang"]
        constraints = [models.UniqueConstraint(fields=["menage", "rang"], name="proposition_unique")]

    def __str__(self):
        return f"{self.menage} – proposition {self.rang}"
