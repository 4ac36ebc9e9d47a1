from django.db import models

from diagnostic.models.avis import Nature, Partie, communes_de
from diagnostic.models.territoire import Territoire
from partenaires.models import Utilisateur


class FicheGrilleQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """EPCI, DDT: both sides on their territories. Bailleur, commune: their own side, on their residences."""
        if not adhesion:
            return self.none()
        if adhesion.nature == Nature.BAILLEUR:
            return self.filter(partie=Partie.BAILLEUR, bailleur=adhesion.siren)
        if adhesion.nature == Nature.COMMUNE:
            return self.filter(partie=Partie.COMMUNE, commune__in=communes_de(adhesion))
        if adhesion.nature in (Nature.EPCI, Nature.DDT):
            return self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))
        return self.none()

    def dernieres(self, epci: str, millesime: int):
        """The sheet in force of each residence and side: the last one written for the latest millésime at or before
        this one."""
        connues = self.filter(epci=epci, millesime__lte=millesime)
        return connues.order_by("residence", "partie", "-millesime", "-pk").distinct("residence", "partie")


class FicheGrille(models.Model):
    """The qualitative grid of a residence as one side filled it (S4 step 3; E1 I-11). Saved again, it is a new row.

    `notes`: criterion → 1 (best) to 4 (worst), those rated only; the criteria are the dated parameter
    `grille_criteres`. `appuis`, `freins`: what the residence can rely on, what holds it back.
    """

    TEXTE_MAX = 500

    epci = models.CharField("territoire de CIL", max_length=9)
    residence = models.CharField("résidence (SIREN:CODE)", max_length=60)
    bailleur = models.CharField("SIREN du bailleur", max_length=9)
    commune = models.CharField("commune", max_length=5)
    millesime = models.SmallIntegerField("millésime")
    partie = models.CharField("partie", max_length=10, choices=Partie.choices)
    notes = models.JSONField("notes", default=dict, blank=True)
    appuis = models.CharField("points d'appui", max_length=TEXTE_MAX, blank=True, default="")
    freins = models.CharField("freins", max_length=TEXTE_MAX, blank=True, default="")
    auteur = models.ForeignKey(
        Utilisateur, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="auteur"
    )
    en_atelier = models.BooleanField("saisie par l'EPCI en atelier", default=False)
    saisie_le = models.DateTimeField("saisie le", auto_now_add=True)

    objects = FicheGrilleQuerySet.as_manager()

    class Meta:
        verbose_name = "fiche de la grille qualitative"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["epci", "residence", "partie", "-millesime", "-id"], name="fiche_grille_derniere")
        ]

    def __str__(self):
        return f"{self.residence} {self.millesime} ({self.get_partie_display()})"
