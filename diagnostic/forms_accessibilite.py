"""Thresholds and charges of the accessibility of the stock, asked for in the address of the page."""

from django import forms

PARCS = (("", "tout le parc loué"), ("recents", "les baux récents seulement"))


class SeuilsForm(forms.Form):
    """`te` is written out of 100. What is left out takes the parameter in force."""

    te = forms.FloatField(label="Taux d'effort maximal (%)", min_value=1, max_value=100, required=False, localize=True)
    rpv = forms.FloatField(
        label="Reste pour vivre minimal (€ par jour et UC)", min_value=0, max_value=100, required=False, localize=True
    )
    charges = forms.FloatField(
        label="Charges (€ par m² et par mois)", min_value=0, max_value=20, required=False, localize=True
    )
    parc = forms.ChoiceField(label="Compter", choices=PARCS, required=False)

    @property
    def demandes(self) -> dict:
        """Arguments of `services.accessibilite.lire`; none of those that are wrong."""
        saisie = getattr(self, "cleaned_data", {})
        te = saisie.get("te")
        return {
            "te": None if te is None else round(te / 100, 6),
            "rpv": saisie.get("rpv"),
            "charges_m2": saisie.get("charges"),
            "recents": saisie.get("parc") == "recents",
        }
