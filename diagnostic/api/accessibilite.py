"""The accessibility of the stock to the first quartile, as the page shows it."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from diagnostic.services import accessibilite
from partenaires.api.parametres import lire_parametres

REPARTITIONS = ("ensemble", "menage", "typologie", "financement", "sensibilite")
SEUILS = ("te", "rpv", "charges_m2", "recents")


class ParametresAccessibilite(serializers.Serializer):
    epci = serializers.CharField(help_text="SIREN du territoire de CIL")
    millesime = serializers.IntegerField(min_value=1900, max_value=2200)
    te = serializers.FloatField(
        min_value=0.01, max_value=1, required=False, help_text="taux d'effort maximal, entre 0 et 1"
    )
    rpv = serializers.FloatField(
        min_value=0, max_value=100, required=False, help_text="reste pour vivre minimal, en euros par jour et par UC"
    )
    charges_m2 = serializers.FloatField(
        min_value=0, max_value=20, required=False, help_text="charges, en euros par m² et par mois"
    )
    recents = serializers.BooleanField(required=False, help_text="les baux récents seulement")
    perimetre = serializers.ChoiceField([perimetre.value for perimetre in accessibilite.Perimetre], required=False)
    repartition = serializers.ChoiceField(REPARTITIONS, required=False)


class AccessibiliteSerializer(serializers.Serializer):
    """The dataclass as it is: this class describes it."""

    epci = serializers.CharField()
    millesime = serializers.IntegerField()
    perimetre = serializers.CharField(help_text="territoire, en_qpv, hors_qpv")
    repartition = serializers.ChoiceField(REPARTITIONS)
    code = serializers.CharField(help_text="ménage, classe de logements, ou paire de seuils")
    libelle = serializers.CharField()
    te = serializers.FloatField(help_text="seuil appliqué à la ligne")
    rpv = serializers.FloatField(help_text="seuil appliqué à la ligne")
    menages = serializers.IntegerField(
        allow_null=True, help_text="ménages comptés ; avec les exclus pour qui ne détient pas les lignes du SNE"
    )
    exclus = serializers.IntegerField(allow_null=True, help_text="ménages sans le reste pour vivre avant tout loyer")
    logements = serializers.FloatField(allow_null=True, help_text="logements de taille convenable, en moyenne")
    accessibles = serializers.FloatField(allow_null=True, help_text="logements qu'un ménage peut payer, en moyenne")
    taux = serializers.FloatField(allow_null=True)
    secret = serializers.BooleanField()

    def to_representation(self, ligne):
        return ligne.en_dict()


@extend_schema(parameters=[ParametresAccessibilite])
class AccessibiliteVue(ListAPIView):
    """Part du parc qu'un ménage du premier quartile peut payer, APL comprise, par ménage, taille, financement et paire
    de seuils. Qui ne détient pas les lignes du SNE ne lit que les paires de seuils des paramètres ; un autre seuil est
    remplacé par l'habituel, que la ligne donne."""

    nom_export = "accessibilite"
    serializer_class = AccessibiliteSerializer
    filter_backends = []

    def get_queryset(self):
        voulu = lire_parametres(self.request, ParametresAccessibilite)
        epci, millesime = voulu.pop("epci"), voulu.pop("millesime")
        seuils = {nom: voulu.pop(nom) for nom in SEUILS if nom in voulu}
        lue = accessibilite.lire(self.request.adhesion, epci, millesime, **seuils)
        return [ligne for ligne in lue.lignes if all(getattr(ligne, champ) == v for champ, v in voulu.items())]
