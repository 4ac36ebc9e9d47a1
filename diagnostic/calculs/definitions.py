"""The indicators of occupation and of the stock, as data (regles §4): what is counted, over what, in which unit.

No rate is stored anywhere: each indicator is a pair of counts, `n_<code>` over `d_<code>` (columns of Comptage); the
classes of one breakdown share their denominator (`Indicateur.comme`).

Expressions are written once, in the part of the language that pandas (`DataFrame.eval`) and, after the small
translation of `diagnostic.calculs.compilation`, PostgreSQL understand alike. A row enters the denominator when every
field of `connus` is known and `condition` holds; it enters the numerator when moreover `numerateur` holds (a
condition) or by the amount of `numerateur` (a sum, when `somme` is set). A comparison with an unknown is false.

Fields beside the columns of the tables (`diagnostic.calculs.compilation.DERIVES`):
    ops : annee_entree (year of DATE_ENTREE), annee_recente (first year of a recent arrival: survey year less the
          parameter `recents_annees`), categorie (household category for ceilings, regles §1), segment (of occupation,
          1 to 6, unknown when it cannot be told), surfhab and nbpiece of its RPLS dwelling
    rpls: mois_remise = 12 × year + month - 1 of REMLOCDATE, annee_bail, dpe (1 for A to 7 for G), borne_loyer_m2 (euros
          per m², parameter `bas_loyer_gpso`), and for the least and the most numerous household that suits the dwelling
          (parameter `bas_loyer_mel`) plafond_apl_min, plafond_apl_max, forfait_charges_min, forfait_charges_max
          (euros a month, in the APL zone of its commune; unknown where the zone is)
    gestion: premieres_locations (NB_PREMIERES_LOCATIONS, 0 when absent)
An indicator whose base is `repondants` counts the rows of REPONSE = 1 only. What the SNE tells too is counted, by the
same expressions, on those who move in (`entrants`) and on those who apply (`demandeurs`).
"""

from diagnostic.calculs.definitions_ops import OPS
from diagnostic.calculs.definitions_parc import GESTION, RPLS
from diagnostic.calculs.definitions_repartitions import STOCK
from diagnostic.calculs.indicateur import (
    BASES,
    BASES_SECRETES,
    COLONNES_BASE,
    POPULATIONS_SNE,
    Indicateur,
    Population,
    Source,
)

__all__ = [
    "BASES",
    "BASES_SECRETES",
    "COLONNES_BASE",
    "INDICATEURS",
    "PAR_CODE",
    "POPULATIONS_SNE",
    "Indicateur",
    "Population",
    "Source",
]

AUTRES: tuple[Indicateur, ...] = (
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
    Indicateur(
        "note_qualitative",
        "Note de la grille qualitative (1 à 4, 4 : la plus mauvaise)",
        Source.GRILLE,
        "moyenne",
        "notes",
        "note",
        ("note",),
        somme=True,
    ),
)
INDICATEURS = (*OPS, *GESTION, *RPLS, *STOCK, *AUTRES)
PAR_CODE = {indicateur.code: indicateur for indicateur in INDICATEURS}
