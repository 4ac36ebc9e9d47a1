"""Filters of the rehousing lists, shared by the page, the API and the export."""

import django_filters as filtres

from relogement.models import CibleRelogement, MenageRelogement, Projet


class FiltreProjets(filtres.FilterSet):
    epci = filtres.CharFilter("epci", label="SIREN du territoire")
    code = filtres.CharFilter("code", label="Code du projet")
    quartier = filtres.CharFilter("quartier", label="Quartier NPNRU")

    class Meta:
        model = Projet
        fields = ["epci", "code", "quartier"]


class FiltreMenages(filtres.FilterSet):
    epci = filtres.CharFilter("projet__epci", label="SIREN du territoire")
    projet = filtres.CharFilter("projet__code", label="Code du projet")
    operation = filtres.CharFilter("operation__code", label="Code de l'opération")
    etat = filtres.ChoiceFilter(choices=MenageRelogement.Etat.choices, label="État déclaré")
    bailleur_origine = filtres.CharFilter("bailleur_origine", label="Bailleur d'origine")
    bailleur_destination = filtres.CharFilter("bailleur_destination", label="Bailleur de destination")

    class Meta:
        model = MenageRelogement
        fields = ["epci", "projet", "operation", "etat", "bailleur_origine", "bailleur_destination"]


class FiltreCibles(filtres.FilterSet):
    epci = filtres.CharFilter("epci", label="SIREN du territoire")
    projet = filtres.NumberFilter("projet_id", label="Projet")
    operation = filtres.NumberFilter("operation_id", label="Opération")
    critere = filtres.ChoiceFilter(choices=CibleRelogement.Critere.choices, label="Critère")

    class Meta:
        model = CibleRelogement
        fields = ["epci", "projet", "operation", "critere"]
