from django import forms
from django.contrib.auth.forms import AuthenticationForm

from partenaires.depots.contrats import REGISTRE
from partenaires.models import Adhesion, Organisation
from partenaires.services import connexions, lots
from partenaires.services.comptes import JOURS_MAX

# Perimeters of the other natures are national: the platform's administrator hands them in.
NATURES_DEPOSEES = [("secteur", "Secteur local")]
CLASSEURS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
GEOGRAPHIQUES = (".geojson", ".json", ".gpkg", ".zip")


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


class PrecisionForm(forms.Form):
    """What a file handed in is. Its fields are those that the types of this organisation need."""

    type = forms.ChoiceField(label="Type de fichier")
    organisation = forms.ModelChoiceField(
        label="Données de",
        queryset=None,
        required=False,
        empty_label=None,
        help_text="L'organisation dont sont ces lignes.",
    )
    millesime = forms.IntegerField(
        label="Millésime",
        min_value=1900,
        max_value=2100,
        required=False,
        help_text="L'année AAAA, pour RPLS et le stock SNE.",
    )
    nature = forms.ChoiceField(label="Nature du périmètre", required=False)
    version = forms.CharField(label="Version du périmètre", max_length=20, required=False)
    feuille = forms.CharField(
        label="Feuille du classeur", max_length=100, required=False, help_text="Vide : la première."
    )

    def __init__(self, *args, adhesion, depot, **kwargs):
        reprises = {champ: getattr(depot, champ) for champ in ("type", "millesime", "nature", "version", "feuille")}
        super().__init__(*args, initial=reprises | {"organisation": depot.organisation_id}, **kwargs)
        self.adhesion, self.depot = adhesion, depot
        formats = lots.formats_deposables(adhesion)
        self.fields["type"].choices = [("", "Choisissez…"), *((un.type, f"{un.libelle} ({un.type})") for un in formats)]
        self.fields["organisation"].queryset = lots.organisations_servies(adhesion)
        self.fields["nature"].choices = [("", "Sans objet"), *NATURES_DEPOSEES]
        self.garder(formats)

    def garder(self, formats):
        """Nothing is asked that no type of this organisation wants."""
        if self.adhesion.nature != Organisation.Nature.EPCI:
            del self.fields["organisation"]
        perimetres = any("nature" in un.constantes for un in formats)
        if not perimetres or not self.depot.fichier.lower().endswith(GEOGRAPHIQUES):
            del self.fields["nature"], self.fields["version"]
        if not self.depot.fichier.lower().endswith(CLASSEURS):
            del self.fields["feuille"]

    def clean(self):
        donnees = super().clean()
        un_format = REGISTRE.get(donnees.get("type", ""))
        if un_format is None:
            return donnees
        organisation = donnees.get("organisation") or self.adhesion.organisation
        if un_format.proprietaire and organisation.nature == Organisation.Nature.EPCI:
            self.add_error("organisation", "Choisissez le bailleur dont sont ces lignes.")
        if un_format.millesime_obligatoire and donnees.get("millesime") is None:
            self.add_error("millesime", f"Un fichier {un_format.type} demande son millésime.")
        if "nature" in un_format.constantes and not donnees.get("nature"):
            # the field is not there for a file that holds no outline
            champ = "nature" if "nature" in self.fields else "type"
            self.add_error(champ, f"Un fichier {un_format.type} est géographique et demande sa nature.")
        if not un_format.millesime_obligatoire:
            donnees["millesime"] = None
        if "nature" not in un_format.constantes:
            donnees |= {"nature": "", "version": ""}
        return donnees | {"organisation": organisation}

    def identite(self) -> lots.Identite:
        return lots.Identite(**self.cleaned_data)
