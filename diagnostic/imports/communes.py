"""`communes`: communes in force, with their territoire de CIL. Administrator of the platform."""

from diagnostic.imports.reference import fondre
from diagnostic.models import Commune
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer


def controler(ctx):
    ctx.erreur(
        "valeur_hors_liste",
        "TERRITOIRE_CIL",
        "Ce SIREN n'est celui d'aucun territoire connu. Chargez d'abord le fichier epci, ou corrigez le SIREN.",
        "l.territoire IS NOT NULL AND NOT EXISTS (SELECT 1 FROM diagnostic_territoire t WHERE t.siren = l.territoire)",
    )
    ctx.avertir(
        "commune_sans_territoire",
        "TERRITOIRE_CIL",
        "Communes sans EPCI à fiscalité propre : chargées ; leurs logements ne comptent dans aucun territoire.",
        "l.territoire IS NULL",
    )


def charger(ctx) -> int:
    colonnes = {"code": "l.code", "nom": "coalesce(l.nom, '')", "territoire_id": "l.territoire"}
    for champ in ("departement", "region", "siren"):
        colonnes[champ] = f"coalesce(l.{champ}, '')"
    for champ in ("population", "zone_apl"):
        colonnes[champ] = f"l.{champ}"
    return fondre(ctx, colonnes, "code")


def territoires(ctx) -> list[str]:
    return [s for (s,) in ctx.sql("SELECT DISTINCT territoire FROM lignes WHERE territoire IS NOT NULL")]


COMMUNES = enregistrer(
    Format(
        type="communes",
        libelle="Communes",
        usage="Rattache chaque commune à son territoire, donc chaque logement, demande et attribution.",
        colonnes=(
            Colonne("CODE_INSEE", Nature.CODE, champ="code_lu", obligatoire=True, cle=True, longueur=5),
            Colonne("NOM", Nature.TEXTE, obligatoire=True),
            Colonne("DEPARTEMENT", Nature.CODE),
            Colonne("REGION", Nature.CODE),
            Colonne("SIREN", Nature.SIREN, aide="SIREN de la commune."),
            Colonne(
                "TERRITOIRE_CIL",
                Nature.SIREN,
                champ="territoire",
                obligatoire=True,
                synonymes=("EPCI",),
                aide="Porteur de la CIL : EPCI, EPT ou Ville de Paris ; à défaut de la colonne, EPCI.",
            ),
            Colonne("POPULATION", Nature.ENTIER, minimum=0),
            Colonne(
                "ZONE_APL",
                Nature.ENTIER,
                valeurs=("1", "2", "3"),
                aide="Zone des aides au logement ; à défaut, celle de l'arrêté, connue de la plateforme.",
            ),
        ),
        ignorees=("EPCI",),
        cle=("code",),
        modele=Commune,
        derives={"code": "lpad(code_lu, 5, '0')"},
        controler=controler,
        charger=charger,
        territoires=territoires,
    )
)
