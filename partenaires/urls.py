from django.contrib.auth.views import LogoutView
from django.urls import path

from partenaires.views import administration, connexion, correspondances, depots, differences, envoi, modeles

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
    path("depots/nouveau/", envoi.deposer, name="deposer"),
    path("depots/a-preciser/", envoi.preciser, name="preciser_depots"),
    path("depots/<int:pk>/", depots.depot, name="depot"),
    path("depots/<int:pk>/preciser/", envoi.preciser_un, name="preciser_depot"),
    path("depots/<int:pk>/ecarter/", envoi.ecarter, name="ecarter_depot"),
    path("depots/<int:pk>/erreurs.csv", depots.liste_des_erreurs, name="erreurs_depot"),
    path("depots/<int:pk>/confirmer/", depots.confirmer, name="confirmer_depot"),
    path("depots/<int:pk>/charger-partiel/", depots.charger_partiel, name="charger_partiel_depot"),
    path("depots/<int:pk>/abandonner/", depots.abandonner, name="abandonner_depot"),
    path("depots/<int:pk>/reprendre/", depots.reprendre, name="reprendre_depot"),
    path("depots/<int:pk>/retirer/", depots.retirer, name="retirer_depot"),
    path("depots/<int:pk>/differences/", differences.differences, name="differences_depot"),
    path("depots/<int:pk>/correspondance/", correspondances.depuis_depot, name="correspondance"),
    path("depots/correspondances/", correspondances.liste, name="correspondances"),
    path("depots/modeles/", modeles.liste, name="modeles"),
    path("depots/modeles/<slug:type>.xlsx", modeles.modele, name="modele"),
]
