"""`ops`: the household of each occupied dwelling at one survey. One slot a bailleur × year present in the file."""

from diagnostic.imports import territoires
from diagnostic.models import MenageOps
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer

NOMBRES = (
    *("NB_OCCUPANTS", "NB_MAJEURS", "NB_ENFANTS", "NB_ENFANTS_MOINS_14"),
    *("NB_EMPLOI_STABLE", "NB_EMPLOI_PRECAIRE", "NB_SANS_EMPLOI", "NB_RETRAITES", "NB_AUTRES_INACTIFS"),
)


def controler(ctx):
    ctx.avertir(
        "logement_inconnu",
        "IDENT_INT",
        "Logements absents du RPLS chargé du bailleur : ménages chargés ; ils comptent dans leur résidence si le "
        "fichier passage la dit, mais ni en suroccupation ni en sous-occupation.",
        "l.ligne IN (SELECT a.ligne FROM lignes a WHERE NOT EXISTS (SELECT 1 FROM diagnostic_logement k"
        " WHERE k.courant AND k.bailleur = a.bailleur AND k.ident_int = a.ident_int))",
    )
    ctx.avertir(
        "residence_inconnue",
        "IDENT_INT",
        "Logements que le fichier passage ne rattache à aucune résidence connue : ménages chargés ; ils ne comptent "
        "dans aucune résidence.",
        "l.ligne IN (SELECT a.ligne FROM lignes a"
        " LEFT JOIN (diagnostic_passage p JOIN diagnostic_residence r ON r.courant AND r.bailleur = p.bailleur"
        " AND r.code = p.code_residence) ON p.courant AND p.bailleur = a.bailleur AND p.ident_int = a.ident_int"
        " WHERE r.id IS NULL)",
    )
    ctx.avertir(
        "reponse_vide",
        "REPONSE",
        "REPONSE vide : ménages chargés comme n'ayant pas répondu. Mettez 1 (a répondu) ou 0.",
        "l.reponse_lue IS NULL",
    )


def rapprocher(ctx):
    menages = ctx.valeur("SELECT count(*) FROM lignes")
    return [
        ctx.trouvees("logements_rpls", "Logements retrouvés dans le RPLS", "logement_inconnu", menages),
        ctx.trouvees("logements_rattaches", "Logements rattachés à une résidence", "residence_inconnue", menages),
    ]


OPS = enregistrer(
    Format(
        type="ops",
        libelle="Enquête d'occupation du parc social (OPS)",
        usage="Indicateurs d'occupation et indices de fragilité.",
        colonnes=(
            Colonne("SIREN_BAILLEUR", Nature.SIREN, champ="bailleur", obligatoire=True, cle=True),
            Colonne("IDENT_INT", Nature.TEXTE, obligatoire=True, cle=True, aide="Identifiant interne du logement."),
            Colonne("ANNEE", Nature.ANNEE, obligatoire=True, cle=True, aide="Année de l'enquête."),
            Colonne("REPONSE", Nature.BOOLEEN, champ="reponse_lue", obligatoire=True, aide="1 a répondu, 0 non."),
            Colonne("DATE_ENTREE", Nature.DATE, personnelle=True, aide="MM/AAAA."),
            *(Colonne(nom, Nature.ENTIER, minimum=0, personnelle=True) for nom in NOMBRES),
            Colonne(
                "COMPOSITION",
                Nature.ENTIER,
                valeurs=("1", "2", "3", "4", "5"),
                aide="1 personne seule, 2 couple sans enfant, 3 couple avec enfants, 4 monoparentale, 5 autre.",
            ),
            Colonne("AGE_TITULAIRE", Nature.ENTIER, minimum=0, maximum=130, personnelle=True),
            Colonne("PCT_PLAFOND_PLUS", Nature.DECIMAL, minimum=0, personnelle=True, aide="En pour cent."),
            Colonne("APL", Nature.BOOLEEN, personnelle=True),
            Colonne("MINIMA_SOCIAUX", Nature.BOOLEEN, personnelle=True),
        ),
        cle=("ident_int", "annee"),
        modele=MenageOps,
        creneau=("bailleur", "annee"),
        deposants=("bailleur", "epci"),
        proprietaire="bailleur",
        derives={"reponse": "coalesce(reponse_lue, 0::smallint)"},
        controler=controler,
        rapprocher=rapprocher,
        territoires=territoires.du_bailleur,
    )
)
