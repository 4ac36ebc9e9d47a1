from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from partenaires.models import LigneDeposee
from partenaires.models.depot import LigneDeposeeQuerySet


class LogementQuerySet(LigneDeposeeQuerySet):
    def visible_to(self, adhesion):
        """Rows of dwellings carry personal data (rent, lease): the bailleur's own only."""
        if not adhesion or adhesion.nature != "bailleur":
            return self.none()
        return self.filter(bailleur=adhesion.siren)


class Logement(LigneDeposee):
    """A dwelling of RPLS at 1 January of a millésime. Codes are those of the RPLS layout; amounts in euros a month,
    surfaces in m²; `bail` and `remlocdate` are the first day of the month given."""

    millesime = models.SmallIntegerField("millésime")
    bailleur = models.CharField("SIREN du bailleur", max_length=9)
    ident_rep = models.CharField("numéro RPLS", max_length=20)
    ident_int = models.CharField("identifiant interne", max_length=50)
    ident_org = models.CharField("identifiant de l'organisme", max_length=20)
    commune = models.CharField("commune (code en vigueur)", max_length=5)
    numvoie = models.CharField("numéro", max_length=10, null=True)
    typvoie = models.CharField("type de voie", max_length=20, null=True)
    nomvoie = models.CharField("voie", max_length=200, null=True)
    complgeo = models.CharField("programme", max_length=200, null=True)
    bat = models.CharField("bâtiment", max_length=60, null=True)
    esc = models.CharField("escalier", max_length=60, null=True)
    entree = models.CharField("entrée", max_length=60, null=True)
    qpv = models.SmallIntegerField("QPV déclaré (1 oui, 2 non)", null=True)
    typeconst = models.CharField("type de construction", max_length=1, null=True)
    nbpiece = models.SmallIntegerField("pièces", null=True)
    surfhab = models.DecimalField("surface habitable", max_digits=8, decimal_places=2, null=True)
    construct = models.SmallIntegerField("année de construction", null=True)
    locat = models.SmallIntegerField("année de première location", null=True)
    patrimoine = models.SmallIntegerField("année d'entrée au patrimoine", null=True)
    sortiepatrim = models.SmallIntegerField("sortie du patrimoine", null=True)
    droit = models.SmallIntegerField("droit", null=True)
    dpeenergie = models.CharField("DPE énergie", max_length=1, null=True)
    finan = models.SmallIntegerField("financement", null=True)
    conv = models.SmallIntegerField("conventionné (1 oui, 2 non)", null=True)
    datconv = models.DateField("date de convention", null=True)
    mode = models.SmallIntegerField("mode d'occupation", null=True)
    bail = models.DateField("début du bail", null=True)
    remlocdate = models.DateField("remise en location", null=True)
    contreslog = models.SmallIntegerField("réservation", null=True)
    loyerprinc = models.DecimalField("loyer principal", max_digits=10, decimal_places=2, null=True)
    loyermaxapl = models.DecimalField("loyer maximal APL", max_digits=10, decimal_places=2, null=True)

    objects = LogementQuerySet.as_manager()

    class Meta:
        verbose_name = "logement"
        constraints = [
            models.UniqueConstraint(
                fields=["bailleur", "millesime", "ident_int", "ident_org"],
                condition=models.Q(courant=True),
                name="logement_courant_unique",
            )
        ]
        indexes = [
            models.Index(
                fields=["bailleur", "ident_rep"], condition=models.Q(courant=True), name="logement_numero_rpls"
            ),
            BrinIndex(fields=["depot"], name="logement_depot"),
        ]

    def __str__(self):
        return f"{self.ident_int} ({self.millesime})"
