"""`indicateurs_territoriaux`: figures of a territory, commune, QPV, NPNRU quarter or secteur brought from elsewhere.

One row an indicator, place and year, with its value, or its numerator and denominator. Slot: territory × scale × year ×
indicator. Known indicators (`calculs.indicateurs_territoriaux`) have their label and unit; another is kept as named.
"""

from diagnostic.calculs.definitions import PAR_CODE as CALCULES
from diagnostic.calculs.indicateurs_territoriaux import CONNUS, Unite
from diagnostic.models import IndicateurTerritorial
from diagnostic.models.comptage import Niveau
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer
from partenaires.depots.nettoyage import litteral

ECHELLES = (Niveau.EPCI, Niveau.COMMUNE, Niveau.QPV, Niveau.NPNRU, Niveau.SECTEUR)
POURCENT = "pourcent"
UNITES = (Unite.PART.value, POURCENT, Unite.EUROS.value, Unite.EUROS_M2.value, Unite.NOMBRE.value)
CATALOGUE = ", ".join(
    f"({litteral(c.code)}, {litteral(c.libelle)}, {litteral(c.unite.value)}, {str(c.bornee).lower()})" for c in CONNUS
)
# Place of the row → its territory; the depositor's own where two territories use one code. Then unit and label.
COMPLETER = (
    f"""UPDATE lignes l SET
        epci = CASE l.niveau
            WHEN 'epci' THEN (SELECT t.siren FROM diagnostic_territoire t WHERE t.siren = l.territoire)
            WHEN 'commune' THEN (SELECT c.territoire_id FROM diagnostic_commune c WHERE c.code = l.territoire)
            ELSE (SELECT p.territoire_id FROM diagnostic_perimetre p WHERE p.courant AND p.nature = l.niveau
                  AND p.code = l.territoire AND (l.version IS NULL OR p.version = l.version)
                  ORDER BY p.territoire_id = @deposant DESC, p.territoire_id LIMIT 1) END,
        unite = coalesce(CASE l.unite_lue WHEN '{POURCENT}' THEN '{Unite.PART}' ELSE l.unite_lue END, k.unite,
                         CASE WHEN l.numerateur IS NOT NULL THEN '{Unite.PART}' ELSE '{Unite.NOMBRE}' END),
        libelle = coalesce(l.libelle_lu, k.libelle, l.code),
        unite_connue = k.unite, bornee = coalesce(k.bornee, false)
    FROM lignes m LEFT JOIN (VALUES {CATALOGUE}) k(code, libelle, unite, bornee) ON k.code = m.code
    WHERE m.ligne = l.ligne""",
    """UPDATE lignes SET valeur = CASE WHEN numerateur IS NOT NULL AND denominateur > 0 THEN numerateur / denominateur
        WHEN unite_lue = 'pourcent' THEN valeur_lue / 100 ELSE valeur_lue END""",
)


def controler(ctx) -> None:
    deposant = ctx.depot.deposant.siren if ctx.depot.deposant is not None else ""
    for requete in COMPLETER:
        ctx.sql(requete.replace("@deposant", litteral(deposant)))
    verifier_la_place(ctx)
    verifier_l_indicateur(ctx)
    verifier_la_valeur(ctx)
    ctx.avertir(
        "population_inconnue",
        "POPULATION",
        "Ni POPULATION, ni DENOMINATEUR, ni PUBLIQUE : ces valeurs sont chargées, mais vous seul les lirez. Donnez le "
        "nombre de ménages ou de logements derrière la valeur, ou mettez PUBLIQUE à 1 si son producteur la publie.",
        "l.effectif IS NULL AND l.denominateur IS NULL AND NOT l.publique",
    )


def verifier_la_place(ctx) -> None:
    ctx.erreur(
        "territoire_inconnu",
        "TERRITOIRE_CODE",
        "Aucun lieu connu n'a ce code à cette échelle (SIREN du territoire, code INSEE, code du périmètre et sa "
        "version), ou il n'est dans aucun territoire. Corrigez le code, ou faites charger le périmètre.",
        "l.epci IS NULL AND l.niveau IS NOT NULL AND l.territoire IS NOT NULL",
    )
    if ctx.depot.deposant is not None:
        ctx.erreur(
            "organisation_interdite",
            "TERRITOIRE_CODE",
            "Ces lieux ne sont pas dans votre territoire. Ne gardez que les vôtres.",
            "l.epci <> %s",
            [ctx.depot.deposant.siren],
        )


def verifier_l_indicateur(ctx) -> None:
    ctx.erreur(
        "valeur_illisible",
        "INDICATEUR",
        "Un indicateur se nomme en lettres sans accent, chiffres et tirets bas, 60 au plus (taux_pauvrete).",
        "l.code IS NOT NULL AND l.code !~ '^[a-z][a-z0-9_]{0,59}$'",
    )
    ctx.erreur(
        "indicateur_calcule",
        "INDICATEUR",
        "La plateforme calcule déjà cet indicateur à partir des dépôts. Donnez un autre nom au vôtre.",
        "l.code = ANY(%s)",
        [sorted(CALCULES)],
    )
    ctx.erreur(
        "unite_differente",
        "UNITE",
        "Cet indicateur est connu dans une autre unité (voir sa liste dans le guide des formats). Convertissez la "
        "valeur, ou nommez-le autrement.",
        "l.unite_connue <> l.unite",
    )


def verifier_la_valeur(ctx) -> None:
    ctx.erreur(
        "valeur_absente",
        "VALEUR",
        "Donnez VALEUR, ou NUMERATEUR et un DENOMINATEUR supérieur à 0.",
        "l.fautes IS NULL AND (l.valeur IS NULL OR (l.numerateur IS NOT NULL AND coalesce(l.denominateur, 0) = 0))",
    )
    ctx.erreur(
        "valeur_contradictoire",
        "VALEUR",
        "VALEUR n'est pas NUMERATEUR sur DENOMINATEUR. Laissez l'un des deux vide, ou corrigez-les.",
        "l.numerateur IS NOT NULL AND l.denominateur > 0 AND l.valeur_lue IS NOT NULL AND abs(l.valeur"
        " - CASE WHEN l.unite_lue = 'pourcent' THEN l.valeur_lue / 100 ELSE l.valeur_lue END)"
        " > 0.001 * greatest(1, abs(l.valeur))",
    )
    ctx.erreur(
        "part_hors_bornes",
        "VALEUR",
        "Une part est entre 0 et 1 (0,184), ou entre 0 et 100 avec l'unité pourcent (18,4).",
        "l.bornee AND l.unite = 'part' AND l.valeur NOT BETWEEN 0 AND 1",
    )


def territoires(ctx) -> list[str]:
    return [siren for (siren,) in ctx.sql("SELECT DISTINCT epci FROM lignes WHERE epci IS NOT NULL")]


INDICATEURS_TERRITORIAUX = enregistrer(
    Format(
        type="indicateurs_territoriaux",
        libelle="Indicateurs territoriaux (marché, parc privé, revenus)",
        usage="Met à côté du parc social ce que d'autres sources disent du territoire : Filosofi, FILOCOM, prix, score "
        "de tension.",
        colonnes=(
            Colonne(
                "TERRITOIRE_CODE",
                Nature.CODE,
                champ="code_lu",
                obligatoire=True,
                cle=True,
                longueur=30,
                aide="SIREN du territoire, code INSEE de la commune, code du périmètre.",
            ),
            Colonne(
                "TERRITOIRE_TYPE",
                Nature.CODE,
                champ="niveau",
                obligatoire=True,
                cle=True,
                valeurs=tuple(echelle.value for echelle in ECHELLES),
            ),
            Colonne("VERSION", Nature.CODE, longueur=20, aide="Version du périmètre ; vide : toutes."),
            Colonne("ANNEE", Nature.ANNEE, obligatoire=True, cle=True, minimum=1990, maximum=2100),
            Colonne(
                "INDICATEUR",
                Nature.CODE,
                champ="indicateur",
                obligatoire=True,
                cle=True,
                longueur=60,
                aide=f"Un nom connu, ou le vôtre. Connus : {', '.join(c.code for c in CONNUS)}.",
            ),
            Colonne("VALEUR", Nature.DECIMAL, champ="valeur_lue", aide="Dans l'unité de la ligne."),
            Colonne("NUMERATEUR", Nature.DECIMAL, aide="Avec DENOMINATEUR, tient lieu de VALEUR."),
            Colonne("DENOMINATEUR", Nature.DECIMAL, minimum=0),
            Colonne(
                "POPULATION",
                Nature.ENTIER,
                champ="effectif",
                minimum=0,
                aide="Ménages ou logements derrière la valeur ; à défaut, DENOMINATEUR.",
            ),
            Colonne(
                "UNITE",
                Nature.CODE,
                champ="unite_lue",
                valeurs=UNITES,
                aide="À défaut, celle de l'indicateur connu ; part : entre 0 et 1.",
            ),
            Colonne(
                "SOURCE", Nature.TEXTE, longueur=200, aide="Producteur, fichier, millésime : Insee, Filosofi 2021."
            ),
            Colonne("LIBELLE", Nature.TEXTE, champ="libelle_lu", longueur=200),
            Colonne(
                "PUBLIQUE",
                Nature.BOOLEEN,
                champ="publique_lue",
                aide="1 : publiée par son producteur, tous les membres la lisent.",
            ),
        ),
        cle=("niveau", "territoire", "version", "annee", "code"),
        modele=IndicateurTerritorial,
        creneau=("epci", "niveau", "annee", "code"),
        deposants=("epci",),
        derives={
            "territoire": "CASE niveau WHEN 'epci' THEN lpad(code_lu, 9, '0') WHEN 'commune' THEN coalesce("
            "(SELECT r.commune_id FROM diagnostic_communerattachee r WHERE r.code_ancien = lpad(code_lu, 5, '0')),"
            " lpad(code_lu, 5, '0')) ELSE code_lu END",
            "code": "lower(indicateur)",
            "epci": "NULL::text",
            "unite": "NULL::text",
            "libelle": "NULL::text",
            "valeur": "NULL::numeric",
            "unite_connue": "NULL::text",
            "bornee": "NULL::boolean",
            "publique": "coalesce(publique_lue, 0) = 1",
        },
        controler=controler,
        territoires=territoires,
    )
)
