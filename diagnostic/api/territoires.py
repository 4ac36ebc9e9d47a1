"""Territories and perimeters (contrat §3). `/perimetres/` is a paged list, and a GeoJSON FeatureCollection with the
outlines for `?format=geojson` (the whole of what is filtered)."""

from django.db.models import Count
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings

from diagnostic.filters import PerimetreFilter, TerritoireFilter
from diagnostic.models import Perimetre, Territoire
from diagnostic.services.territoires import millesimes_calcules


class GeoJSONRenderer(JSONRenderer):
    media_type = "application/geo+json"
    format = "geojson"


class TerritoireSerializer(serializers.ModelSerializer):
    epci = serializers.CharField(source="siren")
    communes = serializers.IntegerField(source="nombre_communes", help_text="nombre de communes")
    millesimes = serializers.SerializerMethodField()

    class Meta:
        model = Territoire
        fields = ["epci", "nom", "nature", "population", "communes", "millesimes"]

    def get_millesimes(self, territoire) -> list[int]:
        return self.context["millesimes"].get(territoire.siren, [])


class TerritoiresVue(ListAPIView):
    """Territoires de CIL dont on peut lire les agrégats, et leurs millésimes calculés."""

    nom_export = "territoires"
    serializer_class = TerritoireSerializer
    filterset_class = TerritoireFilter
    ordering_fields = ["nom", "population"]

    def get_queryset(self):
        territoires = Territoire.objects.visible_to(self.request.adhesion)
        return territoires.annotate(nombre_communes=Count("communes")).order_by("nom", "siren")

    def get_serializer_context(self):
        adhesion = getattr(self.request, "adhesion", None)
        return super().get_serializer_context() | {"millesimes": millesimes_calcules(adhesion)}


class PerimetreSerializer(serializers.ModelSerializer):
    epci = serializers.CharField(source="territoire_id")
    commune = serializers.CharField(source="commune_code")

    class Meta:
        model = Perimetre
        fields = ["code", "nom", "nature", "version", "commune", "epci", "debut", "fin", "reparee"]


class PerimetresVue(ListAPIView):
    """Périmètres de son territoire : QPV, QVA, ex-ZUS, NPNRU, secteurs, par version."""

    nom_export = "perimetres"
    serializer_class = PerimetreSerializer
    filterset_class = PerimetreFilter
    ordering_fields = ["code", "nom", "nature", "version", "debut"]
    renderer_classes = [*api_settings.DEFAULT_RENDERER_CLASSES, GeoJSONRenderer]

    def get_queryset(self):
        perimetres = Perimetre.objects.visible_to(self.request.adhesion).courantes()
        if not self.en_geojson():
            perimetres = perimetres.defer("geometrie")
        return perimetres.order_by("nature", "version", "code")

    def en_geojson(self) -> bool:
        return self.request.accepted_renderer.format == GeoJSONRenderer.format

    def list(self, request, *args, **kwargs):
        if not self.en_geojson():
            return super().list(request, *args, **kwargs)
        perimetres = self.filter_queryset(self.get_queryset())
        return Response({"type": "FeatureCollection", "features": [self.entite(p) for p in perimetres]})

    def entite(self, perimetre: Perimetre) -> dict:
        proprietes = self.get_serializer(perimetre).data
        return {"type": "Feature", "id": perimetre.code, "geometry": perimetre.geometrie, "properties": proprietes}
