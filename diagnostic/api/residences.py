"""Residences of the reader (contrat §3)."""

from rest_framework import serializers
from rest_framework.generics import ListAPIView

from diagnostic.filters import ResidenceFilter
from diagnostic.services import residences


class ResidenceSerializer(serializers.Serializer):
    """The dataclass as it is: this class describes it."""

    id = serializers.CharField(help_text="SIREN:CODE_RESIDENCE")
    code = serializers.CharField()
    nom = serializers.CharField()
    bailleur = serializers.CharField()
    commune = serializers.CharField()
    epci = serializers.CharField(allow_null=True)
    qpv = serializers.CharField(allow_null=True, help_text="code du QPV en vigueur")
    en_qpv = serializers.BooleanField(allow_null=True, help_text="vrai sans code : par la majorité de ses logements")
    famille = serializers.CharField()
    adresse = serializers.CharField()
    logements = serializers.IntegerField(allow_null=True, help_text="dernier millésime RPLS")
    longitude = serializers.FloatField(allow_null=True)
    latitude = serializers.FloatField(allow_null=True)
    classes = serializers.DictField(child=serializers.CharField(allow_null=True), help_text="classe par méthode")
    secret = serializers.BooleanField()

    def to_representation(self, ligne):
        return dict(vars(ligne))


class ResidencesVue(ListAPIView):
    """Résidences de son périmètre, avec leur QPV, leurs logements et leur classe par méthode."""

    nom_export = "residences"
    serializer_class = ResidenceSerializer
    filterset_class = ResidenceFilter
    ordering_fields = ["nom", "code", "bailleur", "commune", "famille"]

    def get_queryset(self):
        return residences.visibles(self.request.adhesion)

    def filter_queryset(self, queryset):
        filtrees = super().filter_queryset(queryset)
        return residences.SuiteResidences(
            self.request.adhesion, filtrees.order_by(*filtrees.query.order_by, "identifiant")
        )
