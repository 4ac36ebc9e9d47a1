"""OpenAPI schema and its browser page, under the strict content security policy."""

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny


class SchemaView(SpectacularAPIView):
    """The OpenAPI description; public, it holds no data."""

    permission_classes = [AllowAny]
    authentication_classes = []


@method_decorator(csp_update({"style-src": ["'self'", "'unsafe-inline'"]}), name="dispatch")
class DocumentationView(SpectacularSwaggerSplitView):
    """Swagger UI from the installed package. Its page has an inline style: allowed on this page only."""

    permission_classes = [AllowAny]
    authentication_classes = []
