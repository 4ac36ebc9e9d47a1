from datetime import date

from django.db import models


class ParametreQuerySet(models.QuerySet):
    def valeur(self, code: str, le: date, epci: str = ""):
        """Value of `code` in force at a date: the territory's own line, else the platform's.

        Raises Parametre.DoesNotExist when neither exists.
        """
        ligne = (
            self.filter(code=code, debut__lte=le, epci__in=["", epci])
            .order_by(models.F("epci").desc(), "-debut")
            .first()
        )
        if ligne is None:
            raise self.model.DoesNotExist(f"Paramètre {code} sans valeur au {le:%d/%m/%Y}.")
        return ligne.valeur

    def en_vigueur(self, codes, le: date, epci: str = "") -> dict[str, "Parametre"]:
        """The lines of several codes at once, one query; raises as `valeur` when one of them has none."""
        lignes = self.filter(code__in=codes, debut__lte=le, epci__in=["", epci]).order_by("epci", "debut")
        trouvees = {ligne.code: ligne for ligne in lignes}
        for code in codes:
            if code not in trouvees:
                raise self.model.DoesNotExist(f"Paramètre {code} sans valeur au {le:%d/%m/%Y}.")
        return trouvees

    def valeurs(self, codes, le: date, epci: str = "") -> dict:
        """Their values."""
        return {code: ligne.valeur for code, ligne in self.en_vigueur(codes, le, epci).items()}


class Parametre(models.Model):
    """A dated parameter of the domain ([P] in the rules), for the platform or for one territory."""

    code = models.CharField("code", max_length=60)
    epci = models.CharField("SIREN du territoire (vide : plateforme)", max_length=9, blank=True, default="")
    debut = models.DateField("à partir du")
    valeur = models.JSONField("valeur")
    source = models.CharField("source", max_length=200)

    objects = ParametreQuerySet.as_manager()

    class Meta:
        verbose_name = "paramètre"
        ordering = ["code", "epci", "-debut"]
        constraints = [models.UniqueConstraint(fields=["code", "epci", "debut"], name="parametre_unique")]

    def __str__(self):
        return f"{self.code} = {self.valeur} ({self.debut:%d/%m/%Y})"
