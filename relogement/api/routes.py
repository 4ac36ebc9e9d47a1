from django.urls import path

from relogement.api import vues

urlpatterns = [
    path("relogement/projets/", vues.ProjetsVue.as_view(), name="api-relogement-projets"),
    path("relogement/projets/<int:projet>/revue/", vues.RevueProjetVue.as_view(), name="api-relogement-projet-revue"),
    path("relogement/revue/", vues.RevueTerritoireVue.as_view(), name="api-relogement-revue"),
    path("relogement/cibles/", vues.CiblesVue.as_view(), name="api-relogement-cibles"),
    path("relogement/menages/", vues.MenagesVue.as_view(), name="api-relogement-menages"),
]
