"""Indicators of occupation and of the stock (contrat §3)."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from diagnostic.calculs.definitions import PAR_CODE, Population
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs
from partenaires.api.parametres import lire_parametres

TRIS = [signe + tri for tri in indicateurs.TRIS for signe in ("", "-")]


class ParametresIndicateurs(serializers.Serializer):
    epci = serializers.CharField(required=False, help_text="SIREN du territoire de CIL")
    niveau = serializers.ChoiceField(Niveau.choices, required=False)
    millesime = serializers.IntegerField(required=False, min_value=1900, max_value=2200)
    code = serializers.ChoiceField(sorted(PAR_CODE), required=False, help_text="un indicateur")
    population = serializers.ChoiceField([population.value for population in Population], required=False)
    commune = serializers.CharField(required=False, help_text="code INSEE : ce qui s'y trouve")
    qpv = serializers.CharField(required=False, help_text="code du QPV : ce qui s'y trouve")
    bailleur = serializers.CharField(required=False, help_text="SIREN : ses résidences")
    territoire = serializers.CharField(required=False, help_text="un lieu exactement")
    ordering = serializers.ChoiceField(TRIS, required=False, source="tri")


class IndicateurSerializer(serializers.Serializer):
    """The dataclass as it is: this class describes it."""

    territoire = serializers.CharField()
    nom = serializers.CharField()
    niveau = serializers.CharField()
    epci = serializers.CharField()
    version = serializers.CharField(help_text="version du périmètre, pour un QPV et hors QPV")
    millesime = serializers.IntegerField()
    population = serializers.CharField()
    code = serializers.CharField()
    libelle = serializers.CharField()
    source = serializers.CharField()
    unite = serializers.CharField()
    base = serializers.CharField(help_text="ce que compte `repondants` : la population sur laquelle le secret se juge")
    numerateur = serializers.FloatField(allow_null=True)
    denominateur = serializers.FloatField(allow_null=True)
    repondants = serializers.IntegerField(allow_null=True)
    taux = serializers.FloatField(allow_null=True, help_text="quatre décimales ; null sans dénominateur")
    secret = serializers.BooleanField()
    alertes = serializers.ListField(child=serializers.CharField())
    code_residence = serializers.CharField(allow_null=True)
    bailleur = serializers.CharField(allow_null=True)
    commune = serializers.CharField(allow_null=True)
    qpv = serializers.CharField(allow_null=True)

    def to_representation(self, ligne):
        return dict(vars(ligne))


@extend_schema(parameters=[ParametresIndicateurs])
class IndicateursVue(ListAPIView):
    """Indicateurs des lieux de son périmètre : comptes, population et taux, par millésime et population."""

    nom_export = "indicateurs"
    serializer_class = IndicateurSerializer
    filter_backends = []

    def get_queryset(self):
        return indicateurs.lire(self.request.adhesion, **lire_parametres(self.request, ParametresIndicateurs))
