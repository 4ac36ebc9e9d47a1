"""Forms of the opinions, of the publication of notes and of the qualitative grid."""

from django import forms

from diagnostic.calculs.grille import NOTES
from diagnostic.models import AvisProximite, FicheGrille, NotePubliee
from diagnostic.models.avis import Note, Partie
from diagnostic.services.avis import PORTEES
from diagnostic.services.criteres_grille import Critere
from diagnostic.services.grille import Saisie

SANS_MENAGE = (
    "Ce texte parle de la résidence, jamais d'un ménage : pas de nom, d'étage, de situation familiale, de santé ou "
    "d'origine. Il est gardé et lu par d'autres."
)


def texte(libelle: str, maximum: int, aide: str, lignes: int = 4, **champs) -> forms.CharField:
    return forms.CharField(
        label=libelle,
        max_length=maximum,
        required=False,
        help_text=aide,
        widget=forms.Textarea(attrs={"rows": lignes}),
        **champs,
    )


class NoteForm(forms.Form):
    """A note from 1 to 4, with what the page showed when it was opened."""

    note = forms.TypedChoiceField(label="Note", choices=Note.choices, coerce=int, widget=forms.RadioSelect)
    vu = forms.CharField(widget=forms.HiddenInput, max_length=100)


class AvisForm(NoteForm):
    commentaire = texte("Commentaire", AvisProximite.COMMENTAIRE_MAX, SANS_MENAGE)
    field_order = ["note", "commentaire", "vu"]


class ArbitrageForm(NoteForm):
    motif = texte(
        "Motif",
        NotePubliee.MOTIF_MAX,
        f"Obligatoire quand les avis ou la note proposée divergent. {SANS_MENAGE}",
    )
    field_order = ["note", "motif", "vu"]


class CampagneForm(forms.Form):
    limite = forms.DateField(
        label="Avis attendus au plus tard le", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    portee = forms.ChoiceField(label="Résidences", choices=list(PORTEES.items()))


class CriteresForm(forms.Form):
    criteres = forms.CharField(
        label="Critères",
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text="Un critère par ligne : thème ; critère. Un critère dont l'intitulé ne change pas garde ses notes.",
    )


class FicheForm(forms.Form):
    """The grid of one residence for the sides that the member fills in: one field a criterion and side."""

    def __init__(self, *args, criteres: list[Critere], parties: tuple[Partie, ...], fiches: dict, **kwargs):
        super().__init__(*args, **kwargs)
        self.criteres, self.parties = criteres, parties
        for partie in parties:
            self._ajouter(partie, fiches.get(partie))

    def _ajouter(self, partie: Partie, fiche: FicheGrille | None) -> None:
        for critere in self.criteres:
            self.fields[f"note-{partie}-{critere.code}"] = forms.TypedChoiceField(
                label=f"{critere.libelle}, {partie.label.lower()}",
                choices=[("", "non notée"), *((note, str(note)) for note in NOTES)],
                coerce=int,
                empty_value=None,
                required=False,
                initial=fiche.notes.get(critere.code, "") if fiche else "",
                widget=forms.RadioSelect,
            )
        for nom, libelle in (("appuis", "Points d'appui"), ("freins", "Freins")):
            self.fields[f"{nom}-{partie}"] = texte(
                f"{libelle}, {partie.label.lower()}",
                FicheGrille.TEXTE_MAX,
                "",
                lignes=2,
                initial=getattr(fiche, nom) if fiche else "",
            )
        self.fields[f"vu-{partie}"] = forms.IntegerField(
            widget=forms.HiddenInput, initial=fiche.pk if fiche else 0, min_value=0
        )

    def rangees(self) -> list[tuple[Critere, list]]:
        """Each criterion with its bound field for each side."""
        return [(un, [self[f"note-{partie}-{un.code}"] for partie in self.parties]) for un in self.criteres]

    def textes(self) -> list[tuple[Partie, list]]:
        return [(partie, [self[f"appuis-{partie}"], self[f"freins-{partie}"]]) for partie in self.parties]

    def saisies(self) -> list[Saisie]:
        return [self._saisie(partie) for partie in self.parties]

    def _saisie(self, partie: Partie) -> Saisie:
        lues = {critere.code: self.cleaned_data[f"note-{partie}-{critere.code}"] for critere in self.criteres}
        return Saisie(
            partie=partie,
            notes={code: note for code, note in lues.items() if note is not None},
            appuis=self.cleaned_data[f"appuis-{partie}"],
            freins=self.cleaned_data[f"freins-{partie}"],
            vu=self.cleaned_data[f"vu-{partie}"],
        )
