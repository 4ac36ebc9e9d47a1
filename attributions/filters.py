"""Filters of the lists of attributions, shared by the pages, the API and the exports."""

import django_filters
from django import forms

from attributions.models import Attribution, Objectif, SeuilQuartile
from attributions.services.comptes import AXES

SIREN = {"max_length": 9}
ANNEE = {"min_value": 1990, "max_value": 2100}


class FiltreAttributions(django_filters.FilterSet):
    annee = django_filters.NumberFilter("annee_decision", label="Année de la décision", **ANNEE)
    annee_bail = django_filters.NumberFilter(label="Année du bail", **ANNEE)
    quartile = django_filters.NumberFilter(label="Quartile (24 : Q2 à Q4)", min_value=1, max_value=24)
    qpv = django_filters.CharFilter("qpv_decision", label="QPV à la décision")
    en_qpv = django_filters.BooleanFilter("en_qpv_decision", label="En QPV à la décision")
    issue = django_filters.MultipleChoiceFilter(choices=Attribution.Issue.choices, label="Issue")
    epci = django_filters.CharFilter(label="Territoire (SIREN)")
    bailleur = django_filters.CharFilter(label="Bailleur (SIREN)")
    commune = django_filters.CharFilter(label="Commune (code INSEE)")
    reservataire = django_filters.CharFilter(lookup_expr="iexact", label="Réservataire")

    class Meta:
        model = Attribution
        fields = ["epci", "annee", "annee_bail", "bailleur", "commune", "qpv", "en_qpv", "issue", "reservataire"]
        fields += ["quartile", "prioritaire", "reloge", "mutation", "logement_connu", "ressources_nulles"]


class FiltreSeuils(django_filters.FilterSet):
    annee = django_filters.NumberFilter(label="Année", **ANNEE)
    epci = django_filters.CharFilter(label="Territoire (SIREN)")

    class Meta:
        model = SeuilQuartile
        fields = ["epci", "annee"]


class FiltreObjectifs(django_filters.FilterSet):
    epci = django_filters.CharFilter(label="Territoire (SIREN)")
    objectif = django_filters.CharFilter("code", label="Code de l'objectif")

    class Meta:
        model = Objectif
        fields = ["epci", "objectif", "statut", "legal", "base", "sens"]


class FiltreAtteintes(forms.Form):
    """Parameters of `services.atteintes.lire`: the lines are not a queryset."""

    epci = forms.CharField(label="Territoire (SIREN)", required=False, **SIREN)
    annee = forms.IntegerField(label="Année", required=False, **ANNEE)
    objectif = forms.CharField(label="Objectif", required=False, max_length=60)
    axe = forms.ChoiceField(label="Axe", required=False, choices=[("", "")] + [(axe, axe) for axe in AXES])
    croisement = forms.CharField(label="Croisement", required=False, max_length=60)
    au = forms.DateField(label="Arrêté au", required=False, input_formats=["%Y-%m-%d"])
    bailleur = forms.CharField(label="Bailleur (SIREN)", required=False, **SIREN)
    qpv = forms.CharField(label="QPV", required=False, max_length=30)
    reservataire = forms.CharField(label="Réservataire", required=False, max_length=60)

    def parametres(self) -> dict:
        """Keyword arguments of `lire`; call after `is_valid()`."""
        return {nom: valeur for nom, valeur in self.cleaned_data.items() if valeur not in (None, "")}
