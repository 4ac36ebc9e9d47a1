from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from diagnostic.models.comptage import ComptageQuerySet, Niveau


class MethodeQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """Platform presets, and methods of the territories one may see; drafts by the EPCI that writes them alone."""
        from diagnostic.models.territoire import Territoire

        if not adhesion:
            return self.none()
        visibles = models.Q(epci="") | models.Q(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))
        siennes = models.Q(epci=adhesion.siren) if adhesion.nature == "epci" else models.Q(pk=None)
        return self.filter(visibles & (~models.Q(statut=Methode.Statut.BROUILLON) | siennes))

    def du_territoire(self, epci: str):
        """The presets of the platform and the methods of that territory alone, each with `nommee`: the code of the one
        that the EPCI named as its main one."""
        choix = MethodePrincipale.objects.filter(epci=epci).order_by("-pk").values("code")[:1]
        return self.filter(epci__in=["", epci]).annotate(nommee=models.Subquery(choix))

    def en_service(self):
        return self.filter(statut=Methode.Statut.ADOPTEE)


class Methode(models.Model):
    """An index method as data (regles §5). A version is never overwritten: a trigger of the database refuses any change
    of what is no longer a draft, but its withdrawal. At most one version of a code is in service on a territory.

    `axes`, one or several: [{"code", "nom", "base": 1|100, "normalisation", "reference", "composantes": [{"code",
    "population", "poids", "sens", "facultative", "paliers"}], "classes": [{"libelle", "min", "max"}]}]; weights and
    bounds are texts, classes the least fragile first, half-open [min, max), None for no bound. `croisement` of two
    axes: {"axes", "classes", "table", "aggravation"}. `regles_quartier`: ordered [{"libelle", "si"}].
    `diagnostic.calculs.indices_regle.lire_regle(methode.donnees())` reads and checks them.
    """

    class Statut(models.TextChoices):
        BROUILLON = "brouillon", "Brouillon"
        ADOPTEE = "adoptee", "Adoptée"
        RETIREE = "retiree", "Retirée"

    class Manquante(models.TextChoices):
        RENORMALISER = "renormaliser", "Les poids des autres composantes sont renormalisés, et c'est signalé"
        SANS_VALEUR = "sans_valeur", "Pas de valeur"

    code = models.CharField("code", max_length=60)
    version = models.CharField("version", max_length=20)
    epci = models.CharField("territoire (vide : plateforme)", max_length=9, blank=True, default="")
    libelle = models.CharField("libellé", max_length=200)
    source = models.CharField("source de la règle", max_length=200)
    axes = models.JSONField("axes")
    croisement = models.JSONField("croisement des axes", null=True, blank=True)
    regles_quartier = models.JSONField("règles de classement des quartiers", default=list, blank=True)
    manquante = models.CharField(
        "composante manquante", max_length=12, choices=Manquante.choices, default=Manquante.RENORMALISER
    )
    minimum_repondants = models.IntegerField("minimum de répondants")
    minimum_composante = models.IntegerField("minimum dans la population d'une composante")
    reglages = models.TextField("réglages de la plateforme, non de la source", blank=True, default="")
    statut = models.CharField("statut", max_length=12, choices=Statut.choices, default=Statut.BROUILLON)
    origine = models.CharField("dupliquée de", max_length=200, blank=True, default="")
    decision = models.CharField("décision d'adoption", max_length=200, blank=True, default="")
    decision_du = models.DateField("date de la décision", null=True, blank=True)
    adoptee_le = models.DateTimeField("adoptée le", null=True, blank=True)
    adoptee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="adoptée par",
    )
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True)

    objects = MethodeQuerySet.as_manager()

    class Meta:
        verbose_name = "méthode d'indice"
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version", "epci"], name="methode_unique"),
            models.UniqueConstraint(
                fields=["code", "epci"], condition=models.Q(statut="adoptee"), name="methode_une_en_service"
            ),
        ]

    def __str__(self):
        return f"{self.libelle} (version {self.version})"

    @property
    def est_brouillon(self) -> bool:
        return self.statut == self.Statut.BROUILLON

    def donnees(self) -> dict:
        """The rule alone, as `lire_regle` reads it."""
        champs = ("axes", "croisement", "regles_quartier", "manquante", "minimum_repondants", "minimum_composante")
        return {champ: getattr(self, champ) for champ in champs}

    @property
    def libelles(self) -> list[str]:
        """Classes of the method, the least fragile first: crossed, or those of its one axis."""
        return self.croisement["classes"] if self.croisement else [c["libelle"] for c in self.axes[0]["classes"]]


class DuTerritoireQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """Rows of the territories one may see."""
        from diagnostic.models.territoire import Territoire

        if not adhesion:
            return self.none()
        return self.filter(epci__in=Territoire.objects.visible_to(adhesion).values("siren"))


class MethodePrincipale(models.Model):
    """The method that the pages of a territory open on, by its code, as the EPCI named it: the latest row holds."""

    epci = models.CharField("territoire de CIL", max_length=9)
    code = models.CharField("code de la méthode", max_length=60)
    choisie_le = models.DateTimeField("choisie le", auto_now_add=True)
    choisie_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="choisie par",
    )

    objects = DuTerritoireQuerySet.as_manager()

    class Meta:
        verbose_name = "méthode principale"
        indexes = [models.Index(fields=["epci", "-id"], name="methode_principale_epci")]

    def __str__(self):
        return f"{self.epci} : {self.code}"


class ReferenceMethode(models.Model):
    """The reference year of a method on a territory, fixed at the first computation (regles §5), with its counts."""

    methode = models.ForeignKey(Methode, models.CASCADE, related_name="references", verbose_name="méthode")
    epci = models.CharField("territoire de référence", max_length=9)
    millesime = models.SmallIntegerField("millésime de référence")
    comptes = models.JSONField("numérateurs et dénominateurs de référence")
    fixee_le = models.DateTimeField("fixée le", auto_now_add=True, null=True)

    objects = DuTerritoireQuerySet.as_manager()

    class Meta:
        verbose_name = "référence d'une méthode"
        constraints = [models.UniqueConstraint(fields=["methode", "epci"], name="reference_methode_unique")]

    def __str__(self):
        return f"{self.methode} : {self.epci} {self.millesime}"


class ReferenceIndice(models.Model):
    """Counts that the rates of a place were taken to: of one method, millésime and, where the method compares within
    a family of stock, family. `comptes`: {axis: {"indicator/population": [numerator, denominator]}}."""

    methode = models.ForeignKey(Methode, models.CASCADE, related_name="+", verbose_name="méthode")
    epci = models.CharField("territoire de CIL", max_length=9)
    millesime = models.SmallIntegerField("millésime")
    famille = models.CharField("famille de patrimoine", max_length=40, blank=True, default="")
    comptes = models.JSONField("numérateurs et dénominateurs de référence")

    objects = DuTerritoireQuerySet.as_manager()

    class Meta:
        verbose_name = "référence des indices"
        constraints = [
            models.UniqueConstraint(fields=["methode", "epci", "millesime", "famille"], name="reference_indice_unique")
        ]

    def __str__(self):
        return f"{self.methode_id} {self.epci} {self.millesime} {self.famille}"


class Indice(models.Model):
    """Value and class of one method for one place and millésime; the contributions of an axis sum to its value.

    `contributions` (null: does not count) and `etats` (`calculs.indices_scores.Etat`) are in the order of the method's
    components, axis after axis; `valeurs_axes` and `rangs_axes` in that of its axes, empty for a single one, whose
    value and class are the line's. The counts behind are those of Comptage, the reference's those of ReferenceIndice.
    Millions of lines, always rewritten by territory: no constraint on the method is checked line by line.
    """

    methode = models.ForeignKey(
        Methode, models.CASCADE, related_name="indices", verbose_name="méthode", db_constraint=False, db_index=False
    )
    epci = models.CharField("territoire de CIL", max_length=9)
    niveau = models.CharField("niveau", max_length=10, choices=Niveau.choices)
    territoire = models.CharField("place", max_length=60)
    version = models.CharField("version du périmètre", max_length=20, blank=True, default="")
    bailleur = models.CharField("bailleur de la résidence", max_length=9, blank=True, default="")
    commune = models.CharField("commune de la résidence", max_length=5, blank=True, default="")
    qpv = models.CharField("QPV de la résidence", max_length=30, blank=True, default="")
    famille = models.CharField("famille de référence", max_length=40, blank=True, default="")
    millesime = models.SmallIntegerField("millésime")
    valeur = models.FloatField("valeur", null=True)
    classe = models.CharField("classe", max_length=100, blank=True, default="")
    rang_classe = models.SmallIntegerField("rang de la classe (0 : la moins fragile)", null=True)
    repondants = models.IntegerField("répondants", default=0)
    premier_bailleur = models.CharField("bailleur qui a le plus de répondants", max_length=9, blank=True, default="")
    repondants_premier = models.IntegerField("répondants de ce bailleur", default=0)
    contributions = ArrayField(models.FloatField(null=True), default=list, verbose_name="contributions")
    etats = ArrayField(models.SmallIntegerField(), default=list, verbose_name="états des composantes")
    valeurs_axes = ArrayField(models.FloatField(null=True), default=list, verbose_name="valeurs des axes")
    rangs_axes = ArrayField(models.SmallIntegerField(null=True), default=list, verbose_name="rangs des axes")
    alertes = ArrayField(models.CharField(max_length=60), default=list, verbose_name="alertes")
    calcule_le = models.DateTimeField("calculé le")

    objects = ComptageQuerySet.as_manager()

    class Meta:
        verbose_name = "indice"
        constraints = [
            models.UniqueConstraint(
                fields=["methode", "epci", "niveau", "territoire", "version", "millesime"], name="indice_unique"
            )
        ]

    def __str__(self):
        return f"{self.methode_id} {self.territoire} {self.millesime} : {self.valeur}"
