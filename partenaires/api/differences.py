"""`/depots/{id}/differences/`: the rows that a deposit changed."""

from dataclasses import asdict

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from partenaires.api.erreurs import Conflit
from partenaires.api.parametres import lire_parametres
from partenaires.models import Depot
from partenaires.services.differences import Differences, Incomparable


class DemandeSerializer(serializers.Serializer):
    avec = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="l'autre dépôt ; à défaut, ceux qui précédaient"
    )


class EcartSerializer(serializers.Serializer):
    colonne = serializers.CharField()
    avant = serializers.JSONField()
    apres = serializers.JSONField()


class LigneDifferenteSerializer(serializers.Serializer):
    genre = serializers.ChoiceField(choices=["nouvelle", "modifiee", "disparue"])
    cle = serializers.DictField()
    ecarts = EcartSerializer(many=True)


class DifferencesMixin:
    @extend_schema(parameters=[DemandeSerializer], responses=LigneDifferenteSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, ordering_fields=None)
    def differences(self, request, pk=None):
        """The rows that differ, personal columns apart; 409 for a type whose former values are not kept."""
        avec = lire_parametres(request, DemandeSerializer).get("avec")
        avant = get_object_or_404(Depot.objects.visible_to(request.adhesion), pk=avec) if avec else None
        try:
            suite = Differences(request.adhesion, self.get_object(), avant)
        except Incomparable as refus:
            raise Conflit(str(refus)) from None
        return self.get_paginated_response([asdict(ligne) for ligne in self.paginate_queryset(suite)])
