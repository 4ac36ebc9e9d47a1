"""JSON of the attributions API (contrat §3)."""

from rest_framework import serializers

from attributions.models import Attribution, Objectif, SeuilQuartile


def ou_nul(valeur):
    return valeur or None


class AtteinteSerializer(serializers.Serializer):
    """A line of `services.atteintes.lire`, already masked."""

    objectif = serializers.CharField()
    libelle = serializers.CharField()
    epci = serializers.CharField()
    perimetre = serializers.JSONField()
    bailleur = serializers.CharField(allow_null=True)
    reservataire = serializers.CharField(allow_null=True)
    qpv = serializers.CharField(allow_null=True)
    annee = serializers.IntegerField()
    sens = serializers.CharField()
    base = serializers.CharField()
    cible = serializers.FloatField(allow_null=True)
    cible_max = serializers.FloatField(allow_null=True)
    stricte = serializers.BooleanField()
    numerateur = serializers.IntegerField(allow_null=True)
    denominateur = serializers.IntegerField(allow_null=True)
    inconnus = serializers.IntegerField(allow_null=True)
    taux = serializers.FloatField(allow_null=True)
    atteint = serializers.BooleanField(allow_null=True)
    reste_a_faire = serializers.JSONField(allow_null=True, help_text="un nombre ; {min, max} pour une fourchette")
    projection = serializers.FloatField(allow_null=True, help_text="taux au rythme actuel")
    base_attendue = serializers.IntegerField(allow_null=True, help_text="base attendue à la fin de l'année")
    taux_periode = serializers.FloatField(allow_null=True, help_text="taux d'ensemble d'un jalon de plusieurs années")
    details = serializers.JSONField(allow_null=True, help_text="base par quartile, pour un objectif sur les quartiles")
    au = serializers.DateField()
    calcule_le = serializers.DateTimeField()
    alertes = serializers.ListField(child=serializers.CharField())
    secret = serializers.BooleanField()
    objectif_id = serializers.IntegerField()
    legal = serializers.BooleanField()
    source = serializers.CharField()
    epci_nom = serializers.CharField()
    bailleur_nom = serializers.CharField(allow_null=True)
    qpv_nom = serializers.CharField(allow_null=True)
    reservataire_nom = serializers.CharField(allow_null=True)
    objectif_bailleur = serializers.CharField(allow_null=True)
    objectif_reservataire = serializers.CharField(allow_null=True)


class JalonSerializer(serializers.Serializer):
    debut = serializers.DateField()
    fin = serializers.DateField(required=False, allow_null=True)
    valeur = serializers.FloatField(required=False, allow_null=True)
    valeur_max = serializers.FloatField(required=False, allow_null=True)
    stricte = serializers.BooleanField(required=False)


class ObjectifSerializer(serializers.ModelSerializer):
    """What is read; what is written is checked by `services.validation`."""

    bailleur = serializers.SerializerMethodField()
    reservataire = serializers.SerializerMethodField()
    jalons = JalonSerializer(many=True)

    class Meta:
        model = Objectif
        fields = ["id", "code", "libelle", "epci", "legal", "base", "sens", "perimetre", "predicat", "jalons"]
        fields += ["bailleur", "reservataire", "statut", "source"]

    def get_bailleur(self, objectif) -> str | None:
        return ou_nul(objectif.bailleur)

    def get_reservataire(self, objectif) -> str | None:
        return ou_nul(objectif.reservataire)


class AttributionSerializer(serializers.ModelSerializer):
    """An allocation without what would tell a household: no number, no day, no age, size, income or family."""

    qpv = serializers.SerializerMethodField(help_text="QPV à la décision")
    qpv_bail = serializers.SerializerMethodField()
    mois_decision = serializers.SerializerMethodField()
    mois_bail = serializers.SerializerMethodField()
    reservataire = serializers.SerializerMethodField()
    en_qpv = serializers.BooleanField(source="en_qpv_decision", allow_null=True)

    class Meta:
        model = Attribution
        fields = ["epci", "bailleur", "commune", "qpv", "en_qpv", "qpv_bail", "en_qpv_bail", "origine_qpv"]
        fields += ["annee_decision", "mois_decision", "annee_bail", "mois_bail", "issue", "issue_presumee"]
        fields += ["reservataire", "quartile", "quartile_declare", "seuil_annee", "prioritaire", "reloge", "mutation"]
        fields += ["logement_connu", "hors_base"]

    def get_qpv(self, une) -> str | None:
        return ou_nul(une.qpv_decision)

    def get_qpv_bail(self, une) -> str | None:
        return ou_nul(une.qpv_bail)

    def get_mois_decision(self, une) -> int | None:
        return une.date_caleol and une.date_caleol.month

    def get_mois_bail(self, une) -> int | None:
        return une.date_bail and une.date_bail.month

    def get_reservataire(self, une) -> str | None:
        return ou_nul(une.reservataire)


class SeuilSerializer(serializers.ModelSerializer):
    class Meta:
        model = SeuilQuartile
        fields = ["epci", "annee", "s1", "s2", "s3", "source"]
        extra_kwargs = {seuil: {"coerce_to_string": False} for seuil in ("s1", "s2", "s3")}
