"""Weights of the places in their territory, and their specialisation (regles §4; an addition to contrat §3)."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from diagnostic.calculs.definitions import Population
from diagnostic.services import poids
from partenaires.api.parametres import lire_parametres


class ParametresPoids(serializers.Serializer):
    epci = serializers.CharField(help_text="SIREN du territoire de CIL")
    niveau = serializers.ChoiceField([(niveau.value, niveau.label) for niveau in poids.NIVEAUX], required=False)
    territoire = serializers.CharField(required=False, help_text="un lieu exactement")
    millesime = serializers.IntegerField(required=False, min_value=1900, max_value=2200)
    code = serializers.ChoiceField(sorted(poids.PESES), required=False, help_text="un indicateur")
    population = serializers.ChoiceField([population.value for population in Population], required=False)


class PoidsSerializer(serializers.Serializer):
    """The dataclass as it is: this class describes it."""

    territoire = serializers.CharField()
    nom = serializers.CharField()
    niveau = serializers.CharField()
    epci = serializers.CharField()
    version = serializers.CharField(help_text="version du périmètre")
    millesime = serializers.IntegerField()
    population = serializers.CharField()
    code = serializers.CharField()
    libelle = serializers.CharField()
    unite = serializers.CharField()
    taux = serializers.FloatField(allow_null=True)
    taux_territoire = serializers.FloatField(allow_null=True, help_text="le même taux sur tout le territoire")
    poids_parc = serializers.FloatField(allow_null=True, help_text="part des logements du territoire")
    poids_population = serializers.FloatField(allow_null=True, help_text="part du dénominateur du territoire")
    poids_indicateur = serializers.FloatField(allow_null=True, help_text="part du numérateur du territoire")
    specialisation = serializers.FloatField(allow_null=True, help_text="poids_indicateur / poids_population")
    secret = serializers.BooleanField()
    alertes = serializers.ListField(child=serializers.CharField())

    def to_representation(self, ligne):
        return ligne.en_dict()


@extend_schema(parameters=[ParametresPoids])
class PoidsVue(ListAPIView):
    """Poids des lieux dans leur territoire : dans le parc, dans la population et dans ce que compte l'indicateur."""

    nom_export = "poids"
    serializer_class = PoidsSerializer
    filter_backends = []

    def get_queryset(self):
        return poids.lire(self.request.adhesion, **lire_parametres(self.request, ParametresPoids))
