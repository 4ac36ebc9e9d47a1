from django.contrib.auth.views import LogoutView
from django.urls import path

from partenaires.views import administration, connexion, correspondances, depots, modeles

urlpatterns = [
    path("connexion/", connexion.Connexion.as_view(), name="connexion"),
    path("deconnexion/", LogoutView.as_view(), name="deconnexion"),
    path("adhesion/", connexion.changer_adhesion, name="changer_adhesion"),
    path("mot-de-passe/", connexion.MotDePasse.as_view(), name="mot_de_passe"),
    path(
        "mot-de-passe/<uidb64>/<token>/",
        connexion.DefinirMotDePasse.as_view(),
        name="definir_mot_de_passe",
    ),
    path("administration/", administration.organisation, name="administration"),
    path("administration/utilisateurs/", administration.utilisateurs, name="utilisateurs"),
    path("administration/utilisateurs/ajouter/", administration.ajouter_membre, name="ajouter_membre"),
    path("administration/utilisateurs/<int:pk>/role/", administration.changer_role, name="changer_role"),
    path("administration/utilisateurs/<int:pk>/revoquer/", administration.revoquer_membre, name="revoquer_membre"),
    path("administration/jetons/", administration.jetons, name="jetons"),
    path("administration/jetons/<int:pk>/revoquer/", administration.revoquer_jeton, name="revoquer_jeton"),
    path("administration/journal/", administration.journal, name="journal"),
    path("depots/", depots.liste, name="depots"),
    path("depots/<int:pk>/", depots.depot, name="depot"),
    path("depots/<int:pk>/correspondance/", correspondances.depuis_depot, name="correspondance"),
    path("depots/correspondances/", correspondances.liste, name="correspondances"),
    path("depots/modeles/", modeles.liste, name="modeles"),
    path("depots/modeles/<slug:type>.xlsx", modeles.modele, name="modele"),
]
