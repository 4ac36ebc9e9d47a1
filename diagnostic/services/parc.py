"""The stock of a territory and its low rents, as a reader may see them: breakdowns over the whole, in and out of QPV,
and by bailleur; low rents by the ways of GPS&O, the MEL and Reims. The home of the page and of the API `/parc/`.

Counts of the places (communes, QPV, residences) are the indicators' (`services.indicateurs`). A breakdown of which one
class is masked is masked whole; in and out of QPV, which make the whole, are masked together.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum

from django.db import connection

from diagnostic.calculs import compilation
from diagnostic.calculs.definitions_repartitions import (
    BAS_LOYER_M2,
    ECART_APL,
    LOYER_SUR_PLAFOND,
    LOYERS_MEL,
    REPARTITIONS,
    STOCK,
)
from diagnostic.models import Comptage, ProvenanceComptage
from diagnostic.models.comptage import Niveau
from diagnostic.services import secret
from partenaires.models import Organisation, Parametre

Comptes = dict[str, int]


class Perimetre(StrEnum):
    TERRITOIRE = "territoire"
    EN_QPV = "en_qpv"
    HORS_QPV = "hors_qpv"
    BAILLEUR = "bailleur"


@dataclass(frozen=True)
class Tranche:
    """A class of a breakdown: `comptes(row)` gives its numerator and denominator from the counts of a place."""

    code: str
    libelle: str
    comptes: Callable[[Comptes], tuple[int, int]]


@dataclass(frozen=True)
class Groupe:
    """`champs`: the counts it needs; a place without them has no line of it."""

    code: str
    titre: str
    champs: tuple[str, ...]
    tranches: tuple[Tranche, ...]


@dataclass(frozen=True)
class LigneParc:
    """One class of a breakdown in a perimeter. `bailleur`: SIREN on the lines of a bailleur, else None."""

    epci: str
    millesime: int
    perimetre: str
    bailleur: str | None
    repartition: str
    code: str
    libelle: str
    numerateur: int | None
    denominateur: int | None
    taux: float | None
    secret: bool

    def en_dict(self) -> dict:
        return asdict(self)


def _tranche(code: str, libelle: str, plus: Iterable[str], moins: Iterable[str], sur: str) -> Tranche:
    plus, moins = tuple(plus), tuple(moins)
    return Tranche(code, libelle, lambda c: (sum(c[p] for p in plus) - sum(c[m] for m in moins), c[sur]))


def _groupe(repartition) -> Groupe:
    tranches = tuple(_tranche(i.code, i.libelle, [i.colonnes[0]], [], i.colonnes[1]) for i in repartition.classes)
    champs = {colonne for i in repartition.classes for colonne in i.colonnes}
    return Groupe(repartition.code, repartition.titre, tuple(champs), tranches)


def _mel(code: str, titre: str, bas, haut) -> Groupe:
    """The two nested counts as three exclusive classes."""
    (n_bas, sur), (n_haut, _) = bas.colonnes, haut.colonnes
    tranches = (
        _tranche(f"{code}_min", "Couvert dès l'occupation minimale", [n_bas], [], sur),
        _tranche(f"{code}_max", "Couvert à l'occupation maximale seulement", [n_haut], [n_bas], sur),
        _tranche(f"{code}_aucun", "Au-dessus du plafond", [sur], [n_haut], sur),
    )
    return Groupe(code, titre, (n_bas, n_haut, sur), tranches)


RANGS = range(len(ECART_APL.classes))
REIMS_CHAMPS = tuple(f"reims_{lieu}_{rang}" for lieu in ("hors", "dans") for rang in RANGS)
REIMS_BAS = ("reims_bas_hors", "reims_bas_dans")


def _reims(code: str, titre: str, lieu: str) -> Groupe:
    tranches = tuple(
        _tranche(f"{code}_{rang}", classe.libelle, [f"reims_{lieu}_{rang}"], [], "reims")
        for rang, classe in enumerate(ECART_APL.classes)
    )
    return Groupe(code, titre, ("reims", *REIMS_CHAMPS), tranches)


MEL_MIN, MEL_MAX, MEL_CHARGES_MIN, MEL_CHARGES_MAX = LOYERS_MEL.classes
STOCK_PAR_CLASSE = tuple(_groupe(repartition) for repartition in REPARTITIONS)
GPSO = Groupe(
    "bas_loyers_gpso",
    "Loyers au m² sous la borne",
    BAS_LOYER_M2.colonnes,
    (_tranche(BAS_LOYER_M2.code, "Loyer sous la borne", [BAS_LOYER_M2.colonnes[0]], [], BAS_LOYER_M2.colonnes[1]),),
)
BAS_LOYERS = (
    GPSO,
    _mel("bas_loyers_mel", "Loyer seul et plafond de l'APL", MEL_MIN, MEL_MAX),
    _mel(
        "bas_loyers_mel_charges", "Loyer et forfait de charges, et plafond de l'APL", MEL_CHARGES_MIN, MEL_CHARGES_MAX
    ),
    Groupe(
        "bas_loyers_reims",
        "Logements des résidences à bas loyers",
        ("reims", *REIMS_BAS),
        (
            _tranche("reims_bas_hors_fragile", "Hors des secteurs fragiles", ["reims_bas_hors"], [], "reims"),
            _tranche("reims_bas_fragile", "Dans les secteurs fragiles", ["reims_bas_dans"], [], "reims"),
            _tranche("reims_autres", "Autres résidences", ["reims"], REIMS_BAS, "reims"),
        ),
    ),
)
REIMS = (
    _reims("residences_hors_fragile", "Résidences hors des secteurs fragiles", "hors"),
    _reims("residences_fragiles", "Résidences des secteurs fragiles", "dans"),
)
GROUPES = (*STOCK_PAR_CLASSE, *BAS_LOYERS, *REIMS)
COLONNES = tuple(dict.fromkeys(c for i in STOCK if i is not LOYER_SUR_PLAFOND for c in i.colonnes))


def parametres(epci: str, millesime: int) -> dict:
    """Those of the low rents, in force at the end of the millésime."""
    codes = ("bas_loyer_gpso", "bas_loyer_mel", "bas_loyer_reims")
    return Parametre.objects.valeurs(codes, date(millesime, 12, 31), epci)


def lire(adhesion, epci: str, millesime: int, reims: dict | None = None) -> list[LigneParc]:
    """Every breakdown of the territory that the reader may see; nothing without RPLS rows for the millésime. `reims`:
    the parameter `bas_loyer_reims` in force, for who has read it."""
    lignes = Comptage.objects.visible_to(adhesion).filter(
        epci=epci,
        millesime=millesime,
        population="ensemble",
        niveau__in=(Niveau.EPCI, Niveau.HORS_QPV),
        logements__isnull=False,
    )
    lues = list(lignes.order_by("bailleur").values("niveau", "bailleur", "version", "logements", *COLONNES))
    if not lues:
        return []
    version = _version_des_qpv(adhesion, epci, millesime, lues)
    par_perimetre = _perimetres(lues, avec_qpv=bool(version))
    reims = reims or parametres(epci, millesime)["bas_loyer_reims"]
    for siren, comptes in _reims_par_bailleur(epci, millesime, version, reims["ecart_max"]).items():
        par_perimetre[Perimetre.TERRITOIRE].setdefault(siren, {"logements": 0}).update(comptes)
    lecteur = secret.lecteur(adhesion)
    vues = [
        ligne
        for groupe in GROUPES
        for ligne in _masquees_ensemble(_lignes(lecteur, epci, millesime, groupe, par_perimetre))
    ]
    return vues + list(_des_bailleurs(lecteur, epci, millesime, par_perimetre[Perimetre.TERRITOIRE]))


def _version_des_qpv(adhesion, epci: str, millesime: int, lues: list[dict]) -> str:
    """The version that the counts were made with, empty when none was loaded."""
    connue = max(ligne["version"] for ligne in lues)
    if connue:
        return connue
    faites = ProvenanceComptage.objects.visible_to(adhesion).filter(epci=epci, millesime=millesime, source="rpls")
    return faites.values_list("perimetre_version", flat=True).first() or ""


def _perimetres(lues: list[dict], avec_qpv: bool) -> dict[Perimetre, dict[str, Comptes]]:
    """Perimeter → bailleur → counts. In QPV is what the whole holds and out of QPV does not."""
    champs = ("logements", *COLONNES)

    def du_niveau(niveau) -> dict[str, Comptes]:
        return {ligne["bailleur"]: {c: ligne[c] or 0 for c in champs} for ligne in lues if ligne["niveau"] == niveau}

    tout, hors = du_niveau(Niveau.EPCI), du_niveau(Niveau.HORS_QPV)
    if not avec_qpv:
        return {Perimetre.TERRITOIRE: tout}
    vide = dict.fromkeys(champs, 0)
    dedans = {siren: {c: comptes[c] - hors.get(siren, vide)[c] for c in champs} for siren, comptes in tout.items()}
    return {Perimetre.TERRITOIRE: tout, Perimetre.EN_QPV: dedans, Perimetre.HORS_QPV: hors}


def _reims_par_bailleur(epci: str, millesime: int, version: str, ecart_max) -> dict[str, Comptes]:
    """Dwellings of the residences by class of their mean gap, in and out of the fragile sectors, by bailleur."""
    n, d = LOYER_SUR_PLAFOND.colonnes
    classes = " ".join(
        f"WHEN {compilation.traduire(i.numerateur).replace('loyerprinc', n).replace('loyermaxapl', d)} THEN {rang}"
        for rang, i in enumerate(ECART_APL.classes)
    )
    requete = f"""
        SELECT bailleur, fragile, classe, bas, sum(logements)::bigint FROM (
            SELECT c.bailleur, c.logements, CASE {classes} END AS classe, {n} <= {d} * (1 + %s::numeric) AS bas,
                   f.residence IS NOT NULL AS fragile
            FROM diagnostic_comptage c LEFT JOIN diagnostic_residencefragile f
                ON f.epci = c.epci AND f.residence = c.territoire AND f.version = %s
            WHERE c.epci = %s AND c.millesime = %s AND c.niveau = 'residence' AND c.population = 'ensemble'
                AND c.{d} > 0
        ) r GROUP BY 1, 2, 3, 4"""
    par_bailleur: dict[str, Comptes] = {}
    with connection.cursor() as curseur:
        curseur.execute(requete, [str(ecart_max), version, epci, millesime])
        for bailleur, fragile, classe, bas, logements in curseur.fetchall():
            comptes = par_bailleur.setdefault(bailleur, dict.fromkeys(("reims", *REIMS_BAS, *REIMS_CHAMPS), 0))
            lieu = "dans" if fragile else "hors"
            for champ in ("reims", f"reims_{lieu}_{classe}", *([f"reims_bas_{lieu}"] if bas else [])):
                comptes[champ] += logements
    return par_bailleur


def _lignes(lecteur, epci: str, millesime: int, groupe: Groupe, par_perimetre) -> list[LigneParc]:
    return [
        ligne
        for perimetre, par_bailleur in par_perimetre.items()
        for ligne in _un_lieu(lecteur, epci, millesime, groupe, perimetre, par_bailleur)
    ]


def _un_lieu(lecteur, epci, millesime, groupe: Groupe, perimetre, par_bailleur, siren="") -> list[LigneParc]:
    """The classes of a place, whose counts are summed over its bailleurs; masked whole when one is."""
    presents = [comptes for comptes in par_bailleur.values() if all(champ in comptes for champ in groupe.champs)]
    if not presents:
        return []
    somme = {champ: sum(comptes[champ] for comptes in presents) for champ in groupe.champs}
    effectif = sum(comptes["logements"] for comptes in par_bailleur.values())
    premier = max(par_bailleur, key=lambda un: par_bailleur[un]["logements"])
    comptes_des_tranches = [tranche.comptes(somme) for tranche in groupe.tranches]
    masquee = any(
        secret.masquer(
            lecteur,
            epci=epci,
            source="rpls",
            niveau=Niveau.EPCI if perimetre in (Perimetre.TERRITOIRE, Perimetre.BAILLEUR) else perimetre.value,
            base="logements",
            effectif=effectif,
            numerateur=n,
            denominateur=d,
            bailleur=siren,
            premier_bailleur=premier,
            effectif_premier=par_bailleur[premier]["logements"],
        )
        for n, d in comptes_des_tranches
    )
    return [
        LigneParc(
            epci,
            millesime,
            perimetre.value,
            siren or None,
            groupe.code,
            tranche.code,
            tranche.libelle,
            None if masquee else n,
            None if masquee else d,
            None if masquee or not d else round(n / d, 4),
            masquee,
        )
        for tranche, (n, d) in zip(groupe.tranches, comptes_des_tranches)
    ]


def _masquees_ensemble(lignes: list[LigneParc]) -> list[LigneParc]:
    """In and out of QPV make the whole: one masked, the other would give it back."""
    quartiers = (Perimetre.EN_QPV, Perimetre.HORS_QPV)
    if not any(ligne.secret for ligne in lignes if ligne.perimetre in quartiers):
        return lignes
    masque = {"numerateur": None, "denominateur": None, "taux": None, "secret": True}
    return [LigneParc(**(asdict(li) | masque)) if li.perimetre in quartiers else li for li in lignes]


def _des_bailleurs(lecteur, epci: str, millesime: int, par_bailleur) -> Iterable[LigneParc]:
    """Each bailleur to the EPCI and the DDT, its own to a bailleur, none to the others."""
    nature = Organisation.Nature
    if lecteur.nature not in (nature.EPCI, nature.DDT, nature.BAILLEUR):
        return
    for siren, comptes in par_bailleur.items():
        if lecteur.nature != nature.BAILLEUR or siren == lecteur.siren:
            for groupe in GROUPES:
                yield from _un_lieu(lecteur, epci, millesime, groupe, Perimetre.BAILLEUR, {siren: comptes}, siren)
