from datetime import date

from django.core.validators import MaxLengthValidator
from django.db import models

from diagnostic.models.territoire import Commune, Territoire
from partenaires.models import Organisation, Utilisateur

Nature = Organisation.Nature


class Partie(models.TextChoices):
    """Who gives an opinion on a residence. The values are the natures of organisation that give it."""

    BAILLEUR = "bailleur", "Bailleur"
    COMMUNE = "commune", "Commune"


class Note(models.IntegerChoices):
    """Quality of « bien vivre ensemble » (E2 T32 C)."""

    EXCELLENTE = 1, "1 excellente"
    SATISFAISANTE = 2, "2 satisfaisante"
    A_CONFORTER = 3, "3 à conforter"
    A_TRAVAILLER = 4, "4 à travailler"


NOTE_VALIDE = models.Q(note__gte=1, note__lte=4)


def communes_de(adhesion):
    """INSEE codes of the communes that a commune's member acts for."""
    return Commune.objects.filter(siren=adhesion.siren).values("code")


class TourAvisQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """EPCI, DDT: their territories. Bailleur: its residences. Commune: the residences that stand on it."""
        if not adhesion:
            return self.none()
        if adhesion.nature == Nature.BAILLEUR:
            return self.filter(bailleur=adhesion.siren)
        if adhesion.nature == Nature.COMMUNE:
            return self.filter(commune__in=communes_de(adhesion))
        if adhesion.nature in (Nature.EPCI, Nature.DDT):
            return self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))
        return self.none()

    def ouverts(self):
        return self.filter(clos_le=None)


class TourAvis(models.Model):
    """A residence put to the opinion of its bailleur and of its commune: by a campaign of the EPCI, or because its
    published note is due again. Closed by the publication of its note; a later round never touches an earlier one.

    `residence`, `bailleur`, `commune`: natural keys, as they were when the round was opened.
    """

    class Origine(models.TextChoices):
        CAMPAGNE = "campagne", "Campagne de l'EPCI"
        REEVALUATION = "reevaluation", "Réévaluation à l'échéance"

    epci = models.CharField("territoire de CIL", max_length=9)
    residence = models.CharField("résidence (SIREN:CODE)", max_length=60)
    bailleur = models.CharField("SIREN du bailleur", max_length=9)
    commune = models.CharField("commune", max_length=5)
    numero = models.SmallIntegerField("numéro du tour")
    origine = models.CharField("origine", max_length=12, choices=Origine.choices)
    ouvert_le = models.DateField("ouvert le")
    limite = models.DateField("avis attendus au plus tard le")
    ouvert_par = models.ForeignKey(
        Utilisateur, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="ouvert par"
    )
    clos_le = models.DateField("clos le", null=True, blank=True)

    objects = TourAvisQuerySet.as_manager()

    class Meta:
        verbose_name = "tour d'avis de proximité"
        ordering = ["residence", "-numero"]
        constraints = [
            models.UniqueConstraint(fields=["residence", "numero"], name="tour_avis_unique"),
            models.UniqueConstraint(fields=["residence"], condition=models.Q(clos_le=None), name="tour_avis_un_ouvert"),
            models.CheckConstraint(condition=models.Q(limite__gte=models.F("ouvert_le")), name="tour_avis_limite"),
        ]
        indexes = [
            models.Index(fields=["epci"], name="tour_avis_epci"),
            models.Index(fields=["bailleur"], name="tour_avis_bailleur"),
            models.Index(fields=["commune"], name="tour_avis_commune"),
        ]

    def __str__(self):
        return f"{self.residence}, tour {self.numero}"

    @property
    def est_ouvert(self) -> bool:
        return self.clos_le is None

    def est_en_retard(self, le: date) -> bool:
        return self.est_ouvert and le > self.limite


class AvisProximiteQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """EPCI, DDT: both opinions. Bailleur, commune: their own."""
        visibles = self.filter(tour__in=TourAvis.objects.visible_to(adhesion).values("pk"))
        if adhesion and adhesion.nature in Partie.values:
            return visibles.filter(partie=adhesion.nature)
        return visibles


class AvisProximite(models.Model):
    """The opinion of one side on a residence, in one round. Given again, it is a new row: the latest holds."""

    COMMENTAIRE_MAX = 1000

    tour = models.ForeignKey(TourAvis, models.CASCADE, related_name="avis", verbose_name="tour")
    partie = models.CharField("partie", max_length=10, choices=Partie.choices)
    note = models.SmallIntegerField("note", choices=Note.choices)
    commentaire = models.TextField(
        "commentaire", blank=True, default="", validators=[MaxLengthValidator(COMMENTAIRE_MAX)]
    )
    auteur = models.ForeignKey(
        Utilisateur, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="auteur"
    )
    donne_le = models.DateTimeField("donné le", auto_now_add=True)

    objects = AvisProximiteQuerySet.as_manager()

    class Meta:
        verbose_name = "avis de proximité"
        verbose_name_plural = "avis de proximité"
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=NOTE_VALIDE, name="avis_note_de_1_a_4")]
        indexes = [models.Index(fields=["tour", "partie", "-id"], name="avis_dernier")]

    def __str__(self):
        return f"{self.tour} : {self.get_partie_display()} {self.note}"


class NotePublieeQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """Every party of the round: the published note is what they worked for."""
        return self.filter(tour__in=TourAvis.objects.visible_to(adhesion).values("pk"))

    def en_vigueur(self, epci: str, au: date):
        """The note of each residence of the territory at a date: the latest published on or before it."""
        publiees = self.filter(tour__epci=epci, publiee_le__lte=au)
        return publiees.order_by("tour__residence", "-publiee_le", "-pk").distinct("tour__residence")


class NotePubliee(models.Model):
    """The note that the EPCI publishes at the end of a round, with its reason where opinions diverge. Arbitrated
    again, it is a new row: the latest holds."""

    MOTIF_MAX = 1000

    tour = models.ForeignKey(TourAvis, models.CASCADE, related_name="publications", verbose_name="tour")
    note = models.SmallIntegerField("note", choices=Note.choices)
    motif = models.TextField("motif de l'arbitrage", blank=True, default="", validators=[MaxLengthValidator(MOTIF_MAX)])
    auteur = models.ForeignKey(
        Utilisateur, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="arbitrée par"
    )
    publiee_le = models.DateField("publiée le")
    echeance = models.DateField("à réévaluer à partir du")
    enregistree_le = models.DateTimeField("enregistrée le", auto_now_add=True)

    objects = NotePublieeQuerySet.as_manager()

    class Meta:
        verbose_name = "note publiée"
        verbose_name_plural = "notes publiées"
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=NOTE_VALIDE, name="note_publiee_de_1_a_4")]
        indexes = [models.Index(fields=["tour", "-publiee_le", "-id"], name="note_publiee_derniere")]

    def __str__(self):
        return f"{self.tour} : {self.note} ({self.publiee_le:%d/%m/%Y})"


class RappelAvis(models.Model):
    """A reminder sent to an organisation that owes opinions: one a day at most."""

    epci = models.CharField("territoire de CIL", max_length=9)
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="+", verbose_name="organisation relancée"
    )
    envoye_le = models.DateField("envoyé le")
    nombre = models.IntegerField("avis attendus")

    class Meta:
        verbose_name = "rappel d'avis"
        constraints = [models.UniqueConstraint(fields=["epci", "organisation", "envoye_le"], name="rappel_avis_unique")]

    def __str__(self):
        return f"{self.organisation} : {self.nombre} avis ({self.envoye_le:%d/%m/%Y})"
