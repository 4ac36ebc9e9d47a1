"""Which membership a request acts through: the one chosen in the session, else the user's first; the token's own in
the API (`partenaires.api.authentification`)."""

from django.contrib.auth.backends import ModelBackend
from django.utils.functional import SimpleLazyObject

from partenaires.models import Adhesion


class CompteBackend(ModelBackend):
    """Sign-in by e-mail and password; reads the person of a session with her memberships, in one query."""

    def get_user(self, user_id):
        siennes = list(
            Adhesion.objects.actives().filter(utilisateur=user_id).select_related("organisation", "utilisateur")
        )
        if not siennes:
            return super().get_user(user_id)
        utilisateur = siennes[0].utilisateur
        utilisateur.adhesions_actives = siennes
        return utilisateur


def adhesion_de_session(request) -> Adhesion | None:
    if not request.user.is_authenticated:
        return None
    siennes = getattr(request.user, "adhesions_actives", [])
    request.adhesions = siennes  # read once: the pages offer the others
    choisie = request.session.get("adhesion")
    retenue = next((une for une in siennes if une.pk == choisie), None) or next(iter(siennes), None)
    if retenue:
        retenue.memoire = {}  # what is read of its rights, for the time of the request
    return retenue


class AdhesionMiddleware:
    """Sets `request.adhesion`: an Adhesion, or None for a stranger."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        paresseuse = SimpleLazyObject(lambda: adhesion_de_session(request))
        request.adhesion = paresseuse
        return self.get_response(request)
