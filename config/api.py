"""API root: every app registers its own routes here."""

urlpatterns = []
