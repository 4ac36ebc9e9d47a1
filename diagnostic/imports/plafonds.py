"""`plafonds`: ceilings of resources by year, zone, category of household and product. Platform's administrator."""

from diagnostic.models import PlafondRessources
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer


def controler(ctx) -> None:
    ctx.avertir(
        "plafond_vide",
        "MONTANT",
        "Montant vide : le plafond est tenu pour inconnu. Renseignez-le quand l'arrêté est paru.",
        "l.montant IS NULL",
    )


PLAFONDS = enregistrer(
    Format(
        type="plafonds",
        libelle="Plafonds de ressources",
        usage="Situe les ressources des ménages par rapport aux plafonds.",
        colonnes=(
            Colonne("ANNEE", Nature.ANNEE, obligatoire=True, cle=True, minimum=1990, maximum=2100),
            Colonne("ZONE", Nature.TEXTE, obligatoire=True, cle=True, aide="Telle que l'arrêté la nomme."),
            Colonne("CATEGORIE", Nature.TEXTE, obligatoire=True, cle=True, aide="Catégorie de ménage de l'arrêté."),
            Colonne("PRODUIT", Nature.TEXTE, obligatoire=True, cle=True, aide="PLAI, PLUS, PLS…"),
            Colonne("MONTANT", Nature.DECIMAL, obligatoire=True, minimum=0, aide="Euros par an."),
        ),
        cle=("annee", "zone", "categorie", "produit"),
        modele=PlafondRessources,
        creneau=("annee",),
        controler=controler,
    )
)
