"""API root, mounted at /api/: every app registers its own routes.

An app exposes, in `<app>/api/__init__.py` or `<app>/api/routes.py`, `routes`, a list of (prefix, viewset, basename),
and/or `urlpatterns`, explicit paths relative to /api/v1/. Nothing has to be added here.
"""

from importlib import import_module
from importlib.util import find_spec

from django.urls import include, path, re_path
from rest_framework.routers import DefaultRouter

from partenaires.api.erreurs import AdresseInconnue
from partenaires.api.schema import DocumentationView, SchemaView

APPLICATIONS = ("partenaires", "diagnostic", "attributions", "relogement", "suivi")


class Routeur(DefaultRouter):
    include_format_suffixes = False  # formats are chosen by ?format=


def modules():
    for application in APPLICATIONS:
        for nom in (f"{application}.api", f"{application}.api.routes"):
            if find_spec(nom):
                yield import_module(nom)


routeur = Routeur()
chemins = []
for module in modules():
    for prefixe, vue, base in getattr(module, "routes", ()):
        routeur.register(prefixe, vue, basename=base)
    chemins += getattr(module, "urlpatterns", ())

urlpatterns = [
    path("v1/", include([*chemins, *routeur.urls])),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocumentationView.as_view(url_name="api-schema"), name="api-docs"),
    re_path(r"^v1/.+/$", AdresseInconnue.as_view(), name="api-inconnue"),
]
