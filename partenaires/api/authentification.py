"""API authentication: the hashed, expiring token of one membership, or the browser session."""

from django.utils import timezone
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from partenaires.models import Jeton
from partenaires.models.jeton import empreinte


class JetonAuthentication(TokenAuthentication):
    """`Authorization: Token …`; sets `request.adhesion` to the token's membership."""

    def authenticate_credentials(self, cle):
        jeton = (
            Jeton.objects.valides()
            .select_related("adhesion__organisation", "adhesion__utilisateur")
            .filter(empreinte=empreinte(cle))
            .first()
        )
        if jeton is None:
            raise AuthenticationFailed("Jeton inconnu, expiré ou révoqué.")
        return jeton.adhesion.utilisateur, jeton

    def authenticate(self, request):
        reponse = super().authenticate(request)
        if reponse is not None:
            jeton = reponse[1]
            request._request.adhesion = jeton.adhesion
            jeton.adhesion.memoire = {}  # what is read of its rights, for the time of the request
            if not jeton.dernier_usage or (timezone.now() - jeton.dernier_usage).total_seconds() > 60:
                Jeton.objects.filter(pk=jeton.pk).update(dernier_usage=timezone.now())
        return reponse


class SessionAdhesionAuthentication(SessionAuthentication):
    """The browser session; `request.adhesion` comes from the middleware."""

    def authenticate_header(self, request):
        return "Token"
