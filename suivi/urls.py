from django.urls import path

from suivi.views import accueil, aide

urlpatterns = [
    path("", accueil.accueil, name="accueil"),
    path("aide/", aide.aide, name="aide"),
    path("aide/composants/", aide.composants, name="composants"),
    path("suivi/", accueil.suivi, name="suivi"),
]
