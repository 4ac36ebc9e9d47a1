"""`gestion`: a residence and a year of the rent roll. One slot a bailleur × year present in the file."""

from diagnostic.imports import territoires
from diagnostic.models import GestionResidence
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer

NOMBRES = (
    *("NB_VACANTS_3MOIS", "NB_ENTREES", "NB_PREMIERES_LOCATIONS", "NB_SORTIES", "NB_IMPAYES_3MOIS"),
    *("NB_DEMANDES_MUTATION", "NB_PROPOSITIONS", "NB_REFUS"),
)


def controler(ctx):
    ctx.avertir(
        "residence_inconnue",
        "CODE_RESIDENCE",
        "Aucune résidence chargée du bailleur n'a ce code : lignes chargées ; elles ne comptent dans aucun territoire "
        "jusqu'au dépôt d'un fichier residences qui la porte.",
        "l.ligne IN (SELECT a.ligne FROM lignes a LEFT JOIN diagnostic_residence r ON r.courant"
        " AND r.bailleur = a.bailleur AND r.code = a.code_residence WHERE r.id IS NULL)",
    )


GESTION = enregistrer(
    Format(
        type="gestion",
        libelle="État locatif par résidence et par année",
        usage="Rotation, vacance, impayés et refus par résidence et par année.",
        colonnes=(
            Colonne("SIREN_BAILLEUR", Nature.SIREN, champ="bailleur", obligatoire=True, cle=True),
            Colonne("CODE_RESIDENCE", Nature.TEXTE, obligatoire=True, cle=True),
            Colonne("ANNEE", Nature.ANNEE, obligatoire=True, cle=True),
            Colonne("NB_LOGEMENTS", Nature.ENTIER, obligatoire=True, minimum=0),
            Colonne("NB_OCCUPES", Nature.ENTIER, obligatoire=True, minimum=0),
            *(Colonne(nom, Nature.ENTIER, minimum=0) for nom in NOMBRES),
        ),
        cle=("code_residence", "annee"),
        modele=GestionResidence,
        creneau=("bailleur", "annee"),
        deposants=("bailleur", "epci"),
        proprietaire="bailleur",
        controler=controler,
        territoires=territoires.du_bailleur,
    )
)
