"""Checks common to all formats, set-wise over `lignes`: cells, row widths, keys, duplicates."""

from partenaires.depots.contexte import Contexte
from partenaires.depots.contrats import Colonne, Nature
from partenaires.depots.lecture import Fichier
from partenaires.depots.rapport import LIGNES_CITEES, Constat

ATTENDUS = {
    Nature.ENTIER: "un nombre entier",
    Nature.DECIMAL: "un nombre",
    Nature.ANNEE: "une année (AAAA)",
    Nature.DATE: "une date (JJ/MM/AAAA, MM/AAAA ou AAAA-MM-JJ)",
    Nature.BOOLEEN: "1 ou 0, oui ou non",
    Nature.SIREN: "un SIREN de 9 chiffres",
    Nature.SIRET: "un SIRET de 14 chiffres",
    Nature.GEOMETRIE: "un contour",
}


def largeurs(ctx: Contexte, fichier: Fichier):
    """Rows with more or fewer fields than the header."""
    if not fichier.nombre_irregulieres:
        return
    ligne, champs = next(iter(fichier.irregulieres.items()))
    ctx.rapport.erreurs.append(
        Constat(
            "valeur_illisible",
            "",
            f"Des lignes n'ont pas autant de champs que l'en-tête : la ligne {ligne} a {champs} champs, "
            f"{len(fichier.entetes)} attendus. Vérifiez les séparateurs et les guillemets de ces lignes.",
            fichier.nombre_irregulieres,
            list(fichier.irregulieres),
        )
    )


def cellules(ctx: Contexte):
    """One finding a (code, column) for the faults that the cleaning noted; their rows are rejected."""
    comptes = ctx.sql(
        "SELECT f, count(*) FROM lignes, unnest(fautes) f WHERE fautes IS NOT NULL GROUP BY 1 ORDER BY min(ligne), 1"
    ).fetchall()
    for faute, nombre in comptes:
        code, nom = faute.split(":", 1)
        lignes = [
            n
            for (n,) in ctx.sql(
                f"SELECT ligne FROM lignes WHERE %s = ANY(fautes) ORDER BY ligne LIMIT {LIGNES_CITEES}", [faute]
            )
        ]
        colonne = next(c for c in ctx.format.colonnes if c.nom == nom)
        ctx.rapport.erreurs.append(Constat(code, nom, message(code, colonne) + ctx.citer(nom, lignes), nombre, lignes))
    if comptes:
        ctx.sql("INSERT INTO rejets SELECT ligne FROM lignes WHERE fautes IS NOT NULL")


def message(code: str, colonne: Colonne) -> str:
    if code == "cle_vide":
        return f"La colonne {colonne.nom} identifie la ligne et ne peut pas être vide. Renseignez-la."
    if code == "commune_inconnue":
        return (
            f"Le code de la colonne {colonne.nom} n'est celui d'aucune commune connue, actuelle ou ancienne. "
            "Corrigez le code INSEE, ou faites charger les fichiers communes et communes_rattachees."
        )
    if code == "valeur_hors_liste":
        return f"La colonne {colonne.nom} n'admet que : {', '.join(colonne.valeurs)}. Corrigez ou videz ces cases."
    attendu = ATTENDUS.get(colonne.nature, "un texte")
    limites = "".join(
        f" {mot} {borne:g}"
        for mot, borne in (("à partir de", colonne.minimum), ("jusqu'à", colonne.maximum))
        if borne is not None
    )
    if colonne.nature in (Nature.TEXTE, Nature.CODE):
        return f"La valeur de la colonne {colonne.nom} est trop longue. Raccourcissez-la."
    return f"La colonne {colonne.nom} attend {attendu}{limites}. Corrigez ou videz ces cases."


def doublons(ctx: Contexte):
    """Identical rows load once (`ligne_en_double`); a key with different values is an error (`cle_en_double`).

    A hash aggregate finds the keys that occur twice; rows are compared only for those.
    """
    cles = ctx.format.cle
    if not cles:
        return
    colonnes = ", ".join(dict.fromkeys(map(ctx.format.nom_de, cles)))
    noms = ", ".join(cles)
    connues = " AND ".join(f"{c} IS NOT NULL" for c in cles)
    ctx.sql(
        "CREATE TEMP TABLE cles_doubles ON COMMIT DROP AS "
        f"SELECT {noms} FROM lignes WHERE {connues} GROUP BY {noms} HAVING count(*) > 1"
    )
    if ctx.valeur("SELECT 1 FROM cles_doubles LIMIT 1"):
        egales = " AND ".join(f"l.{c} = d.{c}" for c in cles)
        ctx.sql(
            "CREATE TEMP TABLE repetees ON COMMIT DROP AS SELECT ligne, rang, differe FROM ("
            "  SELECT l.ligne, row_number() OVER cle AS rang,"
            "    (to_jsonb(l) - 'ligne') IS DISTINCT FROM first_value(to_jsonb(l) - 'ligne') OVER cle AS differe"
            f"  FROM lignes l JOIN cles_doubles d ON {egales}"
            f"  WINDOW cle AS (PARTITION BY {', '.join(f'l.{c}' for c in cles)} ORDER BY l.ligne)) r"
        )
        # Every row of a key that has two contents is in error: which one is right is not ours to guess.
        ctx.sql(
            "CREATE TEMP TABLE contredites ON COMMIT DROP AS SELECT l.ligne FROM lignes l WHERE EXISTS ("
            "  SELECT 1 FROM repetees r JOIN lignes a ON a.ligne = r.ligne WHERE r.differe AND "
            + " AND ".join(f"a.{c} = l.{c}" for c in cles)
            + ")"
        )
        ctx.erreur(
            "cle_en_double",
            ctx.format.nom_de(cles[0]),
            f"La même clé ({colonnes}) porte des valeurs différentes sur plusieurs "
            "lignes. Gardez une seule ligne par clé.",
            "l.ligne IN (SELECT ligne FROM contredites)",
        )
        ctx.avertir(
            "ligne_en_double",
            "",
            "Lignes identiques à une autre : chargées une seule fois.",
            EN_DOUBLE,
        )
        ctx.sql(f"INSERT INTO doublons SELECT l.ligne FROM lignes l WHERE {EN_DOUBLE}")
        ctx.sql("DROP TABLE repetees, contredites")
    ctx.sql("DROP TABLE cles_doubles")
    ctx.rapport.en_double = ctx.ecarter("doublons")


EN_DOUBLE = (
    "l.ligne IN (SELECT r.ligne FROM repetees r WHERE r.rang > 1 AND NOT r.differe"
    " AND r.ligne NOT IN (SELECT ligne FROM contredites))"
)
