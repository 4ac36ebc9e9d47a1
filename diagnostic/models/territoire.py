from django.db import models

from partenaires.models import Depot, Organisation


class TerritoireQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """Territories whose aggregates the member may ask for.

        EPCI: its own. DDT: those with a commune in its département. Bailleur: those where it has residences.
        Commune: its own. Others: the one they were created for, else (département) those of their département.
        """
        if not adhesion:
            return self.none()
        organisation = adhesion.organisation
        nature = Organisation.Nature
        if organisation.nature == nature.EPCI:
            return self.filter(siren=organisation.siren)
        if organisation.nature == nature.DDT:
            return self.du_departement(organisation.departement)
        if organisation.nature == nature.BAILLEUR:
            from diagnostic.models.residence import Residence

            siens = Residence.objects.courantes().filter(bailleur=organisation.siren)
            return self.filter(
                models.Q(siren__in=siens.values("commune__territoire")) | models.Q(siren=organisation.epci or "-")
            )
        if organisation.nature == nature.COMMUNE:
            return self.filter(siren__in=Commune.objects.filter(siren=organisation.siren).values("territoire"))
        if organisation.epci:
            return self.filter(siren=organisation.epci)
        return self.du_departement(organisation.departement)

    def du_departement(self, departement: str):
        if not departement:
            return self.none()
        return self.filter(siren__in=Commune.objects.filter(departement=departement).values("territoire"))


class Territoire(models.Model):
    """Territoire de CIL: EPCI, établissement public territorial or Ville de Paris (regles §0)."""

    siren = models.CharField("SIREN", max_length=9, primary_key=True)
    nom = models.CharField("nom", max_length=200)
    nature = models.CharField("nature juridique", max_length=10, blank=True, default="")
    population = models.IntegerField("population", null=True, blank=True)
    depot = models.ForeignKey(Depot, models.PROTECT, related_name="+", null=True, verbose_name="dépôt")

    objects = TerritoireQuerySet.as_manager()

    class Meta:
        verbose_name = "territoire de CIL"
        ordering = ["nom"]

    def __str__(self):
        return self.nom


class CommuneQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        if not adhesion:
            return self.none()
        if adhesion.nature == Organisation.Nature.COMMUNE:
            return self.filter(siren=adhesion.siren)
        return self.filter(territoire__in=Territoire.objects.visible_to(adhesion))


class Commune(models.Model):
    code = models.CharField("code INSEE", max_length=5, primary_key=True)
    nom = models.CharField("nom", max_length=200)
    departement = models.CharField("département", max_length=3, blank=True, default="", db_index=True)
    region = models.CharField("région", max_length=3, blank=True, default="")
    siren = models.CharField("SIREN de la commune", max_length=9, blank=True, default="", db_index=True)
    territoire = models.ForeignKey(
        Territoire, models.PROTECT, null=True, blank=True, related_name="communes", verbose_name="territoire de CIL"
    )
    population = models.IntegerField("population", null=True, blank=True)
    zone_apl = models.SmallIntegerField("zone APL (1, 2 ou 3)", null=True, blank=True)
    contour = models.JSONField("contour (GeoJSON, EPSG:4326)", null=True, blank=True)
    depot = models.ForeignKey(Depot, models.PROTECT, related_name="+", null=True, verbose_name="dépôt")
    depot_contour = models.ForeignKey(
        Depot, models.PROTECT, related_name="+", null=True, verbose_name="dépôt du contour"
    )

    objects = CommuneQuerySet.as_manager()

    class Meta:
        verbose_name = "commune"
        ordering = ["nom"]

    def __str__(self):
        return self.nom


class CommuneRattachee(models.Model):
    """A code that files still use (arrondissement, merged commune) and the commune that holds now."""

    code_ancien = models.CharField("ancien code", max_length=5, primary_key=True)
    nom = models.CharField("nom", max_length=200, blank=True, default="")
    commune = models.ForeignKey(Commune, models.PROTECT, related_name="rattachees", verbose_name="commune")
    depot = models.ForeignKey(Depot, models.PROTECT, related_name="+", null=True, verbose_name="dépôt")

    class Meta:
        verbose_name = "commune rattachée"

    def __str__(self):
        return f"{self.code_ancien} → {self.commune_id}"
