"""`sne_stock`: the active applications at 31 December of a millésime, by unique number."""

from attributions.models import DemandeSne
from attributions.services.pseudonymes import remplacer_numeros
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer


def controler(ctx) -> None:
    remplacer_numeros("lignes", "numero")


def territoires(ctx) -> list[str]:
    """Territories of the communes sought."""
    lignes = ctx.sql(
        "SELECT DISTINCT c.territoire_id FROM lignes l JOIN diagnostic_commune c ON c.code = l.commune_recherchee"
        " WHERE c.territoire_id IS NOT NULL"
    )
    return [siren for (siren,) in lignes.fetchall()]


SNE_STOCK = enregistrer(
    Format(
        type="sne_stock",
        libelle="Demandes actives au 31 décembre (SNE, extraction « stock »)",
        usage="Décrit la demande en attente et la tension, commune par commune.",
        modele=DemandeSne,
        cle=("numero",),
        constantes=("millesime",),
        millesime_obligatoire=True,
        deposants=("epci", "ddt"),
        controler=controler,
        territoires=territoires,
        colonnes=(
            Colonne("NUMERO_UNIQUE", Nature.CODE, "numero", obligatoire=True, cle=True, personnelle=True),
            Colonne("DATE_CREATION", Nature.DATE, "date_creation", obligatoire=True),
            Colonne("DATE_RENOUVELLEMENT", Nature.DATE, "date_renouvellement"),
            Colonne("MOTIF_DEMANDE", Nature.TEXTE, "motif_demande"),
            Colonne("TAILLE_MENAGE", Nature.ENTIER, "taille_menage", minimum=0),
            Colonne("PERSONNE_A_CHARGE", Nature.ENTIER, "personnes_a_charge", minimum=0),
            Colonne("UNITE_CONSO", Nature.DECIMAL, "uc", minimum=0),
            Colonne("AGE_DEMANDEUR_DEMANDE", Nature.ENTIER, "age", minimum=0, personnelle=True),
            Colonne("STATUT_PROF_DEMANDEUR", Nature.TEXTE, "statut_emploi"),
            Colonne("SITU_FAMILIALE_DEMANDEUR", Nature.TEXTE, "situation_familiale"),
            Colonne("REVENU_MENSUEL_FOYER", Nature.DECIMAL, "revenu_mensuel", minimum=0, personnelle=True),
            Colonne("POSITION_PLAFOND", Nature.DECIMAL, "pct_plafond", minimum=0, aide="% du plafond PLUS"),
            Colonne("COMMUNE_LOG_ACTUEL", Nature.COMMUNE, "commune_actuelle"),
            Colonne("MODE_LOGEMENT_ACTUEL", Nature.TEXTE, "mode_logement_actuel"),
            Colonne("COMMUNE_LOG_RECHERCHE", Nature.COMMUNE, "commune_recherchee"),
            Colonne("TYPE_LOGEMENT_RECHERCHE", Nature.CODE, "type_recherche"),
            Colonne("NB_DALO", Nature.ENTIER, "dalo", minimum=0),
            Colonne("NB_MENAGE_PRIORITAIRE", Nature.ENTIER, "prioritaire", minimum=0),
            Colonne("NB_ANRU", Nature.ENTIER, "anru", minimum=0),
        ),
    )
)
