"""Figures of the territory brought from elsewhere: market, private stock, incomes."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from diagnostic.imports.indicateurs_territoriaux import ECHELLES
from diagnostic.services import indicateurs_territoriaux
from partenaires.api.parametres import lire_parametres


class ParametresTerritoriaux(serializers.Serializer):
    epci = serializers.CharField(required=False, help_text="SIREN du territoire de CIL")
    niveau = serializers.ChoiceField([echelle.value for echelle in ECHELLES], required=False)
    territoire = serializers.CharField(required=False, help_text="un lieu exactement")
    code = serializers.CharField(required=False, help_text="un indicateur")
    annee = serializers.IntegerField(required=False, min_value=1900, max_value=2200)


class IndicateurTerritorialSerializer(serializers.Serializer):
    """The dataclass as it is: this class describes it."""

    epci = serializers.CharField()
    niveau = serializers.CharField()
    territoire = serializers.CharField()
    version = serializers.CharField(help_text="version du périmètre ; vide : toutes")
    nom = serializers.CharField()
    annee = serializers.IntegerField()
    code = serializers.CharField()
    libelle = serializers.CharField()
    theme = serializers.CharField(help_text="prive, tension, dynamique, mobilites, fonction, autre")
    unite = serializers.CharField(help_text="part : entre 0 et 1")
    valeur = serializers.FloatField(allow_null=True)
    numerateur = serializers.FloatField(allow_null=True)
    denominateur = serializers.FloatField(allow_null=True)
    population = serializers.IntegerField(allow_null=True)
    source = serializers.CharField()
    publique = serializers.BooleanField()
    depot = serializers.IntegerField()
    secret = serializers.BooleanField()

    def to_representation(self, ligne):
        return ligne.en_dict()


@extend_schema(parameters=[ParametresTerritoriaux])
class IndicateursTerritoriauxVue(ListAPIView):
    """Indicateurs déposés par les EPCI : Filosofi, FILOCOM, prix, score de tension, par lieu et par année."""

    nom_export = "indicateurs_territoriaux"
    serializer_class = IndicateurTerritorialSerializer
    filter_backends = []

    def get_queryset(self):
        return indicateurs_territoriaux.lire(
            self.request.adhesion, **lire_parametres(self.request, ParametresTerritoriaux)
        )
