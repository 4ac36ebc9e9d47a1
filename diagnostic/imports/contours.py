"""`contours`: outlines of the communes, kept on the commune. Administrator of the platform."""

from diagnostic.imports.territoires import PAR_COMMUNE
from diagnostic.models import Commune
from partenaires.depots.contexte import Contexte
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer

CODES_CITES = 10

GEOMETRIE = Colonne("__geometrie__", Nature.GEOMETRIE, champ="contour", obligatoire=True)
REPAREE = Colonne("__reparee__", Nature.BOOLEEN, champ="reparee")


def verifier_contours(ctx: Contexte) -> None:
    """A feature without a polygon is an error; one whose polygon was repaired is listed with its code."""
    exiger_un_contour(ctx)
    ctx.avertir(
        "geometrie_reparee",
        GEOMETRIE.nom,
        f"Contours invalides dans le fichier, réparés au chargement (à vérifier sur la carte) : {repares(ctx)}.",
        "l.reparee = 1",
    )


def exiger_un_contour(ctx: Contexte) -> None:
    ctx.erreur(
        "valeur_illisible",
        GEOMETRIE.nom,
        "Ces entités n'ont pas de contour (polygone). Retirez-les ou complétez leur géométrie.",
        "l.contour IS NULL",
    )


def repares(ctx: Contexte) -> str:
    """The first codes whose outline was invalid as published."""
    return citer([code for (code,) in ctx.sql("SELECT code FROM lignes WHERE reparee = 1 ORDER BY ligne")])


def citer(codes: list) -> str:
    return ", ".join(map(str, codes[:CODES_CITES])) + ("…" if len(codes) > CODES_CITES else "")


def controler(ctx: Contexte) -> None:
    ctx.erreur(
        "commune_inconnue",
        "CODE",
        "Ce code n'est celui d'aucune commune connue. Chargez d'abord le fichier communes, ou corrigez le code INSEE.",
        "NOT EXISTS (SELECT 1 FROM diagnostic_commune c WHERE c.code = l.code)",
    )
    verifier_contours(ctx)


def charger(ctx: Contexte) -> int:
    ctx.rapport.connues, memes = ctx.sql(
        "SELECT count(c.contour), count(*) FILTER (WHERE c.contour = l.contour)"
        " FROM lignes l JOIN diagnostic_commune c ON c.code = l.code"
    ).fetchone()
    ctx.sql(
        "UPDATE diagnostic_commune c SET contour = l.contour, depot_contour_id = %s FROM lignes l"
        " WHERE c.code = l.code",
        [ctx.depot.pk],
    )
    return memes


def territoires(ctx: Contexte) -> list[str]:
    return [siren for (siren,) in ctx.sql(PAR_COMMUNE + "(SELECT code FROM lignes)")]


CONTOURS = enregistrer(
    Format(
        type="contours",
        libelle="Contours des communes",
        usage="Dessine les communes sur la carte et situe les périmètres.",
        colonnes=(
            Colonne(
                "CODE",
                Nature.CODE,
                obligatoire=True,
                cle=True,
                longueur=5,
                synonymes=("CODE_INSEE", "INSEE_COM"),
                aide="Code INSEE de la commune.",
            ),
            GEOMETRIE,
            REPAREE,
        ),
        cle=("code",),
        modele=Commune,
        geographique=True,
        controler=controler,
        charger=charger,
        territoires=territoires,
        champ_depot="depot_contour",
    )
)
