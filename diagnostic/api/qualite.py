"""Quality of the data, source by source: marks, the controls behind them, for who may see them (issue B)."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from diagnostic.calculs.qualite import Constat
from diagnostic.calculs.raisons import raison
from diagnostic.services.qualite import LigneQualite, Source, lignes
from partenaires.api.parametres import lire_parametres


class ParametresQualite(serializers.Serializer):
    epci = serializers.CharField(required=False, help_text="SIREN du territoire de CIL")
    bailleur = serializers.CharField(required=False, help_text="SIREN du bailleur")
    millesime = serializers.IntegerField(required=False, min_value=1900, max_value=2200)
    source = serializers.ChoiceField([source.value for source in Source], required=False)


class ControleSerializer(serializers.Serializer):
    code = serializers.CharField()
    axe = serializers.CharField(help_text="complete, fraiche, coherente")
    libelle = serializers.CharField()
    numerateur = serializers.IntegerField(allow_null=True)
    denominateur = serializers.IntegerField(allow_null=True)
    taux = serializers.FloatField(allow_null=True)
    seuil = serializers.FloatField(allow_null=True, help_text="part, ou âge en années pour fraiche")
    respecte = serializers.BooleanField(allow_null=True, help_text="null : rien à comparer")


class QualiteSerializer(serializers.Serializer):
    """One source of a line: this class describes the dict that `ligne` makes."""

    epci = serializers.CharField()
    bailleur = serializers.CharField(allow_null=True, help_text="null : tout le territoire")
    millesime = serializers.IntegerField()
    source = serializers.CharField()
    annee = serializers.IntegerField(allow_null=True, help_text="année des données, null s'il n'y en a pas")
    complete = serializers.BooleanField(allow_null=True)
    fraiche = serializers.BooleanField(allow_null=True)
    coherente = serializers.BooleanField(allow_null=True)
    raisons = serializers.ListField(child=serializers.CharField(), help_text="ce qui n'est pas respecté, en mots")
    controles = ControleSerializer(many=True)
    depose_le = serializers.DateField(allow_null=True)
    secret = serializers.BooleanField(help_text="les comptes de cette source sont masqués")

    def to_representation(self, paire):
        return ligne(*paire)


# Type of file that brings a source.
TYPES = {Source.RPLS: "rpls", Source.OPS: "ops", Source.GESTION: "gestion", Source.SNE: "sne_radiations"}


def controle(constat: Constat) -> dict:
    return {
        "code": constat.code,
        "axe": constat.axe.value,
        "libelle": constat.libelle,
        "numerateur": constat.numerateur,
        "denominateur": constat.denominateur,
        "taux": None if constat.taux is None else round(float(constat.taux), 4),
        "seuil": constat.seuil,
        "respecte": constat.respecte,
    }


def ligne(qualite: LigneQualite, source: Source) -> dict:
    marque = qualite.marques[source]
    return {
        "epci": qualite.epci,
        "bailleur": qualite.bailleur or None,
        "millesime": qualite.millesime,
        "source": source.value,
        "annee": marque.annee,
        "complete": marque.complete,
        "fraiche": marque.fraiche,
        "coherente": marque.coherente,
        "raisons": [raison(constat) for constat in marque.constats if constat.respecte is False],
        "controles": [controle(constat) for constat in marque.constats],
        "depose_le": qualite.deposes.get(TYPES[source], {}).get("le"),
        "secret": marque.secret,
    }


@extend_schema(parameters=[ParametresQualite])
class QualiteVue(ListAPIView):
    """Qualité des données par source, du territoire (`bailleur` null) et des bailleurs que l'on peut voir."""

    nom_export = "qualite"
    serializer_class = QualiteSerializer
    filter_backends = []

    def get_queryset(self):
        demande = lire_parametres(self.request, ParametresQualite)
        voulues = [Source(demande.pop("source"))] if "source" in demande else list(Source)
        return [(lue, source) for lue in lignes(self.request.adhesion, **demande) for source in voulues]
