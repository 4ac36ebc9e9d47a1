from django.urls import path

from attributions.views import objectifs, seuils

urlpatterns = [
    path("", objectifs.objectifs, name="attributions"),
    path("bailleurs/", objectifs.par_bailleur, name="attributions_bailleurs"),
    path("qpv/", objectifs.par_qpv, name="attributions_qpv"),
    path("reservataires/", objectifs.par_reservataire, name="attributions_reservataires"),
    path("seuils/", seuils.seuils, name="seuils"),
]
