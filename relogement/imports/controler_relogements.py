"""Checks of a `relogements` file, on what the household will be once completed by what is already known of it.

Conditions are SQL over `lignes l`; `c` is the completed household of the line (`completer`).
"""

from partenaires.models import Organisation

RELOGE = "c.etat = 'reloge'"
APRES_CONNU = "num_nulls(c.loyer_apres, c.charges_apres, c.apl_apres) = 0"
AVANT_CONNU = "num_nulls(c.loyer_avant, c.charges_avant, c.apl_avant) = 0"
INTROUVABLE = (
    "c.ident_int_{cote} IS NOT NULL AND NOT EXISTS (SELECT FROM logements_connus k"
    " WHERE k.bailleur = c.bailleur_{cote} AND k.ident_int = c.ident_int_{cote})"
)
SANS_RESIDENCE = (
    "EXISTS (SELECT FROM logements_connus k WHERE k.bailleur = c.bailleur_destination"
    " AND k.ident_int = c.ident_int_destination AND NOT k.residence)"
)

# (code, column, condition over the completed household, message)
AVERTISSEMENTS = (
    (
        "reloge_incomplet",
        "DATE_BAIL",
        f"{RELOGE} AND c.date_bail IS NULL",
        "Relogé sans date de bail : il n'est relogé à aucune date et ne compte dans aucun des quatre critères.",
    ),
    (
        "reloge_incomplet",
        "IDENT_INT_DESTINATION",
        f"{RELOGE} AND num_nulls(c.bailleur_destination, c.ident_int_destination) > 0",
        "Relogé sans logement de destination : non renseigné pour « hors QPV » et « hors quartier », et pour « neuf »"
        " si DATE_PREMIERE_LOCATION manque. Indiquez SIREN_BAILLEUR_DESTINATION et IDENT_INT_DESTINATION.",
    ),
    (
        "reloge_incomplet",
        "LOYER_APRES",
        f"{RELOGE} AND NOT ({APRES_CONNU})",
        "Relogé sans loyer, charges ou APL après relogement : non renseigné pour « reste à charge ».",
    ),
    (
        "reloge_incomplet",
        "LOYER_AVANT",
        f"{RELOGE} AND {APRES_CONNU} AND NOT ({AVANT_CONNU})",
        "Relogé sans loyer, charges ou APL avant relogement : « reste à charge » n'est jugé que sur le taux d'effort ;"
        " non renseigné si ce taux dépasse le seuil ou si les ressources manquent.",
    ),
    (
        "reloge_incomplet",
        "RESSOURCES_MENSUELLES",
        f"{RELOGE} AND {APRES_CONNU} AND c.ressources IS NULL",
        "Relogé sans ressources : « reste à charge » n'est jugé que sur l'avant et l'après ; non renseigné s'il monte.",
    ),
    (
        "reloge_incomplet",
        "DATE_PREMIERE_LOCATION",
        f"{RELOGE} AND c.date_bail IS NOT NULL AND c.date_premiere_location IS NULL",
        "Relogé sans date de première location : « neuf » est lu dans RPLS (LOCAT, DATCONV), sinon non renseigné.",
    ),
    (
        "ressources_nulles",
        "RESSOURCES_MENSUELLES",
        "c.ressources = 0",
        "Ressources déclarées à 0 : le taux d'effort est inconnu. Corrigez, ou laissez vide si elles sont inconnues.",
    ),
    (
        "logement_inconnu",
        "IDENT_INT_ORIGINE",
        INTROUVABLE.format(cote="origine"),
        "Logement d'origine trouvé ni dans passage ni dans RPLS pour SIREN_BAILLEUR_ORIGINE : sans effet sur les quatre"
        " critères, mais le ménage n'est rattaché à aucune résidence d'origine.",
    ),
    (
        "logement_inconnu",
        "IDENT_INT_DESTINATION",
        INTROUVABLE.format(cote="destination"),
        "Logement de destination trouvé ni dans passage ni dans RPLS pour SIREN_BAILLEUR_DESTINATION : non renseigné"
        " pour « hors QPV » et « hors quartier ».",
    ),
    (
        "residence_inconnue",
        "IDENT_INT_DESTINATION",
        SANS_RESIDENCE,
        "Logement de destination sans résidence dans passage : non renseigné pour « hors QPV » et « hors quartier ».",
    ),
    (
        "bail_avant_proposition",
        "DATE_BAIL",
        "c.date_bail < least(c.date_proposition_1, c.date_proposition_2, c.date_proposition_3)",
        "Bail antérieur à la première proposition : le ménage compte comme relogé à la date du bail.",
    ),
    (
        "quartier_inconnu",
        "QUARTIER",
        "NOT EXISTS (SELECT FROM projets_lus p JOIN diagnostic_perimetre q ON q.courant AND q.nature = 'npnru'"
        " AND q.code = p.quartier AND q.geometrie IS NOT NULL WHERE p.code = l.code_projet)",
        "Quartier NPNRU du projet absent ou non chargé : tous ses relogés sont non renseignés pour « hors quartier »."
        " Chargez le périmètre (nature npnru) ou corrigez QUARTIER.",
    ),
)

COMPLETES = """
CREATE TEMP TABLE menages_completes ON COMMIT DROP AS
SELECT l.ligne, m.id AS ancien, p.id AS projet_connu, {champs}
FROM lignes l
LEFT JOIN relogement_projet p ON p.code = l.code_projet
LEFT JOIN relogement_menagerelogement m ON m.courant AND m.projet_id = p.id AND m.identifiant = l.identifiant
LEFT JOIN relogement_operation ancienne ON ancienne.id = m.operation_id
LEFT JOIN LATERAL (
    SELECT {offres} FROM relogement_proposition o WHERE o.menage_id = m.id
) o ON true
"""
BUDGET = ("loyer", "charges", "apl", "surface")
CHAMPS = (
    *("etat", "bailleur_origine", "ident_int_origine", "taille", "uc", "ressources", "date_enquete", "date_bail"),
    *("bailleur_destination", "ident_int_destination", "date_premiere_location", "minoration"),
    *(f"{champ}_{moment}" for moment in ("avant", "apres") for champ in BUDGET),
)
OFFRES = {
    f"{debut}_{rang}": champ
    for rang in (1, 2, 3)
    for debut, champ in (("date_proposition", "date"), ("motif_refus", "motif_refus"))
}

# One line a project of the file: last name and quarter given, else those known. Territory: the one already known, the
# depositing EPCI, that of the NPNRU perimeter, that of the residences of origin.
PROJETS = """
CREATE TEMP TABLE projets_lus ON COMMIT DROP AS
SELECT lus.code, lus.nom AS nom_lu, lus.quartier AS quartier_lu, connu.id AS projet_id, connu.epci AS epci_connu,
       coalesce(lus.nom, connu.nom, lus.code) AS nom, coalesce(lus.quartier, connu.quartier, '') AS quartier,
       coalesce(connu.epci, %s, (
           SELECT q.territoire_id FROM diagnostic_perimetre q
           WHERE q.courant AND q.nature = 'npnru' AND q.code = coalesce(lus.quartier, connu.quartier)
             AND q.territoire_id IS NOT NULL ORDER BY q.version DESC LIMIT 1
       ), (
           SELECT c.territoire_id FROM lignes l
           JOIN diagnostic_passage pa ON pa.courant AND pa.bailleur = l.bailleur_origine
            AND pa.ident_int = l.ident_int_origine
           JOIN diagnostic_residence r ON r.courant AND r.bailleur = pa.bailleur AND r.code = pa.code_residence
           JOIN diagnostic_commune c ON c.code = r.commune_id
           WHERE l.code_projet = lus.code AND c.territoire_id IS NOT NULL
           GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
       )) AS epci
FROM (
    SELECT code_projet AS code,
           (array_agg(nom_projet ORDER BY ligne DESC) FILTER (WHERE nom_projet IS NOT NULL))[1] AS nom,
           (array_agg(quartier ORDER BY ligne DESC) FILTER (WHERE quartier IS NOT NULL))[1] AS quartier
    FROM lignes WHERE code_projet IS NOT NULL GROUP BY 1
) lus
LEFT JOIN relogement_projet connu ON connu.code = lus.code
"""

LOGEMENTS = """
CREATE TEMP TABLE logements_connus ON COMMIT DROP AS
WITH cites AS (
    SELECT bailleur_origine AS bailleur, ident_int_origine AS ident_int FROM menages_completes
    UNION SELECT bailleur_destination, ident_int_destination FROM menages_completes
)
SELECT c.bailleur, c.ident_int, pa.id IS NOT NULL AS residence
FROM cites c
LEFT JOIN diagnostic_passage pa ON pa.courant AND pa.bailleur = c.bailleur AND pa.ident_int = c.ident_int
WHERE pa.id IS NOT NULL OR EXISTS (
    SELECT FROM diagnostic_logement k WHERE k.courant AND k.bailleur = c.bailleur AND k.ident_int = c.ident_int
)
"""


def controler(ctx):
    completer(ctx)
    verifier_territoires(ctx)
    for code, colonne, condition, message in AVERTISSEMENTS:
        ctx.avertir(
            code, colonne, message, f"EXISTS (SELECT FROM menages_completes c WHERE c.ligne = l.ligne AND {condition})"
        )


def completer(ctx):
    """Temporary tables that the checks and the load share."""
    for table in ("projets_lus", "menages_completes", "logements_connus"):
        ctx.sql(f"DROP TABLE IF EXISTS pg_temp.{table}")
    champs = [f"coalesce(l.{champ}, m.{champ}) AS {champ}" for champ in CHAMPS]
    champs += [f"coalesce(l.{nom}, o.{nom}) AS {nom}" for nom in OFFRES]
    champs += ["l.code_projet", "l.identifiant", "coalesce(l.code_operation, ancienne.code) AS code_operation"]
    offres = [
        f"max(nullif(o.{champ}::text, '')) FILTER (WHERE o.rang = {nom[-1]})"
        + ("::date" if champ == "date" else "")
        + f" AS {nom}"
        for nom, champ in OFFRES.items()
    ]
    ctx.sql(PROJETS, [epci_deposant(ctx.depot)])
    ctx.sql(COMPLETES.format(champs=", ".join(champs), offres=", ".join(offres)))
    ctx.sql(LOGEMENTS)


def epci_deposant(depot) -> str | None:
    organisation = depot.organisation
    return organisation.siren if organisation and organisation.nature == Organisation.Nature.EPCI else None


def verifier_territoires(ctx):
    projet = "EXISTS (SELECT FROM projets_lus p WHERE p.code = l.code_projet AND {})"
    deposant = epci_deposant(ctx.depot)
    if deposant:
        ctx.erreur(
            "organisation_interdite",
            "CODE_PROJET",
            "Ce projet est celui d'un autre territoire : seul son EPCI y dépose. Corrigez CODE_PROJET.",
            projet.format(f"p.epci_connu <> '{deposant}'"),
        )
    ctx.erreur(
        "organisation_inconnue",
        "QUARTIER",
        "Territoire du projet introuvable : ni périmètre NPNRU chargé pour QUARTIER, ni résidence d'origine connue."
        " Chargez l'un ou l'autre, ou déposez au nom de l'EPCI (--organisation SIREN).",
        projet.format("p.epci IS NULL"),
    )
