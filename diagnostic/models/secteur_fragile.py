from django.db import models


class ResidenceFragile(models.Model):
    """A residence of the fragile sectors of a territory, for one version of the QPV (Reims, E3 F07): computed.

    In none of the rows: out of them.
    """

    class Motif(models.TextChoices):
        QPV = "qpv", "En QPV"
        LIMITROPHE = "limitrophe", "Limitrophe d'un QPV"
        SECTEUR = "secteur", "Secteur nommé par le territoire"

    epci = models.CharField("territoire de CIL", max_length=9)
    version = models.CharField("version des QPV", max_length=20)
    residence = models.CharField("résidence (SIREN:CODE)", max_length=60)
    motif = models.CharField("motif", max_length=10, choices=Motif.choices)

    class Meta:
        verbose_name = "résidence d'un secteur fragile"
        constraints = [
            models.UniqueConstraint(fields=["epci", "version", "residence"], name="residence_fragile_unique")
        ]

    def __str__(self):
        return f"{self.residence} {self.version} : {self.motif}"
