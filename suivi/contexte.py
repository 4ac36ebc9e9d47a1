"""What every page shows: brand, navigation, territory, year, freshness."""

from django.conf import settings


def plateforme(request):
    return {"PLATEFORME_NOM": settings.PLATEFORME_NOM, "PLATEFORME_LOGO": settings.PLATEFORME_LOGO}
