"""`perimetres`: QPV, QVA, ex-ZUS, NPNRU quarters, local secteurs, in one nature and version a deposit (regles §0).

Administrator of the platform; an EPCI for its `secteur`. Slot: nature × version × code.
"""

from collections.abc import Iterable

import shapely

from diagnostic.calculs.perimetres import annee_de_version, dates_nominales
from diagnostic.calculs.secteurs import superposes
from diagnostic.imports.contours import GEOMETRIE, REPAREE, citer, exiger_un_contour, repares, verifier_contours
from diagnostic.models import Perimetre
from diagnostic.services.perimetres import NATURES_LOCALES, calendrier
from partenaires.depots.chargement import charger_creneau
from partenaires.depots.contexte import Contexte
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer
from partenaires.depots.rapport import refuser
from partenaires.depots.restitution import Restitution

NATURES = Perimetre.Nature
VERSION_MAX = Perimetre._meta.get_field("version").max_length


def controler(ctx: Contexte) -> None:
    verifier_nature_et_version(ctx)
    if ctx.depot.nature in NATURES_LOCALES:
        verifier_secteurs(ctx)
    else:
        verifier_contours(ctx)
    situer(ctx)
    dater(ctx)
    ctx.avertir(
        "perimetre_sans_territoire",
        "CODE_COMMUNE",
        "Périmètres rattachés à aucun territoire de CIL (commune absente, ou sans EPCI) : chargés, sans territoire. "
        "Indiquez code_commune, ou chargez les contours des communes.",
        "l.territoire IS NULL",
    )
    if ctx.depot.nature in NATURES_LOCALES:
        verifier_territoire(ctx)


def verifier_nature_et_version(ctx: Contexte) -> None:
    """Raises Refus."""
    nature, version, deposant = ctx.depot.nature, ctx.depot.version, ctx.depot.deposant
    if nature not in NATURES.values:
        raise refuser(
            "valeur_hors_liste",
            f"Le type perimetres demande la nature des périmètres (--nature) : {', '.join(NATURES.values)}.",
            "nature",
        )
    if annee_de_version(version) is None or len(version) > VERSION_MAX:
        raise refuser(
            "valeur_illisible",
            "Indiquez la version des périmètres (--version) ; elle commence par son année : 2015, 2024.",
            "version",
        )
    if deposant is not None and nature not in NATURES_LOCALES:
        raise refuser(
            "organisation_interdite",
            f"Les périmètres {nature} sont nationaux : seul l'administrateur de la plateforme les dépose. "
            "Un EPCI dépose ses secteurs (--nature secteur).",
        )


def verifier_secteurs(ctx: Contexte) -> None:
    """A secteur is drawn here: one that crosses itself goes back to be drawn anew. Two of a version may overlap, and
    are listed."""
    exiger_un_contour(ctx)
    ctx.erreur(
        "valeur_illisible",
        GEOMETRIE.nom,
        f"Le contour de ces secteurs se croise lui-même, ou est mal formé : redessinez-les ({repares(ctx)}).",
        "l.reparee = 1",
    )
    paires = superposes(*contours_de_la_version(ctx))
    ctx.avertir(
        "secteurs_superposes",
        GEOMETRIE.nom,
        "Secteurs qui se recouvrent ; une résidence des deux compte dans chacun : "
        f"{citer([f'{un} et {autre}' for un, autre in paires])}.",
        "l.code = ANY(%s)",
        [sorted({code for paire in paires for code in paire})],
    )


def contours_de_la_version(ctx: Contexte) -> tuple[list[str], list]:
    """(codes, outlines) of the version once the file is loaded: those of the file, and those that it leaves."""
    lignes = ctx.sql(
        "SELECT code, contour::text FROM lignes WHERE code IS NOT NULL AND contour IS NOT NULL AND reparee = 0"
        " UNION ALL SELECT p.code, p.geometrie::text FROM diagnostic_perimetre p WHERE p.courant AND p.nature = %s"
        " AND p.version = %s AND p.geometrie IS NOT NULL AND p.territoire_id = %s"
        " AND NOT EXISTS (SELECT 1 FROM lignes l WHERE l.code = p.code) ORDER BY 1",
        [ctx.depot.nature, ctx.depot.version, ctx.depot.organisation.siren if ctx.depot.organisation else None],
    ).fetchall()
    return [code for code, _ in lignes], list(shapely.from_geojson([contour for _, contour in lignes]))


def verifier_territoire(ctx: Contexte) -> None:
    """Local perimeters lie in the territory of who deposits them, and take no code of another territory."""
    if ctx.depot.deposant is not None:
        ctx.erreur(
            "organisation_interdite",
            "CODE_COMMUNE",
            "Ces secteurs ne sont pas dans votre territoire. Retirez-les ou corrigez leur commune.",
            "l.territoire IS DISTINCT FROM %s",
            [ctx.depot.deposant.siren],
        )
    ctx.erreur(
        "organisation_interdite",
        "CODE",
        "Ce code désigne déjà un secteur d'un autre territoire dans cette version. Choisissez un code à vous.",
        "EXISTS (SELECT 1 FROM diagnostic_perimetre p WHERE p.courant AND p.nature = %s AND p.version = %s"
        " AND p.code = l.code AND p.territoire_id IS DISTINCT FROM l.territoire)",
        [ctx.depot.nature, ctx.depot.version],
    )


def situer(ctx: Contexte) -> None:
    """Commune of the perimeters that do not state it, by their representative point; then the territory of all."""
    sans_commune = ctx.sql(
        "SELECT ligne, contour::text FROM lignes WHERE commune_code IS NULL AND contour IS NOT NULL"
    ).fetchall()
    for ligne, commune in communes_des_points(ctx, sans_commune):
        ctx.sql("UPDATE lignes SET commune_code = %s WHERE ligne = %s", [commune, ligne])
    ctx.sql("UPDATE lignes l SET territoire = c.territoire_id FROM diagnostic_commune c WHERE c.code = l.commune_code")


def communes_des_points(ctx: Contexte, lignes: list[tuple[int, str]]) -> Iterable[tuple[int, str]]:
    """(line, INSEE code) of the outlines whose representative point falls in the outline of a commune."""
    if not lignes:
        return []
    communes = ctx.sql("SELECT code, contour::text FROM diagnostic_commune WHERE contour IS NOT NULL").fetchall()
    points = shapely.point_on_surface(shapely.from_geojson([contour for _, contour in lignes]))
    arbre = shapely.STRtree(shapely.from_geojson([contour for _, contour in communes]))
    trouves = sorted(zip(*arbre.query(points, predicate="intersects")), reverse=True)
    return {lignes[i][0]: communes[j][0] for i, j in trouves}.items()


def ensembles(ctx: Contexte) -> list[str | None]:
    """Where the versions of the nature follow one another: everywhere (None), or in each territory for a local one."""
    if ctx.depot.nature not in NATURES_LOCALES:
        return [None]
    return [territoire for (territoire,) in ctx.sql("SELECT DISTINCT territoire FROM lignes")]


def en_base(ctx: Contexte, territoire: str | None):
    perimetres = Perimetre.objects.courantes().filter(nature=ctx.depot.nature).order_by()
    if ctx.depot.nature in NATURES_LOCALES:
        return perimetres.filter(territoire=territoire)
    return perimetres


def dates(ctx: Contexte, version: str, territoire: str | None, est_outre_mer: bool):
    """First and last day of a version among those in base and that of the deposit."""
    versions = {*en_base(ctx, territoire).values_list("version", flat=True).distinct(), ctx.depot.version}
    return dates_nominales(ctx.depot.nature, version, versions, calendrier(), est_outre_mer)


def dater(ctx: Contexte) -> None:
    """First and last day in force of the rows, overseas ones by the commune's code."""
    local = ctx.depot.nature in NATURES_LOCALES
    for territoire in ensembles(ctx):
        for est_outre_mer in (False, True):
            debut, fin = dates(ctx, ctx.depot.version, territoire, est_outre_mer)
            ctx.sql(
                "UPDATE lignes SET debut = %s, fin = %s WHERE (coalesce(commune_code, '') LIKE '97%%') = %s"
                " AND (NOT %s OR territoire IS NOT DISTINCT FROM %s)",
                [debut, fin, est_outre_mer, local, territoire],
            )


def charger(ctx: Contexte) -> int:
    inchanges = charger_creneau(ctx)
    for territoire in ensembles(ctx):
        redater(ctx, territoire)
    return inchanges


def redater(ctx: Contexte, territoire: str | None) -> None:
    """A version that arrives ends the one before it: the dates of the other versions are set anew."""
    autres = en_base(ctx, territoire).exclude(version=ctx.depot.version)
    for version in autres.values_list("version", flat=True).distinct():
        for est_outre_mer in (False, True):
            debut, fin = dates(ctx, version, territoire, est_outre_mer)
            dater_en_base(autres.filter(version=version), est_outre_mer, debut, fin)


def redater_apres_retrait(retrait: Restitution) -> None:
    """The versions left in base follow one another as if the withdrawn one had never come."""
    nature = retrait.depot.nature
    touches = Perimetre.objects.filter(nature=nature, version=retrait.depot.version).order_by()
    locaux = list(touches.values_list("territoire", flat=True).distinct()) if nature in NATURES_LOCALES else [None]
    for territoire in locaux:
        restants = Perimetre.objects.courantes().filter(nature=nature).order_by()
        if nature in NATURES_LOCALES:
            restants = restants.filter(territoire=territoire)
        versions = set(restants.values_list("version", flat=True).distinct())
        for version in versions:
            for est_outre_mer in (False, True):
                debut, fin = dates_nominales(nature, version, versions, calendrier(), est_outre_mer)
                dater_en_base(restants.filter(version=version), est_outre_mer, debut, fin)


def dater_en_base(perimetres, est_outre_mer: bool, debut, fin) -> None:
    ici = (perimetres.filter if est_outre_mer else perimetres.exclude)(commune_code__startswith="97")
    ici.exclude(debut=debut, fin=fin).update(debut=debut, fin=fin)


def territoires(ctx: Contexte) -> list[str]:
    """A national version says of every residence whether it is in: all the territories that have some are touched."""
    siens = [siren for (siren,) in ctx.sql("SELECT DISTINCT territoire FROM lignes WHERE territoire IS NOT NULL")]
    if ctx.depot.nature in NATURES_LOCALES:
        return siens
    habites = ctx.sql(
        "SELECT DISTINCT c.territoire_id FROM diagnostic_residence r JOIN diagnostic_commune c ON c.code = r.commune_id"
        " WHERE r.courant AND c.territoire_id IS NOT NULL"
    )
    return siens + [siren for (siren,) in habites]


PERIMETRES = enregistrer(
    Format(
        type="perimetres",
        libelle="Périmètres (QPV, QVA, ex-ZUS, NPNRU, secteurs)",
        usage="Dit quelles résidences sont en QPV, QVA, quartier NPNRU ou secteur local, version par version.",
        colonnes=(
            Colonne("CODE", Nature.CODE, obligatoire=True, cle=True, longueur=30, synonymes=("CODE_QP", "CODE_QPV")),
            Colonne("NOM", Nature.TEXTE, obligatoire=True, longueur=200, synonymes=("NOM_QP", "LIB_QP")),
            Colonne("CODE_COMMUNE", Nature.COMMUNE, champ="commune_code", synonymes=("INSEE_COM", "DEPCOM")),
            GEOMETRIE,
            REPAREE,
        ),
        cle=("code",),
        modele=Perimetre,
        creneau=("nature", "version", "code"),
        deposants=("epci",),
        derives={
            "geometrie": "contour",
            "territoire": "NULL::varchar",
            "debut": "NULL::date",
            "fin": "NULL::date",
        },
        constantes=("nature", "version"),
        geographique=True,
        controler=controler,
        charger=charger,
        apres_retrait=redater_apres_retrait,
        territoires=territoires,
    )
)
