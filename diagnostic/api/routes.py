from django.urls import path

from diagnostic.api import carte, indices

urlpatterns = [
    path("indices/", indices.IndicesVue.as_view(), name="api-indices"),
    path("methodes/", indices.MethodesVue.as_view(), name="api-methodes"),
    path("carte/", carte.CarteVue.as_view(), name="api-carte"),
]
