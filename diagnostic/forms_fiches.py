"""Forms of the sheets of quartiers: the sheet and its lines (blank ones are left out), the simulator, the point zero.
Shares are written out of 100, the data hold them out of 1."""

from decimal import Decimal

from django import forms

from diagnostic.calculs.definitions import PAR_CODE, Population
from diagnostic.models import FicheQuartier, PointZero
from diagnostic.services.fiches_quartier import ATTRIBUABLES, LIBELLE_MAX, LIGNES_MAX
from diagnostic.services.mesures import EN_PART

VIDE = ("", "Choisissez")
SENS = [("maximum", "au plus"), ("minimum", "au moins")]
LIGNES_EN_PLUS = 3
ANNEES_MAX = 30


def indicateurs(codes) -> list[tuple[str, str]]:
    return [VIDE, *((code, PAR_CODE[code].libelle) for code in codes)]


def jour(libelle: str) -> forms.DateField:
    return forms.DateField(
        label=libelle, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def choix(libelle: str, choices) -> forms.ChoiceField:
    """The first is chosen to begin with: a line left as it is stays blank."""
    choices = list(choices)
    return forms.ChoiceField(label=libelle, choices=choices, initial=choices[0][0])


def valeur() -> forms.DecimalField:
    return forms.DecimalField(
        label="Valeur (en % pour une part)", min_value=0, max_digits=9, decimal_places=4, required=False
    )


def texte(libelle: str, maximum: int, aide: str, lignes: int = 4) -> forms.CharField:
    zone = forms.Textarea(attrs={"rows": lignes})
    return forms.CharField(label=libelle, max_length=maximum, required=False, widget=zone, help_text=aide)


# --- the sheet ------------------------------------------------------------------------------------------------------
class FicheForm(forms.Form):
    """`vu`: number of the version that was shown, 0 without."""

    vu = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    moment = forms.ChoiceField(label="Moment", choices=FicheQuartier.Moment.choices)
    trajectoire = forms.ChoiceField(
        label="Trajectoire", choices=[("", "Non choisie"), *FicheQuartier.Trajectoire.choices], required=False
    )
    depart = forms.ChoiceField(
        label="Situation de départ", choices=[("", "Non renseignée"), *FicheQuartier.Depart.choices], required=False
    )
    logements_renouveles = forms.IntegerField(
        label="Logements sociaux concernés par le renouvellement", min_value=0, max_value=100_000, required=False
    )
    vocation = texte(
        "Vocation résidentielle", FicheQuartier.TEXTE_MAX, "La fonction attendue du quartier après le projet."
    )
    diagnostic = texte("Diagnostic", FicheQuartier.TEXTE_MAX, "Rien qui désigne un ménage.", 8)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for code, libelle in FicheQuartier.Horizon.choices:
            self.fields[f"horizon_{code}"] = jour(libelle)

    @classmethod
    def de(cls, fiche: FicheQuartier | None) -> "FicheForm":
        """Filled in with the latest version."""
        if fiche is None:
            return cls(initial={"vu": 0})
        champs = ("moment", "trajectoire", "depart", "logements_renouveles", "vocation", "diagnostic")
        horizons = {f"horizon_{code}": jour for code, jour in fiche.horizons.items()}
        return cls(initial={champ: getattr(fiche, champ) for champ in champs} | horizons | {"vu": fiche.numero})

    @property
    def horizons(self) -> list:
        return [champ for champ in self if champ.name.startswith("horizon_")]

    @property
    def identite(self) -> list:
        return [champ for champ in self.visible_fields() if not champ.name.startswith("horizon_")]

    def saisie(self) -> dict:
        """Without its lines."""
        lue = {nom: valeur for nom, valeur in self.cleaned_data.items() if not nom.startswith("horizon_")}
        del lue["vu"]
        for champ in ("vocation", "diagnostic"):
            lue[champ] = lue[champ].replace("\r\n", "\n")
        jours = {code: self.cleaned_data[f"horizon_{code}"] for code in FicheQuartier.Horizon.values}
        return lue | {"horizons": {code: jour.isoformat() for code, jour in jours.items() if jour}}


class LigneForm(forms.Form):
    """One line of a sheet; named for who hears it by its rank."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        rang = self.prefix.rpartition("-")[2]
        for champ in self.fields.values():
            suite = f", ligne {int(rang) + 1}" if rang.isdigit() else ""
            champ.widget.attrs["aria-label"] = f"{champ.label}{suite}"


class CibleForm(LigneForm):
    indicateur = forms.ChoiceField(label="Indicateur", choices=indicateurs(PAR_CODE))
    population = choix("Population", [(p.value, p.libelle) for p in Population])
    sens = choix("Sens", SENS)
    valeur = valeur()
    horizon = forms.ChoiceField(
        label="Horizon", choices=[("", "Sans horizon"), *FicheQuartier.Horizon.choices], required=False
    )


class ActionForm(LigneForm):
    libelle = forms.CharField(label="Action", max_length=LIBELLE_MAX, widget=forms.TextInput(attrs={"size": 40}))
    champ = choix("Champ", FicheQuartier.Champ.choices)
    etat = choix("État", FicheQuartier.Etat.choices)
    echeance = jour("Échéance")


class ObjectifForm(LigneForm):
    residence = forms.ChoiceField(label="Résidence")
    indicateur = forms.ChoiceField(label="Indicateur des entrants", choices=indicateurs(ATTRIBUABLES))
    sens = choix("Sens", SENS)
    valeur = valeur()

    def __init__(self, *args, residences: dict[str, str], **options):
        super().__init__(*args, **options)
        self.fields["residence"].choices = [VIDE, *residences.items()]


class LignesFormSet(forms.BaseFormSet):
    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Retirer"
            form.fields["DELETE"].widget.attrs["aria-label"] = f"Retirer la ligne {(index or 0) + 1}"

    @property
    def lignes(self) -> list[dict]:
        """What is kept, as the data hold it."""
        gardees = [f.cleaned_data for f in self.forms if f.cleaned_data and not f.cleaned_data.get("DELETE")]
        return [_en_donnees(ligne) for ligne in gardees]


def _lignes(formulaire):
    return forms.formset_factory(
        formulaire,
        formset=LignesFormSet,
        extra=LIGNES_EN_PLUS,
        can_delete=True,
        can_delete_extra=False,
        max_num=LIGNES_MAX,
        absolute_max=LIGNES_MAX + LIGNES_EN_PLUS,
        validate_max=True,
    )


CiblesFormSet, ActionsFormSet, ObjectifsFormSet = _lignes(CibleForm), _lignes(ActionForm), _lignes(ObjectifForm)


def _en_donnees(ligne: dict) -> dict:
    lue = {nom: valeur for nom, valeur in ligne.items() if nom != "DELETE"}
    if "valeur" in lue:
        lue["valeur"] = en_valeur(lue["valeur"], lue["indicateur"])
    if "echeance" in lue:
        lue["echeance"] = lue["echeance"].isoformat() if lue["echeance"] else ""
    return lue


def en_valeur(saisie: Decimal | None, code: str) -> str:
    """Out of 1 for a share, "" when nothing was written."""
    if saisie is None:
        return ""
    valeur = saisie / 100 if PAR_CODE[code].unite in EN_PART else saisie
    return format(valeur.normalize(), "f")


def en_saisie(ligne: dict) -> dict:
    """The line as the form shows it."""
    if "valeur" not in ligne:
        return ligne
    en_part = PAR_CODE[ligne["indicateur"]].unite in EN_PART
    valeur = Decimal(ligne["valeur"]) * (100 if en_part else 1)
    return ligne | {"valeur": format(valeur.normalize(), "f")}


# --- simulator and point zero ---------------------------------------------------------------------------------------
def part(libelle: str, **options) -> forms.DecimalField:
    return forms.DecimalField(label=libelle, min_value=0, max_value=100, decimal_places=2, **options)


class SimulateurForm(forms.Form):
    cible = forms.TypedChoiceField(label="Cible", coerce=int)
    stock = part("Part actuelle du parc (%)")
    entrants = part("Part parmi ceux qui entrent (%)")
    sortants = part("Part parmi ceux qui partent (%)", required=False, help_text="Vide : comme le parc de l'année.")
    rotation = part("Rotation (% des logements par an)")
    annees = forms.IntegerField(label="Nombre d'années", min_value=1, max_value=ANNEES_MAX, initial=10)

    def __init__(self, *args, cibles: list[tuple[int, str]], **options):
        super().__init__(*args, **options)
        self.fields["cible"].choices = cibles


class PointZeroForm(forms.Form):
    millesime = forms.TypedChoiceField(label="Année de départ", coerce=int)
    raison = forms.CharField(
        label="Raison",
        max_length=PointZero.RAISON_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Par exemple : les opérations n'avaient guère avancé au premier point zéro.",
    )

    def __init__(self, *args, annees: list[int], **options):
        super().__init__(*args, **options)
        self.fields["millesime"].choices = [(annee, str(annee)) for annee in annees]
