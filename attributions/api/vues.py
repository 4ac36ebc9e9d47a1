"""Attributions API: attainments, objectives, allocations, thresholds (contrat §3)."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import ListAPIView, ListCreateAPIView, RetrieveAPIView
from rest_framework.response import Response

from attributions.api import serializers
from attributions.filters import FiltreAtteintes, FiltreAttributions, FiltreObjectifs, FiltreSeuils
from attributions.models import Attribution, Objectif, SeuilQuartile
from attributions.services import atteintes, objectifs
from attributions.services.validation import ConflitObjectif
from partenaires.api.erreurs import Conflit
from partenaires.api.parametres import exiger_connus
from partenaires.models import Organisation
from partenaires.services import journal

LECTEURS_DES_LIGNES = (Organisation.Nature.EPCI, Organisation.Nature.DDT)
PARAMETRES = [
    OpenApiParameter(nom, str, description=str(champ.label)) for nom, champ in FiltreAtteintes.base_fields.items()
]


@extend_schema(parameters=PARAMETRES)
class AtteintesVue(ListAPIView):
    """Où en sont les objectifs : par année, sur le territoire ou par bailleur, QPV, réservataire."""

    nom_export = "atteintes"
    serializer_class = serializers.AtteinteSerializer
    filter_backends = []

    @property
    def audience(self) -> str | None:
        """EPCI and State hold the rows; for the others, as the protocole says."""
        return "lignes" if self.request.adhesion.nature in LECTEURS_DES_LIGNES else None

    def get_queryset(self):
        exiger_connus(self.request, FiltreAtteintes.base_fields)
        filtre = FiltreAtteintes(self.request.query_params)
        if not filtre.is_valid():
            raise ValidationError(filtre.errors)
        try:
            return atteintes.lire(self.request.adhesion, **filtre.parametres())
        except atteintes.ParametreInvalide as invalide:
            champ = str(invalide).split(" :")[0]
            raise ValidationError({champ: [str(invalide)]}) from invalide


def exiger_administrateur(adhesion) -> None:
    if adhesion.nature != Organisation.Nature.EPCI or not adhesion.administre:
        raise PermissionDenied("Seuls les administrateurs de l'EPCI écrivent les objectifs.")


class ObjectifsVue(ListCreateAPIView):
    """Objectifs légaux et engagements de la CIA ; les administrateurs de l'EPCI les écrivent."""

    nom_export = "objectifs"
    queryset = Objectif.objects.none()  # for the schema alone
    serializer_class = serializers.ObjectifSerializer
    filterset_class = FiltreObjectifs

    def get_queryset(self):
        return Objectif.objects.visible_to(self.request.adhesion).prefetch_related("jalons").order_by("ordre", "id")

    def create(self, request, *arguments, **nommes):
        exiger_administrateur(request.adhesion)
        objectif = objectifs.creer(request.adhesion, request.data)
        return Response(self.get_serializer(objectif).data, status.HTTP_201_CREATED)


class ObjectifVue(RetrieveAPIView):
    """Un objectif ; ses jalons, son libellé et son statut se révisent, et tout le reste s'il n'est pas légal."""

    queryset = Objectif.objects.none()  # for the schema alone
    serializer_class = serializers.ObjectifSerializer
    filter_backends = []

    def get_queryset(self):
        return Objectif.objects.visible_to(self.request.adhesion).prefetch_related("jalons")

    @extend_schema(request=serializers.ObjectifSerializer, responses=serializers.ObjectifSerializer)
    def patch(self, request, pk: int):
        objectif = self.get_object()
        exiger_administrateur(request.adhesion)
        if objectif.epci != request.adhesion.siren:
            raise Http404
        try:
            objectif = objectifs.reviser(request.adhesion, objectif, request.data)
        except ConflitObjectif as conflit:
            raise Conflit(str(conflit)) from conflit
        return Response(self.get_serializer(self.get_queryset().get(pk=objectif.pk)).data)


class AttributionsVue(ListAPIView):
    """Attributions de son périmètre, sans rien qui désigne un ménage. Chaque lecture est inscrite au journal."""

    nom_export = "attributions"
    audience = "lignes"
    queryset = Attribution.objects.none()  # for the schema alone
    serializer_class = serializers.AttributionSerializer
    filterset_class = FiltreAttributions

    def get_queryset(self):
        return Attribution.objects.visible_to(self.request.adhesion).order_by("-date_caleol", "-id")

    def list(self, request, *arguments, **nommes):
        reponse = super().list(request, *arguments, **nommes)
        if getattr(self.paginator, "bloc", 1) == 1:  # an export calls this once a block
            journal.noter(request.adhesion, "lecture_attributions", f"attributions {request.GET.urlencode()}".strip())
        return reponse


class SeuilsVue(ListAPIView):
    """Seuils de quartile par territoire et année."""

    nom_export = "seuils"
    queryset = SeuilQuartile.objects.none()  # for the schema alone
    serializer_class = serializers.SeuilSerializer
    filterset_class = FiltreSeuils

    def get_queryset(self):
        return SeuilQuartile.objects.visible_to(self.request.adhesion).courantes().order_by("epci", "-annee")
