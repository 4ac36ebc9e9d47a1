"""Two methods on the same places, and how solid the classes of one are."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView

from diagnostic.models import Methode
from diagnostic.services import comparaison, indices, solidite
from diagnostic.services.mesures import Indices, ParMethode
from partenaires.api.parametres import lire_parametres

DECIMALES = 4
NIVEAUX = [niveau.value for niveau in comparaison.NIVEAUX]


class ParametresSolidite(serializers.Serializer):
    epci = serializers.CharField(help_text="SIREN du territoire de CIL")
    methode = serializers.CharField(help_text="code d'une méthode en service")
    millesime = serializers.IntegerField(min_value=1900, max_value=2200)
    niveau = serializers.ChoiceField(NIVEAUX, required=False, default="residence")
    detail = serializers.ChoiceField(["lieux", "poids"], required=False, default="lieux")


class ParametresComparaison(ParametresSolidite):
    contre = serializers.CharField(help_text="code de l'autre méthode")
    detail = serializers.ChoiceField(["matrice", "lieux"], required=False, default="matrice")


class LigneSerializer(serializers.Serializer):
    """A line that the view has made: its fields are described by the classes below."""

    def to_representation(self, ligne):
        return ligne


class CaseSerializer(LigneSerializer):
    """One pair of classes, or one place that changes class (`detail=lieux`)."""

    classe = serializers.CharField(allow_null=True, help_text="selon `methode` ; null : sans valeur")
    classe_contre = serializers.CharField(allow_null=True, help_text="selon `contre`")
    lieux = serializers.IntegerField(allow_null=True)
    logements = serializers.IntegerField(allow_null=True)
    secret = serializers.BooleanField()


class SoliditeSerializer(LigneSerializer):
    """One place, or one weight (`detail=poids`)."""

    territoire = serializers.CharField()
    version = serializers.CharField()
    valeur = serializers.FloatField(allow_null=True)
    bas = serializers.FloatField(allow_null=True, help_text="intervalle à 90 %")
    haut = serializers.FloatField(allow_null=True)
    classe = serializers.CharField()
    stabilite = serializers.FloatField(help_text="part des tirages dans la même classe")
    poids_sensibles = serializers.IntegerField(help_text="poids qui changent sa classe")


def methode_en_service(adhesion, epci: str, code: str, champ: str) -> Methode:
    trouvee = indices.methodes(adhesion).du_territoire(epci).filter(code=code).order_by("-epci").first()
    if trouvee is None:
        raise ValidationError({champ: [f"Méthode inconnue : {code}. La liste est à /api/v1/methodes/."]})
    return trouvee


def arrondi(valeur: float | None) -> float | None:
    return None if valeur is None else round(valeur, DECIMALES)


@extend_schema(parameters=[ParametresComparaison])
class ComparaisonVue(ListAPIView):
    """Lieux par paire de classes selon deux méthodes, ou ceux qui changent de classe."""

    nom_export = "comparaison"
    serializer_class = CaseSerializer
    filter_backends = []

    def get_queryset(self):
        demande, adhesion = lire_parametres(self.request, ParametresComparaison), self.request.adhesion
        epci, millesime, niveau = demande["epci"], demande["millesime"], demande["niveau"]
        methodes = [methode_en_service(adhesion, epci, demande[champ], champ) for champ in ("methode", "contre")]
        lues = Indices(adhesion, epci, methodes, [millesime], [niveau])
        mesures = [ParMethode(methode, lues) for methode in methodes]
        lue = comparaison.comparer(adhesion, epci, *mesures, millesime, niveau)
        return cases(lue) if demande["detail"] == "matrice" else changements(lue)


def cases(lue: comparaison.Comparaison) -> list[dict]:
    ici, autre = ([*mesure.classes, None] for mesure in (lue.ici, lue.autre))
    lignes = []
    for classe, ligne in zip(ici, lue.matrice.cases):
        for contre, case in zip(autre, ligne):
            tue = lue.masque(case.lieux)
            nombres = {"lieux": None if tue else case.lieux, "logements": None if tue else case.logements}
            lignes.append({"classe": classe, "classe_contre": contre} | nombres | {"secret": tue})
    return lignes


def changements(lue: comparaison.Comparaison) -> list[dict]:
    return [
        {
            "territoire": lieu.territoire,
            "version": lieu.version,
            "nom": lieu.nom,
            "logements": lieu.logements,
            "classe": lieu.ici.classe,
            "classe_contre": lieu.autre.classe,
            "sens": lieu.sens,
        }
        for lieu in lue.changent
    ]


@extend_schema(parameters=[ParametresSolidite])
class SoliditeVue(ListAPIView):
    """Solidité de la classe de chaque lieu : intervalle, stabilité, poids qui la changent."""

    nom_export = "solidite"
    serializer_class = SoliditeSerializer
    filter_backends = []

    def get_queryset(self):
        demande, adhesion = lire_parametres(self.request, ParametresSolidite), self.request.adhesion
        epci, millesime, niveau = demande["epci"], demande["millesime"], demande["niveau"]
        methode = methode_en_service(adhesion, epci, demande["methode"], "methode")
        lues = Indices(adhesion, epci, [methode], [millesime], [niveau]).lire(methode, millesime)
        mesuree = solidite.mesurer(epci, methode, millesime, niveau) if lues else None
        if mesuree is None:
            return []
        lue = solidite.Solidite(mesuree, niveau, lues)
        return lieux(lue) if demande["detail"] == "lieux" else poids(lue)


def lieux(lue: solidite.Solidite) -> list[dict]:
    return [
        {
            "territoire": ligne.territoire,
            "version": ligne.version,
            "valeur": ligne.lecture.valeur,
            "bas": arrondi(ligne.solidite.bas),
            "haut": arrondi(ligne.solidite.haut),
            "classe": ligne.lecture.classe,
            "stabilite": arrondi(ligne.solidite.stabilite),
            "poids_sensibles": ligne.solidite.composantes,
        }
        for ligne in lue.lignes
    ]


def poids(lue: solidite.Solidite) -> list[dict]:
    return [
        {"axe": p.axe, "code": p.composante.code, "population": p.composante.population}
        | {"poids": float(p.composante.poids), "moins": moins, "plus": plus, "changent": tous}
        for p, moins, plus, tous in lue.poids
    ]
