"""Who applies on a territory (active applications at 31 December) and who moves in (allocations followed by a lease in
the year), counted as the survey counts the tenants wherever the SNE tells the same; and the pressure, applications over
leases.

The SNE gives no activity but the applicant's: it stands for the household. Adults are the persons less those at charge.
"""

from datetime import date

from django.db import connection

from attributions.calculs.predicats import sql_texte_normal
from diagnostic.calculs import compilation
from diagnostic.calculs.definitions import Population
from diagnostic.models.comptage import Niveau
from diagnostic.services.indicateurs import enregistrer_sne
from diagnostic.services.perimetres import sql_versions
from partenaires.models import Parametre

# Rows of the SNE with the fields of the survey; each gives taille, a_charge, statut, pct_plafond_plus, age_titulaire.
MENAGES = f"""
SELECT p.*, {compilation.CATEGORIE} AS categorie, {compilation.SEGMENT} AS segment
FROM (
    SELECT q.*, nullif(taille, 0) AS nb_occupants,
        CASE WHEN taille = 1 THEN 1 WHEN taille - a_charge = 1 THEN 4 WHEN taille - a_charge = 2 AND a_charge = 0 THEN 2
             WHEN taille - a_charge = 2 THEN 3 WHEN taille - a_charge IS NOT NULL THEN 5 END AS composition,
        CASE WHEN statut = ANY(%(actifs)s) THEN 1 WHEN statut = ANY(%(connus)s) THEN 0 END AS nb_emploi_stable,
        0 AS nb_emploi_precaire, 0 AS nb_sans_emploi,
        CASE WHEN statut = ANY(%(retraites)s) THEN 1 WHEN statut = ANY(%(connus)s) THEN 0 END AS nb_retraites,
        CASE WHEN statut = ANY(%(inactifs)s) THEN 1 WHEN statut = ANY(%(connus)s) THEN 0 END AS nb_autres_inactifs
    FROM ({{lignes}}) q) p"""

DEMANDES = f"""
SELECT d.millesime, d.commune_recherchee AS commune, d.taille_menage AS taille, d.personnes_a_charge AS a_charge,
       {sql_texte_normal("d.statut_emploi")} AS statut, d.pct_plafond AS pct_plafond_plus, d.age AS age_titulaire
FROM attributions_demandesne d JOIN diagnostic_commune c ON c.code = d.commune_recherchee
WHERE d.courant AND c.territoire_id = %(epci)s"""
BAUX = """
SELECT a.annee_bail AS millesime, a.bailleur, a.residence, a.commune, a.en_qpv_bail, a.date_bail, a.taille,
       e.personnes_a_charge AS a_charge, a.statut_emploi AS statut, a.pct_plafond_plus, a.age AS age_titulaire
FROM attributions_attribution a JOIN attributions_radiationsne e ON e.id = a.evenement_id
WHERE a.epci = %(epci)s AND a.issue = 'bail_signe' AND NOT a.hors_base_bail AND a.annee_bail IS NOT NULL"""
TABLE_DES_BAUX = f"CREATE TEMP TABLE sne_bail ON COMMIT DROP AS {MENAGES.format(lignes=BAUX)}"

# By commune and for the whole territory; the leases of the year beside, 0 where none.
DEMANDEURS = f"""
WITH menages AS ({MENAGES.format(lignes=DEMANDES)}),
demandes AS (SELECT millesime, commune, {{agregats}} FROM menages
             GROUP BY GROUPING SETS ((millesime, commune), (millesime))),
baux AS (SELECT millesime, commune, count(*) AS nombre FROM sne_bail
         WHERE millesime IN (SELECT millesime FROM menages)
         GROUP BY GROUPING SETS ((millesime, commune), (millesime)))
SELECT CASE WHEN coalesce(d.commune, b.commune) IS NULL THEN '{Niveau.EPCI}' ELSE '{Niveau.COMMUNE}' END AS niveau,
       coalesce(d.commune, b.commune, %(epci)s) AS territoire, coalesce(d.millesime, b.millesime) AS millesime,
       {{colonnes}}, coalesce(d.demandes, 0) AS n_pression, coalesce(b.nombre, 0) AS d_pression
FROM demandes d
FULL JOIN baux b ON b.millesime = d.millesime AND coalesce(b.commune, '') = coalesce(d.commune, '')
ORDER BY 3, 1, 2"""

# By perimeter in force at the lease; a dwelling in two that overlap counts in each, one without residence in none.
ENTRANTS = f"""
WITH places AS (
    SELECT '{Niveau.EPCI}' AS niveau, %(epci)s AS territoire, '' AS version, s.* FROM sne_bail s
    UNION ALL SELECT '{Niveau.COMMUNE}', s.commune, '', s.* FROM sne_bail s WHERE s.commune <> ''
    UNION ALL SELECT '{Niveau.HORS_QPV}', %(epci)s, v.version, s.* FROM sne_bail s
              JOIN {{versions}} v ON v.nature = 'qpv' AND s.date_bail BETWEEN v.debut AND v.fin
              WHERE s.en_qpv_bail = false
    UNION ALL SELECT a.nature, a.code, a.version, s.* FROM sne_bail s
              JOIN diagnostic_appartenance a ON a.residence = s.residence AND a.dedans AND a.code <> ''
              JOIN {{versions}} v ON v.nature = a.nature AND v.version = a.version
                   AND s.date_bail BETWEEN v.debut AND v.fin
              WHERE a.nature = ANY(%(natures)s)
)
SELECT niveau, territoire, version, bailleur, millesime, {{agregats}} FROM places
GROUP BY niveau, territoire, version, bailleur, millesime ORDER BY millesime, niveau, territoire, version, bailleur"""

DEPOTS = """
SELECT population, millesime, array_agg(DISTINCT depot) FROM (
    SELECT 'demandeurs' AS population, d.millesime, d.depot_id AS depot
    FROM attributions_demandesne d JOIN diagnostic_commune c ON c.code = d.commune_recherchee
    WHERE d.courant AND c.territoire_id = %(epci)s
    UNION
    SELECT 'entrants', a.annee_bail, e.depot_id
    FROM attributions_attribution a JOIN attributions_radiationsne e ON e.id = a.evenement_id
    WHERE a.epci = %(epci)s AND a.issue = 'bail_signe' AND NOT a.hors_base_bail AND a.annee_bail IS NOT NULL
) t GROUP BY population, millesime"""


def recalculer(epci: str) -> int:
    """Replace the counts of those who apply and of those who move in on a territory; how many rows there are."""
    parametres = {"epci": epci, "natures": [str(Niveau.QPV), str(Niveau.NPNRU), str(Niveau.SECTEUR)]} | _statuts(epci)
    with connection.cursor() as curseur:
        curseur.execute("DROP TABLE IF EXISTS pg_temp.sne_bail")
        curseur.execute(TABLE_DES_BAUX, parametres)
        comptes = [*_demandeurs(curseur, parametres), *_entrants(curseur, parametres)]
        curseur.execute(DEPOTS, parametres)
        depots = {(population, millesime): ids for population, millesime, ids in curseur.fetchall()}
        curseur.execute("DROP TABLE pg_temp.sne_bail")
    enregistrer_sne(epci, comptes, depots)
    return len(comptes)


def _statuts(epci: str) -> dict[str, list[str]]:
    """Status of the applicant → its activity, as lists; `connus`: those that tell one."""
    statuts = Parametre.objects.valeur("statuts_emploi", date.today(), epci)
    return statuts | {"connus": [statut for liste in statuts.values() for statut in liste]}


def _demandeurs(curseur, parametres: dict) -> list[dict]:
    agregats = compilation.agregats_sne(Population.DEMANDEURS)
    colonnes = ", ".join(f"coalesce(d.{colonne}, 0) AS {colonne}" for colonne in agregats)
    requete = DEMANDEURS.format(agregats=_items(agregats), colonnes=colonnes)
    return _lire(curseur, requete, parametres, Population.DEMANDEURS)


def _entrants(curseur, parametres: dict) -> list[dict]:
    fragment, valeurs = sql_versions(parametres["epci"])
    noms = {f"v{rang}": valeur for rang, valeur in enumerate(valeurs)}
    versions = fragment % tuple(f"%({nom})s" for nom in noms)
    requete = ENTRANTS.format(versions=versions, agregats=_items(compilation.agregats_sne(Population.ENTRANTS)))
    return _lire(curseur, requete, parametres | noms, Population.ENTRANTS)


def _items(agregats: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {colonne}" for colonne, sql in agregats.items())


def _lire(curseur, requete: str, parametres: dict, population: Population) -> list[dict]:
    curseur.execute(requete, parametres)
    champs = [colonne.name for colonne in curseur.description]
    return [{"population": population.value} | dict(zip(champs, ligne)) for ligne in curseur.fetchall()]
