"""Counts behind the attainments: one set-based pass over the allocations, whatever the objectives (regles §2, §3).

Each objective becomes one SELECT of its base events (place, day, predicate); their union is grouped once by year,
month, bailleur and, as asked, QPV and réservataire. Every axis is a sum of these groups.
"""

from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from attributions.calculs.objectifs_legaux import ETAT, PAR_CODE
from attributions.calculs.predicats import champs, compiler
from attributions.models import Objectif
from attributions.services.situation import sql_parametre
from diagnostic.services.perimetres import sql_versions

AXES = {"total": (), "bailleur": ("bailleur",), "qpv": ("qpv",), "reservataire": ("reservataire",)}
DIMENSIONS = ("bailleur", "qpv", "reservataire")
QUARTILES = (1, 2, 3, 4, 24)
PERIMETRES_QPV = ("qpv", "en_qpv", "hors_qpv")
APPARTENANCES = ("secteur", "npnru", "qva")


@dataclass(frozen=True)
class Moment:
    """Columns of Attribution at one counted event."""

    jour: str
    annee: str
    suffixe: str
    base: str
    anterieur: str


MOMENTS = {
    Objectif.Base.BAIL: Moment(
        "date_bail",
        "annee_bail",
        "bail",
        "a.issue = 'bail_signe' AND NOT a.hors_base_bail",
        "perimetre_anterieur_bail",
    ),
    Objectif.Base.ATTRIBUTION: Moment(
        "date_caleol",
        "annee_decision",
        "decision",
        "a.issue <> 'annulee' AND NOT a.hors_base",
        "perimetre_anterieur",
    ),
}


@dataclass
class Compte:
    """Counts of one objective, year and cell. `bailleurs`: base by bailleur; `quartiles`: base by QUARTILES."""

    numerateur: int = 0
    denominateur: int = 0
    inconnus: int = 0
    base_au_jour: int = 0
    quartiles: list[int] = field(default_factory=lambda: [0] * len(QUARTILES))
    par_mois: list[int] = field(default_factory=lambda: [0] * 12)
    base_par_mois: list[int] = field(default_factory=lambda: [0] * 12)
    bailleurs: dict[str, int] = field(default_factory=dict)
    alertes: set[str] = field(default_factory=set)

    def ajouter(self, mois, bailleur, numerateur, denominateur, inconnus, au_jour, quartiles, alertes):
        self.numerateur += numerateur
        self.denominateur += denominateur
        self.inconnus += inconnus
        self.base_au_jour += au_jour
        self.quartiles = [a + b for a, b in zip(self.quartiles, quartiles)]
        self.par_mois[mois - 1] += numerateur
        self.base_par_mois[mois - 1] += denominateur
        self.bailleurs[bailleur] = self.bailleurs.get(bailleur, 0) + denominateur
        self.alertes |= alertes

    @property
    def premier_bailleur(self) -> tuple[str, int]:
        return max(self.bailleurs.items(), key=lambda paire: (paire[1], paire[0]))


@dataclass(frozen=True)
class Cellule:
    """Key of a count: the values of the dimensions that the axis does not hold are empty."""

    objectif: int
    annee: int
    axe: str
    bailleur: str = ""
    qpv: str = ""
    reservataire: str = ""


def compter(objectifs: list[Objectif], au: date, axes: dict[str, tuple[str, ...]] = AXES) -> dict[Cellule, Compte]:
    """Counts of each objective, year and cell of the axes, over the events dated `au` at the latest."""
    if not objectifs:
        return {}
    parametres: dict = {"au": au, "mois": au.month, "jour": au.day}
    versions: dict[str, str] = {}
    selections = [_sql_mesure(rang, o, parametres, versions) for rang, o in enumerate(objectifs)]
    sortes = sorted({tuple(d for d in dimensions if d != "bailleur") for dimensions in axes.values()})
    comptes: dict[Cellule, Compte] = {}
    with connection.cursor() as curseur:
        curseur.execute(_sql_groupes(selections, sortes), parametres)
        for ligne in curseur.fetchall():
            _repartir(ligne, sortes, axes, comptes)
    return comptes


def _sql_groupes(selections: list[str], sortes: list[tuple[str, ...]]) -> str:
    ensembles = ", ".join(f"({', '.join(sorte)})" for sorte in sortes)
    par_quartile = ", ".join(f"count(*) FILTER (WHERE quartile = {q})" for q in QUARTILES)
    groupees = set().union(*sortes)
    manque, valeur = (
        ", ".join(patron.format(d) if d in groupees else absent for d in ("qpv", "reservataire"))
        for patron, absent in (("GROUPING({})", "1"), ("{}", "NULL"))
    )
    return f"""
SELECT objectif, annee, mois, bailleur, compte_au_total, {manque}, {valeur},
       count(*) FILTER (WHERE vrai), count(*), count(*) FILTER (WHERE inconnu), count(*) FILTER (WHERE avant),
       ARRAY[{par_quartile}], bool_or(seuil_anterieur), bool_or(perimetre_anterieur), bool_or(declare)
FROM ({" UNION ALL ".join(selections)}) mesures
GROUP BY objectif, annee, mois, bailleur, compte_au_total, GROUPING SETS ({ensembles})"""


def _repartir(ligne, sortes, axes, comptes) -> None:
    """Add one group to the cells of the axes that its grouping set serves."""
    objectif, annee, mois, bailleur, au_total, sans_qpv, sans_reservataire, qpv, reservataire, *nombres = ligne
    vrais, base, inconnus, avant, quartiles, *drapeaux = nombres
    sorte = (() if sans_qpv else ("qpv",)) + (() if sans_reservataire else ("reservataire",))
    alertes = {
        nom for nom, vu in zip(("seuil_anterieur", "perimetre_anterieur", "qpv_declare"), drapeaux, strict=True) if vu
    }
    valeurs = {"bailleur": bailleur, "qpv": qpv, "reservataire": reservataire}
    for axe, dimensions in axes.items():
        if tuple(d for d in dimensions if d != "bailleur") != sorte:
            continue
        if not au_total and "reservataire" not in dimensions:
            continue
        if not all(valeurs[d] for d in dimensions):
            continue
        cellule = Cellule(objectif, annee, axe, **{d: valeurs[d] for d in dimensions})
        compte = comptes.setdefault(cellule, Compte())
        compte.ajouter(mois, bailleur, vrais, base, inconnus, avant, quartiles, alertes)


def _sql_mesure(rang: int, objectif: Objectif, parametres: dict, versions: dict[str, str]) -> str:
    """SELECT of the base events of one objective; adds its parameters to `parametres`."""
    moment = MOMENTS[objectif.base]
    predicat = compiler(objectif.predicat, "a", f"o{rang}_")
    legal = PAR_CODE.get(objectif.code) if objectif.legal else None
    jour = f"a.{moment.jour}"
    condition = predicat.condition
    hors_etat = bool(legal and legal.hors_etat)
    if hors_etat:
        permis = sql_parametre("reloges_parmi_prioritaires", jour, "a.epci")
        condition = f"({condition} OR (a.reloge AND ({permis})::boolean))"
    filtres = [f"a.epci = {predicat.lier(objectif.epci)}", moment.base, f"{jour} <= %(au)s"]
    filtres += _sql_perimetre(objectif, moment, predicat, parametres, versions)
    filtres += [f"a.{d} = {predicat.lier(v)}" for d in ("bailleur", "reservataire") if (v := getattr(objectif, d))]
    if hors_etat:
        filtres.append("a.reservataire <> ''")
    par_seuil = "quartile" in champs(objectif.predicat)
    par_qpv = objectif.perimetre.get("type") in PERIMETRES_QPV
    parametres |= predicat.parametres
    return f"""
SELECT {objectif.pk} AS objectif, a.{moment.annee} AS annee, extract(month FROM {jour})::int AS mois,
       (extract(month FROM {jour}), extract(day FROM {jour})) <= (%(mois)s, %(jour)s) AS avant,
       a.bailleur, a.qpv_{moment.suffixe} AS qpv, a.reservataire, a.quartile,
       {f"NOT starts_with(a.reservataire, '{ETAT}')" if hors_etat else "true"} AS compte_au_total,
       {condition} AS vrai, {predicat.inconnu} AS inconnu,
       {"a.seuil_annee < coalesce(a.annee_decision, a.annee_bail)" if par_seuil else "false"} AS seuil_anterieur,
       {f"a.{moment.anterieur}" if par_qpv else "false"} AS perimetre_anterieur,
       {"a.origine_qpv NOT IN ('point', '')" if par_qpv else "false"} AS declare
FROM attributions_attribution a WHERE {" AND ".join(filtres)}"""


def _sql_perimetre(objectif: Objectif, moment: Moment, predicat, parametres: dict, versions: dict) -> list[str]:
    """Where the counted event must be, at its date."""
    genre, code = objectif.perimetre.get("type", "territoire"), objectif.perimetre.get("code")
    if genre == "territoire":
        return []
    if genre in ("en_qpv", "hors_qpv"):
        return [f"a.en_qpv_{moment.suffixe} IS {'TRUE' if genre == 'en_qpv' else 'FALSE'}"]
    if genre in ("commune", "residence"):
        return [f"a.{genre} = {predicat.lier(code)}"]
    if genre == "qpv":
        return [f"a.qpv_{moment.suffixe} = {predicat.lier(code)}"]
    if genre == "classe":
        methode, _, classe = code.partition(":")
        return [_sql_classe(predicat.lier(methode), predicat.lier(classe), f"a.{moment.annee}")]
    return [_sql_appartenance(objectif.epci, genre, code, f"a.{moment.jour}", predicat, parametres, versions)]


def _sql_appartenance(epci, nature, code, jour, predicat, parametres: dict, versions: dict) -> str:
    """In a secteur, NPNRU quarter or QVA (in any, without a code) of the version in force at the day."""
    if epci not in versions:
        fragment, valeurs = sql_versions(epci)
        noms = [f"v{len(versions)}_{i}" for i in range(len(valeurs))]
        parametres |= dict(zip(noms, valeurs))
        versions[epci] = fragment % tuple(f"%({nom})s" for nom in noms)
    precise = f" AND p.code = {predicat.lier(code)}" if code else ""
    return f"""EXISTS (
        SELECT 1 FROM diagnostic_appartenance p
        JOIN {versions[epci]} v ON v.nature = p.nature AND v.version = p.version AND {jour} BETWEEN v.debut AND v.fin
        WHERE p.residence = a.residence AND p.nature = {predicat.lier(nature)} AND p.dedans{precise})"""


def _sql_classe(methode: str, classe: str, annee: str) -> str:
    """The residence's class by the adopted method, at the latest millésime at or before the event."""
    return f"""{classe} = (
        SELECT i.classe FROM diagnostic_indice i JOIN diagnostic_methode m ON m.id = i.methode_id
        WHERE m.code = {methode} AND m.statut = 'adoptee' AND m.epci IN ('', a.epci) AND i.epci = a.epci
          AND i.niveau = 'residence' AND i.territoire = a.residence AND i.millesime <= {annee}
        ORDER BY i.millesime DESC, m.epci DESC, m.version DESC LIMIT 1)"""
