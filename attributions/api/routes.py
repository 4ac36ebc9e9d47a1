from django.urls import path

from attributions.api import vues

urlpatterns = [
    path("atteintes/", vues.AtteintesVue.as_view(), name="api-atteintes"),
    path("objectifs/", vues.ObjectifsVue.as_view(), name="api-objectifs"),
    path("objectifs/<int:pk>/", vues.ObjectifVue.as_view(), name="api-objectif"),
    path("attributions/", vues.AttributionsVue.as_view(), name="api-attributions"),
    path("seuils/", vues.SeuilsVue.as_view(), name="api-seuils"),
]
