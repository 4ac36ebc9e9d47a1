from django.contrib.auth.decorators import login_required
from django.shortcuts import render


@login_required
def aide(request):
    return render(request, "suivi/aide.html")


@login_required
def composants(request):
    """Every component of the pages, with example values."""
    return render(request, "suivi/composants.html")
