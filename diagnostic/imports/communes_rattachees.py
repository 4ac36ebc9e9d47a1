"""`communes_rattachees`: codes that files still use (arrondissements, merged communes) → the commune in force."""

from diagnostic.imports.reference import fondre
from diagnostic.models import CommuneRattachee
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer


def controler(ctx):
    ctx.erreur(
        "commune_inconnue",
        "CODE_INSEE",
        "Ce code n'est celui d'aucune commune connue. Chargez d'abord le fichier communes, ou corrigez le code.",
        "NOT EXISTS (SELECT 1 FROM diagnostic_commune c WHERE c.code = l.commune)",
    )


def charger(ctx) -> int:
    return fondre(
        ctx, {"code_ancien": "l.code_ancien", "nom": "coalesce(l.nom, '')", "commune_id": "l.commune"}, "code_ancien"
    )


def territoires(ctx) -> list[str]:
    return [
        s
        for (s,) in ctx.sql(
            "SELECT DISTINCT c.territoire_id FROM lignes l JOIN diagnostic_commune c ON c.code = l.commune"
            " WHERE c.territoire_id IS NOT NULL"
        )
    ]


COMMUNES_RATTACHEES = enregistrer(
    Format(
        type="communes_rattachees",
        libelle="Anciens codes de communes",
        usage="Reconnaît les codes de communes fusionnées et d'arrondissements.",
        colonnes=(
            Colonne("CODE_ANCIEN", Nature.CODE, champ="ancien_lu", obligatoire=True, cle=True, longueur=5),
            Colonne("NOM", Nature.TEXTE),
            Colonne("CODE_INSEE", Nature.CODE, champ="commune_lue", obligatoire=True, cle=True, longueur=5),
        ),
        ignorees=("NATURE",),
        cle=("code_ancien",),
        modele=CommuneRattachee,
        derives={"code_ancien": "lpad(ancien_lu, 5, '0')", "commune": "lpad(commune_lue, 5, '0')"},
        controler=controler,
        charger=charger,
        territoires=territoires,
    )
)
