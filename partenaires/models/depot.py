from django.contrib.postgres.fields import ArrayField
from django.db import models

from partenaires.models.organisation import Organisation
from partenaires.models.utilisateur import Utilisateur


class DepotQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """A deposit is seen by the organisation that owns its rows and by the one that made it."""
        if not adhesion:
            return self.none()
        return self.filter(
            models.Q(organisation=adhesion.organisation_id) | models.Q(deposant=adhesion.organisation_id)
        )

    def charges(self):
        """Those whose rows are in force, until their withdrawal has ended."""
        return self.filter(etat__in=Depot.EN_VIGUEUR)


class Depot(models.Model):
    """A file handed in: what it is, where it stands, its hash and its report.

    Its identity is (type, organisation, millesime, nature, version, sha256). Rows of the mass tables point to it.
    """

    class Etat(models.TextChoices):
        A_PRECISER = "a_preciser", "À préciser"
        RECU = "recu", "Reçu"
        CONTROLE = "controle", "Contrôle en cours"
        A_CONFIRMER = "a_confirmer", "À confirmer"
        CHARGEMENT = "chargement", "Chargement en cours"
        CHARGE = "charge", "Chargé"
        DEJA_CHARGE = "deja_charge", "Déjà chargé"
        SIMULATION = "simulation", "Simulation"
        REFUSE = "refuse", "Refusé"
        ABANDONNE = "abandonne", "Abandonné"
        RETRAIT = "retrait", "Retrait en cours"
        RETIRE = "retire", "Retiré"
        ECHEC = "echec", "Échec"

    EN_COURS = (Etat.RECU, Etat.CONTROLE, Etat.CHARGEMENT, Etat.RETRAIT)
    EN_VIGUEUR = (Etat.CHARGE, Etat.RETRAIT)

    type = models.CharField("type", max_length=30)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="depots",
        verbose_name="organisation",
        help_text="Celle dont ce sont les données ; vide pour les données nationales.",
    )
    deposant = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="depots_faits", verbose_name="déposant"
    )
    depose_par = models.ForeignKey(
        Utilisateur, models.SET_NULL, null=True, blank=True, related_name="depots", verbose_name="déposé par"
    )
    fichier = models.CharField("nom du fichier", max_length=255)
    sha256 = models.CharField("empreinte", max_length=64)
    taille = models.BigIntegerField("taille en octets", default=0)
    millesime = models.SmallIntegerField("millésime", null=True, blank=True)
    nature = models.CharField("nature", max_length=20, blank=True, default="")
    version = models.CharField("version", max_length=20, blank=True, default="")
    etat = models.CharField("état", max_length=20, choices=Etat.choices, default=Etat.RECU)
    rapport = models.JSONField("rapport", default=dict, blank=True)
    cles = models.BigIntegerField("clés chargées", default=0, help_text="Lignes en base portées par ce dépôt.")
    territoires = ArrayField(
        models.CharField(max_length=9), default=list, blank=True, verbose_name="territoires touchés"
    )
    cree_le = models.DateTimeField("déposé le", auto_now_add=True)
    charge_le = models.DateTimeField("chargé le", null=True, blank=True)
    # what the depositor asked for
    encodage = models.CharField("encodage imposé", max_length=30, blank=True, default="")
    feuille = models.CharField("feuille du classeur", max_length=100, blank=True, default="")
    partiel = models.BooleanField("charger les lignes sans erreur", default=False)
    # where the work stands; written by the worker, at most once a second, outside the load's transaction
    phase = models.CharField("phase", max_length=30, blank=True, default="")
    progression = models.SmallIntegerField("progression, de 0 à 100", default=0)
    lignes_lues = models.BigIntegerField("lignes lues jusqu'ici", default=0)
    reste_s = models.IntegerField("secondes restantes, estimées", null=True, blank=True)
    battement = models.DateTimeField("dernier signe du travail", null=True, blank=True)
    essais = models.SmallIntegerField("essais du travail en cours", default=0)
    confirme_le = models.DateTimeField("confirmé le", null=True, blank=True)
    retire_le = models.DateTimeField("retiré le", null=True, blank=True)
    retire_par = models.ForeignKey(
        Utilisateur, models.SET_NULL, null=True, blank=True, related_name="retraits", verbose_name="retrait demandé par"
    )
    # the file itself, encrypted (partenaires.services.stockage)
    conserver_jusqu_au = models.DateField("fichier conservé jusqu'au", null=True, blank=True)
    efface_le = models.DateTimeField("fichier effacé le", null=True, blank=True)

    objects = DepotQuerySet.as_manager()

    class Meta:
        verbose_name = "dépôt"
        ordering = ["-cree_le", "-id"]
        indexes = [models.Index(fields=["type", "organisation", "etat"])]

    def __str__(self):
        return f"{self.type} – {self.fichier}"

    @property
    def en_cours(self) -> bool:
        """Something is still being done, or waits to be, without anyone's help."""
        return self.etat in self.EN_COURS


class LigneDeposeeQuerySet(models.QuerySet):
    def courantes(self):
        return self.filter(courant=True)


class LigneDeposee(models.Model):
    """A row that a deposit brought. `courant`: it is the one in force (latest deposit not withdrawn for its key).

    Foreign keys of mass tables carry no database constraint: the import engine checks them set-wise before the load.
    """

    depot = models.ForeignKey(
        Depot, models.PROTECT, related_name="+", verbose_name="dépôt", db_constraint=False, db_index=False
    )
    courant = models.BooleanField("en vigueur", default=True)

    class Meta:
        abstract = True
