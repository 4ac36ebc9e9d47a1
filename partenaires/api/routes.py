from django.urls import path

from partenaires.api import modeles
from partenaires.api.correspondances import CorrespondanceViewSet, DepotCorrespondanceVue
from partenaires.api.depots import DepotViewSet

routes = [
    ("depots", DepotViewSet, "depots"),
    ("correspondances", CorrespondanceViewSet, "api-correspondances"),
]
urlpatterns = [
    path("depots/<int:pk>/correspondance/", DepotCorrespondanceVue.as_view(), name="api-depot-correspondance"),
    path("modeles/", modeles.ModelesVue.as_view(), name="api-modeles"),
    path("modeles/<slug:type>/", modeles.ModeleVue.as_view(), name="api-modele"),
    path("modeles/<slug:type>/classeur/", modeles.ClasseurVue.as_view(), name="api-modele-classeur"),
]
