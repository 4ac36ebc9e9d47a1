"""`/rattachements/`: the dwellings without a residence, grouped, with what is proposed; and what one answers to it."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.response import Response

from diagnostic.services import passages
from diagnostic.services import rattachements as service
from partenaires.api.depots import DepotSerializer
from partenaires.api.erreurs import Conflit, DisqueInsuffisant
from partenaires.api.parametres import lire_parametres
from partenaires.models import Organisation
from partenaires.services.depots import DepotInterdit
from partenaires.services.stockage import DisquePlein

SIREN_AIDE = "SIREN du bailleur ; à défaut le sien, obligatoire pour un EPCI"


class ParametresRattachements(serializers.Serializer):
    bailleur = serializers.CharField(required=False, max_length=9, help_text=SIREN_AIDE)
    commune = serializers.CharField(required=False, max_length=5, help_text="code INSEE")
    motif = serializers.ChoiceField([m for m in passages.MOTIFS if m], required=False)


class NouvelleResidenceSerializer(serializers.Serializer):
    code = serializers.CharField()
    nom = serializers.CharField()


class GroupeDeLogementsSerializer(serializers.Serializer):
    """A group of dwellings: this class describes the dict that `to_representation` makes."""

    groupe = serializers.CharField(help_text="identifiant du groupe, à rendre avec le choix")
    commune = serializers.CharField(help_text="code INSEE")
    programme = serializers.CharField(allow_null=True, help_text="COMPLGEO, tel qu'écrit le plus souvent")
    adresse = serializers.CharField(allow_null=True, help_text="l'adresse la plus fréquente")
    adresses = serializers.IntegerField(help_text="nombre d'adresses différentes")
    construit_de = serializers.IntegerField(allow_null=True)
    construit_a = serializers.IntegerField(allow_null=True)
    a_rattacher = serializers.IntegerField(help_text="logements sans résidence connue")
    rattaches = serializers.IntegerField(help_text="logements qui ont déjà la leur")
    motif = serializers.CharField(allow_null=True, help_text="null : rien n'est proposé")
    raison = serializers.CharField(help_text="le motif, en mots")
    residence = serializers.CharField(allow_null=True, help_text="code de la résidence connue proposée")
    nouvelle = NouvelleResidenceSerializer(help_text="la résidence à créer, proposée si le motif est « nouvelle »")

    def to_representation(self, groupe):
        return {
            "groupe": groupe.groupe,
            "commune": groupe.commune,
            "programme": groupe.complgeo,
            "adresse": groupe.voie,
            "adresses": groupe.adresses,
            "construit_de": groupe.debut,
            "construit_a": groupe.fin,
            "a_rattacher": groupe.a_rattacher,
            "rattaches": groupe.rattaches,
            "motif": groupe.motif or None,
            "raison": groupe.raison,
            "residence": groupe.residence,
            "nouvelle": {"code": groupe.code, "nom": groupe.nom},
        }


class ChoixDeGroupeSerializer(serializers.Serializer):
    """One group and what becomes of it: exactly one of `residence`, `nouvelle`, `refuser`."""

    groupe = serializers.CharField(max_length=32)
    residence = serializers.CharField(required=False, max_length=service.CODE_MAX, help_text="code d'une connue")
    nouvelle = NouvelleResidenceSerializer(required=False)
    refuser = serializers.BooleanField(required=False, default=False, help_text="ne plus proposer ce groupe")

    def validate(self, choix):
        if ("residence" in choix) + ("nouvelle" in choix) + choix["refuser"] != 1:
            raise serializers.ValidationError("Donnez residence, ou nouvelle, ou refuser, et un seul des trois.")
        return choix


class DecisionDeGroupesSerializer(serializers.Serializer):
    bailleur = serializers.CharField(required=False, max_length=9, help_text=SIREN_AIDE)
    tout = serializers.BooleanField(required=False, default=False, help_text="tout confirmer tel que proposé")
    choix = ChoixDeGroupeSerializer(many=True, required=False)

    def validate(self, decision):
        if decision["tout"] == bool(decision.get("choix")):
            raise serializers.ValidationError({"choix": ["Donnez vos choix, groupe par groupe, ou tout à true."]})
        groupes = [un["groupe"] for un in decision.get("choix", [])]
        if len(groupes) != len(set(groupes)):
            raise serializers.ValidationError({"choix": ["Un groupe ne peut recevoir qu'un choix."]})
        return decision


class RattachementsFaitsSerializer(serializers.Serializer):
    depots = DepotSerializer(many=True, help_text="residences s'il y en a de nouvelles, puis passage")
    refuses = serializers.IntegerField(help_text="groupes qui ne seront plus proposés")


def bailleur_de(adhesion, siren: str | None) -> Organisation:
    """Raises a 400 where it has to be named, a 404 where the member does not serve it."""
    servis = passages.bailleurs_servis(adhesion)
    if siren:
        return get_object_or_404(servis, siren=siren)
    if adhesion.nature == Organisation.Nature.EPCI:
        raise ValidationError({"bailleur": ["Indiquez le SIREN du bailleur dont vous lisez les logements."]})
    bailleur = servis.first()
    if bailleur is None:
        raise NotFound("Les rattachements se lisent et se confirment par un bailleur, ou par l'EPCI pour lui.")
    return bailleur


def choix_de(decision: dict) -> service.Choix | None:
    if decision["tout"]:
        return None
    dits = decision["choix"]
    return service.Choix(
        connues={un["groupe"]: un["residence"] for un in dits if "residence" in un},
        nouvelles={un["groupe"]: service.Nouvelle(**un["nouvelle"]) for un in dits if "nouvelle" in un},
        refus=[un["groupe"] for un in dits if un["refuser"]],
    )


class RattachementsVue(ListAPIView):
    """Logements du dernier RPLS sans résidence connue, groupés, avec la résidence proposée."""

    nom_export = "rattachements"
    serializer_class = GroupeDeLogementsSerializer
    filter_backends = []

    def get_queryset(self):
        demande = lire_parametres(self.request, ParametresRattachements)
        bailleur = bailleur_de(self.request.adhesion, demande.get("bailleur"))
        groupes = passages.proposer(bailleur.siren, passages.perimetre(self.request.adhesion))
        voulus = {nom: demande[nom] for nom in ("commune", "motif") if nom in demande}
        return [un for un in groupes if all(getattr(un, nom) == valeur for nom, valeur in voulus.items())]

    @extend_schema(parameters=[ParametresRattachements])
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=DecisionDeGroupesSerializer,
        responses={201: RattachementsFaitsSerializer, 200: RattachementsFaitsSerializer},
    )
    def post(self, request):
        """Ce que l'on décide des groupes : rattacher à une résidence connue, en créer une, ou refuser. Fait un dépôt
        `passage`, et un dépôt `residences` s'il y en a de nouvelles : les deux ou aucun. 409 si les groupes ont changé
        depuis leur lecture."""
        demande = DecisionDeGroupesSerializer(data=request.data)
        demande.is_valid(raise_exception=True)
        decision = demande.validated_data
        bailleur = bailleur_de(request.adhesion, decision.get("bailleur"))
        try:
            depots = service.confirmer(request.adhesion, bailleur, choix_de(decision))
        except DepotInterdit as refus:
            raise PermissionDenied(str(refus)) from None
        except service.PropositionPerimee as refus:
            raise Conflit(str(refus)) from None
        except service.RattachementInvalide as refus:
            raise ValidationError({"choix": [str(refus)]}) from None
        except DisquePlein as refus:
            raise DisqueInsuffisant(str(refus)) from None
        refuses = sum(un["refuser"] for un in decision.get("choix", []))
        corps = {"depots": DepotSerializer(depots, many=True).data, "refuses": refuses}
        return Response(corps, status=status.HTTP_201_CREATED if depots else status.HTTP_200_OK)
