"""`residences`: the residences of a bailleur, with their point. The slot is the bailleur: a file holds all of them."""

from diagnostic.imports import points, territoires
from diagnostic.models import Residence
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer


def rapprocher(ctx):
    residences = ctx.valeur("SELECT count(*) FROM lignes")
    return [ctx.trouvees("residences_situees", "Résidences avec des coordonnées", "residence_sans_point", residences)]


RESIDENCES = enregistrer(
    Format(
        type="residences",
        libelle="Résidences d'un bailleur",
        usage="Situe les résidences : carte, QPV, indicateurs et indices par résidence.",
        colonnes=(
            Colonne("SIREN_BAILLEUR", Nature.SIREN, champ="bailleur", obligatoire=True, cle=True),
            Colonne("CODE_RESIDENCE", Nature.TEXTE, champ="code", obligatoire=True, cle=True),
            Colonne("NOM_RESIDENCE", Nature.TEXTE, champ="nom", obligatoire=True),
            Colonne("DEPCOM", Nature.COMMUNE, champ="commune", obligatoire=True, cle=True, aide="Code INSEE."),
            Colonne("FAMILLE", Nature.TEXTE, aide="Famille de patrimoine."),
            Colonne("ADRESSE", Nature.TEXTE),
            Colonne("X", Nature.DECIMAL, aide="Abscisse ou longitude."),
            Colonne("Y", Nature.DECIMAL, aide="Ordonnée ou latitude."),
            Colonne("EPSG", Nature.ENTIER, valeurs=points.SYSTEMES, aide="À défaut, déduit de la grandeur de X et Y."),
            Colonne("QPV", Nature.TEXTE, champ="qpv_declare", aide="Code du QPV, lu quand le point manque."),
        ),
        cle=("code",),
        modele=Residence,
        creneau=("bailleur",),
        deposants=("bailleur", "epci"),
        proprietaire="bailleur",
        derives={"longitude": "NULL::float8", "latitude": "NULL::float8", "cle_recherche": "NULL::text"},
        controler=points.situer,
        rapprocher=rapprocher,
        territoires=territoires.des_deux,
    )
)
