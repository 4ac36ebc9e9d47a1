"""Rehousing API: projects, reviews, targets, households (contrat §3)."""

from dataclasses import asdict

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView, ListCreateAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from partenaires.api.parametres import exiger_connus
from partenaires.models import Organisation
from partenaires.services import journal
from relogement.api import serializers
from relogement.filters import FiltreCibles, FiltreMenages, FiltreProjets
from relogement.models import CibleRelogement, MenageRelogement, Projet
from relogement.services import cibles
from relogement.services.revue import Inconnu, Revue, revue


class ProjetsVue(ListAPIView):
    """Projets de renouvellement où l'on prend part."""

    nom_export = "projets"
    queryset = Projet.objects.none()  # the schema reads its model here
    serializer_class = serializers.ProjetSerializer
    filterset_class = FiltreProjets

    def get_queryset(self):
        return Projet.objects.visible_to(self.request.adhesion).prefetch_related("operations")


class MenagesVue(ListAPIView):
    """Ménages à reloger de son périmètre. Chaque lecture est inscrite au journal."""

    nom_export = "menages"
    queryset = MenageRelogement.objects.none()  # the schema reads its model here
    audience = "lignes"
    serializer_class = serializers.MenageSerializer
    filterset_class = FiltreMenages
    ordering_fields = ["identifiant", "etat", "date_enquete", "date_bail", "taille", "ressources"]

    def get_queryset(self):
        siens = MenageRelogement.objects.visible_to(self.request.adhesion).courantes()
        return siens.select_related("projet", "operation").order_by("projet__code", "identifiant")

    def list(self, request, *arguments, **nommes):
        reponse = super().list(request, *arguments, **nommes)
        if getattr(self.paginator, "bloc", 1) == 1:  # an export calls this once a block
            journal.noter(request.adhesion, "lecture_menages", f"relogement {request.GET.urlencode()}".strip())
        return reponse


class CiblesVue(ListCreateAPIView):
    """Cibles locales des quatre critères ; l'EPCI les enregistre (gestionnaires et administrateurs)."""

    nom_export = "cibles"
    queryset = CibleRelogement.objects.none()  # the schema reads its model here
    serializer_class = serializers.CibleSerializer
    filterset_class = FiltreCibles

    def get_queryset(self):
        return CibleRelogement.objects.visible_to(self.request.adhesion).order_by("critere", "-debut", "id").distinct()

    def perform_create(self, serializer):
        serializer.instance = cibles.enregistrer(self.request.adhesion, **serializer.validated_data)

    def create(self, request, *arguments, **nommes):
        adhesion = request.adhesion
        if adhesion.nature != Organisation.Nature.EPCI or not adhesion.peut_ecrire:
            raise PermissionDenied("Seuls les gestionnaires et administrateurs de l'EPCI enregistrent une cible.")
        return super().create(request, *arguments, **nommes)


class RevueProjetVue(APIView):
    """Revue d'un projet à une date : états, quatre critères, minorations, propositions."""

    @extend_schema(parameters=[serializers.ParametresRevueProjet], responses=serializers.RevueSerializer)
    def get(self, request, projet: int):
        demande = lire_parametres(request, serializers.ParametresRevueProjet)
        return rendre(request, projet=projet, operation=demande.get("operation"), le=demande.get("date"))


class RevueTerritoireVue(APIView):
    """Revue d'un territoire à une date, tous projets réunis."""

    @extend_schema(parameters=[serializers.ParametresRevueTerritoire], responses=serializers.RevueSerializer)
    def get(self, request):
        demande = lire_parametres(request, serializers.ParametresRevueTerritoire)
        return rendre(request, epci=demande["epci"], le=demande.get("date"))


def lire_parametres(request, forme) -> dict:
    """Query parameters, checked; an unknown or unreadable one is a 400 that names it."""
    exiger_connus(request, forme().fields)
    lus = forme(data={nom: request.query_params[nom] for nom in forme().fields if nom in request.query_params})
    lus.is_valid(raise_exception=True)
    return lus.validated_data


def rendre(request, **demande) -> Response:
    try:
        return Response(en_json(revue(request.adhesion, **demande)))
    except Inconnu as absent:
        raise Http404 from absent


def en_json(lue: Revue) -> dict:
    return asdict(lue.ensemble) | {
        "date": lue.le.isoformat(),
        "epci": lue.epci,
        "projet": lue.projet.code if lue.projet else None,
        "operation": lue.operation.code if lue.operation else None,
        "audience": lue.audience,
        "partielle": lue.partielle,
        "projets": [{"projet": p.code, "nom": p.nom} | asdict(b) for p, b in lue.projets],
        "operations": [{"projet": o.projet.code, "operation": o.code} | asdict(b) for o, b in lue.operations],
        "depots": lue.depots,
    }
