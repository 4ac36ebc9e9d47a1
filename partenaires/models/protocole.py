from datetime import date

from django.db import models


class ProtocoleQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        return self if adhesion else self.none()

    def en_vigueur(self, le: date | None = None):
        le = le or date.today()
        return self.filter(debut__lte=le).filter(models.Q(revoque_le=None) | models.Q(revoque_le__gt=le))


class Protocole(models.Model):
    """Protocole d'échange of a territoire de CIL: which kind of partner reads which source down to which scale
    (regles §9). Without a line in force, the reader is of the `diffusion` audience."""

    class Echelle(models.TextChoices):
        RESIDENCE = "residence", "Résidence et au-dessus"
        QPV = "qpv", "QPV, hors QPV, commune, territoire"

    class Source(models.TextChoices):
        OPS = "ops", "Occupation (OPS)"
        GESTION = "gestion", "État locatif (gestion)"
        RPLS = "rpls", "Parc (RPLS)"
        SNE = "sne", "Demandes et attributions (SNE)"
        TERRITOIRE = "territoire", "Indicateurs territoriaux (marché, parc privé)"

    epci = models.CharField("SIREN du territoire de CIL", max_length=9)
    partenaire = models.CharField("nature du partenaire", max_length=20)
    source = models.CharField("source", max_length=10, choices=Source.choices)
    echelle = models.CharField("échelle", max_length=10, choices=Echelle.choices)
    debut = models.DateField("à partir du")
    revoque_le = models.DateField("révoqué le", null=True, blank=True)

    objects = ProtocoleQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de protocole d'échange"
        ordering = ["epci", "partenaire", "source", "-debut"]

    def __str__(self):
        return f"{self.epci} : {self.partenaire} lit {self.source} ({self.echelle})"
