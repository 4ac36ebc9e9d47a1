from django.urls import path, re_path

from diagnostic.views import (
    carte,
    carte_donnees,
    fiche,
    indicateurs,
    methodes,
    passages,
    qualite,
    quartiers,
    residences,
    sorties,
)

urlpatterns = [
    path("", carte.accueil, name="diagnostic"),
    path("carte/", carte.carte, name="carte"),
    path("carte/donnees/", carte_donnees.donnees, name="carte_donnees"),
    path("carte/contours/<str:couche>/", carte_donnees.contours_de_couche, name="carte_contours"),
    path("residences/", residences.residences, name="residences"),
    re_path(r"^residences/(?P<identifiant>\d{9}:.+)/$", fiche.fiche, name="residence"),
    path("indicateurs/", indicateurs.indicateurs, name="indicateurs"),
    path("quartiers/", quartiers.liste, name="quartiers"),
    re_path(r"^quartiers/(?P<niveau>qpv|npnru|secteur|commune)/(?P<code>.+)/$", quartiers.quartier, name="quartier"),
    path("methodes/", methodes.methodes, name="methodes"),
    path("sorties/", sorties.sorties, name="sorties"),
    path("rattachements/", passages.rattachements, name="rattachements"),
    path("qualite/", qualite.qualite_territoire, name="qualite"),
    re_path(r"^qualite/(?P<siren>\d{9})/$", qualite.qualite_bailleur, name="qualite_bailleur"),
]
