from rest_framework.permissions import BasePermission


class MembreActif(BasePermission):
    """A signed-in user who acts through a membership."""

    message = "Aucune adhésion active à une organisation."

    def has_permission(self, request, view):
        return bool(request.user and request.user.is_authenticated and request.adhesion)
