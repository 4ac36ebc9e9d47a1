"""`relogements`: a household to rehouse, its offers, the dwelling before and after (formats.md).

An event type: rows merge by CODE_PROJET + ID_MENAGE, a later file completing an earlier one (its empty cells keep the
earlier value). One row makes, set-wise, its project, its operation, the household and its offers.
"""

from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer
from relogement.imports.charger_relogements import charger, territoires
from relogement.imports.controler_relogements import controler
from relogement.imports.retrait_relogements import retablir
from relogement.models import MenageRelogement

RANGS = (1, 2, 3)


def montant(nom: str, champ: str, aide: str = "") -> Colonne:
    return Colonne(nom, Nature.DECIMAL, champ, minimum=0, personnelle=True, aide=aide)


def logement(moment: str) -> tuple[Colonne, ...]:
    cote = moment.lower()
    return (
        Colonne(f"SIREN_BAILLEUR_{moment}", Nature.SIREN, f"bailleur_{cote}"),
        Colonne(f"IDENT_INT_{moment}", Nature.TEXTE, f"ident_int_{cote}"),
    )


def budget(suffixe: str, aide: str = "") -> tuple[Colonne, ...]:
    moment = suffixe.lower()
    return (
        montant(f"LOYER_{suffixe}", f"loyer_{moment}", aide),
        montant(f"CHARGES_{suffixe}", f"charges_{moment}"),
        montant(f"APL_{suffixe}", f"apl_{moment}"),
        montant(f"SURFACE_{suffixe}", f"surface_{moment}"),
    )


COLONNES = (
    Colonne("CODE_PROJET", Nature.TEXTE, obligatoire=True, cle=True, longueur=50),
    Colonne("NOM_PROJET", Nature.TEXTE, longueur=200),
    Colonne("QUARTIER", Nature.CODE, longueur=30, aide="code du périmètre NPNRU du projet"),
    Colonne("OPERATION", Nature.TEXTE, "code_operation", obligatoire=True, longueur=50),
    Colonne("TYPE_OPERATION", Nature.TEXTE, longueur=40),
    Colonne("ID_MENAGE", Nature.TEXTE, "identifiant", obligatoire=True, cle=True, personnelle=True),
    Colonne("ETAT", Nature.TEXTE, obligatoire=True, valeurs=tuple(MenageRelogement.Etat.values)),
    *logement("ORIGINE"),
    Colonne("TAILLE_MENAGE", Nature.ENTIER, "taille", minimum=0, personnelle=True),
    Colonne("UNITE_CONSO", Nature.DECIMAL, "uc", minimum=0, personnelle=True),
    montant("RESSOURCES_MENSUELLES", "ressources"),
    *budget("AVANT"),
    Colonne("DATE_ENQUETE", Nature.DATE),
    *(Colonne(f"DATE_PROPOSITION_{rang}", Nature.DATE) for rang in RANGS),
    *(Colonne(f"MOTIF_REFUS_{rang}", Nature.TEXTE, longueur=60) for rang in RANGS),
    Colonne("DATE_BAIL", Nature.DATE),
    *logement("DESTINATION"),
    Colonne("DATE_PREMIERE_LOCATION", Nature.DATE, aide="première location du logement de destination"),
    *budget("APRES", "ce que paie le ménage, minoration déduite"),
    montant("MINORATION", "minoration", "baisse mensuelle de loyer accordée"),
)

RELOGEMENTS = enregistrer(
    Format(
        type="relogements",
        libelle="Ménages à reloger",
        usage="Suit les relogements et les quatre critères de l'ANRU.",
        colonnes=COLONNES,
        cle=("code_projet", "identifiant"),
        modele=MenageRelogement,
        deposants=("epci",),
        controler=controler,
        charger=charger,
        apres_retrait=retablir,
        territoires=territoires,
    )
)
