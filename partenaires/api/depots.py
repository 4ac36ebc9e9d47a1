"""`/depots/`: the files handed in, where they stand, their report (contrat §2 and §3)."""

import codecs

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from partenaires.api.erreurs import TropVolumineux
from partenaires.depots.contrats import REGISTRE
from partenaires.filters import DepotFilter
from partenaires.models import Depot, Organisation
from partenaires.services.depots import DepotInterdit, recevoir

ENVELOPPE = 64 * 1024  # what a multipart body holds beside the file


class DepotSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField(slug_field="siren", read_only=True)
    statut = serializers.CharField(source="etat", read_only=True)
    progression = serializers.IntegerField(read_only=True, help_text="de 0 à 100")
    depose_le = serializers.DateTimeField(source="cree_le", read_only=True)

    class Meta:
        model = Depot
        fields = [
            "id",
            "type",
            "organisation",
            "fichier",
            "statut",
            "progression",
            "rapport",
            "millesime",
            "nature",
            "version",
            "depose_le",
        ]


class ReceptionSerializer(serializers.Serializer):
    """What a deposit is made of. `organisation`: whose rows they are, default one's own."""

    type = serializers.CharField()
    fichier = serializers.FileField(allow_empty_file=True, max_length=255)
    organisation = serializers.SlugRelatedField(
        slug_field="siren", queryset=Organisation.objects.all(), required=False, help_text="SIREN"
    )
    millesime = serializers.IntegerField(min_value=1900, max_value=2100, required=False, allow_null=True)
    nature = serializers.CharField(max_length=20, required=False, allow_blank=True)
    version = serializers.CharField(max_length=20, required=False, allow_blank=True)
    encodage = serializers.CharField(required=False, allow_blank=True)

    def validate_type(self, type):
        if type not in REGISTRE:
            raise serializers.ValidationError(f"Type inconnu. Types possibles : {', '.join(sorted(REGISTRE))}.")
        return type

    def validate_encodage(self, encodage):
        try:
            return encodage and codecs.lookup(encodage).name
        except (LookupError, ValueError):
            raise serializers.ValidationError("Encodage inconnu : utf-8 ou windows-1252, par exemple.") from None

    def validate(self, donnees):
        """A file of a bailleur's rows says whose they are, unless the bailleur itself hands it in."""
        adhesion = self.context["request"].adhesion
        un_format = REGISTRE[donnees["type"]]
        if un_format.proprietaire and adhesion.nature == "epci" and "organisation" not in donnees:
            raise serializers.ValidationError({"organisation": ["Indiquez le SIREN du bailleur de ces lignes."]})
        if un_format.millesime_obligatoire and donnees.get("millesime") is None:
            raise serializers.ValidationError({"millesime": [f"Le type {un_format.type} demande un millésime."]})
        return donnees


class DepotViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    serializer_class = DepotSerializer
    filterset_class = DepotFilter
    ordering_fields = ["type", "millesime", "cree_le", "id"]
    parser_classes = [MultiPartParser]
    queryset = Depot.objects.none()

    def get_queryset(self):
        return Depot.objects.visible_to(self.request.adhesion).select_related("organisation")

    @extend_schema(request={"multipart/form-data": ReceptionSerializer}, responses={202: DepotSerializer})
    def create(self, request):
        """The file is received, then checked and loaded by a task: follow `statut` on its address."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.TAILLE_MAX_DEPOT + ENVELOPPE:
            raise TropVolumineux(f"Fichier trop volumineux : {settings.TAILLE_MAX_DEPOT // 1024**2} Mo au plus.")
        reception = ReceptionSerializer(data=request.data, context={"request": request})
        reception.is_valid(raise_exception=True)
        donnees = {"organisation": request.adhesion.organisation} | reception.validated_data
        try:
            depot = recevoir(request.adhesion, **donnees)
        except DepotInterdit as refus:
            raise PermissionDenied(str(refus)) from None
        return Response(self.get_serializer(depot).data, status=status.HTTP_202_ACCEPTED)
