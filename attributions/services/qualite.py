"""Quality of the SNE rows of a territory, by bailleur and year of decision: what they declare (quartile, QPV) beside
what the platform computes, and what they leave unknown (regles §1: the differences are a quality report)."""

from django.db import connection

from attributions.calculs.quartiles import sql_different
from diagnostic.calculs.controles_qualite import COMPTES, Source
from diagnostic.services.calcul_qualite import enregistrer_sne

# The place of the decision, else of the lease; a place judged by the SNE's own flag compares with nothing.
EN_QPV = "coalesce(a.en_qpv_decision, a.en_qpv_bail)"
DECLARE = "CASE WHEN e.nb_qpv >= 1 THEN true WHEN e.nb_hqpv >= 1 THEN false END"
SITUEE = f"(a.origine_qpv IN ('point', 'declare', 'majorite') AND {EN_QPV} IS NOT NULL)"
COMPTER = f"""
SELECT a.bailleur, coalesce(a.annee_decision, a.annee_bail), max(e.depot_id),
    count(*), count(*) FILTER (WHERE a.logement_connu), count(*) FILTER (WHERE a.quartile IS NOT NULL),
    count(*) FILTER (WHERE a.quartile_declare IS NOT NULL AND a.seuil_annee IS NOT NULL),
    count(*) FILTER (WHERE a.seuil_annee IS NOT NULL AND {sql_different("a.quartile_declare", "a.quartile")}),
    count(*) FILTER (WHERE {SITUEE} AND {DECLARE} IS NOT NULL),
    count(*) FILTER (WHERE {SITUEE} AND {DECLARE} <> {EN_QPV})
FROM attributions_attribution a
JOIN attributions_radiationsne e ON e.id = a.evenement_id
WHERE a.epci = %s AND coalesce(a.annee_decision, a.annee_bail) IS NOT NULL
GROUP BY 1, 2"""


def recalculer(epci: str) -> int:
    """Write the counts of the SNE beside those of the stock (`diagnostic` compares, it knows no allocation); how many
    (bailleur, year) there are."""
    with connection.cursor() as curseur:
        curseur.execute(COMPTER, [epci])
        lues = curseur.fetchall()
    annees: dict[int, int] = {}
    for _, annee, depot, *_ in lues:
        annees[annee] = max(depot, annees.get(annee, depot))
    lignes = [
        (siren, annee, dict(zip(COMPTES[Source.SNE], nombres, strict=True))) for siren, annee, _, *nombres in lues
    ]
    enregistrer_sne(epci, annees, [ligne for ligne in lignes if ligne[0]])
    return len(lignes)
