"""JSON of the rehousing API (contrat §3)."""

from decimal import Decimal

from django.http import Http404
from rest_framework import serializers

from diagnostic.models import Territoire
from relogement.models import CibleRelogement, MenageRelogement, Operation, Projet

DATE_ATTENDUE = "Date illisible : AAAA-MM-JJ est attendu, par exemple 2025-12-31."
PART_ATTENDUE = "Un nombre entre 0 et 1 est attendu, avec six décimales au plus : 0.5 pour la moitié."
UNE_ECHELLE = "Indiquez une échelle et une seule : projet, operation ou epci."


class OperationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Operation
        fields = ["id", "code", "nature"]


class ProjetSerializer(serializers.ModelSerializer):
    operations = OperationSerializer(many=True, read_only=True)

    class Meta:
        model = Projet
        fields = ["id", "code", "nom", "quartier", "epci", "minorations_programmees", "operations"]


class MenageSerializer(serializers.ModelSerializer):
    """A case: no name, no birth date, no address."""

    projet = serializers.CharField(source="projet.code")
    operation = serializers.CharField(source="operation.code", default=None)
    epci = serializers.CharField(source="projet.epci")

    class Meta:
        model = MenageRelogement
        fields = ["id", "epci", "projet", "operation", "identifiant", "etat", "taille", "uc", "ressources"]
        fields += ["bailleur_origine", "ident_int_origine", "bailleur_destination", "ident_int_destination"]
        fields += ["date_enquete", "date_bail", "date_premiere_location", "minoration"]
        fields += [f"{c}_{m}" for m in ("avant", "apres") for c in ("loyer", "charges", "apl", "surface")]
        extra_kwargs = {
            champ: {"coerce_to_string": False}
            for champ in fields
            if champ.split("_")[0] in ("uc", "ressources", "minoration", "loyer", "charges", "apl", "surface")
        }


class CibleSerializer(serializers.ModelSerializer):
    """A target. `projet` and `operation` are read by id or by code; what the member may not know is a 404."""

    projet = serializers.CharField(required=False, allow_null=True)
    operation = serializers.CharField(required=False, allow_null=True)
    epci = serializers.CharField(required=False, allow_blank=True)
    valeur = serializers.DecimalField(
        7,
        6,
        min_value=Decimal(0),
        max_value=Decimal(1),
        coerce_to_string=False,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits"), PART_ATTENDUE
        ),
    )
    debut = serializers.DateField(error_messages={"invalid": DATE_ATTENDUE})

    class Meta:
        model = CibleRelogement
        fields = ["id", "projet", "operation", "epci", "critere", "valeur", "debut", "moment"]

    def validate(self, donnees):
        echelles = [nom for nom in ("projet", "operation", "epci") if donnees.get(nom)]
        if len(echelles) != 1:
            raise serializers.ValidationError({nom: [UNE_ECHELLE] for nom in echelles or ["projet"]})
        adhesion = self.context["request"].adhesion
        projets = Projet.objects.visible_to(adhesion)
        if donnees.get("projet"):
            donnees["projet"] = par_code_ou_id(projets, donnees["projet"], "projet")
        elif donnees.get("operation"):
            siennes = Operation.objects.filter(projet__in=projets)
            donnees["operation"] = par_code_ou_id(siennes, donnees["operation"], "operation")
        elif not Territoire.objects.visible_to(adhesion).filter(siren=donnees["epci"]).exists():
            raise Http404
        return donnees

    def to_representation(self, cible):
        return {
            "id": cible.pk,
            "projet": cible.projet_id,
            "operation": cible.operation_id,
            "epci": cible.epci or None,
            "critere": cible.critere,
            "valeur": float(cible.valeur),
            "debut": cible.debut.isoformat(),
            "moment": cible.moment,
        }


def par_code_ou_id(visibles, valeur: str, champ: str):
    """The one row of that code, else of that id; none ⇒ 404; several of that code ⇒ 400 asking for the id."""
    trouves = list(visibles.filter(code=valeur)[:2])
    if len(trouves) > 1:
        raise serializers.ValidationError({champ: [f"Plusieurs portent le code {valeur} : donnez son id."]})
    if not trouves and valeur.isdecimal() and len(valeur) < 19:
        trouves = list(visibles.filter(pk=int(valeur)))
    if not trouves:
        raise Http404
    return trouves[0]


class ParametresRevueProjet(serializers.Serializer):
    date = serializers.DateField(required=False, error_messages={"invalid": DATE_ATTENDUE})
    operation = serializers.CharField(required=False, help_text="Code de l'opération (ou son id).")


class ParametresRevueTerritoire(serializers.Serializer):
    epci = serializers.CharField(error_messages={"required": "Indiquez le SIREN du territoire."})
    date = serializers.DateField(required=False, error_messages={"invalid": DATE_ATTENDUE})


class CritereSerializer(serializers.Serializer):
    numerateur = serializers.IntegerField(allow_null=True)
    denominateur = serializers.IntegerField(allow_null=True)
    non_renseignes = serializers.IntegerField(allow_null=True)
    taux = serializers.FloatField(allow_null=True)
    cible = serializers.FloatField(allow_null=True)
    ecart = serializers.FloatField(allow_null=True)
    secret = serializers.BooleanField()


class CriteresSerializer(serializers.Serializer):
    reste_a_charge = CritereSerializer()
    neuf = CritereSerializer()
    hors_qpv = CritereSerializer()
    hors_quartier = CritereSerializer()


class MinorationsSerializer(serializers.Serializer):
    accordees = serializers.IntegerField(allow_null=True)
    montant_mensuel = serializers.FloatField(allow_null=True)
    programmees = serializers.IntegerField(allow_null=True)


class BilanSerializer(serializers.Serializer):
    """`secret` names the parts that are masked for this reader."""

    menages = serializers.IntegerField(allow_null=True)
    etats = serializers.DictField(child=serializers.IntegerField(allow_null=True))
    criteres = CriteresSerializer()
    minorations = MinorationsSerializer()
    propositions = serializers.IntegerField(allow_null=True)
    refus_par_motif = serializers.DictField(child=serializers.IntegerField())
    secret = serializers.ListField(child=serializers.CharField())


class BilanProjetSerializer(BilanSerializer):
    projet = serializers.CharField()
    nom = serializers.CharField()


class BilanOperationSerializer(BilanSerializer):
    projet = serializers.CharField()
    operation = serializers.CharField()


class RevueSerializer(BilanSerializer):
    date = serializers.DateField()
    epci = serializers.CharField()
    projet = serializers.CharField(allow_null=True)
    operation = serializers.CharField(allow_null=True)
    audience = serializers.CharField()
    partielle = serializers.BooleanField(help_text="Bailleur : les seuls projets où il prend part.")
    projets = BilanProjetSerializer(many=True)
    operations = BilanOperationSerializer(many=True)
    depots = serializers.ListField(child=serializers.IntegerField())
