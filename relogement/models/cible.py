from django.db import models

from diagnostic.models import Territoire
from partenaires.models import Organisation
from relogement.models.projet import Operation, Projet


class CibleRelogementQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """Local targets are shared by the partners who see the territory or the project."""
        if not adhesion or adhesion.nature not in (
            Organisation.Nature.EPCI,
            Organisation.Nature.DDT,
            Organisation.Nature.BAILLEUR,
            Organisation.Nature.COMMUNE,
        ):
            return self.none()
        projets = Projet.objects.visible_to(adhesion)
        return self.filter(
            models.Q(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))
            | models.Q(projet__in=projets)
            | models.Q(operation__projet__in=projets)
        )


class CibleRelogement(models.Model):
    """A local target of one ANRU criterion, dated, at the scale of an operation, a project or the EPCI (regles §7).
    The most precise one in force holds."""

    class Critere(models.TextChoices):
        RESTE_A_CHARGE = "reste_a_charge", "Maîtrise du reste à charge"
        NEUF = "neuf", "Neuf ou conventionné depuis moins de 5 ans"
        HORS_QPV = "hors_qpv", "Hors QPV"
        HORS_QUARTIER = "hors_quartier", "Hors quartier en renouvellement urbain"

    class Moment(models.TextChoices):
        DEMARRAGE = "demarrage", "Démarrage"
        CONVENTION = "convention", "Conventionnement"
        OPERATIONNEL = "operationnel", "Entrée en phase opérationnelle"
        MISE_EN_OEUVRE = "mise_en_oeuvre", "Mise en œuvre"

    epci = models.CharField("territoire de CIL", max_length=9, blank=True, default="")
    projet = models.ForeignKey(
        Projet, models.CASCADE, null=True, blank=True, related_name="cibles", verbose_name="projet"
    )
    operation = models.ForeignKey(
        Operation, models.CASCADE, null=True, blank=True, related_name="cibles", verbose_name="opération"
    )
    critere = models.CharField("critère", max_length=20, choices=Critere.choices)
    valeur = models.DecimalField("valeur", max_digits=7, decimal_places=6)
    debut = models.DateField("à partir du")
    moment = models.CharField("moment", max_length=20, choices=Moment.choices, default=Moment.CONVENTION)
    cree_le = models.DateTimeField("créée le", auto_now_add=True)

    objects = CibleRelogementQuerySet.as_manager()

    class Meta:
        verbose_name = "cible de relogement"
        ordering = ["critere", "-debut"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(projet=None, operation=None) & ~models.Q(epci="")
                    | models.Q(epci="", operation=None, projet__isnull=False)
                    | models.Q(epci="", projet=None, operation__isnull=False)
                ),
                name="cible_une_echelle",
            )
        ]

    def __str__(self):
        return f"{self.critere} : {self.valeur}"
