"""Form of the situation of a quartier."""

from django import forms

from diagnostic.models import SituationQuartier

DEGRES = [("", "Non renseigné"), *SituationQuartier.Degre.choices]
EN_QPV = [("", "Non renseigné"), ("1", "Oui"), ("0", "Non")]


class SituationForm(forms.Form):
    """`perimetre`: the quartier, as `QuartierSitue.cle`. A QPV is in a QPV: nothing is asked."""

    perimetre = forms.CharField(widget=forms.HiddenInput, max_length=80)
    equipements = forms.TypedChoiceField(
        label="Équipements et services", choices=DEGRES, coerce=int, empty_value=None, required=False
    )
    desserte = forms.TypedChoiceField(
        label="Desserte en transports", choices=DEGRES, coerce=int, empty_value=None, required=False
    )
    en_qpv = forms.TypedChoiceField(
        label="En QPV pour l'essentiel",
        choices=EN_QPV,
        coerce=lambda texte: texte == "1",
        empty_value=None,
        required=False,
    )
    commentaire = forms.CharField(
        label="Commentaire",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Ce qui fonde ces niveaux ; rien sur un ménage.",
    )

    @classmethod
    def de(cls, quartier) -> "SituationForm":
        """Filled in with what is known of the quartier."""
        situation = quartier.situation
        initiale = {champ: getattr(situation, champ) for champ in ("equipements", "desserte", "commentaire")}
        initiale["en_qpv"] = {True: "1", False: "0"}.get(situation.en_qpv, "")
        return cls(initial=initiale | {"perimetre": quartier.cle}).selon(situation.nature)

    def selon(self, nature: str) -> "SituationForm":
        if nature == SituationQuartier.Nature.QPV:
            self.fields["en_qpv"].widget = forms.HiddenInput()
        return self
