"""Sign-in, sign-out, password, and the membership that one acts through."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, PasswordChangeView, PasswordResetConfirmView
from django.contrib.messages.views import SuccessMessageMixin
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_http_methods

from partenaires.forms import ConnexionForm
from partenaires.services.journal import noter


class Connexion(LoginView):
    """Someone with several memberships then chooses one."""

    template_name = "partenaires/connexion.html"
    authentication_form = ConnexionForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self):
        if self.request.user.adhesions.actives().count() > 1 and "adhesion" not in self.request.session:
            return reverse("changer_adhesion")
        return super().get_default_redirect_url()

    def form_valid(self, form):
        reponse = super().form_valid(form)
        noter(self.request.user.adhesions.actives().first(), "connexion", self.request.user.email)
        return reponse


class MotDePasse(SuccessMessageMixin, PasswordChangeView):
    template_name = "partenaires/mot_de_passe.html"
    success_url = reverse_lazy("accueil")
    success_message = "Mot de passe changé."


class DefinirMotDePasse(SuccessMessageMixin, PasswordResetConfirmView):
    """First password, by the link that the administrator handed over (valid three days, once)."""

    template_name = "partenaires/definir_mot_de_passe.html"
    success_url = reverse_lazy("connexion")
    success_message = "Mot de passe enregistré : connectez-vous."


@login_required
@require_http_methods(["GET", "POST"])
def changer_adhesion(request):
    siennes = request.user.adhesions.actives().select_related("organisation")
    if request.method == "GET":
        return render(request, "partenaires/adhesion.html", {"adhesions": siennes})
    numero = request.POST.get("adhesion", "")
    choisie = get_object_or_404(siennes, pk=numero if numero.isascii() and numero.isdigit() else 0)
    request.session["adhesion"] = choisie.pk
    messages.success(request, f"Vous agissez pour {choisie.organisation}.")
    return redirect("accueil")
