"""`sne_radiations`: allocation decisions and removals of the SNE (formats.md; regles §2).

A row is an allocation when it has DATE_CALEOL and NUMERORPLS, or is a RADATT with NUMERORPLS whose decision date is
unknown: it then counts by its lease only.
"""

from attributions.calculs.quartiles import sql_different, sql_quartile, sql_quartile_declare
from attributions.models import Attribution, RadiationSne
from attributions.services.pseudonymes import remplacer_numeros
from attributions.services.situation import sql_logement, sql_parametre, sql_place, sql_seuil
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer
from partenaires.models import Organisation

DECISION = "(date_caleol IS NOT NULL AND numero_rpls IS NOT NULL)"
SANS_DECISION = "(date_caleol IS NULL AND numero_rpls IS NOT NULL AND coalesce(upper(motif_radiation), '') = 'RADATT')"
DERIVES = {
    "attribution": f"({DECISION} OR {SANS_DECISION})",
    "cle_evenement": f"CASE WHEN {DECISION} THEN to_char(date_caleol, 'YYYY-MM-DD') || ':' || numero_rpls"
    " ELSE to_char(date_radiation, 'YYYY-MM-DD') END",
}


def sql_situations() -> str:
    """Each allocation of the file: is its dwelling known, where is it, which quartile with which thresholds."""
    jour = "coalesce(e.date_caleol, e.date_bail, e.date_radiation)"
    reglage = {
        nom: f"coalesce(({sql_parametre(code, jour, 'c.territoire_id')})::boolean, false)"
        for nom, code in (("inclusif", "quartile_egalite_dessous"), ("nul_inconnu", "revenu_nul_inconnu"))
    }
    return f"""
CREATE TEMP TABLE situations ON COMMIT DROP AS
SELECT s.*, {sql_different("s.declare", "s.quartile")} AS different FROM (
    SELECT e.ligne, logement.bailleur IS NOT NULL AS connu, c.territoire_id AS epci,
           extract(year FROM {jour})::int AS annee, seuil.annee AS seuil_annee,
           {sql_quartile("e.revenu_mensuel", "e.uc", "seuil", **reglage)} AS quartile,
           {sql_quartile_declare("e")} AS declare
    FROM lignes e
    LEFT JOIN LATERAL {sql_logement("e", f"extract(year FROM {jour})")} logement ON true
    {sql_place("logement")}
    LEFT JOIN diagnostic_commune c ON c.code = coalesce(residence.commune_id, logement.commune, e.commune)
    LEFT JOIN LATERAL {sql_seuil("c.territoire_id", f"extract(year FROM {jour})")} seuil ON true
    WHERE e.attribution) s"""


SITUATION = "l.ligne IN (SELECT s.ligne FROM situations s WHERE {})"


def controler(ctx) -> None:
    remplacer_numeros("lignes", "numero")
    ctx.erreur(
        "cle_vide",
        "DATE_RADIATION",
        "Ni décision complète (DATE_CALEOL et NUMERORPLS) ni DATE_RADIATION : rien n'identifie l'événement. "
        "Renseignez l'une des deux.",
        "l.cle_evenement IS NULL",
    )
    for organisation in {ctx.depot.organisation, ctx.depot.deposant} - {None}:
        if organisation.nature == Organisation.Nature.BAILLEUR:
            tenir_a_ses_lignes(ctx, organisation)
    avertir(ctx)


def tenir_a_ses_lignes(ctx, bailleur) -> None:
    """A bailleur neither hands in the rows of another, nor takes over an event known as another's. What is checked
    next looks into nobody else's data."""
    ctx.erreur(
        "organisation_interdite",
        "SIREN_RADIATION",
        f"Ces lignes ne sont pas de {bailleur.nom} ({bailleur.siren}). Un bailleur ne dépose que les siennes : "
        "retirez les autres.",
        "l.bailleur IS DISTINCT FROM %s",
        [bailleur.siren],
    )
    ctx.erreur(
        "organisation_interdite",
        "NUMERO_UNIQUE",
        "Cet événement est déjà connu sous un autre SIREN_RADIATION. Vérifiez NUMERO_UNIQUE et les dates ; s'il est "
        "bien le vôtre, l'EPCI ou la DDT le corrige par un fichier. Retirez ces lignes.",
        "l.bailleur = %s AND EXISTS (SELECT FROM attributions_radiationsne a WHERE a.courant AND a.numero = l.numero"
        " AND a.cle_evenement = l.cle_evenement AND a.bailleur <> '' AND a.bailleur <> %s)",
        [bailleur.siren, bailleur.siren],
    )
    ctx.sql("UPDATE lignes SET bailleur = NULL WHERE bailleur <> %s", [bailleur.siren])


def avertir(ctx) -> None:
    ctx.sql("DROP TABLE IF EXISTS pg_temp.situations")
    ctx.sql(sql_situations())
    ctx.avertir(
        "logement_inconnu",
        "NUMERORPLS",
        "Logement absent des fichiers rpls du bailleur SIREN_RADIATION : l'attribution est située par "
        "COMMUNE_LOGEMENT_ATTRIB, et en ou hors QPV par NB_QPV et NB_HQPV.",
        SITUATION.format("NOT s.connu"),
    )
    ctx.avertir(
        "territoire_inconnu",
        "COMMUNE_LOGEMENT_ATTRIB",
        "Ni logement connu ni commune d'un territoire de CIL : l'attribution n'entre dans aucun objectif.",
        SITUATION.format("s.epci IS NULL"),
    )
    ctx.avertir(
        "decision_inconnue",
        "DATE_CALEOL",
        "Bail signé sans date de décision : l'attribution ne compte que par son bail.",
        "l.attribution AND l.date_caleol IS NULL",
    )
    ctx.avertir(
        "bail_avant_decision",
        "DATE_SIGNATURE_BAIL",
        "Bail signé avant la décision : chaque date compte telle qu'elle est. Vérifiez-les.",
        "l.attribution AND l.date_bail < l.date_caleol",
    )
    ctx.avertir(
        "seuil_absent",
        "DATE_CALEOL",
        "Aucun seuil de quartile chargé pour le territoire et l'année de la décision : le dernier seuil antérieur "
        "s'applique, sinon le quartile est inconnu.",
        SITUATION.format("s.epci IS NOT NULL AND s.seuil_annee IS DISTINCT FROM s.annee"),
    )
    ctx.avertir(
        "quartile_declare_different",
        "NB_Q1",
        "Quartile déclaré différent de celui que donnent le revenu, les unités de consommation et les seuils : "
        "c'est le second qui compte, l'écart est gardé.",
        SITUATION.format("s.seuil_annee IS NOT NULL AND s.different"),
    )
    ctx.avertir(
        "ressources_nulles",
        "REVENU_MENSUEL_FOYER",
        "Revenu déclaré nul : le ménage est du premier quartile. Vérifiez la demande.",
        "l.attribution AND l.revenu_mensuel = 0",
    )


def rapprocher(ctx):
    attributions = ctx.valeur("SELECT count(*) FROM situations")
    return [
        ctx.trouvees(
            "attributions_situees", "Attributions rattachées à un logement du RPLS", "logement_inconnu", attributions
        )
    ]


def territoires(ctx) -> list[str]:
    """Territories of the allocations, and of the rows in force that they complete."""
    lignes = ctx.sql("SELECT DISTINCT s.epci FROM situations s JOIN lignes l USING (ligne) WHERE s.epci IS NOT NULL")
    return [siren for (siren,) in lignes.fetchall()]


QUARTILES = ("nb_q1", "nb_q2", "nb_q3", "nb_q4", "nb_qna")


def drapeau(nom: str, champ: str) -> Colonne:
    """A 0/1 counter of the SNE; the quartiles tell the household's resources."""
    return Colonne(nom, Nature.ENTIER, champ, minimum=0, personnelle=champ in QUARTILES)


SNE_RADIATIONS = enregistrer(
    Format(
        type="sne_radiations",
        libelle="Attributions et radiations (SNE, extraction « radiation »)",
        usage="Compte les attributions : atteinte des objectifs de la convention.",
        modele=RadiationSne,
        cle=("numero", "cle_evenement"),
        deposants=("epci", "ddt", "bailleur"),
        derives=DERIVES,
        controler=controler,
        rapprocher=rapprocher,
        territoires=territoires,
        colonnes=(
            Colonne("NUMERO_UNIQUE", Nature.CODE, "numero", obligatoire=True, cle=True, personnelle=True),
            Colonne("MOTIF_RADIATION", Nature.TEXTE, "motif_radiation", obligatoire=True),
            Colonne("DATE_RADIATION", Nature.DATE, "date_radiation", obligatoire=True),
            Colonne("SIREN_RADIATION", Nature.SIREN, "bailleur", obligatoire=True),
            Colonne("NUMERORPLS", Nature.CODE, "numero_rpls", obligatoire=True),
            Colonne(
                "REVENU_MENSUEL_FOYER",
                Nature.DECIMAL,
                "revenu_mensuel",
                obligatoire=True,
                minimum=0,
                personnelle=True,
                aide="euros par mois",
            ),
            Colonne("UNITE_CONSO", Nature.DECIMAL, "uc", obligatoire=True, minimum=0),
            Colonne("DATE_CREATION", Nature.DATE, "date_creation"),
            Colonne("DATE_CALEOL", Nature.DATE, "date_caleol", aide="date de la décision d'attribution"),
            Colonne("ISSUE_ATTRIBUTION", Nature.CODE, "issue", valeurs=tuple(Attribution.Issue.values)),
            Colonne("DATE_SIGNATURE_BAIL", Nature.DATE, "date_bail"),
            Colonne("COMMUNE_LOGEMENT_ATTRIB", Nature.COMMUNE, "commune"),
            Colonne("TYPE_LOGEMENT_ATTRIB", Nature.CODE, "type_logement"),
            Colonne("TYPE_RESERVATAIRE", Nature.TEXTE, "reservataire"),
            Colonne("MONTANT_LOYER", Nature.DECIMAL, "loyer", minimum=0),
            Colonne("SURFACE", Nature.DECIMAL, "surface", minimum=0),
            Colonne("TAILLE_MENAGE", Nature.ENTIER, "taille_menage", minimum=0),
            Colonne("PERSONNE_A_CHARGE", Nature.ENTIER, "personnes_a_charge", minimum=0),
            Colonne("AGE_DEMANDEUR_DEMANDE", Nature.ENTIER, "age", minimum=0, personnelle=True),
            Colonne("STATUT_PROF_DEMANDEUR", Nature.TEXTE, "statut_emploi"),
            Colonne("SITU_FAMILIALE_DEMANDEUR", Nature.TEXTE, "situation_familiale"),
            Colonne(
                "POSITION_PLAFOND_ATTRIB",
                Nature.DECIMAL,
                "pct_plafond",
                minimum=0,
                synonymes=("POSITION_PLAFOND",),
                aide="% du plafond PLUS",
            ),
            Colonne("ATTRIBUE_DALO", Nature.BOOLEEN, "dalo"),
            drapeau("NB_MENAGE_PRIORITAIRE", "prioritaire"),
            Colonne("ESTANRU", Nature.BOOLEEN, "anru"),
            Colonne("MODE_MUTATION", Nature.ENTIER, "mutation", minimum=0),
            drapeau("NB_TRAVAILLEUR_ESSENTIEL", "travailleur_essentiel"),
            Colonne("COMMUNE_LOG_ACTUEL", Nature.COMMUNE, "commune_actuelle"),
            drapeau("NB_QPV", "nb_qpv"),
            drapeau("NB_HQPV", "nb_hqpv"),
            drapeau("NB_Q1", "nb_q1"),
            drapeau("NB_Q2", "nb_q2"),
            drapeau("NB_Q3", "nb_q3"),
            drapeau("NB_Q4", "nb_q4"),
            drapeau("NB_QNA", "nb_qna"),
        ),
    )
)
