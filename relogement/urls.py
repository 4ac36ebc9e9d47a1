from django.urls import path

from relogement.views import menages, projets

urlpatterns = [
    path("", projets.projets, name="relogement"),
    path("projets/<int:pk>/revue/", projets.revue, name="revue"),
    path("menages/", menages.menages, name="menages"),
]
