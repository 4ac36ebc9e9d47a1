"""Indices (contrat §3)."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView

from diagnostic.models.comptage import Niveau
from diagnostic.services import indices
from partenaires.api.parametres import lire_parametres

DECIMALES_TAUX = 4
TRIS = [signe + tri for tri in indices.TRIS for signe in ("", "-")]


class ParametresIndices(serializers.Serializer):
    epci = serializers.CharField(required=False, help_text="SIREN du territoire de CIL")
    niveau = serializers.ChoiceField(Niveau.choices, required=False)
    methode = serializers.CharField(required=False, help_text="code de la méthode (/methodes/)")
    millesime = serializers.IntegerField(required=False, min_value=1900, max_value=2200)
    commune = serializers.CharField(required=False, help_text="code INSEE : ce qui s'y trouve")
    qpv = serializers.CharField(required=False, help_text="code du QPV : ce qui s'y trouve")
    bailleur = serializers.CharField(required=False, help_text="SIREN : ses résidences")
    territoire = serializers.CharField(required=False, help_text="un lieu exactement")
    ordering = serializers.ChoiceField(
        TRIS, required=False, source="tri", help_text="par valeur ou répondants : avec epci et niveau"
    )

    def validate(self, donnees):
        par_chiffre = donnees.get("tri", "").lstrip("-") in ("valeur", "repondants")
        manquants = [nom for nom in ("epci", "niveau") if par_chiffre and nom not in donnees]
        if manquants:
            raise ValidationError({nom: ["Obligatoire pour trier par valeur ou par répondants."] for nom in manquants})
        return donnees


class Taux(serializers.FloatField):
    def to_representation(self, value):
        return None if value is None else round(value, DECIMALES_TAUX)


class ContributionSerializer(serializers.Serializer):
    code = serializers.CharField()
    population = serializers.CharField()
    poids = serializers.FloatField(help_text="poids appliqué, après renormalisation ; 0 pour une composante manquante")
    taux = Taux(allow_null=True)
    reference = Taux(allow_null=True)
    contribution = serializers.FloatField(allow_null=True)
    secret = serializers.BooleanField()
    alerte = serializers.CharField(help_text="pourquoi la composante manque ; vide sinon")


class AxeSerializer(serializers.Serializer):
    code = serializers.CharField()
    nom = serializers.CharField()
    valeur = serializers.FloatField(allow_null=True)
    classe = serializers.CharField(allow_null=True)
    rang = serializers.IntegerField(allow_null=True, help_text="0 : la classe la moins fragile de l'axe")
    contributions = ContributionSerializer(many=True)


class IndiceSerializer(serializers.Serializer):
    territoire = serializers.CharField()
    nom = serializers.CharField()
    niveau = serializers.CharField()
    epci = serializers.CharField()
    methode = serializers.CharField()
    version = serializers.CharField(help_text="version de la méthode")
    perimetre_version = serializers.CharField(help_text="version du périmètre (QPV, NPNRU, secteur)")
    millesime = serializers.IntegerField()
    valeur = serializers.FloatField(allow_null=True)
    classe = serializers.CharField(allow_null=True)
    rang = serializers.IntegerField(allow_null=True, help_text="0 : la classe la moins fragile")
    contributions = ContributionSerializer(many=True, help_text="leur somme est la valeur ; vide si axes croisés")
    axes = AxeSerializer(
        many=True,
        source="axes_croises",
        help_text="d'une méthode à axes croisés, dont la valeur est nulle ; vide sinon",
    )
    classe_quartier = serializers.CharField(allow_null=True, help_text="selon les règles de quartier de la méthode")
    repondants = serializers.IntegerField(allow_null=True)
    alertes = serializers.ListField(child=serializers.CharField())
    secret = serializers.BooleanField()
    code_residence = serializers.CharField(allow_null=True)
    bailleur = serializers.CharField(allow_null=True)
    commune = serializers.CharField(allow_null=True)
    qpv = serializers.CharField(allow_null=True)
    calcule_le = serializers.DateTimeField()


@extend_schema(parameters=[ParametresIndices])
class IndicesVue(ListAPIView):
    """Indices des lieux de son périmètre : valeur, classe, contributions des composantes."""

    nom_export = "indices"
    serializer_class = IndiceSerializer
    filter_backends = []

    def get_queryset(self):
        try:
            return indices.lire(self.request.adhesion, **lire_parametres(self.request, ParametresIndices))
        except indices.MethodeInconnue as inconnue:
            raise ValidationError({"methode": [f"{inconnue} La liste est à /api/v1/methodes/."]}) from inconnue
