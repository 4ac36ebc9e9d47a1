"""OpenAPI schema and its browser page, under the strict content security policy."""

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.plumbing import build_mock_request
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer


class SchemaView(SpectacularAPIView):
    """The OpenAPI description; public, it holds no data."""

    permission_classes = [AllowAny]
    authentication_classes = []


@method_decorator(csp_update({"style-src": ["'self'", "'unsafe-inline'"]}), name="dispatch")
class DocumentationView(SpectacularSwaggerSplitView):
    """Swagger UI from the installed package. Its page has an inline style: allowed on this page only."""

    permission_classes = [AllowAny]
    authentication_classes = []


def requete_factice(method, path, view, original_request, **options):
    """A stranger's request: views may read `request.adhesion` while they are described, and see no row."""
    requete = build_mock_request(method, path, view, original_request, **options)
    requete._request.adhesion = None
    requete.accepted_renderer = JSONRenderer()
    return requete


class SessionAdhesionScheme(SessionScheme):
    """The browser session, under our own class."""

    target_class = "partenaires.api.authentification.SessionAdhesionAuthentication"
    priority = 1
