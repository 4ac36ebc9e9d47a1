"""Filters of the lists of partenaires, shared by the page and the API."""

import django_filters

from partenaires.models import Depot


class DepotFilter(django_filters.FilterSet):
    statut = django_filters.MultipleChoiceFilter(field_name="etat", choices=Depot.Etat.choices, label="État")
    organisation = django_filters.CharFilter(field_name="organisation__siren", label="Organisation (SIREN)")
    type = django_filters.CharFilter(label="Type de fichier")
    millesime = django_filters.NumberFilter(label="Millésime", min_value=1900, max_value=2100)

    class Meta:
        model = Depot
        fields = ["type", "statut", "organisation", "millesime"]
