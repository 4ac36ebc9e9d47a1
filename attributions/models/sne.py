from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from partenaires.models import LigneEvenement
from partenaires.models.depot import LigneDeposeeQuerySet


class RadiationSne(LigneEvenement):
    """A row of the SNE extract of removals: an allocation decision, or a removal for another reason.

    `numero` is the keyed hash (HMAC-SHA256, hex) of the unique number. `cle_evenement` is DATE_CALEOL + NUMERORPLS
    for an allocation, DATE_RADIATION otherwise. `issue` is what the file says; the state that counts is in
    Attribution. Flags of the SNE are kept as imported.
    """

    numero = models.CharField("numéro unique pseudonymisé", max_length=64)
    cle_evenement = models.CharField("clé de l'événement", max_length=60)
    attribution = models.BooleanField("attribution")
    date_creation = models.DateField("date de la demande", null=True)
    date_caleol = models.DateField("date de décision", null=True)
    date_bail = models.DateField("date de signature du bail", null=True)
    date_radiation = models.DateField("date de radiation", null=True)
    motif_radiation = models.CharField("motif de radiation", max_length=60, null=True)
    issue = models.CharField("issue déclarée", max_length=20, null=True)
    bailleur = models.CharField("SIREN du bailleur", max_length=9, null=True)
    numero_rpls = models.CharField("numéro RPLS du logement", max_length=20, null=True)
    commune = models.CharField("commune du logement", max_length=5, null=True)
    type_logement = models.CharField("typologie", max_length=10, null=True)
    reservataire = models.CharField("type de réservataire", max_length=60, null=True)
    loyer = models.DecimalField("loyer mensuel", max_digits=10, decimal_places=2, null=True)
    surface = models.DecimalField("surface", max_digits=8, decimal_places=2, null=True)
    taille_menage = models.SmallIntegerField("taille du ménage", null=True)
    personnes_a_charge = models.SmallIntegerField("personnes à charge", null=True)
    uc = models.DecimalField("unités de consommation", max_digits=6, decimal_places=2, null=True)
    age = models.SmallIntegerField("âge du demandeur", null=True)
    statut_emploi = models.CharField("statut professionnel", max_length=60, null=True)
    situation_familiale = models.CharField("situation familiale", max_length=60, null=True)
    revenu_mensuel = models.DecimalField("revenu mensuel du foyer", max_digits=12, decimal_places=2, null=True)
    pct_plafond = models.DecimalField("% du plafond", max_digits=7, decimal_places=2, null=True)
    dalo = models.SmallIntegerField("DALO", null=True)
    prioritaire = models.SmallIntegerField("ménage prioritaire", null=True)
    anru = models.SmallIntegerField("relogement ANRU", null=True)
    mutation = models.SmallIntegerField("mutation", null=True)
    travailleur_essentiel = models.SmallIntegerField("travailleur essentiel", null=True)
    commune_actuelle = models.CharField("commune du logement actuel", max_length=5, null=True)
    nb_qpv = models.SmallIntegerField("QPV déclaré", null=True)
    nb_hqpv = models.SmallIntegerField("hors QPV déclaré", null=True)
    nb_q1 = models.SmallIntegerField("Q1 déclaré", null=True)
    nb_q2 = models.SmallIntegerField("Q2 déclaré", null=True)
    nb_q3 = models.SmallIntegerField("Q3 déclaré", null=True)
    nb_q4 = models.SmallIntegerField("Q4 déclaré", null=True)
    nb_qna = models.SmallIntegerField("quartile inconnu déclaré", null=True)

    objects = LigneDeposeeQuerySet.as_manager()

    class Meta:
        verbose_name = "radiation SNE"
        constraints = [
            models.UniqueConstraint(
                fields=["numero", "cle_evenement"], condition=models.Q(courant=True), name="radiation_courante_unique"
            )
        ]
        indexes = [BrinIndex(fields=["depot"], name="radiation_depot")]

    def __str__(self):
        return f"{self.numero[:8]}… {self.cle_evenement}"


class DemandeSne(LigneEvenement):
    """An active application at 31 December of the millésime."""

    millesime = models.SmallIntegerField("millésime")
    numero = models.CharField("numéro unique pseudonymisé", max_length=64)
    date_creation = models.DateField("date de la demande", null=True)
    date_renouvellement = models.DateField("date de renouvellement", null=True)
    motif_demande = models.CharField("motif", max_length=60, null=True)
    taille_menage = models.SmallIntegerField("taille du ménage", null=True)
    personnes_a_charge = models.SmallIntegerField("personnes à charge", null=True)
    uc = models.DecimalField("unités de consommation", max_digits=6, decimal_places=2, null=True)
    age = models.SmallIntegerField("âge", null=True)
    statut_emploi = models.CharField("statut professionnel", max_length=60, null=True)
    situation_familiale = models.CharField("situation familiale", max_length=60, null=True)
    revenu_mensuel = models.DecimalField("revenu mensuel du foyer", max_digits=12, decimal_places=2, null=True)
    pct_plafond = models.DecimalField("% du plafond", max_digits=7, decimal_places=2, null=True)
    commune_actuelle = models.CharField("commune actuelle", max_length=5, null=True)
    mode_logement_actuel = models.CharField("mode de logement actuel", max_length=60, null=True)
    commune_recherchee = models.CharField("commune recherchée", max_length=5, null=True)
    type_recherche = models.CharField("typologie recherchée", max_length=10, null=True)
    dalo = models.SmallIntegerField("DALO", null=True)
    prioritaire = models.SmallIntegerField("ménage prioritaire", null=True)
    anru = models.SmallIntegerField("relogement ANRU", null=True)

    objects = LigneDeposeeQuerySet.as_manager()

    class Meta:
        verbose_name = "demande SNE"
        constraints = [
            models.UniqueConstraint(
                fields=["millesime", "numero"], condition=models.Q(courant=True), name="demande_courante_unique"
            )
        ]
        indexes = [BrinIndex(fields=["depot"], name="demande_depot")]

    def __str__(self):
        return f"{self.numero[:8]}… ({self.millesime})"
