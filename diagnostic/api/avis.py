"""Opinions and published notes of the residences, and their social mix (issue C)."""

from datetime import date

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from diagnostic.calculs.mixite import CODES
from diagnostic.services import lecture_avis, mixite
from diagnostic.services.lecture_avis import Etat, LigneAvis
from partenaires.api.parametres import lire_parametres

DECIMALES = 4


# --- opinions -------------------------------------------------------------------------------------------------------


class ParametresAvis(serializers.Serializer):
    epci = serializers.CharField(help_text="SIREN du territoire de CIL")
    etat = serializers.ChoiceField([etat.value for etat in Etat], required=False)
    bailleur = serializers.CharField(required=False, help_text="SIREN : ses résidences")
    commune = serializers.CharField(required=False, help_text="code INSEE")
    residence = serializers.CharField(required=False, help_text="SIREN:CODE_RESIDENCE")


class AvisSerializer(serializers.Serializer):
    """One residence: this class describes the dict that `ligne_avis` makes."""

    epci = serializers.CharField()
    residence = serializers.CharField(help_text="SIREN:CODE_RESIDENCE")
    nom = serializers.CharField()
    bailleur = serializers.CharField()
    commune = serializers.CharField()
    tour = serializers.IntegerField(help_text="numéro du tour")
    ouvert_le = serializers.DateField()
    limite = serializers.DateField()
    clos_le = serializers.DateField(allow_null=True)
    etat = serializers.CharField()
    avis_bailleur = serializers.IntegerField(allow_null=True, help_text="1 à 4 ; null : pas donné, ou pas à vous")
    avis_commune = serializers.IntegerField(allow_null=True, help_text="1 à 4 ; null : pas donné, ou pas à vous")
    note_proposee = serializers.IntegerField(allow_null=True, help_text="classe de urhlm_hdf")
    divergences = serializers.ListField(child=serializers.CharField())
    note_publiee = serializers.IntegerField(allow_null=True, help_text="celle en vigueur")
    publiee_le = serializers.DateField(allow_null=True)
    a_reevaluer_le = serializers.DateField(allow_null=True)

    def to_representation(self, ligne):
        return ligne_avis(ligne)


def ligne_avis(ligne: LigneAvis) -> dict:
    tour, publiee = ligne.tour, ligne.publiee
    return {
        "epci": tour.epci,
        "residence": ligne.residence.identifiant,
        "nom": ligne.residence.nom,
        "bailleur": ligne.residence.bailleur,
        "commune": ligne.residence.commune_id,
        "tour": tour.numero,
        "ouvert_le": tour.ouvert_le,
        "limite": tour.limite,
        "clos_le": tour.clos_le,
        "etat": ligne.etat.value,
        "avis_bailleur": ligne.bailleur.note if ligne.bailleur else None,
        "avis_commune": ligne.commune.note if ligne.commune else None,
        "note_proposee": ligne.proposee,
        "divergences": list(ligne.divergences),
        "note_publiee": publiee.note if publiee else None,
        "publiee_le": publiee.publiee_le if publiee else None,
        "a_reevaluer_le": publiee.echeance if publiee else None,
    }


@extend_schema(parameters=[ParametresAvis])
class AvisVue(ListAPIView):
    """Avis de proximité et notes publiées des résidences : une partie lit le sien, l'EPCI et l'État les deux."""

    nom_export = "avis"
    serializer_class = AvisSerializer
    filter_backends = []

    def get_queryset(self):
        demande = lire_parametres(self.request, ParametresAvis)
        return lecture_avis.lire(self.request.adhesion, demande.pop("epci"), date.today(), **demande)


# --- social mix -----------------------------------------------------------------------------------------------------


class ParametresMixite(serializers.Serializer):
    epci = serializers.CharField(help_text="SIREN du territoire de CIL")
    niveau = serializers.ChoiceField(["residence", "famille"], required=False, default="residence")
    millesime = serializers.IntegerField(
        required=False, min_value=1900, max_value=2200, help_text="dernière enquête à cette année ou avant"
    )
    au = serializers.DateField(required=False, help_text="notes publiées en vigueur à cette date ; aujourd'hui sinon")
    famille = serializers.CharField(required=False)
    bailleur = serializers.CharField(required=False, help_text="SIREN : ses résidences")
    commune = serializers.CharField(required=False, help_text="code INSEE")
    residence = serializers.CharField(required=False, help_text="SIREN:CODE_RESIDENCE")


class SegmentSerializer(serializers.Serializer):
    segment = serializers.CharField()
    part = serializers.FloatField(allow_null=True)
    ecart = serializers.FloatField(allow_null=True, help_text="moins la part de la référence ; notes 3 et 4")


class MixiteSerializer(serializers.Serializer):
    """One residence, or the reference of one family: this class describes the dict that `lignes_mixite` makes."""

    epci = serializers.CharField()
    millesime = serializers.IntegerField(allow_null=True, help_text="de l'enquête")
    famille = serializers.CharField()
    residence = serializers.CharField(allow_null=True, help_text="null : la référence de la famille")
    bailleur = serializers.CharField(allow_null=True)
    commune = serializers.CharField(allow_null=True)
    residences = serializers.IntegerField(allow_null=True, help_text="de la référence, notées 1 ou 2")
    note = serializers.IntegerField(allow_null=True)
    menages = serializers.IntegerField(allow_null=True, help_text="dont le segment est connu")
    segments = SegmentSerializer(many=True)
    segments_a_favoriser = serializers.ListField(child=serializers.CharField())
    secret = serializers.BooleanField()

    def to_representation(self, ligne):
        return ligne


def segments(parts, ecarts=None) -> list[dict]:
    def nombre(fractions, rang):
        return None if fractions is None else round(float(fractions[rang]), DECIMALES)

    return [
        {"segment": code, "part": nombre(parts, rang), "ecart": nombre(ecarts, rang)} for rang, code in enumerate(CODES)
    ]


def lignes_mixite(lue: mixite.Mixite, niveau: str) -> list[dict]:
    commun = {"epci": lue.epci, "millesime": lue.millesime}
    if niveau == "famille":
        return [
            commun
            | dict.fromkeys(("residence", "bailleur", "commune", "note"))
            | {"famille": une.famille, "residences": une.residences, "menages": une.menages}
            | {"segments": segments(une.parts), "segments_a_favoriser": [], "secret": une.secret}
            for une in lue.references
        ]
    return [
        commun
        | {"famille": une.famille, "residence": une.residence.identifiant, "bailleur": une.residence.bailleur}
        | {"commune": une.residence.commune_id, "residences": None, "note": une.note, "menages": une.menages}
        | {"segments": segments(une.parts, une.ecarts), "segments_a_favoriser": une.segments, "secret": une.secret}
        for une in lue.lignes
    ]


@extend_schema(parameters=[ParametresMixite])
class MixiteVue(ListAPIView):
    """Segments d'occupation des résidences notées et écarts à leur famille ; la CALEOL reste souveraine."""

    nom_export = "mixite"
    serializer_class = MixiteSerializer
    filter_backends = []

    def get_queryset(self):
        demande = lire_parametres(self.request, ParametresMixite)
        au = demande.pop("au", date.today())
        lue = mixite.lire(self.request.adhesion, demande.pop("epci"), demande.pop("millesime", au.year), au)
        lignes = lignes_mixite(lue, demande.pop("niveau"))
        return [une for une in lignes if all(une[champ] == voulu for champ, voulu in demande.items())]
