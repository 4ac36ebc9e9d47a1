"""The navigation as data: sections across the top, pages of a section under the breadcrumb."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

# Addresses that the frame needs from the accounts.
ADRESSES = {"connexion": "connexion", "deconnexion": "deconnexion", "adhesion": "changer_adhesion"}


def adresse_de(nom_url: str) -> str | None:
    """None while no app serves the page."""
    try:
        return reverse(nom_url)
    except NoReverseMatch:
        return None


@dataclass(frozen=True)
class Page:
    """One entry. `natures`: kinds of organisation that it concerns; empty for all. `groupe`: heading under which pages
    of a long section stand together, one after the other."""

    libelle: str
    nom_url: str
    natures: tuple[str, ...] = ()
    administre: bool = False
    groupe: str = ""

    @property
    def adresse(self) -> str | None:
        return adresse_de(self.nom_url)

    def visible_pour(self, adhesion) -> bool:
        if not self.adresse:
            return False
        if not adhesion:
            return not self.natures and not self.administre
        return (not self.natures or adhesion.nature in self.natures) and (adhesion.administre or not self.administre)


@dataclass(frozen=True)
class Section(Page):
    prefixe: str = "/"
    pages: tuple[Page, ...] = ()


PORTEURS_DE_LIGNES = ("epci", "bailleur", "ddt")
PORTEURS_D_AVIS = (*PORTEURS_DE_LIGNES, "commune")

SECTIONS = (
    Section(
        "Diagnostic",
        "diagnostic",
        prefixe="/diagnostic/",
        pages=(
            Page("Carte", "carte", groupe="Lieux"),
            Page("Résidences", "residences", PORTEURS_DE_LIGNES, groupe="Lieux"),
            Page("Quartiers", "quartiers", groupe="Lieux"),
            Page("Indicateurs", "indicateurs", groupe="Mesures"),
            Page("Méthodes", "methodes", groupe="Mesures"),
            Page("Comparaison", "comparaison", groupe="Mesures"),
            Page("Parc et marché", "parc", groupe="Offre"),
            Page("Accessibilité", "accessibilite", groupe="Offre"),
            Page("Sorties", "sorties", PORTEURS_DE_LIGNES, groupe="Offre"),
            Page("Mixité", "mixite", PORTEURS_DE_LIGNES, groupe="Peuplement"),
            Page("Avis", "avis", PORTEURS_D_AVIS, groupe="Peuplement"),
            Page("Grille", "grille", PORTEURS_D_AVIS, groupe="Peuplement"),
            Page("Rattachements", "rattachements", ("bailleur", "epci"), groupe="Données"),
            Page("Qualité", "qualite", groupe="Données"),
            Page("Documents", "documents", groupe="Données"),
        ),
    ),
    Section(
        "Attributions",
        "attributions",
        prefixe="/attributions/",
        pages=(
            Page("Objectifs", "attributions"),
            Page("Par bailleur", "attributions_bailleurs", PORTEURS_DE_LIGNES),
            Page("Par QPV", "attributions_qpv"),
            Page("Par réservataire", "attributions_reservataires"),
            Page("Seuils et quartiles", "seuils"),
        ),
    ),
    Section(
        "Relogement",
        "relogement",
        prefixe="/relogement/",
        pages=(
            Page("Projets", "relogement"),
            Page("Ménages", "menages", PORTEURS_DE_LIGNES),
        ),
    ),
    Section("Suivi", "suivi", prefixe="/suivi/"),
    Section(
        "Dépôts",
        "depots",
        prefixe="/depots/",
        pages=(
            Page("Dépôts", "depots"),
            Page("Modèles", "modeles"),
            Page("Correspondances", "correspondances"),
        ),
    ),
    Section(
        "Administration",
        "administration",
        prefixe="/administration/",
        pages=(
            Page("Organisation", "administration"),
            Page("Utilisateurs", "utilisateurs"),
            Page("Jetons", "jetons"),
            Page("Journal", "journal", administre=True),
        ),
    ),
    Section("Aide", "aide", prefixe="/aide/", pages=(Page("Aide", "aide"), Page("Composants", "composants"))),
)


def section_de(request) -> Section | None:
    """The section that an address belongs to."""
    return next((section for section in SECTIONS if request.path.startswith(section.prefixe)), None)
