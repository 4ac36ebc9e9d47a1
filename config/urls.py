from django.urls import include, path

urlpatterns = [
    path("", include("suivi.urls")),
    path("", include("partenaires.urls")),
    path("diagnostic/", include("diagnostic.urls")),
    path("attributions/", include("attributions.urls")),
    path("relogement/", include("relogement.urls")),
    path("api/", include("config.api")),
]
