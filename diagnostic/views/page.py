"""Who may open a page, and what every page needs before it renders."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render


def page(*natures: str):
    """A page for members, of these kinds of organisation only when some are named.

    No membership or no territory: a page that says what to do. Another kind of organisation, or a territory that the
    reader may not know: 404.
    """

    def decorer(vue):
        @wraps(vue)
        @login_required
        def entree(request, *args, **kwargs):
            if not request.adhesion:
                return render(request, "sans_adhesion.html")
            if request.selection.inconnu or (natures and request.adhesion.nature not in natures):
                raise Http404
            if not request.selection.territoire:
                return render(request, "sans_territoire.html")
            return vue(request, *args, **kwargs)

        return entree

    return decorer
