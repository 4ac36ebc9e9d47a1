"""`/depots/`: the files handed in, where they stand, their report (contrat §2 and §3)."""

from rest_framework import mixins, serializers, viewsets

from partenaires.filters import DepotFilter
from partenaires.models import Depot


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


class DepotViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    serializer_class = DepotSerializer
    filterset_class = DepotFilter
    ordering_fields = ["type", "millesime", "cree_le", "id"]
    queryset = Depot.objects.none()

    def get_queryset(self):
        return Depot.objects.visible_to(self.request.adhesion).select_related("organisation")
