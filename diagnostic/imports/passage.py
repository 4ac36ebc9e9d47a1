"""`passage`: the residence of each dwelling, as its bailleur states it. The slot is the bailleur."""

from diagnostic.imports import territoires
from diagnostic.models import Passage
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer


def controler(ctx):
    ctx.avertir(
        "residence_inconnue",
        "CODE_RESIDENCE",
        "Aucune résidence chargée du bailleur n'a ce code : lignes chargées ; les logements comptent dans leur "
        "commune, dans aucune résidence, jusqu'au dépôt d'un fichier residences qui la porte.",
        "l.ligne IN (SELECT a.ligne FROM lignes a LEFT JOIN diagnostic_residence r ON r.courant"
        " AND r.bailleur = a.bailleur AND r.code = a.code_residence WHERE r.id IS NULL)",
    )


PASSAGE = enregistrer(
    Format(
        type="passage",
        libelle="Passage du logement à la résidence",
        usage="Rattache chaque logement à sa résidence.",
        colonnes=(
            Colonne("SIREN_BAILLEUR", Nature.SIREN, champ="bailleur", obligatoire=True, cle=True),
            Colonne("IDENT_INT", Nature.TEXTE, obligatoire=True, cle=True, aide="Identifiant interne du logement."),
            Colonne("CODE_RESIDENCE", Nature.TEXTE, obligatoire=True),
        ),
        cle=("ident_int",),
        modele=Passage,
        creneau=("bailleur",),
        deposants=("bailleur", "epci"),
        proprietaire="bailleur",
        controler=controler,
        territoires=territoires.du_bailleur,
    )
)
