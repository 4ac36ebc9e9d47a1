"""Index methods: those in service, the drafts of a territory, their preview, adoption and withdrawal."""

from collections.abc import Mapping

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView, ListCreateAPIView, RetrieveAPIView
from rest_framework.response import Response

from diagnostic.models import Methode
from diagnostic.services import apercu_methodes
from diagnostic.services import methodes as service
from partenaires.api.erreurs import Conflit
from partenaires.api.parametres import lire_parametres

TEXTE, BORNE = 200, 20


def texte(**champs):
    return serializers.CharField(max_length=TEXTE, **champs)


def nombre(**champs):
    return serializers.CharField(max_length=BORNE, **champs)


class PalierSerializer(serializers.Serializer):
    min = nombre(allow_null=True, default=None)
    max = nombre(allow_null=True, default=None)
    points = nombre()


class ComposanteSerializer(serializers.Serializer):
    code = texte()
    population = texte(default="ensemble")
    poids = nombre(default="1")
    sens = serializers.IntegerField(default=1, help_text="1 : plus haut, plus fragile ; -1 : moins")
    facultative = serializers.BooleanField(default=False)
    paliers = PalierSerializer(many=True, default=list)


class ClasseSerializer(serializers.Serializer):
    libelle = texte(allow_blank=True)
    min = nombre(allow_null=True, default=None, help_text="incluse")
    max = nombre(allow_null=True, default=None, help_text="exclue")


class AxeSaisiSerializer(serializers.Serializer):
    code = serializers.SlugField(max_length=60)
    nom = texte(allow_blank=True)
    base = serializers.IntegerField(default=1, help_text="1 ou 100")
    normalisation = texte(default="rapport")
    reference = texte(default="millesime")
    composantes = ComposanteSerializer(many=True)
    classes = ClasseSerializer(many=True)


class AggravationSerializer(serializers.Serializer):
    axe = texte()
    sur = texte()
    ecart = nombre()


class CroisementSerializer(serializers.Serializer):
    axes = serializers.ListField(child=texte(), max_length=10)
    classes = serializers.ListField(child=texte(allow_blank=True), max_length=50)
    table = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField(allow_null=True)))
    aggravation = AggravationSerializer(allow_null=True, default=None)


class ConditionSerializer(serializers.Serializer):
    classe = serializers.ListField(child=texte(), required=False)
    qpv = serializers.BooleanField(required=False)
    equipements = serializers.ListField(child=serializers.IntegerField(), required=False)
    desserte = serializers.ListField(child=serializers.IntegerField(), required=False)


class RegleQuartierSerializer(serializers.Serializer):
    libelle = texte(allow_blank=True)
    si = ConditionSerializer()


class SaisieSerializer(serializers.Serializer):
    """The rule as it is written; what it says is judged by `services.methodes.verifier`."""

    epci = serializers.CharField(required=False, help_text="SIREN de son territoire de CIL ; le sien par défaut")
    libelle = texte(allow_blank=True)
    source = texte(allow_blank=True)
    reglages = serializers.CharField(allow_blank=True, default="", max_length=4000)
    axes = AxeSaisiSerializer(many=True)
    croisement = CroisementSerializer(allow_null=True, default=None)
    regles_quartier = RegleQuartierSerializer(many=True, default=list)
    manquante = texte(default="renormaliser")
    minimum_repondants = serializers.IntegerField(default=11)
    minimum_composante = serializers.IntegerField(default=11)


class DecisionSerializer(serializers.Serializer):
    decision = texte(help_text="référence de la décision de la CIL")
    decision_du = serializers.DateField()


class MethodeSerializer(serializers.ModelSerializer):
    classes = serializers.ListField(
        source="libelles", child=serializers.CharField(), help_text="de la moins à la plus fragile"
    )

    class Meta:
        model = Methode
        fields = ["id", "code", "version", "epci", "statut", "libelle", "source", "axes", "croisement"]
        fields += ["regles_quartier", "classes", "manquante", "minimum_repondants", "minimum_composante", "reglages"]
        fields += ["origine", "decision", "decision_du", "adoptee_le", "retiree_le"]


class ParametresMethodes(serializers.Serializer):
    epci = serializers.CharField(required=False, help_text="SIREN : les siennes et celles de la plateforme")
    statut = serializers.ChoiceField(Methode.Statut.choices, required=False, default=Methode.Statut.ADOPTEE)


def agir(agissant, *arguments):
    """What a service refuses, as an answer of the API."""
    try:
        return agissant(*arguments)
    except service.MethodeInvalide as invalide:
        raise ValidationError({"methode": invalide.fautes}) from invalide
    except service.MethodeDepassee as depassee:
        raise Conflit(str(depassee)) from depassee
    except service.MethodeInterdite as interdite:
        raise PermissionDenied(str(interdite)) from interdite


class MethodesVue(ListCreateAPIView):
    """Méthodes d'indice en service, ou d'un autre statut ; l'EPCI y dépose un brouillon."""

    nom_export = "methodes"
    serializer_class = MethodeSerializer
    queryset = Methode.objects.none()  # for the schema alone
    filter_backends = []

    def get_queryset(self):
        demande = lire_parametres(self.request, ParametresMethodes)
        visibles = Methode.objects.visible_to(self.request.adhesion).filter(statut=demande["statut"])
        return visibles.du_territoire(demande["epci"]) if "epci" in demande else visibles

    @extend_schema(request=SaisieSerializer, responses={201: MethodeSerializer})
    def create(self, request, *arguments, **nommes):
        donnees = lire_saisie(request.data)
        epci = donnees.pop("epci", request.adhesion.siren)
        methode = agir(service.creer, request.adhesion, epci, donnees)
        return Response(self.get_serializer(methode).data, status.HTTP_201_CREATED)


def lire_saisie(donnees) -> dict:
    saisie = SaisieSerializer(data=donnees)
    saisie.is_valid(raise_exception=True)
    return dict(saisie.validated_data)


class MethodeVue(RetrieveAPIView):
    """Une version d'une méthode ; un brouillon de l'EPCI se modifie, une version adoptée jamais."""

    serializer_class = MethodeSerializer
    queryset = Methode.objects.none()  # for the schema alone
    filter_backends = []

    def get_queryset(self):
        return Methode.objects.visible_to(self.request.adhesion)

    @extend_schema(request=SaisieSerializer, responses=MethodeSerializer)
    def patch(self, request, pk: int):
        methode = self.get_object()
        if not isinstance(request.data, Mapping):
            raise ValidationError({"methode": ["Un objet est attendu, avec les champs à changer."]})
        inconnus = sorted(set(request.data) - set(SaisieSerializer().fields))
        if inconnus:
            raise ValidationError({nom: ["Champ inconnu."] for nom in inconnus})
        donnees = lire_saisie(service.donnees_de(methode) | dict(request.data.items()))
        donnees.pop("epci", None)
        return Response(self.get_serializer(agir(service.modifier, request.adhesion, methode, donnees)).data)


class GesteVue(GenericAPIView):
    """A gesture on a version that one may see."""

    serializer_class = MethodeSerializer
    queryset = Methode.objects.none()  # for the schema alone
    filter_backends = []

    def get_queryset(self):
        return Methode.objects.visible_to(self.request.adhesion)

    def repondre(self, methode: Methode, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(methode).data, code)


class AdopterVue(GesteVue):
    """Met en service un brouillon que la CIL a adopté ; ses indices sont calculés aussitôt."""

    @extend_schema(request=DecisionSerializer, responses=MethodeSerializer)
    def post(self, request, pk: int):
        methode = self.get_object()
        lue = DecisionSerializer(data=request.data)
        lue.is_valid(raise_exception=True)
        decision = service.Decision(lue.validated_data["decision"], lue.validated_data["decision_du"])
        return self.repondre(agir(apercu_methodes.adopter, request.adhesion, methode, decision))


class RetirerVue(GesteVue):
    """Retire du service une version du territoire ; sa règle et ses résultats sont gardés."""

    @extend_schema(request=None, responses=MethodeSerializer)
    def post(self, request, pk: int):
        return self.repondre(agir(service.retirer, request.adhesion, self.get_object()))


class DupliquerVue(GesteVue):
    """Un brouillon de l'EPCI, pareil à la version donnée."""

    @extend_schema(request=None, responses={201: MethodeSerializer})
    def post(self, request, pk: int):
        copie = agir(service.dupliquer, request.adhesion, request.adhesion.siren, self.get_object())
        return self.repondre(copie, status.HTTP_201_CREATED)


class NouvelleVersionVue(GesteVue):
    """Le brouillon qui suit une version du territoire."""

    @extend_schema(request=None, responses={201: MethodeSerializer})
    def post(self, request, pk: int):
        suivante = agir(service.nouvelle_version, request.adhesion, self.get_object())
        return self.repondre(suivante, status.HTTP_201_CREATED)
