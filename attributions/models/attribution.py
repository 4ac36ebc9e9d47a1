from django.db import models

from diagnostic.models import Territoire
from partenaires.models import Organisation


class AttributionQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """EPCI and State: the allocations of their territories (they hold the SNE). Bailleur: its own. Others: none."""
        if not adhesion:
            return self.none()
        nature = Organisation.Nature
        if adhesion.nature == nature.BAILLEUR:
            return self.filter(bailleur=adhesion.siren)
        if adhesion.nature in (nature.EPCI, nature.DDT):
            return self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))
        return self.none()


class Attribution(models.Model):
    """An allocation as the objectives count it: computed from RadiationSne by the nightly job, with the dwelling's
    place at each counted event, the quartile recomputed beside the declared one, and where each comes from."""

    class Issue(models.TextChoices):
        BAIL_SIGNE = "bail_signe", "Bail signé"
        REFUS = "refus", "Refusée"
        RETRACTATION = "retractation", "Rétractée"
        ANNULEE = "annulee", "Annulée"
        EN_ATTENTE = "en_attente", "En attente"
        SOUS_CONDITION = "sous_condition", "Sous condition"

    class OrigineQpv(models.TextChoices):
        POINT = "point", "Coordonnées de la résidence"
        DECLARE = "declare", "Code déclaré sur la résidence"
        MAJORITE = "majorite", "Majorité des logements RPLS"
        RPLS = "rpls", "Indicateur RPLS du logement"
        SNE = "sne", "Indicateur SNE de l'attribution"

    # Quartile of a household known not to be in Q1 where s2, s3 are missing (class « Q2-Q4 »).
    Q2_Q4 = 24

    evenement = models.OneToOneField(
        "attributions.RadiationSne", models.CASCADE, related_name="attribution_calculee", verbose_name="événement"
    )
    epci = models.CharField("territoire de CIL", max_length=9)
    bailleur = models.CharField("SIREN du bailleur", max_length=9, blank=True, default="")
    residence = models.CharField("résidence (SIREN:CODE)", max_length=60, blank=True, default="")
    commune = models.CharField("commune", max_length=5, blank=True, default="")
    logement_connu = models.BooleanField("logement connu")
    hors_base = models.BooleanField("hors de la base (logement intermédiaire)", default=False)
    hors_base_bail = models.BooleanField("hors de la base au bail", default=False)
    date_caleol = models.DateField("décision", null=True)
    date_bail = models.DateField("bail", null=True)
    annee_decision = models.SmallIntegerField("année de décision", null=True)
    annee_bail = models.SmallIntegerField("année du bail", null=True)
    issue = models.CharField("issue", max_length=20, choices=Issue.choices)
    issue_presumee = models.BooleanField("issue présumée", default=False)
    reservataire = models.CharField("réservataire", max_length=60, blank=True, default="")
    quartile = models.SmallIntegerField("quartile recalculé (24 : Q2-Q4)", null=True)
    quartile_declare = models.SmallIntegerField("quartile déclaré", null=True)
    seuil_annee = models.SmallIntegerField("année du seuil appliqué", null=True)
    ressources_uc = models.DecimalField("ressources annuelles par UC", max_digits=22, decimal_places=10, null=True)
    sous_seuil_pauvrete = models.BooleanField("sous le seuil de pauvreté", null=True)
    ressources_nulles = models.BooleanField("revenu déclaré nul", default=False)
    en_qpv_decision = models.BooleanField("en QPV à la décision", null=True)
    qpv_decision = models.CharField("QPV à la décision", max_length=30, blank=True, default="")
    version_decision = models.CharField("version du périmètre à la décision", max_length=20, blank=True, default="")
    en_qpv_bail = models.BooleanField("en QPV au bail", null=True)
    qpv_bail = models.CharField("QPV au bail", max_length=30, blank=True, default="")
    version_bail = models.CharField("version du périmètre au bail", max_length=20, blank=True, default="")
    perimetre_anterieur = models.BooleanField("version antérieure à défaut, à la décision", default=False)
    perimetre_anterieur_bail = models.BooleanField("version antérieure à défaut, au bail", default=False)
    origine_qpv = models.CharField("origine", max_length=10, choices=OrigineQpv.choices, blank=True, default="")
    dalo = models.BooleanField("DALO", null=True)
    prioritaire = models.BooleanField("DALO ou prioritaire", null=True)
    travailleur_essentiel = models.BooleanField("travailleur essentiel", null=True)
    reloge = models.BooleanField("relogé (ANRU, ORCOD)")
    mutation = models.BooleanField("mutation")
    taille = models.SmallIntegerField("taille du ménage", null=True)
    composition = models.CharField("situation familiale", max_length=60, blank=True, default="")
    age = models.SmallIntegerField("âge", null=True)
    statut_emploi = models.CharField("statut d'emploi", max_length=60, blank=True, default="")
    pct_plafond_plus = models.DecimalField("% du plafond PLUS", max_digits=7, decimal_places=2, null=True)
    commune_actuelle = models.CharField("commune actuelle", max_length=5, blank=True, default="")

    objects = AttributionQuerySet.as_manager()

    class Meta:
        verbose_name = "attribution"
        ordering = ["-date_caleol", "-id"]
        indexes = [
            models.Index(fields=["epci", "annee_bail"], name="attribution_bail"),
            models.Index(fields=["epci", "annee_decision"], name="attribution_decision"),
        ]

    def __str__(self):
        return f"{self.bailleur} {self.date_caleol or self.date_bail}"
