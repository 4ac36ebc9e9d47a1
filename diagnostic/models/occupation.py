from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from partenaires.models import LigneDeposee
from partenaires.models.depot import LigneDeposeeQuerySet


class MenageOpsQuerySet(LigneDeposeeQuerySet):
    def visible_to(self, adhesion):
        """Household rows of the survey stay with the bailleur that collected them."""
        if not adhesion or adhesion.nature != "bailleur":
            return self.none()
        return self.filter(bailleur=adhesion.siren)


class MenageOps(LigneDeposee):
    """The household of one occupied dwelling at one survey. `None` is unknown, 0 is a value."""

    annee = models.SmallIntegerField("année d'enquête")
    bailleur = models.CharField("SIREN du bailleur", max_length=9)
    ident_int = models.CharField("identifiant interne du logement", max_length=50)
    reponse = models.SmallIntegerField("réponse (1 oui, 0 non)")
    date_entree = models.DateField("date d'entrée", null=True)
    nb_occupants = models.SmallIntegerField("occupants", null=True)
    nb_majeurs = models.SmallIntegerField("majeurs", null=True)
    nb_enfants = models.SmallIntegerField("enfants", null=True)
    nb_enfants_moins_14 = models.SmallIntegerField("enfants de moins de 14 ans", null=True)
    composition = models.SmallIntegerField("composition", null=True)
    age_titulaire = models.SmallIntegerField("âge du titulaire", null=True)
    pct_plafond_plus = models.DecimalField("% du plafond PLUS", max_digits=7, decimal_places=2, null=True)
    nb_emploi_stable = models.SmallIntegerField("emplois stables", null=True)
    nb_emploi_precaire = models.SmallIntegerField("emplois précaires", null=True)
    nb_sans_emploi = models.SmallIntegerField("sans emploi", null=True)
    nb_retraites = models.SmallIntegerField("retraités", null=True)
    nb_autres_inactifs = models.SmallIntegerField("autres inactifs", null=True)
    apl = models.SmallIntegerField("APL (1 oui, 0 non)", null=True)
    minima_sociaux = models.SmallIntegerField("minima sociaux (1 oui, 0 non)", null=True)

    objects = MenageOpsQuerySet.as_manager()

    class Meta:
        verbose_name = "ménage de l'enquête OPS"
        constraints = [
            models.UniqueConstraint(
                fields=["bailleur", "annee", "ident_int"],
                condition=models.Q(courant=True),
                name="menage_ops_courant_unique",
            )
        ]
        indexes = [BrinIndex(fields=["depot"], name="menage_ops_depot")]

    def __str__(self):
        return f"{self.ident_int} ({self.annee})"


class GestionResidence(LigneDeposee):
    """A residence and a year of the rent roll: counts of dwellings, moves, arrears, offers."""

    annee = models.SmallIntegerField("année")
    bailleur = models.CharField("SIREN du bailleur", max_length=9)
    code_residence = models.CharField("code de la résidence", max_length=50)
    nb_logements = models.IntegerField("logements", null=True)
    nb_occupes = models.IntegerField("logements occupés", null=True)
    nb_vacants_3mois = models.IntegerField("vacants depuis plus de 3 mois", null=True)
    nb_entrees = models.IntegerField("entrées", null=True)
    nb_premieres_locations = models.IntegerField("premières locations", null=True)
    nb_sorties = models.IntegerField("sorties", null=True)
    nb_impayes_3mois = models.IntegerField("impayés de plus de 3 mois", null=True)
    nb_demandes_mutation = models.IntegerField("demandes de mutation", null=True)
    nb_propositions = models.IntegerField("propositions", null=True)
    nb_refus = models.IntegerField("refus", null=True)

    objects = LigneDeposeeQuerySet.as_manager()

    class Meta:
        verbose_name = "gestion d'une résidence"
        constraints = [
            models.UniqueConstraint(
                fields=["bailleur", "annee", "code_residence"],
                condition=models.Q(courant=True),
                name="gestion_courante_unique",
            )
        ]

    def __str__(self):
        return f"{self.bailleur}:{self.code_residence} ({self.annee})"
