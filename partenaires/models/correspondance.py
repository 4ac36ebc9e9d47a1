from django.db import models

from partenaires.models.organisation import Organisation
from partenaires.models.utilisateur import Utilisateur


class CorrespondanceQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """One's own; an EPCI also those of the bailleurs attached to it, for whom it deposits."""
        if not adhesion:
            return self.none()
        siennes = models.Q(organisation=adhesion.organisation_id)
        if adhesion.nature == Organisation.Nature.EPCI:
            siennes |= models.Q(organisation__nature=Organisation.Nature.BAILLEUR, organisation__epci=adhesion.siren)
        return self.filter(siennes)

    def en_vigueur(self):
        """The latest version of each organisation and type."""
        dernieres = self.model.objects.filter(
            organisation=models.OuterRef("organisation"), type=models.OuterRef("type")
        )
        return self.filter(version=models.Subquery(dernieres.order_by("-version").values("version")[:1]))


class Correspondance(models.Model):
    """How the files of an organisation name what a type calls otherwise; a version is never rewritten.

    `entetes`: their header → our column. `codes`: our column → {their value: ours, empty for unknown}.
    """

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="correspondances", verbose_name="organisation"
    )
    type = models.CharField("type de fichier", max_length=30)
    version = models.SmallIntegerField("version")
    entetes = models.JSONField("colonnes : la leur, la nôtre", default=dict, blank=True)
    codes = models.JSONField("valeurs, par colonne : la leur, la nôtre", default=dict, blank=True)
    cree_par = models.ForeignKey(
        Utilisateur, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="enregistrée par"
    )
    cree_le = models.DateTimeField("enregistrée le", auto_now_add=True)

    objects = CorrespondanceQuerySet.as_manager()

    class Meta:
        verbose_name = "correspondance de colonnes"
        ordering = ["type", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "type", "version"], name="correspondance_version_unique")
        ]

    def __str__(self):
        return f"{self.type} v{self.version} – {self.organisation}"

    @property
    def nombre_de_codes(self) -> int:
        return sum(map(len, self.codes.values()))
