from django.urls import path

from diagnostic.api import (
    avis,
    carte,
    indicateurs,
    indicateurs_territoriaux,
    indices,
    parc,
    poids,
    qualite,
    rattachements,
    residences,
    territoires,
)

urlpatterns = [
    path("territoires/", territoires.TerritoiresVue.as_view(), name="api-territoires"),
    path("perimetres/", territoires.PerimetresVue.as_view(), name="api-perimetres"),
    path("residences/", residences.ResidencesVue.as_view(), name="api-residences"),
    path("indicateurs/", indicateurs.IndicateursVue.as_view(), name="api-indicateurs"),
    path(
        "indicateurs-territoriaux/",
        indicateurs_territoriaux.IndicateursTerritoriauxVue.as_view(),
        name="api-indicateurs-territoriaux",
    ),
    path("parc/", parc.ParcVue.as_view(), name="api-parc"),
    path("indices/", indices.IndicesVue.as_view(), name="api-indices"),
    path("poids/", poids.PoidsVue.as_view(), name="api-poids"),
    path("methodes/", indices.MethodesVue.as_view(), name="api-methodes"),
    path("rattachements/", rattachements.RattachementsVue.as_view(), name="api-rattachements"),
    path("qualite/", qualite.QualiteVue.as_view(), name="api-qualite"),
    path("avis/", avis.AvisVue.as_view(), name="api-avis"),
    path("mixite/", avis.MixiteVue.as_view(), name="api-mixite"),
    path("carte/", carte.CarteVue.as_view(), name="api-carte"),
]
