from django.db import models

from diagnostic.calculs.controles_qualite import LIBELLES_COMPTES, Source
from diagnostic.models.territoire import Territoire
from partenaires.models import Organisation


class QualiteQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """EPCI and DDT: each bailleur of their territories. Bailleur: its own. Others: none (territory marks only)."""
        if not adhesion:
            return self.none()
        nature = Organisation.Nature
        if adhesion.nature == nature.BAILLEUR:
            return self.filter(bailleur=adhesion.siren)
        if adhesion.nature in (nature.EPCI, nature.DDT):
            return self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))
        return self.none()

    def du_territoire(self, epci: str):
        """Every bailleur's line, to be summed into territory marks only: never shown line by line."""
        return self.filter(epci=epci)


class QualiteBailleur(models.Model):
    """Sources of one bailleur compared, for one territory and millésime: counts only (`COMPTES`), NULL where the
    source or what it is compared with is missing. Recomputed by the nightly job.

    `annees`: source → latest year of data at or before the millésime. `deposes`: type of file → {depot, le} of the
    deposit in force that the counts were made from.
    """

    epci = models.CharField("territoire de CIL", max_length=9)
    bailleur = models.CharField("SIREN du bailleur", max_length=9)
    millesime = models.SmallIntegerField("millésime")
    annees = models.JSONField("année des données par source", default=dict, blank=True)
    deposes = models.JSONField("dépôts en vigueur par type", default=dict, blank=True)

    objects = QualiteQuerySet.as_manager()

    class Meta:
        verbose_name = "qualité des données d'un bailleur"
        ordering = ["epci", "bailleur", "millesime"]
        constraints = [models.UniqueConstraint(fields=["epci", "bailleur", "millesime"], name="qualite_unique")]

    def __str__(self):
        return f"{self.bailleur} {self.millesime}"

    @property
    def comptes(self) -> dict[str, int | None]:
        return {code: getattr(self, code) for code in LIBELLES_COMPTES}

    def annee(self, source: Source) -> int | None:
        return self.annees.get(source.value)


for _code, _libelle in LIBELLES_COMPTES.items():
    QualiteBailleur.add_to_class(_code, models.IntegerField(_libelle, null=True))


class EcartResidence(models.Model):
    """A residence where the sources disagree, for one millésime: NULL where a source is missing."""

    epci = models.CharField("territoire de CIL", max_length=9)
    bailleur = models.CharField("SIREN du bailleur", max_length=9)
    millesime = models.SmallIntegerField("millésime")
    residence = models.CharField("résidence (SIREN:CODE)", max_length=60)
    logements = models.IntegerField("logements au RPLS", null=True)
    occupes = models.IntegerField("occupés au RPLS", null=True)
    gestion_logements = models.IntegerField("logements à l'état locatif", null=True)
    gestion_occupes = models.IntegerField("occupés à l'état locatif", null=True)
    enquetes = models.IntegerField("enquêtés (OPS)", null=True)
    occupes_non_enquetes = models.IntegerField("occupés au RPLS et non enquêtés", null=True)
    vacants_enquetes = models.IntegerField("enquêtés, mais vacants au RPLS", null=True)
    ops_hors_rpls = models.IntegerField("enquêtés absents du RPLS", null=True)
    qpv_differents = models.IntegerField("QPV déclaré autre que celui du point", null=True)

    objects = QualiteQuerySet.as_manager()

    class Meta:
        verbose_name = "écart entre sources sur une résidence"
        ordering = ["residence"]
        constraints = [models.UniqueConstraint(fields=["millesime", "residence"], name="ecart_residence_unique")]
        indexes = [models.Index(fields=["epci", "bailleur", "millesime"], name="ecart_residence_bailleur")]

    def __str__(self):
        return f"{self.residence} {self.millesime}"
