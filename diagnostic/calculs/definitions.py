"""The indicators of occupation and of the stock, as data (regles §4): what is counted, over what, in which unit.

No rate is stored anywhere: each indicator is a pair of counts, `n_<code>` over `d_<code>` (columns of Comptage).

Expressions are written once, in the part of the language that pandas (`DataFrame.eval`) and, after the small
translation of `diagnostic.calculs.compilation`, PostgreSQL understand alike. A row enters the denominator when every
field of `connus` is known and `condition` holds; it enters the numerator when moreover `numerateur` holds (a
condition) or by the amount of `numerateur` (a sum, when `somme` is set). A comparison with an unknown is false.

Fields beside the columns of the tables (`diagnostic.calculs.compilation.DERIVES`):
    ops : annee_entree (year of DATE_ENTREE), annee_recente (first year of a recent arrival: survey year less the
          parameter `recents_annees`), categorie (household category for ceilings, regles §1), surfhab and nbpiece of
          its RPLS dwelling
    rpls: mois_remise = 12 × year + month - 1 of REMLOCDATE, annee_bail
    gestion: premieres_locations (NB_PREMIERES_LOCATIONS, 0 when absent)
An indicator whose base is `repondants` counts the rows of REPONSE = 1 only.
"""

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    OPS = "ops"
    OPS_RPLS = "ops+rpls"
    GESTION = "gestion"
    RPLS = "rpls"
    SNE = "sne"


class Population(StrEnum):
    ENSEMBLE = "ensemble"
    RECENTS = "recents"
    DEMANDEURS = "demandeurs"


@dataclass(frozen=True)
class Indicateur:
    """One indicator. `base`: the unit of its population, on which secrecy is judged (regles §9)."""

    code: str
    libelle: str
    source: Source
    unite: str
    base: str
    numerateur: str
    connus: tuple[str, ...] = ()
    condition: str = ""
    denominateur: str = "1"
    somme: bool = False
    decimal: bool = False
    populations: tuple[Population, ...] = (Population.ENSEMBLE,)

    @property
    def colonne_base(self) -> str:
        """Column of Comptage that counts the population of this indicator."""
        return BASES[self.source, self.base]


BASES = {
    (Source.OPS, "repondants"): "repondants",
    (Source.OPS_RPLS, "repondants"): "repondants",
    (Source.OPS, "occupes"): "enquetes",
    (Source.GESTION, "logements"): "gestion_logements",
    (Source.GESTION, "occupes"): "gestion_occupes",
    (Source.GESTION, "propositions"): "gestion_propositions",
    (Source.RPLS, "logements"): "logements",
    (Source.SNE, "demandes"): "demandes",
}
COLONNES_BASE = tuple(dict.fromkeys(BASES.values()))
# Bases of people and homes whose small cells are masked to a partner (regles §9); dwellings and offers are not.
BASES_SECRETES = ("repondants", "enquetes", "gestion_occupes", "demandes")

DEUX = (Population.ENSEMBLE, Population.RECENTS)


def _menages(code, libelle, numerateur, *connus, source=Source.OPS, populations=DEUX):
    return Indicateur(code, libelle, source, "menages", "repondants", numerateur, connus, populations=populations)


def _personnes(code, libelle, champs, total):
    return Indicateur(
        code,
        libelle,
        Source.OPS,
        "personnes",
        "repondants",
        champs,
        tuple(champs.replace("+", " ").replace("-", " ").split()) + (() if total in champs else (total,)),
        denominateur=total,
        somme=True,
        populations=DEUX,
    )


def _gestion(code, libelle, unite, base, numerateur, denominateur, *connus):
    return Indicateur(
        code, libelle, Source.GESTION, unite, base, numerateur, connus, denominateur=denominateur, somme=True
    )


def _logements(code, libelle, numerateur, *connus, condition=""):
    return Indicateur(code, libelle, Source.RPLS, "logements", "logements", numerateur, connus, condition)


INDICATEURS: tuple[Indicateur, ...] = (
    _menages("menages_moins_20_pct_plus", "Moins de 20 % du plafond PLUS", "pct_plafond_plus < 20", "pct_plafond_plus"),
    _menages("menages_moins_40_pct_plus", "Moins de 40 % du plafond PLUS", "pct_plafond_plus < 40", "pct_plafond_plus"),
    _menages("menages_moins_60_pct_plus", "Moins de 60 % du plafond PLUS", "pct_plafond_plus < 60", "pct_plafond_plus"),
    _menages("menages_plus_60_pct_plus", "Plus de 60 % du plafond PLUS", "pct_plafond_plus > 60", "pct_plafond_plus"),
    _menages("menages_plus_80_pct_plus", "Plus de 80 % du plafond PLUS", "pct_plafond_plus > 80", "pct_plafond_plus"),
    _menages(
        "sous_plafond_plai",
        "Ressources sous le plafond PLAI",
        "pct_plafond_plus <= 55 or (pct_plafond_plus <= 60 and (categorie == 2 or categorie == 3))",
        "pct_plafond_plus",
    ),
    _menages("beneficiaires_apl", "Bénéficiaires de l'APL", "apl == 1", "apl"),
    _menages("minima_sociaux", "Bénéficiaires de minima sociaux", "minima_sociaux == 1", "minima_sociaux"),
    _menages("personnes_seules", "Personnes seules", "composition == 1", "composition"),
    _menages("monoparentales", "Familles monoparentales", "composition == 4", "composition"),
    _menages(
        "monoparentales_3_enfants",
        "Familles monoparentales de 3 enfants et plus",
        "composition == 4 and nb_enfants >= 3",
        "composition",
    ),
    _menages("familles_3_enfants", "Familles de 3 enfants et plus", "nb_enfants >= 3", "nb_enfants"),
    _menages("titulaires_65_ans", "Titulaires de 65 ans et plus", "age_titulaire >= 65", "age_titulaire"),
    _menages("titulaires_moins_25_ans", "Titulaires de moins de 25 ans", "age_titulaire < 25", "age_titulaire"),
    _personnes("emploi_stable", "Majeurs en emploi stable", "nb_emploi_stable", "nb_majeurs"),
    _personnes("emploi_precaire", "Majeurs en emploi précaire", "nb_emploi_precaire", "nb_majeurs"),
    _personnes("sans_emploi", "Majeurs sans emploi", "nb_sans_emploi", "nb_majeurs"),
    _personnes("retraites", "Majeurs retraités", "nb_retraites", "nb_majeurs"),
    _personnes("autres_inactifs", "Majeurs autrement inactifs", "nb_autres_inactifs", "nb_majeurs"),
    _personnes(
        "sans_emploi_ou_inactifs",
        "Majeurs sans emploi ou inactifs",
        "nb_sans_emploi + nb_autres_inactifs",
        "nb_majeurs",
    ),
    _personnes("mineurs", "Mineurs parmi les occupants", "nb_occupants - nb_majeurs", "nb_occupants"),
    Indicateur(
        "occupants_moyen",
        "Occupants par ménage",
        Source.OPS,
        "moyenne",
        "repondants",
        "nb_occupants",
        ("nb_occupants",),
        somme=True,
        populations=DEUX,
    ),
    _menages(
        "suroccupation",
        "Logements suroccupés (CCH R822-25)",
        "(nb_occupants == 1 and surfhab < 9)"
        " or (nb_occupants >= 2 and surfhab < 16 + 9 * (nb_occupants - 2) and surfhab < 70)",
        "surfhab",
        "nb_occupants",
        source=Source.OPS_RPLS,
    ),
    _menages(
        "sous_occupation",
        "Logements sous-occupés (CCH L621-2)",
        "nbpiece > nb_occupants + 1",
        "nbpiece",
        "nb_occupants",
        source=Source.OPS_RPLS,
    ),
    _menages(
        "emmenages_recents",
        "Emménagés récents",
        "annee_entree >= annee_recente",
        "annee_entree",
        populations=(Population.ENSEMBLE,),
    ),
    Indicateur("taux_reponse", "Taux de réponse à l'enquête", Source.OPS, "menages", "occupes", "reponse == 1"),
    _gestion(
        "rotation",
        "Rotation",
        "logements",
        "logements",
        "nb_entrees - premieres_locations",
        "nb_logements",
        "nb_entrees",
        "nb_logements",
    ),
    _gestion(
        "vacance_3_mois",
        "Vacance de plus de 3 mois",
        "logements",
        "logements",
        "nb_vacants_3mois",
        "nb_logements",
        "nb_vacants_3mois",
        "nb_logements",
    ),
    _gestion(
        "impayes_3_mois",
        "Impayés de plus de 3 mois",
        "menages",
        "occupes",
        "nb_impayes_3mois",
        "nb_occupes",
        "nb_impayes_3mois",
        "nb_occupes",
    ),
    _gestion(
        "demandes_mutation",
        "Demandes de mutation",
        "menages",
        "occupes",
        "nb_demandes_mutation",
        "nb_occupes",
        "nb_demandes_mutation",
        "nb_occupes",
    ),
    _gestion(
        "refus_propositions",
        "Refus de propositions",
        "propositions",
        "propositions",
        "nb_refus",
        "nb_propositions",
        "nb_refus",
        "nb_propositions",
    ),
    _logements(
        "vacance_3_mois_rpls",
        "Vacance de plus de 3 mois (RPLS)",
        "mode == 2 and mois_remise + 3 < millesime * 12",
        condition="mode == 1 or mode == 2",
    ),
    _logements(
        "mobilite_rpls",
        "Mobilité (RPLS)",
        "mode == 1 and annee_bail == millesime - 1",
        condition="(mode == 1 or mode == 2) and locat < millesime - 1",
    ),
    _logements("logements_avant_1975", "Logements d'avant 1975", "construct < 1975", "construct"),
    Indicateur(
        "loyer_m2",
        "Loyer au m²",
        Source.RPLS,
        "euros_par_m2",
        "logements",
        "loyerprinc",
        ("loyerprinc", "surfhab"),
        condition="mode == 1",
        denominateur="surfhab",
        somme=True,
        decimal=True,
    ),
    _logements(
        "loyer_sous_plafond_apl",
        "Loyers sous le plafond APL",
        "loyerprinc <= loyermaxapl",
        "loyerprinc",
        "loyermaxapl",
        condition="mode == 1",
    ),
    _logements("petits_logements", "Logements de 2 pièces au plus", "nbpiece <= 2", "nbpiece"),
    _logements("grands_logements", "Logements de 5 pièces et plus", "nbpiece >= 5", "nbpiece"),
    _logements("logements_plai", "Logements PLAI", "finan == 10 or finan == 11", "finan"),
    Indicateur(
        "pression",
        "Pression : demandes actives par attribution",
        Source.SNE,
        "demandes",
        "demandes",
        "demandes",
        denominateur="baux",
        somme=True,
        populations=(Population.DEMANDEURS,),
    ),
)
PAR_CODE = {indicateur.code: indicateur for indicateur in INDICATEURS}
