"""`/correspondances/`: how the files of an organisation name what a type calls otherwise; and, from a deposit, what is
left to be matched with what is proposed for it."""

from dataclasses import asdict

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from partenaires.api.champs import ChampOrganisation
from partenaires.api.depots import DepotSerializer
from partenaires.api.parametres import exiger_connus
from partenaires.depots.contrats import REGISTRE
from partenaires.filters import CorrespondanceFilter
from partenaires.models import Correspondance, Depot, Organisation
from partenaires.services import correspondances as service
from partenaires.services.depots import DepotInterdit


class CorrespondanceSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField(slug_field="siren", read_only=True)
    entetes = serializers.DictField(child=serializers.CharField(), help_text="leur colonne : la nôtre")
    codes = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField(allow_blank=True)),
        help_text="notre colonne : {leur valeur : la nôtre, vide pour inconnu}",
    )

    class Meta:
        model = Correspondance
        fields = ["id", "organisation", "type", "version", "entetes", "codes", "cree_le"]


class ContenuSerializer(serializers.Serializer):
    """A whole version: what is left out is no longer matched."""

    entetes = serializers.DictField(
        child=serializers.CharField(), required=False, default=dict, help_text="leur colonne : la nôtre"
    )
    codes = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField(allow_blank=True)),
        required=False,
        default=dict,
        help_text="notre colonne : {leur valeur : la nôtre, vide pour inconnu}",
    )


class EnregistrementSerializer(ContenuSerializer):
    type = serializers.CharField(max_length=30)
    organisation = ChampOrganisation(
        required=False, help_text="SIREN, à défaut le sien ; un EPCI nomme le bailleur pour lequel il dépose"
    )

    def validate_type(self, type):
        if type not in REGISTRE:
            raise serializers.ValidationError(f"Type inconnu. Types possibles : {', '.join(sorted(REGISTRE))}.")
        return type


def enregistrer(adhesion, organisation: Organisation, type: str, choix: dict) -> Correspondance:
    """Raises a 403, or a 400."""
    try:
        return service.enregistrer(adhesion, organisation, type, dict(choix["entetes"]), dict(choix["codes"]))
    except DepotInterdit as refus:
        raise PermissionDenied(str(refus)) from None
    except service.CorrespondanceInvalide as refus:
        raise ValidationError({"detail": str(refus)}) from None


class CorrespondanceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Correspondances enregistrées, la dernière version de chaque type d'abord."""

    serializer_class = CorrespondanceSerializer
    filterset_class = CorrespondanceFilter
    ordering_fields = ["type", "version", "cree_le"]
    queryset = Correspondance.objects.none()

    def get_queryset(self):
        return (
            Correspondance.objects.visible_to(self.request.adhesion)
            .select_related("organisation")
            .order_by("organisation__siren", "type", "-version")
        )

    @extend_schema(request=EnregistrementSerializer, responses={201: CorrespondanceSerializer})
    def create(self, request):
        """Une nouvelle version, ou la dernière si rien n'y change ; elle sert aux dépôts suivants."""
        demande = EnregistrementSerializer(data=request.data, context={"request": request})
        demande.is_valid(raise_exception=True)
        choix = demande.validated_data
        organisation = choix.get("organisation") or request.adhesion.organisation
        une = enregistrer(request.adhesion, organisation, choix["type"], choix)
        return Response(self.get_serializer(une).data, status=status.HTTP_201_CREATED)


# --- from a deposit -------------------------------------------------------------------------------------------------


class LigneSerializer(serializers.Serializer):
    leur = serializers.CharField()
    notre = serializers.CharField(allow_null=True, allow_blank=True, help_text="null : rien n'est connu ni proposé")
    propose = serializers.BooleanField(help_text="vrai : seule une ressemblance le dit, à vérifier")


class NotreColonneSerializer(serializers.Serializer):
    nom = serializers.CharField()
    libelle = serializers.CharField()


class CodesSerializer(serializers.Serializer):
    colonne = serializers.CharField()
    admises = NotreColonneSerializer(many=True, help_text="valeurs de la liste fermée")
    lignes = LigneSerializer(many=True)


class EditionSerializer(serializers.Serializer):
    organisation = serializers.CharField(help_text="SIREN de celle dont la correspondance sert à ce dépôt")
    type = serializers.CharField()
    version = serializers.IntegerField(help_text="version en vigueur, 0 s'il n'y en a pas")
    entetes = LigneSerializer(many=True)
    colonnes = NotreColonneSerializer(many=True, help_text="les nôtres, que leurs colonnes peuvent désigner")
    codes = CodesSerializer(many=True)

    def to_representation(self, edition):
        return {
            "organisation": edition.organisation.siren,
            "type": edition.format.type,
            "version": edition.version,
            "entetes": [asdict(ligne) for ligne in edition.entetes],
            "colonnes": nommees(edition.colonnes),
            "codes": [
                {
                    "colonne": colonne,
                    "admises": nommees(edition.valeurs[colonne]),
                    "lignes": [asdict(ligne) for ligne in lignes],
                }
                for colonne, lignes in edition.codes.items()
            ],
        }


def nommees(paires: list[tuple[str, str]]) -> list[dict]:
    return [{"nom": nom, "libelle": libelle} for nom, libelle in paires]


class CorrespondanceEnregistreeSerializer(serializers.Serializer):
    correspondance = CorrespondanceSerializer()
    recontrole = serializers.BooleanField(help_text="vrai : le fichier du dépôt est contrôlé de nouveau")
    depot = DepotSerializer()


class DepotCorrespondanceVue(APIView):
    def depot(self, pk: int) -> tuple[Depot, Organisation]:
        """The deposit and whose mapping it is read with. Raises a 404."""
        visibles = Depot.objects.visible_to(self.request.adhesion).select_related("organisation", "deposant")
        depot = get_object_or_404(visibles, pk=pk)
        organisation = service.organisation_de(depot)
        if organisation is None or depot.type not in REGISTRE:
            raise NotFound("Ce dépôt n'a pas encore de type, ou pas d'organisation : dites ce qu'il est d'abord.")
        return depot, organisation

    @extend_schema(responses=EditionSerializer)
    def get(self, request, pk):
        """Ce que le dépôt laisse à rapprocher, ce qui est enregistré et ce qui est proposé."""
        exiger_connus(request, ())
        return Response(EditionSerializer(service.edition(*self.depot(pk))).data)

    @extend_schema(
        request=ContenuSerializer,
        responses={200: CorrespondanceEnregistreeSerializer, 202: CorrespondanceEnregistreeSerializer},
    )
    def post(self, request, pk):
        """Enregistre une version ; 202 si le fichier est contrôlé de nouveau, 200 si elle servira au prochain dépôt."""
        depot, organisation = self.depot(pk)
        demande = ContenuSerializer(data=request.data)
        demande.is_valid(raise_exception=True)
        une = enregistrer(request.adhesion, organisation, depot.type, demande.validated_data)
        repris = service.recontroler(request.adhesion, depot)
        depot.refresh_from_db()
        corps = {"correspondance": une, "recontrole": repris, "depot": depot}
        return Response(
            CorrespondanceEnregistreeSerializer(corps).data,
            status=status.HTTP_202_ACCEPTED if repris else status.HTTP_200_OK,
        )
