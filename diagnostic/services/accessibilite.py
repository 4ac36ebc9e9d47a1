"""Accessibility of the stock to the first quartile, as a reader may see it: the home of the page and of the API
`/accessibilite/` (regles §8; E3 F08).

Nothing computed is stored but the households (`PopulationQ1`) and their benefit (`AplProfil`): the dwellings are
counted when read, so that one may change the thresholds. Who does not hold the SNE rows reads only the pairs of
thresholds that the parameters name: thresholds moved little by little would tell the resources of a household.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache

import numpy as np
import pandas as pd

from diagnostic.calculs.accessibilite import MenageType, Moyenne, Seuils, compter, convenables, exclu, moyenne
from diagnostic.calculs.apl import Grille, Profil
from diagnostic.calculs.definitions_repartitions import FINANCEMENT, TYPOLOGIE, Repartition
from diagnostic.models import MenageQ1, PopulationQ1
from diagnostic.services import baremes_apl, loyers_parc, secret
from partenaires.models import Parametre

CHARGE_MAX = 3  # households with as many dependants or more are shown together
FINAN_MAX = 100
RECENTS = "recents_annees"


class Perimetre(StrEnum):
    TERRITOIRE = "territoire"
    EN_QPV = "en_qpv"
    HORS_QPV = "hors_qpv"


class Etat(StrEnum):
    LU = "lu"
    SANS_POPULATION = "sans_population"
    SANS_LOYER = "sans_loyer"
    APL_A_CALCULER = "apl_a_calculer"


NIVEAUX = {Perimetre.TERRITOIRE: "epci", Perimetre.EN_QPV: "en_qpv", Perimetre.HORS_QPV: "hors_qpv"}
EN_QPV = {Perimetre.EN_QPV: True, Perimetre.HORS_QPV: False}


@dataclass(frozen=True)
class Reglages:
    """`charges_m2`: euros a month; `recents`: only the dwellings let in the latest years."""

    seuils: Seuils
    charges_m2: float
    recents: bool = False


@dataclass(frozen=True)
class LigneAccessibilite:
    """`menages`: those kept, `exclus`: those without the least left to live on; both None for standard households. Who
    does not hold the SNE rows has all of them in `menages`, the same whatever the thresholds. `logements`,
    `accessibles`: for a household, in the mean."""

    epci: str
    millesime: int
    perimetre: str
    repartition: str
    code: str
    libelle: str
    te: float
    rpv: float
    menages: int | None
    exclus: int | None
    logements: float | None
    accessibles: float | None
    taux: float | None
    secret: bool

    def en_dict(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class Accessibilite:
    """`libre`: this reader may choose the thresholds; `annees_recentes`: years of lease that count as recent."""

    etat: Etat
    reglages: Reglages
    parametre: dict
    libre: bool
    lignes: Sequence[LigneAccessibilite] = ()
    population: PopulationQ1 | None = None
    version_qpv: str = ""
    sans_zone: Sequence[str] = ()
    annees_recentes: int = 0


@dataclass(frozen=True)
class Calcul:
    """The arrays that every line is summed from."""

    menages: list[MenageType]
    loyers: loyers_parc.Loyers

    @property
    def perimetres(self) -> list[Perimetre]:
        return list(Perimetre) if self.loyers.version else [Perimetre.TERRITOIRE]

    def colonnes(self, perimetre: Perimetre) -> list[int]:
        voulu = EN_QPV.get(perimetre)
        return [i for i, cellule in enumerate(self.loyers.cellules) if voulu is None or cellule.en_qpv is voulu]


def peut_choisir(lecteur: secret.Lecteur, epci: str, population: PopulationQ1 | None) -> bool:
    if population is None or population.origine == PopulationQ1.Origine.TYPES:
        return True
    return lecteur.audience(epci, secret.SNE, "epci") == secret.Audience.LIGNES


def reglages(connu: dict, libre: bool, te=None, rpv=None, charges_m2=None, recents=False) -> Reglages:
    """Those asked for, where the reader may choose them or they are a pair of the parameters; else the default."""
    demandes = (connu["te"] if te is None else te, connu["rpv"] if rpv is None else rpv)
    permis = libre or any(demandes == tuple(paire) for paire in connu["paires"])
    seuils = Seuils(*demandes) if permis else Seuils(connu["te"], connu["rpv"])
    charges = charges_m2 if libre and charges_m2 is not None else connu["charges_m2"]
    return Reglages(seuils, charges, recents)


def lire(adhesion, epci: str, millesime: int, **demandes) -> Accessibilite:
    """`demandes`: te, rpv, charges_m2, recents, each optional. A territory that the reader may not know has nothing."""
    lecteur = secret.lecteur(adhesion)
    menages = menages_de(epci) if epci in lecteur.territoires else []
    population = menages[0].population if menages else None
    en_vigueur = Parametre.objects.valeurs((baremes_apl.PARAMETRE, RECENTS), date(millesime, 12, 31), epci)
    connu, annees = en_vigueur[baremes_apl.PARAMETRE], en_vigueur[RECENTS]
    libre = peut_choisir(lecteur, epci, population)
    voulus = reglages(connu, libre, **demandes)
    vide = Accessibilite(Etat.SANS_POPULATION, voulus, connu, libre, population=population, annees_recentes=annees)
    if not menages:
        return vide
    depuis = date(millesime - annees, 1, 1) if voulus.recents else None
    loyers = loyers_parc.lire(epci, millesime, voulus.charges_m2, depuis)
    if not loyers.cellules:
        return replace(vide, etat=Etat.SANS_LOYER)
    grilles = baremes_apl.lire(millesime, {cellule.zone for cellule in loyers.cellules})
    types = menages_types(menages, grilles, connu, {cellule.zone for cellule in loyers.cellules})
    if types is None:
        return replace(vide, etat=Etat.APL_A_CALCULER)
    calcul = Calcul(types, loyers)
    lignes = [
        _vue(lecteur, ligne, calcul, population, colonnes)
        for ligne, colonnes in _lignes(epci, millesime, calcul, voulus, connu)
    ]
    return replace(
        vide,
        etat=Etat.LU,
        lignes=_masquees_ensemble(lignes),
        version_qpv=loyers.version,
        sans_zone=loyers.sans_zone,
    )


def menages_de(epci: str) -> list[MenageQ1]:
    """The applicants, else the standard households."""
    connus = list(MenageQ1.objects.filter(population__epci=epci).select_related("population"))
    demandeurs = [menage for menage in connus if menage.population.origine == PopulationQ1.Origine.DEMANDEURS]
    return demandeurs or connus


def pieces_convenables(connu: dict, personnes: int) -> frozenset[int]:
    """Numbers of rooms that suit, the largest number of persons standing for more."""
    tailles = {int(nombre): bornes for nombre, bornes in connu["pieces"].items()}
    petit, grand = tailles[min(personnes, max(tailles))]
    plus_grand = max(bornes[1] for bornes in tailles.values())
    dernier = loyers_parc.PIECES_MAX if grand == plus_grand else grand
    return frozenset(range(petit, dernier + 1))


def menages_types(
    menages: list[MenageQ1], grilles: dict[Profil, Grille], connu: dict, zones: set
) -> list[MenageType] | None:
    """None where the benefit of one of them is not worked out yet."""
    part, lus = connu["part_imposable"], []
    for menage in menages:
        profils = {zone: baremes_apl.profil_de(menage, zone, part) for zone in zones}
        if not all(profil in grilles for profil in profils.values()):
            return None
        lus.append(
            MenageType(
                code_menage(menage.couple, menage.charge),
                float(menage.ressources),
                float(menage.uc),
                menage.nombre,
                pieces_convenables(connu, menage.personnes),
                {zone: grilles[profil] for zone, profil in profils.items()},
            )
        )
    return lus


def code_menage(couple: bool, charge: int) -> str:
    return f"{'couple' if couple else 'seule'}_{min(charge, CHARGE_MAX)}"


def libelle_menage(code: str) -> str:
    forme, charge = code.split("_")
    seul = "Couple" if forme == "couple" else "Personne seule"
    if charge == "0":
        return seul
    personnes = "1 personne" if charge == "1" else f"{charge} personnes"
    return f"{seul}, {personnes} à charge{' ou plus' if int(charge) == CHARGE_MAX else ''}"


CODES_MENAGES = [code_menage(couple, charge) for couple in (False, True) for charge in range(CHARGE_MAX + 1)]


@cache
def _classes(repartition: Repartition, champ: str) -> dict[int, str]:
    """Value of the field → code of the class."""
    valeurs = pd.DataFrame({champ: range(FINAN_MAX)})
    par_classe = {classe.code: valeurs[valeurs.eval(classe.numerateur)][champ] for classe in repartition.classes}
    return {int(valeur): code for code, serie in par_classe.items() for valeur in serie}


def _lignes(
    epci: str, millesime: int, calcul: Calcul, voulus: Reglages, connu: dict
) -> Iterator[tuple[LigneAccessibilite, list[int]]]:
    """Every line, before secrecy, with its cells. The pairs are compared over the same households: those that the
    thresholds asked for leave in."""
    totaux = convenables(calcul.menages, calcul.loyers.cellules)
    comptes = compter(calcul.menages, calcul.loyers.cellules, voulus.seuils)
    nombres, uc, ressources = (
        np.array([getattr(menage, champ) for menage in calcul.menages]) for champ in ("nombre", "uc", "ressources")
    )
    exclus = exclu(ressources, uc, voulus.seuils.rpv)
    codes = np.array([menage.code for menage in calcul.menages])

    def ligne(perimetre, repartition, code, libelle, colonnes, sommes, menages=slice(None), seuils=voulus.seuils):
        accessibles, suivant = sommes
        lue = moyenne(nombres[menages], exclus[menages], accessibles[menages], suivant[menages])
        return _ligne(epci, millesime, perimetre, repartition, code, libelle, seuils, lue), colonnes

    def sommer(comptes, colonnes):
        return comptes[:, colonnes].sum(axis=1), totaux[:, colonnes].sum(axis=1)

    for perimetre in calcul.perimetres:
        colonnes = calcul.colonnes(perimetre)
        sommes = sommer(comptes, colonnes)
        yield ligne(perimetre, "ensemble", "q1", "Premier quartile", colonnes, sommes)
        for code in CODES_MENAGES:
            if (codes == code).any():
                yield ligne(perimetre, "menage", code, libelle_menage(code), colonnes, sommes, codes == code)
        for repartition, champ, de in ((TYPOLOGIE, "nbpiece", "pieces"), (FINANCEMENT, "finan", "finan")):
            classes = _classes(repartition, champ)
            for classe in repartition.classes:
                dedans = [i for i in colonnes if classes.get(getattr(calcul.loyers.cellules[i], de)) == classe.code]
                if dedans:
                    sommes_de_la_classe = sommer(comptes, dedans)
                    yield ligne(perimetre, repartition.code, classe.code, classe.libelle, dedans, sommes_de_la_classe)
    for te, rpv in connu["paires"]:
        seuils = Seuils(te, rpv)
        autres = comptes if seuils == voulus.seuils else compter(calcul.menages, calcul.loyers.cellules, seuils)
        libelle = f"Taux d'effort {100 * te:g} %, reste pour vivre {rpv:g} €".replace(".", ",")
        code = f"te_{100 * te:g}_rpv_{rpv:g}"
        for perimetre in calcul.perimetres:
            colonnes = calcul.colonnes(perimetre)
            yield ligne(perimetre, "sensibilite", code, libelle, colonnes, sommer(autres, colonnes), seuils=seuils)


def _ligne(epci, millesime, perimetre, repartition, code, libelle, seuils: Seuils, lue: Moyenne) -> LigneAccessibilite:
    def arrondi(valeur, decimales):
        return None if valeur is None else round(valeur, decimales)

    return LigneAccessibilite(
        epci=epci,
        millesime=millesime,
        perimetre=perimetre.value,
        repartition=repartition,
        code=code,
        libelle=libelle,
        te=seuils.te,
        rpv=seuils.rpv,
        menages=lue.menages,
        exclus=lue.exclus,
        logements=arrondi(lue.logements, 1),
        accessibles=arrondi(lue.accessibles, 1),
        taux=arrondi(lue.taux, 4),
        secret=False,
    )


VIDE = dict.fromkeys(("menages", "exclus", "logements", "accessibles", "taux"))


def _vue(lecteur, ligne: LigneAccessibilite, calcul: Calcul, population: PopulationQ1, colonnes) -> LigneAccessibilite:
    """The line as the reader sees it: judged on its households (SNE) and on its dwellings (RPLS)."""
    demandeurs = population.origine == PopulationQ1.Origine.DEMANDEURS
    niveau = NIVEAUX[Perimetre(ligne.perimetre)]
    cellules = [calcul.loyers.cellules[i] for i in colonnes]
    premier, sien = calcul.loyers.premier({(c.pieces, c.en_qpv, c.finan) for c in cellules})
    masquee = demandeurs and secret.masquer(
        lecteur,
        epci=ligne.epci,
        source=secret.SNE,
        niveau=niveau,
        base="menages",
        effectif=ligne.menages,
        premier_bailleur=lecteur.siren,  # applicants are of no bailleur
        effectif_premier=0,
    )
    masquee = masquee or secret.masquer(
        lecteur,
        epci=ligne.epci,
        source="rpls",
        niveau=niveau,
        base="logements",
        effectif=sum(len(cellule.loyers) for cellule in cellules),
        numerateur=None if ligne.accessibles is None else round(ligne.accessibles),
        denominateur=None if ligne.logements is None else round(ligne.logements),
        premier_bailleur=premier,
        effectif_premier=sien,
    )
    if masquee:
        return replace(ligne, **VIDE, secret=True)
    if not demandeurs:
        return replace(ligne, menages=None, exclus=None)
    tient_les_lignes = lecteur.audience(ligne.epci, secret.SNE, niveau) == secret.Audience.LIGNES
    if tient_les_lignes:
        return ligne
    return replace(ligne, menages=(ligne.menages or 0) + (ligne.exclus or 0), exclus=None)


def _masquees_ensemble(lignes: list[LigneAccessibilite]) -> list[LigneAccessibilite]:
    """A class masked in or out of QPV is masked in both, which make the whole; one type of household masked alone takes
    the least numerous one with it, for their total is shown."""
    cachees = {
        (ligne.repartition, ligne.code) for ligne in lignes if ligne.secret and ligne.perimetre != Perimetre.TERRITOIRE
    }
    cachees_partout: set[tuple[str, str]] = set()
    types = [ligne for ligne in lignes if ligne.repartition == "menage" and ligne.perimetre == Perimetre.TERRITOIRE]
    montres = [ligne for ligne in types if not ligne.secret]
    if len(types) - len(montres) == 1 and montres:
        plus_petit = min(montres, key=lambda ligne: ligne.menages or 0)
        cachees_partout.add(("menage", plus_petit.code))

    def masquer(ligne):
        cle = (ligne.repartition, ligne.code)
        return cle in cachees_partout or (cle in cachees and ligne.perimetre != Perimetre.TERRITOIRE)

    return [replace(ligne, **VIDE, secret=True) if masquer(ligne) else ligne for ligne in lignes]
