"""Form of the parameters of the low rents."""

from datetime import date

from django import forms

POUR_CENT = {"min_value": 0, "max_value": 100}


class ReglageForm(forms.Form):
    """Percentages are written out of 100, the parameters out of 1."""

    debut = forms.DateField(
        label="À partir du", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), initial=date.today
    )
    loyer_m2 = forms.DecimalField(
        label="Borne du loyer, hors charges (€/m²)",
        min_value=1,
        max_value=50,
        decimal_places=2,
        help_text="Un logement loué est à bas loyer quand son loyer au m² ne dépasse pas cette borne.",
    )
    taux_effort = forms.DecimalField(label="Taux d'effort maximal (%)", decimal_places=2, **POUR_CENT)
    charges = forms.DecimalField(label="Charges, en part du loyer (%)", decimal_places=2, **POUR_CENT)
    ressources = forms.DecimalField(
        label="Ressources du ménage de l'exemple (€ par mois)", min_value=0, max_value=20_000, required=False
    )
    apl = forms.DecimalField(
        label="APL du ménage de l'exemple (€ par mois)", min_value=0, max_value=2_000, required=False
    )
    surface = forms.DecimalField(
        label="Surface du logement de l'exemple (m²)", min_value=9, max_value=300, required=False
    )
    ecart_max = forms.DecimalField(
        label="Écart maximal d'une résidence à bas loyers (% du plafond de l'APL)",
        min_value=-90,
        max_value=90,
        decimal_places=2,
        help_text="0 : ses loyers ne dépassent pas ses plafonds ; −10 : ils en sont 10 % au-dessous au moins.",
    )
    limitrophe_metres = forms.IntegerField(
        label="Résidences limitrophes d'un QPV, jusqu'à (m)", min_value=0, max_value=2_000
    )
    secteurs = forms.MultipleChoiceField(
        label="Autres secteurs fragiles", required=False, widget=forms.CheckboxSelectMultiple
    )
    source = forms.CharField(
        label="Source", max_length=200, help_text="Ce qui fonde ces valeurs : étude, délibération."
    )

    def __init__(self, *args, secteurs: dict[str, str], **options):
        super().__init__(*args, **options)
        self.fields["secteurs"].choices = list(secteurs.items())
        if not secteurs:
            del self.fields["secteurs"]

    @staticmethod
    def initiales(gpso: dict, reims: dict) -> dict:
        return {
            "loyer_m2": gpso["loyer_m2"],
            "taux_effort": _sur_cent(gpso["taux_effort"]),
            "charges": _sur_cent(gpso["charges"]),
            "ecart_max": _sur_cent(reims["ecart_max"]),
            "limitrophe_metres": reims["limitrophe_metres"],
            "secteurs": [f"{secteur['nature']}:{secteur['code']}" for secteur in reims["secteurs"]],
        } | gpso.get("exemple", {})

    def clean(self):
        saisie = super().clean()
        exemple = [saisie.get(champ) for champ in ("ressources", "apl", "surface")]
        if None in exemple and any(valeur is not None for valeur in exemple):
            self.add_error("surface", "Donnez les trois valeurs de l'exemple, ou aucune.")
        return saisie

    @property
    def gpso(self) -> dict:
        saisie = self.cleaned_data
        exemple = {
            champ: float(saisie[champ]) for champ in ("ressources", "apl", "surface") if saisie[champ] is not None
        }
        bornes = {"loyer_m2": float(saisie["loyer_m2"])}
        bornes |= {champ: float(saisie[champ] / 100) for champ in ("taux_effort", "charges")}
        return bornes | ({"exemple": exemple} if exemple else {})

    @property
    def reims(self) -> dict:
        nommes = [nom.split(":", 1) for nom in self.cleaned_data.get("secteurs", [])]
        return {
            "ecart_max": float(self.cleaned_data["ecart_max"] / 100),
            "limitrophe_metres": self.cleaned_data["limitrophe_metres"],
            "secteurs": [{"nature": nature, "code": code} for nature, code in nommes],
        }


def _sur_cent(part) -> float:
    return round(float(part) * 100, 4)
