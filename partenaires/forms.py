from django import forms
from django.contrib.auth.forms import AuthenticationForm

from partenaires.models import Adhesion
from partenaires.services import connexions
from partenaires.services.comptes import JOURS_MAX


class ConnexionForm(AuthenticationForm):
    """Sign-in by e-mail. The same message for an unknown address and a wrong password."""

    error_messages = {
        "invalid_login": "Adresse e-mail ou mot de passe incorrect.",
        "inactive": "Adresse e-mail ou mot de passe incorrect.",
        "bloquee": "Trop d'essais. Attendez quinze minutes, ou demandez à votre administrateur.",
    }

    def clean_username(self):
        return self.cleaned_data["username"].strip().lower()

    def clean(self):
        email = self.cleaned_data.get("username", "")
        if connexions.bloquee(self.request, email):
            raise forms.ValidationError(self.error_messages["bloquee"], code="bloquee")
        try:
            donnees = super().clean()
        except forms.ValidationError:
            connexions.noter_echec(self.request, email)
            raise
        connexions.oublier_echecs(self.request, email)
        return donnees


class MembreForm(forms.Form):
    email = forms.EmailField(label="Adresse e-mail", max_length=254)
    nom = forms.CharField(label="Nom", max_length=150, required=False)
    role = forms.ChoiceField(label="Rôle", choices=Adhesion.Role.choices)

    def __init__(self, *args, organisation, **kwargs):
        super().__init__(*args, **kwargs)
        self.organisation = organisation

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        membres = Adhesion.objects.actives().filter(organisation=self.organisation)
        if membres.filter(utilisateur__email__iexact=email).exists():
            raise forms.ValidationError("Cette personne est déjà membre : changez son rôle dans la liste.")
        return email


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Rôle", choices=Adhesion.Role.choices)


class JetonForm(forms.Form):
    libelle = forms.CharField(label="Usage", max_length=100, help_text="Le logiciel ou le traitement qui s'en servira.")
    jours = forms.IntegerField(label="Validité en jours", min_value=1, max_value=JOURS_MAX, initial=90)
