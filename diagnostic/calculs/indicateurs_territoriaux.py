"""Indicators that a territory brings from elsewhere, known by name: market, private stock, private households.

They come by the import `indicateurs_territoriaux`; one that is not listed here is kept under the name that its file
gives. Themes: the private stock, tension of the market (E1 I-6), and the market grid's three columns (E1 I-7).
"""

from dataclasses import dataclass
from enum import StrEnum


class Theme(StrEnum):
    PRIVE = "prive"
    TENSION = "tension"
    DYNAMIQUE = "dynamique"
    MOBILITES = "mobilites"
    FONCTION = "fonction"
    AUTRE = "autre"


LIBELLES_THEMES = {
    Theme.PRIVE: "Revenus et parc privé",
    Theme.TENSION: "Tension du marché",
    Theme.DYNAMIQUE: "Dynamique du marché",
    Theme.MOBILITES: "Mobilités résidentielles",
    Theme.FONCTION: "Fonction du parc social",
    Theme.AUTRE: "Autres indicateurs du territoire",
}


class Unite(StrEnum):
    PART = "part"
    EUROS = "euros"
    EUROS_M2 = "euros_par_m2"
    NOMBRE = "nombre"


@dataclass(frozen=True)
class Connu:
    """`base`: unit of the population on which secrecy is judged (regles §9). `bornee`: a share, between 0 and 1."""

    code: str
    libelle: str
    theme: Theme
    unite: Unite
    base: str
    bornee: bool = False


def _part(theme: Theme, base: str, *indicateurs: tuple[str, str], bornee=True) -> tuple[Connu, ...]:
    return tuple(Connu(code, libelle, theme, Unite.PART, base, bornee) for code, libelle in indicateurs)


def _mesure(theme: Theme, unite: Unite, base: str, *indicateurs: tuple[str, str]) -> tuple[Connu, ...]:
    return tuple(Connu(code, libelle, theme, unite, base) for code, libelle in indicateurs)


CONNUS: tuple[Connu, ...] = (
    *_part(
        Theme.PRIVE,
        "menages",
        ("taux_pauvrete", "Taux de pauvreté"),
        ("taux_pauvrete_parc_prive", "Taux de pauvreté des ménages du parc privé"),
        ("taux_pauvrete_parc_social", "Taux de pauvreté des ménages du parc social"),
    ),
    *_mesure(Theme.PRIVE, Unite.EUROS, "menages", ("revenu_median_uc", "Revenu médian par unité de consommation")),
    *_part(
        Theme.PRIVE,
        "logements",
        ("part_logement_social", "Part du logement social"),
        ("part_locatif_prive", "Part du locatif privé"),
        ("part_proprietaires_occupants", "Part des propriétaires occupants"),
        ("vacance_parc_prive", "Vacance du parc privé"),
        ("vacance_totale", "Vacance de l'ensemble des logements"),
        ("parc_prive_potentiellement_indigne", "Parc privé potentiellement indigne"),
    ),
    *_mesure(Theme.PRIVE, Unite.NOMBRE, "logements", ("coproprietes_en_difficulte", "Copropriétés en difficulté")),
    *_mesure(Theme.TENSION, Unite.NOMBRE, "logements", ("score_tension", "Score de tension du marché")),
    *_part(
        Theme.TENSION,
        "menages",
        ("taux_effort_plus_39", "Ménages dont le taux d'effort dépasse 39 %"),
        ("suroccupation_lourde", "Suroccupation lourde"),
        ("mobilite_residentielle", "Mobilité résidentielle"),
    ),
    *_mesure(
        Theme.TENSION,
        Unite.EUROS_M2,
        "logements",
        ("prix_m2_ancien", "Prix des logements anciens au m²"),
        ("prix_m2_neuf", "Prix des logements neufs au m²"),
        ("loyer_m2_prive", "Loyer privé au m²"),
    ),
    *_part(Theme.TENSION, "logements", ("evolution_prix", "Évolution des prix sur un an"), bornee=False),
    *_part(
        Theme.DYNAMIQUE,
        "menages",
        ("evolution_population", "Évolution de la population par an"),
        ("evolution_emploi", "Évolution de l'emploi par an"),
        ("evolution_menages", "Évolution du nombre de ménages par an"),
        bornee=False,
    ),
    *_mesure(
        Theme.DYNAMIQUE,
        Unite.NOMBRE,
        "logements",
        ("construction_neuve", "Logements neufs pour 1 000 habitants par an"),
    ),
    *_part(Theme.DYNAMIQUE, "logements", ("part_sociale_construction", "Part sociale de la construction neuve")),
    *_part(
        Theme.MOBILITES,
        "menages",
        ("nouveaux_menages_modestes", "Ménages modestes parmi les arrivés"),
        ("menages_partis_modestes", "Ménages modestes parmi les partis"),
        ("suroccupation_ensemble", "Suroccupation, tous parcs"),
        ("sous_occupation_ensemble", "Sous-occupation, tous parcs"),
    ),
    *_mesure(
        Theme.FONCTION,
        Unite.NOMBRE,
        "logements",
        ("demandes_pour_une_attribution", "Demandes de logement social pour une attribution"),
    ),
)
PAR_CODE = {connu.code: connu for connu in CONNUS}
SCORE_TENSION = "score_tension"
