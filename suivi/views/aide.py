from django.contrib.auth.decorators import login_required
from django.shortcuts import render

from suivi.glossaire import GLOSSAIRE
from suivi.views import exemples


@login_required
def aide(request):
    return render(request, "suivi/aide.html", {"glossaire": GLOSSAIRE})


@login_required
def composants(request):
    """Every component of the pages, with example values said to be examples."""
    return render(request, "suivi/composants.html", exemples.tous(request))
