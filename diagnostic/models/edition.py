from django.db import models

from partenaires.models import Adhesion


class EditionQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """A document was made for one organisation, with what it may see: nobody else reads it."""
        if not adhesion:
            return self.none()
        return self.filter(adhesion__organisation=adhesion.organisation_id)


class Edition(models.Model):
    """The diagnosis of a territory asked for as a file: the row is the work to be done, then the file's label.

    The file is kept encrypted (`partenaires.services.stockage`) until `conserver_jusqu_au`.
    """

    class Forme(models.TextChoices):
        PDF = "pdf", "Document PDF"
        XLSX = "xlsx", "Classeur"

    class Etat(models.TextChoices):
        DEMANDEE = "demandee", "Demandée"
        EN_COURS = "en_cours", "En cours"
        PRETE = "prete", "Prête"
        ECHEC = "echec", "Échec"

    EN_ATTENTE = (Etat.DEMANDEE, Etat.EN_COURS)

    adhesion = models.ForeignKey(Adhesion, models.CASCADE, related_name="+", verbose_name="demandée par")
    epci = models.CharField("territoire de CIL", max_length=9)
    millesime = models.SmallIntegerField("millésime")
    forme = models.CharField("forme", max_length=4, choices=Forme.choices)
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.DEMANDEE)
    message = models.CharField("ce qui s'est passé", max_length=300, blank=True, default="")
    essais = models.SmallIntegerField("essais", default=0)
    taille = models.BigIntegerField("taille en octets", default=0)
    sha256 = models.CharField("empreinte", max_length=64, blank=True, default="")
    audience = models.CharField("établie pour", max_length=300, blank=True, default="")
    demandee_le = models.DateTimeField("demandée le", auto_now_add=True)
    battement = models.DateTimeField("dernier signe du travail", null=True, blank=True)
    prete_le = models.DateTimeField("prête le", null=True, blank=True)
    conserver_jusqu_au = models.DateField("conservée jusqu'au", null=True, blank=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = "édition du diagnostic"
        ordering = ["-demandee_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["adhesion", "epci", "millesime", "forme"],
                condition=models.Q(etat__in=["demandee", "en_cours"]),
                name="edition_en_attente_unique",
            )
        ]

    def __str__(self):
        return f"Diagnostic {self.epci} {self.millesime} ({self.get_forme_display()})"

    @property
    def en_attente(self) -> bool:
        return self.etat in self.EN_ATTENTE

    @property
    def nom_fichier(self) -> str:
        return f"diagnostic-{self.epci}-{self.millesime}.{self.forme}"
