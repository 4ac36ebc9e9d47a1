from django.urls import path

from suivi.views import accueil, aide, suivi

urlpatterns = [
    path("", accueil.accueil, name="accueil"),
    path("accueil/relogement/", accueil.panneau_relogement, name="panneau_relogement"),
    path("accueil/classes/", accueil.panneau_classes, name="panneau_classes"),
    path("accueil/commune/", accueil.panneau_commune, name="panneau_commune"),
    path("accueil/avis/", accueil.panneau_avis, name="panneau_avis"),
    path("aide/", aide.aide, name="aide"),
    path("aide/composants/", aide.composants, name="composants"),
    path("suivi/", suivi.suivi, name="suivi"),
]
