"""Why a quartier is poorer than its territory, from what the reader may see (`diagnostic.calculs.trois_effets`).

Read for the place and for its territory at once, each at the latest year that both have: the part of the social
dwellings and the poverty of either stock, brought by `indicateurs_territoriaux`. Failing these, the poverty of the
social stock is the tenants under 40 % of the PLUS ceiling (S4: close to the poverty line), and that of the private
stock is drawn from the poverty of all.
"""

from dataclasses import dataclass
from fractions import Fraction

from diagnostic.calculs.definitions import PAR_CODE, Population
from diagnostic.calculs.indicateurs_territoriaux import PAR_CODE as TERRITORIAUX
from diagnostic.calculs.trois_effets import Peuplement, TroisEffets, decomposer, pauvrete_privee
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs_territoriaux
from diagnostic.services.quartiers import Portrait

PART, SOCIAL, PRIVE, TOUS = (
    "part_logement_social",
    "taux_pauvrete_parc_social",
    "taux_pauvrete_parc_prive",
    "taux_pauvrete",
)
# Stands for the poverty of the tenants where no figure of it is brought.
MODESTES = "menages_moins_40_pct_plus"


@dataclass(frozen=True)
class Mesure:
    """One figure of the place and of its territory, from 0 to 1, and where it comes from."""

    libelle: str
    ici: Fraction
    territoire: Fraction
    annee: int
    source: str


@dataclass(frozen=True)
class Decomposition:
    effets: TroisEffets
    quartier: Peuplement
    territoire: Peuplement
    mesures: list[Mesure]


class Manque(Exception):
    """What is missing, or masked, to share the gap out, in French."""


def decomposer_le_lieu(adhesion, portrait: Portrait) -> Decomposition:
    """Raises Manque."""
    lues = _figures(adhesion, portrait)
    part = _exiger(lues.get(PART), PART)
    social = lues.get(SOCIAL) or _modestes(portrait)
    if social is None:
        raise Manque(
            f"Il manque la pauvreté du parc social : l'enquête OPS du lieu, ou l'indicateur {SOCIAL} pour le lieu et "
            "pour le territoire."
        )
    prive = lues.get(PRIVE) or _deduite(_exiger(lues.get(TOUS), f"{PRIVE} ou {TOUS}"), part, social)
    quartier, territoire = (
        Peuplement(getattr(part, cote), getattr(social, cote), getattr(prive, cote)) for cote in ("ici", "territoire")
    )
    return Decomposition(decomposer(quartier, territoire), quartier, territoire, [part, social, prive])


def _exiger(mesure: Mesure | None, codes: str) -> Mesure:
    if mesure is None:
        raise Manque(
            f"Il manque l'indicateur {codes}, pour le lieu et pour le territoire, une même année : déposez-le par un "
            "fichier indicateurs_territoriaux."
        )
    return mesure


def _figures(adhesion, portrait: Portrait) -> dict[str, Mesure]:
    """Code → figure of the latest year that the place and the territory both have. Raises Manque on a masked one."""
    lieu = portrait.lieu
    lignes = indicateurs_territoriaux.lire(
        adhesion,
        epci=lieu.epci,
        niveau=(lieu.niveau, Niveau.EPCI.value),
        territoire=(lieu.code, lieu.epci),
        code=(PART, SOCIAL, PRIVE, TOUS),
    )
    par_annee: dict[tuple[str, int], dict[bool, indicateurs_territoriaux.LigneTerritoriale]] = {}
    for ligne in lignes:
        if ligne.annee <= portrait.millesime and ligne.version in ("", *lieu.versions):
            du_territoire = ligne.niveau == Niveau.EPCI
            par_annee.setdefault((ligne.code, ligne.annee), {}).setdefault(du_territoire, ligne)
    mesures = {}
    for (code, annee), cotes in sorted(par_annee.items(), key=lambda paire: paire[0][1]):
        if len(cotes) == 2:
            ici, territoire = cotes[False], cotes[True]
            if ici.valeur is None or territoire.valeur is None:
                raise Manque(f"« {TERRITORIAUX[code].libelle} » est secret pour vous sur ce lieu.")
            valeurs = (Fraction(str(ici.valeur)), Fraction(str(territoire.valeur)))
            mesures[code] = Mesure(TERRITORIAUX[code].libelle, *valeurs, annee, ici.source)
    return mesures


def _modestes(portrait: Portrait) -> Mesure | None:
    """Tenants under 40 % of the ceiling at the latest survey of the place. Raises Manque where it is masked."""
    etapes = portrait.tendance(MODESTES, Population.ENSEMBLE)
    etape = next((e for e in reversed(etapes) if e.millesime <= portrait.millesime and e.territoire), None)
    if etape is None:
        return None
    if etape.ici.secret or etape.territoire.secret:
        raise Manque(
            "Trop peu de ménages répondants sur ce lieu, ou un seul bailleur : leurs ressources sont secrètes."
        )
    if not etape.ici.denominateur or not etape.territoire.denominateur:
        return None
    ici, territoire = (Fraction(li.numerateur, li.denominateur) for li in (etape.ici, etape.territoire))
    return Mesure(f"Parc social : {PAR_CODE[MODESTES].libelle.lower()}", ici, territoire, etape.millesime, "OPS")


def _deduite(tous: Mesure, part: Mesure, social: Mesure) -> Mesure:
    """Poverty of the private stock drawn from that of all. Raises Manque where the sources contradict one another."""
    ici, territoire = (
        pauvrete_privee(getattr(tous, cote), getattr(part, cote), getattr(social, cote))
        for cote in ("ici", "territoire")
    )
    if ici is None or territoire is None:
        raise Manque(
            "La pauvreté du parc privé ne peut être déduite de celle de l'ensemble : le lieu n'a pas de parc privé, ou "
            f"les sources se contredisent. Déposez l'indicateur {PRIVE}."
        )
    return Mesure(f"{TERRITORIAUX[PRIVE].libelle} (déduit)", ici, territoire, tous.annee, tous.source)
