"""`epci`: the territoires de CIL (EPCI, EPT, Ville de Paris). Administrator of the platform."""

from diagnostic.imports.reference import fondre
from diagnostic.models import Territoire
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer


def charger(ctx) -> int:
    colonnes = {"siren": "l.siren", "nom": "coalesce(l.nom, '')", "nature": "coalesce(l.nature, '')"}
    if "population" in ctx.champs_presents:
        colonnes["population"] = "l.population"
    return fondre(ctx, colonnes, "siren")


def territoires(ctx) -> list[str]:
    return [siren for (siren,) in ctx.sql("SELECT siren FROM lignes")]


EPCI = enregistrer(
    Format(
        type="epci",
        libelle="Territoires de CIL",
        usage="Les territoires suivis par la plateforme.",
        colonnes=(
            Colonne("SIREN", Nature.SIREN, obligatoire=True, cle=True, aide="SIREN de l'EPCI, de l'EPT ou de Paris."),
            Colonne("NOM", Nature.TEXTE, obligatoire=True),
            Colonne("TYPE", Nature.CODE, champ="nature", aide="Nature juridique : CC, CA, CU, METRO, EPT."),
            Colonne("POPULATION", Nature.ENTIER, minimum=0),
        ),
        ignorees=("NB_COMMUNES",),
        cle=("siren",),
        modele=Territoire,
        charger=charger,
        territoires=territoires,
    )
)
