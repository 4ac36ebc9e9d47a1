"""`/modeles/`: the types of file, the dictionary of their columns, and the workbook to fill of each."""

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from partenaires.api.parametres import exiger_connus
from partenaires.depots.contrats import REGISTRE, Format
from partenaires.depots.documentation import NATURES, sens
from partenaires.depots.modeles import colonnes_a_remplir, valeurs
from partenaires.depots.nettoyage import inconnus
from partenaires.services.modeles import XLSX, classeur, modele, modeles


class ModeleSerializer(serializers.Serializer):
    """A `Modele`: this class describes the dict that `to_representation` makes."""

    type = serializers.CharField()
    libelle = serializers.CharField()
    usage = serializers.CharField()
    deposants = serializers.CharField(help_text="qui dépose ce type, en mots")
    le_mien = serializers.BooleanField(help_text="vrai si votre organisation le dépose")
    cle = serializers.ListField(child=serializers.CharField(), help_text="ce qui identifie une ligne")
    millesime_obligatoire = serializers.BooleanField()
    geographique = serializers.BooleanField()

    def to_representation(self, un):
        return {
            "type": un.format.type,
            "libelle": un.format.libelle,
            "usage": un.format.usage,
            "deposants": un.deposants,
            "le_mien": un.le_mien,
            "cle": un.cle,
            "millesime_obligatoire": un.format.millesime_obligatoire,
            "geographique": un.format.geographique,
        }


class ColonneSerializer(serializers.Serializer):
    colonne = serializers.CharField()
    contenu = serializers.CharField(help_text="texte, code, entier, nombre, année, date…")
    obligatoire = serializers.BooleanField(help_text="la colonne doit être là")
    renseignee = serializers.BooleanField(help_text="chaque ligne doit avoir une valeur")
    valeurs = serializers.ListField(child=serializers.CharField(), help_text="liste fermée ; vide s'il n'y en a pas")
    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    inconnues = serializers.ListField(child=serializers.CharField(), help_text="lues comme une case vide")
    synonymes = serializers.ListField(child=serializers.CharField(), help_text="autres noms reconnus")
    personnelle = serializers.BooleanField(help_text="valeurs masquées dans les rapports")
    precisions = serializers.CharField(allow_blank=True)


class DictionnaireSerializer(ModeleSerializer):
    colonnes = ColonneSerializer(many=True)

    def to_representation(self, un):
        return super().to_representation(un) | {"colonnes": colonnes(un.format)}


def colonnes(un_format: Format) -> list[dict]:
    return [
        {
            "colonne": une.nom,
            "contenu": NATURES[une.nature],
            "obligatoire": une.obligatoire,
            "renseignee": une.cle,
            "valeurs": list(valeurs(une)),
            "minimum": une.minimum,
            "maximum": une.maximum,
            "inconnues": [valeur for valeur in inconnus(une) if valeur],
            "synonymes": list(une.synonymes),
            "personnelle": une.personnelle,
            "precisions": sens(un_format, une),
        }
        for une in colonnes_a_remplir(un_format)
    ]


def format_de(type: str) -> Format:
    """Raises a 404."""
    if type not in REGISTRE:
        raise NotFound(f"Type inconnu. Types possibles : {', '.join(sorted(REGISTRE))}.")
    return REGISTRE[type]


class ModelesVue(ListAPIView):
    """Types de fichier, ceux que dépose votre organisation d'abord."""

    nom_export = "modeles"
    serializer_class = ModeleSerializer
    filter_backends = []

    def get_queryset(self):
        exiger_connus(self.request, ())
        return modeles(self.request.adhesion)


class ModeleVue(APIView):
    @extend_schema(responses=DictionnaireSerializer)
    def get(self, request, type):
        """Un type de fichier et le dictionnaire de ses colonnes."""
        exiger_connus(request, ())
        return Response(DictionnaireSerializer(modele(request.adhesion, format_de(type))).data)


class ClasseurVue(APIView):
    @extend_schema(responses={(200, XLSX): OpenApiTypes.BINARY})
    def get(self, request, type):
        """Le classeur XLSX à remplir d'un type, avec son dictionnaire."""
        exiger_connus(request, ())
        sortie, nom = classeur(format_de(type))
        return FileResponse(sortie, as_attachment=True, filename=nom, content_type=XLSX)
