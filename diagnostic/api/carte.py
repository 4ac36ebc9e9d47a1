"""The map of a territory (contrat §3)."""

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from diagnostic.services import carte, indices
from partenaires.api.parametres import lire_parametres


class ParametresCarte(serializers.Serializer):
    epci = serializers.CharField(help_text="SIREN du territoire de CIL")
    methode = serializers.CharField(required=False, help_text="code de la méthode (/methodes/)")
    millesime = serializers.IntegerField(required=False, min_value=1900, max_value=2200)


class CarteVue(APIView):
    """GeoJSON : résidences de son périmètre avec leur classe, contours des QPV sous `perimetres`."""

    nom_export = "carte"

    @extend_schema(parameters=[ParametresCarte], responses=OpenApiTypes.OBJECT)
    def get(self, request):
        try:
            return Response(carte.carte(request.adhesion, **lire_parametres(request, ParametresCarte)))
        except carte.TerritoireInconnu as inconnu:
            raise Http404 from inconnu
        except indices.MethodeInconnue as inconnue:
            raise ValidationError({"methode": [f"{inconnue} La liste est à /api/v1/methodes/."]}) from inconnue
