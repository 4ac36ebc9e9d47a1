"""Weights of the places of a territory (`diagnostic.calculs.poids`), made from the lines that the reader sees: a weight
whose place or whose territory is masked is masked."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from fractions import Fraction

from diagnostic.calculs.definitions import PAR_CODE, Population
from diagnostic.calculs.poids import Poids, part, peser
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs
from diagnostic.services.indicateurs import DECIMALES_TAUX, LigneIndicateur
from diagnostic.services.mesures import EN_PART

# Scales that are weighed.
NIVEAUX = (Niveau.QPV, Niveau.HORS_QPV, Niveau.NPNRU, Niveau.SECTEUR, Niveau.COMMUNE)
PESES = tuple(code for code, indicateur in PAR_CODE.items() if indicateur.unite in EN_PART)
# Any indicator of the stock: its population is the dwellings of the place.
DU_PARC = "petits_logements"
TRES_MODESTES = "menages_moins_20_pct_plus"


@dataclass(frozen=True)
class LignePoids:
    """Weights of one place for one indicator, from 0 to 1, 4 decimals; None when unknown or masked (`secret`).

    `poids_parc`: part of the territory's dwellings, itself None when it is masked or when no RPLS is loaded."""

    territoire: str
    nom: str
    niveau: str
    epci: str
    version: str
    millesime: int
    population: str
    code: str
    libelle: str
    unite: str
    taux: float | None
    taux_territoire: float | None
    poids_parc: float | None
    poids_population: float | None
    poids_indicateur: float | None
    specialisation: float | None
    secret: bool
    alertes: list[str] = field(default_factory=list)

    def en_dict(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class FonctionsAccueil:
    """What a place takes in for its territory (E2 T34): its part of the tenants, of those under 20 % of the PLUS
    ceiling, and of the recent arrivals under 20 %."""

    locataires: LignePoids | None
    recents: LignePoids | None


def lire(adhesion, epci: str, *, niveau=None, territoire=None, millesime=None, code=None, population=None):
    """Weights of the places of a territory, in the order of the indicators' lines. `niveau` and `code`: one or several.

    The stock is read beside whatever indicator is asked for."""
    voulus = PESES if not code else (code,) if isinstance(code, str) else tuple(code)
    niveaux = NIVEAUX if not niveau else (niveau,) if isinstance(niveau, str) else tuple(niveau)
    lues = indicateurs.lire(
        adhesion,
        epci=epci,
        millesime=millesime,
        code={*voulus, DU_PARC},
        niveau=(Niveau.EPCI.value, *niveaux),
        territoire=(territoire, epci) if territoire else None,
    )
    return [
        ligne for ligne in peser_lignes(lues) if ligne.code in voulus and population in (None, "", ligne.population)
    ]


def peser_lignes(lues: Iterable[LigneIndicateur]) -> list[LignePoids]:
    """Weights of the places among lines that hold those of their territory; `DU_PARC` among them for the stock's."""
    lues = list(lues)
    ensemble = {_cle(ligne): ligne for ligne in lues if ligne.niveau == Niveau.EPCI}
    parc = _parc(lues)
    return [
        _ligne(ligne, ensemble[_cle(ligne)], parc)
        for ligne in lues
        if ligne.niveau != Niveau.EPCI and ligne.code in PESES and _cle(ligne) in ensemble
    ]


def _cle(ligne: LigneIndicateur) -> tuple:
    return ligne.millesime, ligne.population, ligne.code


def _lieu(ligne: LigneIndicateur) -> tuple:
    return ligne.niveau, ligne.territoire, ligne.version, ligne.millesime


def _parc(lues: list[LigneIndicateur]) -> dict[tuple, Fraction | None]:
    """(level, place, version, millésime) → its part of the dwellings of the territory."""
    du_parc = [ligne for ligne in lues if ligne.code == DU_PARC]
    totaux = {ligne.millesime: ligne.repondants for ligne in du_parc if ligne.niveau == Niveau.EPCI}
    return {_lieu(ligne): part(ligne.repondants, totaux.get(ligne.millesime)) for ligne in du_parc}


def _ligne(ligne: LigneIndicateur, ensemble: LigneIndicateur, parc: dict) -> LignePoids:
    masquee = ligne.secret or ensemble.secret
    poids = Poids(None, None) if masquee else peser(_comptes(ligne), _comptes(ensemble))
    return LignePoids(
        territoire=ligne.territoire,
        nom=ligne.nom,
        niveau=ligne.niveau,
        epci=ligne.epci,
        version=ligne.version,
        millesime=ligne.millesime,
        population=ligne.population,
        code=ligne.code,
        libelle=ligne.libelle,
        unite=ligne.unite,
        taux=None if masquee else ligne.taux,
        taux_territoire=None if masquee else ensemble.taux,
        poids_parc=_arrondi(parc.get(_lieu(ligne))),
        poids_population=_arrondi(poids.population),
        poids_indicateur=_arrondi(poids.indicateur),
        specialisation=_arrondi(poids.specialisation),
        secret=masquee,
        alertes=ligne.alertes,
    )


def _comptes(ligne: LigneIndicateur) -> tuple:
    return ligne.numerateur, ligne.denominateur


def _arrondi(valeur: Fraction | None) -> float | None:
    return None if valeur is None else round(float(valeur), DECIMALES_TAUX)


def fonctions_accueil(lignes: list[LignePoids]) -> dict[tuple[str, str, str], FonctionsAccueil]:
    """(level, place, version) → what it takes in, from the weights of one millésime."""
    par_lieu: dict[tuple[str, str, str], dict[str, LignePoids]] = {}
    for ligne in lignes:
        if ligne.code == TRES_MODESTES:
            lieu = (ligne.niveau, ligne.territoire, ligne.version)
            par_lieu.setdefault(lieu, {})[ligne.population] = ligne
    return {
        lieu: FonctionsAccueil(siennes.get(Population.ENSEMBLE), siennes.get(Population.RECENTS))
        for lieu, siennes in par_lieu.items()
    }
