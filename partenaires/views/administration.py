"""The organisation: its sheet, its members, its tokens, its access log."""

from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from partenaires.forms import JetonForm, MembreForm, RoleForm
from partenaires.models import Adhesion, Jeton, JournalAcces, Protocole
from partenaires.services import comptes
from partenaires.views.acces import administrateur, membre

LIGNES_DU_JOURNAL = 100


@require_GET
@membre
def organisation(request):
    lignes = Protocole.objects.visible_to(request.adhesion).en_vigueur().filter(partenaire=request.adhesion.nature)
    return render(
        request,
        "partenaires/organisation.html",
        {
            "organisation": request.adhesion.organisation,
            "protocole": lignes.filter(epci__in=[request.selection.epci, request.adhesion.siren]),
        },
    )


# --- members --------------------------------------------------------------------------------------------------------


def membre_de(request, pk) -> Adhesion:
    """An active membership of one's organisation, else 404."""
    siens = Adhesion.objects.visible_to(request.adhesion).actives().select_related("utilisateur", "organisation")
    return get_object_or_404(siens, pk=pk)


def page_des_membres(request, formulaire):
    membres = Adhesion.objects.visible_to(request.adhesion).actives().select_related("utilisateur")
    contexte = {"membres": membres, "formulaire": formulaire, "roles": Adhesion.Role.choices}
    return render(request, "partenaires/utilisateurs.html", contexte)


@require_GET
@membre
def utilisateurs(request):
    return page_des_membres(request, MembreForm(organisation=request.adhesion.organisation))


def lien_de_premier_mot_de_passe(request, utilisateur) -> str:
    uid = urlsafe_base64_encode(force_bytes(utilisateur.pk))
    jeton = default_token_generator.make_token(utilisateur)
    return request.build_absolute_uri(reverse("definir_mot_de_passe", args=[uid, jeton]))


@never_cache
@require_POST
@administrateur
def ajouter_membre(request):
    """A person who is new to the platform gets a link for her password, shown once. Someone who already has an
    account keeps it: another organisation never sets her password."""
    formulaire = MembreForm(request.POST, organisation=request.adhesion.organisation)
    if not formulaire.is_valid():
        return page_des_membres(request, formulaire)
    donnees = formulaire.cleaned_data
    adhesion, nouveau = comptes.inscrire(
        donnees["email"], request.adhesion.organisation, donnees["role"], request.adhesion, donnees["nom"]
    )
    if not nouveau:
        messages.success(request, f"{adhesion.utilisateur.email} est membre de {adhesion.organisation}.")
        return redirect("utilisateurs")
    lien = lien_de_premier_mot_de_passe(request, adhesion.utilisateur)
    return render(request, "partenaires/invitation.html", {"membre": adhesion, "lien": lien})


@require_POST
@administrateur
def changer_role(request, pk):
    formulaire = RoleForm(request.POST)
    adhesion = membre_de(request, pk)
    try:
        if formulaire.is_valid():
            comptes.changer_role(adhesion, formulaire.cleaned_data["role"], request.adhesion)
            messages.success(request, f"Rôle de {adhesion.utilisateur} changé.")
        else:
            messages.error(request, "Rôle inconnu : choisissez-en un dans la liste.")
    except comptes.CompteInvalide as refus:
        messages.error(request, str(refus))
    return redirect("utilisateurs")


@require_http_methods(["GET", "POST"])
@administrateur
def revoquer_membre(request, pk):
    adhesion = membre_de(request, pk)
    if request.method == "GET":
        return render(request, "partenaires/revoquer_membre.html", {"membre": adhesion})
    try:
        comptes.revoquer_adhesion(adhesion, request.adhesion)
        messages.success(request, f"Adhésion de {adhesion.utilisateur} révoquée, ainsi que ses jetons.")
    except comptes.CompteInvalide as refus:
        messages.error(request, str(refus))
    return redirect("utilisateurs")


# --- tokens ---------------------------------------------------------------------------------------------------------


def jetons_visibles(request):
    jetons = Jeton.objects.visible_to(request.adhesion).valides()
    return jetons.select_related("adhesion__utilisateur", "adhesion__organisation")


@never_cache
@require_http_methods(["GET", "POST"])
@membre
def jetons(request):
    """One's own tokens, and those of every member for an administrator; a new one is shown this once."""
    formulaire = JetonForm(request.POST or None)
    clair = None
    if request.method == "POST" and formulaire.is_valid():
        donnees = formulaire.cleaned_data
        clair = comptes.emettre_jeton(request.adhesion, donnees["jours"], donnees["libelle"], request.adhesion)
        formulaire = JetonForm()
    contexte = {"jetons": jetons_visibles(request), "formulaire": formulaire, "clair": clair}
    return render(request, "partenaires/jetons.html", contexte)


@require_http_methods(["GET", "POST"])
@membre
def revoquer_jeton(request, pk):
    jeton = get_object_or_404(jetons_visibles(request), pk=pk)
    if request.method == "GET":
        return render(request, "partenaires/revoquer_jeton.html", {"jeton": jeton})
    comptes.revoquer_jeton(jeton, request.adhesion)
    messages.success(request, f"Jeton {jeton.prefixe}… révoqué.")
    return redirect("jetons")


# --- log ------------------------------------------------------------------------------------------------------------


@require_GET
@administrateur
def journal(request):
    lignes = JournalAcces.objects.visible_to(request.adhesion).select_related("adhesion__utilisateur")
    page = Paginator(lignes, LIGNES_DU_JOURNAL).get_page(request.GET.get("page"))
    return render(request, "partenaires/journal.html", {"page": page})
