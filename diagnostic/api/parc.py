"""The stock by classes and its low rents, over the territory, in and out of QPV, and by bailleur."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from diagnostic.services import parc
from partenaires.api.parametres import lire_parametres


class ParametresParc(serializers.Serializer):
    epci = serializers.CharField(help_text="SIREN du territoire de CIL")
    millesime = serializers.IntegerField(min_value=1900, max_value=2200)
    perimetre = serializers.ChoiceField([perimetre.value for perimetre in parc.Perimetre], required=False)
    bailleur = serializers.CharField(required=False, help_text="SIREN du bailleur")
    repartition = serializers.ChoiceField([groupe.code for groupe in parc.GROUPES], required=False)


class ParcSerializer(serializers.Serializer):
    """The dataclass as it is: this class describes it."""

    epci = serializers.CharField()
    millesime = serializers.IntegerField()
    perimetre = serializers.CharField(help_text="territoire, en_qpv, hors_qpv, bailleur")
    bailleur = serializers.CharField(allow_null=True, help_text="SIREN, pour le périmètre bailleur")
    repartition = serializers.CharField()
    code = serializers.CharField(help_text="classe de la répartition")
    libelle = serializers.CharField()
    numerateur = serializers.IntegerField(allow_null=True)
    denominateur = serializers.IntegerField(allow_null=True)
    taux = serializers.FloatField(allow_null=True)
    secret = serializers.BooleanField()

    def to_representation(self, ligne):
        return ligne.en_dict()


@extend_schema(parameters=[ParametresParc])
class ParcVue(ListAPIView):
    """Le parc par classe de financement, de taille, d'âge, d'énergie et de loyer, et le parc à bas loyers de trois
    façons (GPS&O, MEL, Reims). Par commune, QPV et résidence : la route indicateurs."""

    nom_export = "parc"
    serializer_class = ParcSerializer
    filter_backends = []

    def get_queryset(self):
        voulu = lire_parametres(self.request, ParametresParc)
        epci, millesime = voulu.pop("epci"), voulu.pop("millesime")
        lignes = parc.lire(self.request.adhesion, epci, millesime)
        return [ligne for ligne in lignes if all(getattr(ligne, champ) == v for champ, v in voulu.items())]
