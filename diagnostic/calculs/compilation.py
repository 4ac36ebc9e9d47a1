"""From the definitions of the indicators to set-based SQL: one aggregate a column of Comptage, for one scan a source.

The rows of a scan come from a sub-query that gives the columns of the table and the derived fields below. Rows of the
survey are split into three classes, so that one scan serves both populations: `ABSENT` did not answer, `ANCIEN` and
`RECENT` did.
"""

from diagnostic.calculs.definitions import BASES, INDICATEURS, POPULATIONS_SNE, Indicateur, Population, Source

ABSENT, ANCIEN, RECENT = 0, 1, 2

# Scan → sources of the definitions that it serves.
BALAYAGES = {
    "ops": (Source.OPS, Source.OPS_RPLS),
    "rpls": (Source.RPLS,),
    "gestion": (Source.GESTION,),
    "grille": (Source.GRILLE,),
}

# Household category for ceilings (regles §1): one person 1; one more a person, and one more for a lone parent, up to 6.
CATEGORIE = """CASE WHEN nb_occupants >= 1
    THEN least(6, nb_occupants + CASE WHEN composition = 4 AND nb_occupants >= 2 THEN 1 ELSE 0 END) END"""

# Segment of occupation (E2 T32), looked for from 1 to 6: over 80 % of the PLUS ceiling; retired (one adult at least,
# none active); active (one adult at least in a job or seeking one) as a couple, alone; inactive as a couple, alone.
# Unknown resources, activity or, for 3 to 6, composition leave it undetermined. An unknown activity does not hide one
# that is known.
COUPLE_OU_ISOLE = "CASE WHEN composition IN (2, 3) THEN {couple} WHEN composition IN (1, 4) THEN {isole} END"
SEGMENT = f"""CASE WHEN pct_plafond_plus > 80 THEN 1
    WHEN pct_plafond_plus IS NULL THEN NULL
    WHEN nb_emploi_stable >= 1 OR nb_emploi_precaire >= 1 OR nb_sans_emploi >= 1
        THEN {COUPLE_OU_ISOLE.format(couple=3, isole=4)}
    WHEN nb_emploi_stable + nb_emploi_precaire + nb_sans_emploi IS NULL THEN NULL
    WHEN nb_retraites >= 1 THEN 2
    WHEN nb_retraites = 0 AND nb_autres_inactifs >= 1 THEN {COUPLE_OU_ISOLE.format(couple=5, isole=6)} END"""

# Fields that the expressions use beside the columns of the tables; `%(recents)s` is the parameter `recents_annees`,
# `%(bas_loyer_m2)s` the bound of the low rents.
DERIVES = {
    "ops": {
        "annee_entree": "extract(year FROM date_entree)::int",
        "annee_recente": "annee - %(recents)s",
        "categorie": CATEGORIE,
        "segment": SEGMENT,
    },
    "rpls": {
        "mois_remise": "(12 * extract(year FROM remlocdate) + extract(month FROM remlocdate) - 1)::int",
        "annee_bail": "extract(year FROM bail)::int",
        "dpe": "CASE WHEN length(dpeenergie) = 1 THEN nullif(strpos('ABCDEFG', upper(dpeenergie)), 0) END",
        "borne_loyer_m2": "%(bas_loyer_m2)s::numeric",
    },
    "gestion": {"premieres_locations": "coalesce(nb_premieres_locations, 0)"},
    "grille": {"note": "lue::int"},
}
CLASSE = f"""CASE WHEN reponse <> 1 THEN {ABSENT}
    WHEN extract(year FROM date_entree) >= annee - %(recents)s THEN {RECENT} ELSE {ANCIEN} END"""

# Base column → its aggregate. `repondants` counts the rows of the classes that answered (see `par_population`).
AGREGATS_BASE = {
    "repondants": "count(*)",
    "enquetes": "count(*)",
    "logements": "count(*)",
    "gestion_logements": "coalesce(sum(nb_logements), 0)",
    "gestion_occupes": "coalesce(sum(nb_occupes), 0)",
    "gestion_propositions": "coalesce(sum(nb_propositions), 0)",
    "notes": "count(*)",
}


def indicateurs_de(balayage: str) -> list[Indicateur]:
    return [indicateur for indicateur in INDICATEURS if indicateur.source in BALAYAGES[balayage]]


def bases_de(balayage: str) -> list[str]:
    colonnes = (BASES[indicateur.source, indicateur.base] for indicateur in indicateurs_de(balayage))
    return list(dict.fromkeys(colonnes))


def traduire(expression: str) -> str:
    """An expression of the definitions, in SQL."""
    return expression.replace("==", "=")


def _agregat(valeur: str, conditions: list[str]) -> str:
    filtre = f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
    return f"count(*){filtre}" if valeur == "1" else f"coalesce(sum({traduire(valeur)}){filtre}, 0)"


def _conditions(indicateur: Indicateur) -> list[str]:
    connus = [f"{champ} IS NOT NULL" for champ in indicateur.connus]
    return connus + ([f"({traduire(indicateur.condition)})"] if indicateur.condition else [])


def denominateur(indicateur: Indicateur) -> str:
    return _agregat(indicateur.denominateur, _conditions(indicateur))


def numerateur(indicateur: Indicateur) -> str:
    conditions = _conditions(indicateur)
    if indicateur.somme:
        return _agregat(indicateur.numerateur, conditions)
    return _agregat("1", [*conditions, f"({traduire(indicateur.numerateur)})"])


def agregats(balayage: str) -> dict[str, str]:
    """Column of Comptage → SQL aggregate over the rows of one scan."""
    colonnes = {base: AGREGATS_BASE[base] for base in bases_de(balayage)}
    for indicateur in indicateurs_de(balayage):
        colonnes[indicateur.colonne_numerateur] = numerateur(indicateur)
        colonnes[indicateur.colonne_denominateur] = denominateur(indicateur)
    return colonnes


def _porte_sur_les_repondants(colonne: str) -> bool:
    indicateur = next((i for i in indicateurs_de("ops") if colonne in i.colonnes), None)
    return colonne == "repondants" or (indicateur is not None and indicateur.base == "repondants")


def _existe_chez_les_recents(colonne: str) -> bool:
    return colonne == "repondants" or any(
        colonne in i.colonnes and Population.RECENTS in i.populations for i in indicateurs_de("ops")
    )


def par_population(population: Population) -> dict[str, str]:
    """Column of Comptage → SQL sum over the cells of the three scans, for one population. A column whose scan gave no
    cell to the place stays NULL; one whose scan did is a number, 0 included."""
    if population == Population.RECENTS:
        return {
            colonne: f"sum(CASE WHEN classe = {RECENT} THEN {colonne} ELSE 0 END)"
            for colonne in agregats("ops")
            if _existe_chez_les_recents(colonne)
        }
    return {
        colonne: f"sum(CASE WHEN classe = {ABSENT} THEN 0 ELSE {colonne} END)"
        if _porte_sur_les_repondants(colonne)
        else f"sum({colonne})"
        for balayage in BALAYAGES
        for colonne in agregats(balayage)
    }


def agregats_sne(population: Population) -> dict[str, str]:
    """Column of Comptage → SQL aggregate over rows of the SNE that bear the fields of the survey, for what both know:
    pct_plafond_plus, nb_occupants, composition, age_titulaire, nb_emploi_*, nb_sans_emploi, nb_retraites,
    nb_autres_inactifs, and the fields derived from them."""
    colonnes = {POPULATIONS_SNE[population]: "count(*)"}
    for indicateur in INDICATEURS:
        if population in indicateur.populations and indicateur.source != Source.SNE:
            colonnes[indicateur.colonne_numerateur] = numerateur(indicateur)
            colonnes[indicateur.colonne_denominateur] = denominateur(indicateur)
    return colonnes


def derives(balayage: str) -> str:
    """The derived fields, as SQL select items."""
    return ", ".join(f"{sql} AS {champ}" for champ, sql in DERIVES[balayage].items())
