"""Filters of the lists of partenaires, shared by the page and the API."""

import django_filters

from partenaires.depots.contrats import REGISTRE
from partenaires.models import Correspondance, Depot


def types_de_fichier() -> list[tuple[str, str]]:
    return [(un_format.type, un_format.libelle) for un_format in sorted(REGISTRE.values(), key=lambda f: f.libelle)]


class DepotFilter(django_filters.FilterSet):
    type = django_filters.ChoiceFilter(choices=types_de_fichier, label="Type de fichier", empty_label="Tous")
    statut = django_filters.ChoiceFilter(
        field_name="etat", choices=Depot.Etat.choices, label="État", empty_label="Tous"
    )
    organisation = django_filters.CharFilter(field_name="organisation__siren", label="Organisation (SIREN)")
    millesime = django_filters.NumberFilter(label="Millésime", min_value=1900, max_value=2100)

    class Meta:
        model = Depot
        fields = ["type", "statut", "organisation", "millesime"]


class CorrespondanceFilter(django_filters.FilterSet):
    type = django_filters.ChoiceFilter(choices=types_de_fichier, label="Type de fichier")
    organisation = django_filters.CharFilter(field_name="organisation__siren", label="Organisation (SIREN)")
    en_vigueur = django_filters.BooleanFilter(method="derniere", label="La dernière version seulement")

    class Meta:
        model = Correspondance
        fields = ["type", "organisation", "en_vigueur"]

    def derniere(self, requete, nom, voulue):
        return requete.en_vigueur() if voulue else requete
