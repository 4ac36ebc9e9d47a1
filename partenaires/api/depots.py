"""`/depots/`: the files handed in, where they stand, their report, and what one answers to it (contrat §2 and §3)."""

import codecs

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.response import Response

from partenaires.api.champs import ChampOrganisation
from partenaires.api.differences import DifferencesMixin
from partenaires.api.erreurs import Conflit, DisqueInsuffisant, TropVolumineux
from partenaires.depots.contrats import REGISTRE
from partenaires.filters import DepotFilter
from partenaires.models import Depot
from partenaires.reception import TropVolumineux as FichierTropVolumineux
from partenaires.services import depots as conversation
from partenaires.services import retrait
from partenaires.services.stockage import DisquePlein

ENVELOPPE = 64 * 1024  # what a multipart body holds beside the file


class DepotSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField(slug_field="siren", read_only=True)
    statut = serializers.CharField(source="etat", read_only=True)
    progression = serializers.IntegerField(read_only=True, help_text="de 0 à 100 ; 50 une fois contrôlé")
    reste_s = serializers.IntegerField(read_only=True, help_text="secondes restantes, estimées ; null si inconnu")
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
            "phase",
            "lignes_lues",
            "reste_s",
            "rapport",
            "millesime",
            "nature",
            "version",
            "depose_le",
            "confirme_le",
            "charge_le",
            "retire_le",
            "conserver_jusqu_au",
        ]


class ReceptionSerializer(serializers.Serializer):
    """What a deposit is made of. `type`: recognised from the header when left out; `organisation`: whose rows they
    are, default one's own."""

    type = serializers.CharField(required=False)
    fichier = serializers.FileField(allow_empty_file=True, max_length=255)
    organisation = ChampOrganisation(required=False, help_text="SIREN")
    millesime = serializers.IntegerField(min_value=1900, max_value=2100, required=False, allow_null=True)
    nature = serializers.CharField(max_length=20, required=False, allow_blank=True)
    version = serializers.CharField(max_length=20, required=False, allow_blank=True)
    encodage = serializers.CharField(required=False, allow_blank=True, max_length=30)
    feuille = serializers.CharField(required=False, allow_blank=True, max_length=100, help_text="d'un classeur")

    def validate_type(self, type):
        if type not in REGISTRE:
            raise serializers.ValidationError(f"Type inconnu. Types possibles : {', '.join(sorted(REGISTRE))}.")
        return type

    def validate_encodage(self, encodage):
        try:
            return encodage and codecs.lookup(encodage).name
        except (LookupError, ValueError):
            raise serializers.ValidationError("Encodage inconnu : utf-8 ou windows-1252, par exemple.") from None


class ConfirmationSerializer(serializers.Serializer):
    partiel = serializers.BooleanField(required=False, default=False, help_text="charger les lignes sans erreur")


def traduire(refus: Exception) -> Exception:
    """What the conversation refuses, as an answer of the API."""
    if isinstance(refus, conversation.DepotInterdit):
        return PermissionDenied(str(refus))
    if isinstance(refus, conversation.DepotIncomplet):
        return ValidationError({refus.champ: [str(refus)]})
    if isinstance(refus, FichierTropVolumineux):
        return TropVolumineux(str(refus))
    return DisqueInsuffisant(str(refus)) if isinstance(refus, DisquePlein) else Conflit(str(refus))


REFUS = (
    *(conversation.DepotInterdit, conversation.DepotIncomplet, conversation.EtatInterdit),
    *(FichierTropVolumineux, DisquePlein),
)


class DepotViewSet(DifferencesMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    serializer_class = DepotSerializer
    filterset_class = DepotFilter
    ordering_fields = ["type", "millesime", "cree_le", "id"]
    queryset = Depot.objects.none()

    def get_queryset(self):
        return Depot.objects.visible_to(self.request.adhesion).select_related("organisation")

    def get_parsers(self):
        """A file comes in a form; an answer may as well be JSON."""
        receptions = [MultiPartParser()]
        return receptions if self.action_map.get("post") == "create" else [JSONParser(), FormParser(), *receptions]

    @extend_schema(request={"multipart/form-data": ReceptionSerializer}, responses={202: DepotSerializer})
    def create(self, request):
        """The file is received, then checked by a task: follow `statut` on its address until `a_confirmer`. An archive
        of several files makes several deposits: the answer then is `{"depots": [...]}`."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.TAILLE_MAX_DEPOT + ENVELOPPE:
            raise TropVolumineux(str(FichierTropVolumineux()))
        reception = ReceptionSerializer(data=request.data, context={"request": request})
        reception.is_valid(raise_exception=True)
        donnees = dict(reception.validated_data)
        fichier = donnees.pop("fichier")
        try:
            recus = conversation.recevoir(request.adhesion, [fichier], conversation.Choix(**donnees))
        except REFUS as refus:
            raise traduire(refus) from None
        lus = [self.get_serializer(depot).data for depot in recus]
        return Response(lus[0] if len(lus) == 1 else {"depots": lus}, status=status.HTTP_202_ACCEPTED)

    def repondre(self, faire, **options) -> Response:
        try:
            depot = faire(self.request.adhesion, self.get_object(), **options)
        except REFUS as refus:
            raise traduire(refus) from None
        return Response(self.get_serializer(depot).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=ConfirmationSerializer, responses={202: DepotSerializer})
    @action(detail=True, methods=["post"])
    def confirmer(self, request, pk=None):
        """The load of a deposit checked; with `partiel`, of the rows without error of a refused one."""
        demande = ConfirmationSerializer(data=request.data)
        demande.is_valid(raise_exception=True)
        return self.repondre(conversation.confirmer, partiel=demande.validated_data["partiel"])

    @extend_schema(request=None, responses={202: DepotSerializer})
    @action(detail=True, methods=["post"])
    def abandonner(self, request, pk=None):
        """Nothing of it is loaded."""
        return self.repondre(conversation.abandonner)

    @extend_schema(request=None, responses={202: DepotSerializer})
    @action(detail=True, methods=["post"])
    def reprendre(self, request, pk=None):
        """A deposit that failed is treated again."""
        return self.repondre(conversation.reprendre)

    @extend_schema(request=None, responses={202: DepotSerializer})
    @action(detail=True, methods=["post"])
    def retirer(self, request, pk=None):
        """The withdrawal of a loaded deposit: follow `statut` on its address from `retrait` to `retire`. Exactly what
        stood before it then comes back; should it fail, `statut` is `charge` again and the report says why."""
        return self.repondre(retrait.demander)
