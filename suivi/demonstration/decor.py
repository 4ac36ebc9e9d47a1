"""The setting, as data: territory, communes, quarters, bailleurs, project. All invented.

Commune codes begin with « 00 », which is no département; SIRENs begin with « 000 », which no body has; the island lies
in the open Atlantic. None of these can be taken for a real one.
"""

from dataclasses import dataclass
from datetime import date

GRAINE = 2026
LOGEMENTS = 12_000
ANNEES = (2023, 2024, 2025)  # millésimes of the stock and of the rent roll
ENQUETES = (2023, 2025)  # surveys of occupation (OPS), every two years
DEBUT_SNE = 2023  # first year of allocations; the last is the year of the day of the load

DEPARTEMENT = "00"
EPCI = "000900012"
NOM_EPCI = "Valbrume Agglomération (territoire fictif)"
NATURE_EPCI = "FICTIF"
CENTRE = (60_000.0, 6_650_000.0)  # Lambert-93, metres: the sea, west of the Vendée


@dataclass(frozen=True)
class Commune:
    code: str
    nom: str
    population: int
    chef_lieu: tuple[float, float]  # metres from the centre of the island
    part: float  # weight in the stock out of the quarters

    @property
    def siren(self) -> str:
        return f"000910{self.code[2:]}"


COMMUNES = (
    Commune("00101", "Valbrume", 64_000, (300, -400), 40),
    Commune("00102", "Port-Ormeau", 21_500, (-5_200, -2_600), 15),
    Commune("00103", "Montargente", 17_200, (5_400, 1_800), 12),
    Commune("00104", "Brumeval", 11_800, (1_200, 4_900), 9),
    Commune("00105", "Roquelune", 8_900, (4_300, -4_600), 7),
    Commune("00106", "Sainte-Aubierge-des-Landes", 6_400, (-2_900, 3_900), 5),
    Commune("00107", "Clairgué", 4_700, (-600, -5_300), 4),
    Commune("00108", "Pont-Lavande", 3_900, (8_300, -1_300), 3),
    Commune("00109", "Les Trois-Aulnes", 2_600, (-6_400, 1_300), 2),
    Commune("00110", "Saint-Orsin", 1_750, (-3_500, -5_900), 1.5),
    Commune("00111", "Vieux-Moulinet", 1_100, (4_700, 5_300), 1),
    Commune("00112", "Hautefougère", 720, (-3_600, 600), 0.7),
)
RATTACHEES = (("00113", "Marnebelle", "commune-deleguee", "00109"),)


@dataclass(frozen=True)
class Quartier:
    code: str
    nom: str
    commune: str
    position: tuple[float, float]  # metres from the commune's chef-lieu
    rayon: float
    part: float  # weight in the stock of the quarters
    fragilite: float  # mean of its residences, between 0 and 1
    versions: tuple[str, ...] = ("2015", "2024")


QUARTIERS = (
    Quartier("QP000001", "Les Hautes-Brumes", "00101", (1_500, 900), 520, 30, 0.78),
    Quartier("QP000002", "Le Sémaphore", "00101", (-900, 500), 430, 22, 0.64),
    Quartier("QP000003", "La Cendraie", "00101", (100, -1_700), 330, 12, 0.48, ("2015",)),
    Quartier("QP000004", "Les Salines", "00102", (500, 700), 380, 16, 0.66),
    Quartier("QP000005", "Fontargile", "00103", (-600, 500), 360, 12, 0.58),
    Quartier("QP000006", "Le Vallon-Gris", "00104", (400, -300), 300, 8, 0.61, ("2024",)),
)


def quartiers_en_vigueur(annee: int) -> set[str]:
    """Codes of the QPV of the version in force that year."""
    version = "2015" if annee < 2024 else "2024"
    return {quartier.code for quartier in QUARTIERS if version in quartier.versions}


PART_EN_QUARTIER = 0.4  # of the dwellings


@dataclass(frozen=True)
class Bailleur:
    siren: str
    nom: str
    part: float
    ecart_q1: float  # added to the share of Q1 households it houses


BAILLEURS = (
    Bailleur("000900103", "Valbrume Habitat (fictif)", 40, 0.03),
    Bailleur("000900202", "Logis des Grèves (fictif)", 24, -0.05),
    Bailleur("000900301", "Coopérative de l'Ormeau (fictif)", 16, 0.00),
    Bailleur("000900409", "Toits et Familles (fictif)", 12, 0.05),
    Bailleur("000900508", "Résidences Lanterne (fictif)", 8, -0.07),
)


@dataclass(frozen=True)
class Projet:
    """Renewal project: its NPNRU perimeter holds a QPV and a margin; its largest residences are pulled down."""

    code: str
    nom: str
    quartier: str
    qpv: str
    marge: float  # metres
    demolitions: int
    debut: date


PROJET = Projet("PRU-01", "Renouvellement des Hautes-Brumes (fictif)", "NP000001", "QP000001", 60, 2, date(2024, 3, 1))

# Quartile thresholds, euros a year per UC (invented; the order of size of the national median).
SEUILS = {
    2023: (9_140, 13_530, 18_740),
    2024: (9_420, 13_940, 19_310),
    2025: (9_760, 14_440, 20_010),
    2026: (9_990, 14_790, 20_480),
}

# Share of Q1 among the allocations: out of the quarters, in them; by year of decision.
PART_Q1 = {2023: (0.155, 0.38), 2024: (0.17, 0.36), 2025: (0.185, 0.34), 2026: (0.195, 0.33)}

# Réservataire: weight in the allocations, share of DALO and priority households.
RESERVATAIRES = {
    "etat_prioritaire": (20, 0.86),
    "etat_fonctionnaire": (4, 0.08),
    "action_logement": (24, 0.21),
    "commune": (13, 0.275),
    "epci": (6, 0.19),
    "departement": (3, 0.26),
    "bailleur": (30, 0.25),
}
ISSUES = {"bail_signe": 85, "refus": 10, "retractation": 2, "annulee": 2, "sous_condition": 1}

NOMS_RESIDENCES = """
des Tamaris|du Phare|des Embruns|de la Jetée|des Cormorans|du Sextant|des Ajoncs|de la Criée|des Genêts|du Ponant
des Mouettes|de l'Amarre|du Cabestan|des Bruyères|de la Vigie|des Oyats|du Grand Large|des Goélands|de la Balise|du Môle
des Filets|de l'Estran|des Pins|de la Corderie|du Cadran|des Hirondelles|de la Fontaine|du Verger|des Lavoirs|du Moulin
""".strip().replace("\n", "|")
NOMS_RUES = "rue de l'Église|rue du Sémaphore|avenue des Grèves|rue du Marché|allée des Pins|rue de la Digue"
