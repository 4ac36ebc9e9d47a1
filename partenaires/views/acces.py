"""Who may open a page of the accounts and of the administration."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import render


def membre(vue):
    """A signed-in user with a membership; without one, a page that says what to do."""

    @wraps(vue)
    @login_required
    def entree(request, *args, **kwargs):
        if not request.adhesion:
            return render(request, "sans_adhesion.html")
        return vue(request, *args, **kwargs)

    return entree


def administrateur(vue):
    """An administrator of the organisation that one acts for; another member gets a 403."""

    @membre
    @wraps(vue)
    def entree(request, *args, **kwargs):
        if not request.adhesion.administre:
            raise PermissionDenied
        return vue(request, *args, **kwargs)

    return entree
