"""From the file to the cleaned rows, in two temporary tables.

`brut(ligne, c0, c1, …)`: the texts of the file, `ligne` being the physical line, by COPY.
`lignes(ligne, <one typed column a champ>, <derives>, fautes text[])`: one set-based statement. `fautes` is NULL, or
holds `code:COLONNE` for each cell in fault (unreadable, out of list, unknown commune, empty key).
"""

from collections.abc import Callable

from django.db import models

from partenaires.depots import contrats
from partenaires.depots.contrats import Colonne, Format, Nature
from partenaires.depots.entetes import Correspondance
from partenaires.depots.lecture import GUILLEMET_COPY, Fichier
from partenaires.depots.nettoyage import Lecture, lecture, litteral

TABLES = ("brut", "lignes", "rejets", "doublons", "anciennes")


def preparer_session(curseur):
    """Settings of the transaction; former temporary tables of the connection are dropped."""
    curseur.execute("SET LOCAL work_mem = '64MB'")
    curseur.execute("SET LOCAL jit = off")
    curseur.execute("SET LOCAL client_min_messages = warning")
    curseur.execute("DROP TABLE IF EXISTS " + ", ".join(f"pg_temp.{table}" for table in TABLES))
    curseur.execute("CREATE TEMP TABLE rejets (ligne integer, constat integer) ON COMMIT DROP")
    curseur.execute("CREATE TEMP TABLE doublons (ligne integer) ON COMMIT DROP")


def verser(curseur, fichier: Fichier, lu: Callable[[int, int], None] = lambda octets, lignes: None):
    """COPY of the whole file into `brut`; `lu(bytes, rows so far)` is told of each block."""
    colonnes = ", ".join(f"c{i} text" for i in range(len(fichier.entetes)))
    curseur.execute(f"CREATE TEMP TABLE brut (ligne integer, {colonnes}) ON COMMIT DROP")
    options = f"FORMAT csv, DELIMITER {octet(fichier.separateur)}, QUOTE {octet(GUILLEMET_COPY)}"
    with curseur.copy(f"COPY brut FROM STDIN ({options})") as copie:
        for bloc in fichier.blocs():
            copie.write(bloc)
            lu(len(bloc), fichier.lues)


def octet(un: bytes) -> str:
    return f"E'\\x{un.hex()}'"


def champ_de_table(un_format: Format, nom: str) -> models.Field | None:
    """The field of the format's table that `nom` fills, if any."""
    if un_format.modele is None:
        return None
    return next((f for f in un_format.modele._meta.concrete_fields if nom in (f.name, f.attname)), None)


def lectures(un_format: Format) -> list[Lecture]:
    return [lecture(colonne, champ_de_table(un_format, colonne.champ)) for colonne in un_format.colonnes]


def nettoyer(curseur, un_format: Format, trouve: Correspondance):
    """`brut` → `lignes`."""
    curseur.execute(requete(un_format, lectures(un_format), trouve))


def requete(un_format: Format, toutes: list[Lecture], trouve: Correspondance) -> str:
    """Each level is fenced by OFFSET 0, so that no expression is computed twice.

    1. t<i>: cleaned text; 2. v<i>: typed value; 3. names, communes mapped, faults; 4. derived fields.
    """
    presentes = [(i, une, rang) for i, une in enumerate(toutes) if (rang := trouve.position(une.colonne)) is not None]
    textes = "".join(
        f", {une.propre.replace('@c', brute(trouve, une.colonne, rang))} AS t{i}" for i, une, rang in presentes
    )
    valeurs = "".join(f", t{i}, {une.lire.replace('@t', f't{i}')} AS v{i}" for i, une, _ in presentes)
    rangs = {i for i, *_ in presentes}
    champs = "".join(f", {valeur(i, une, i in rangs)} AS {une.colonne.champ}" for i, une in enumerate(toutes))
    communes = [i for i, une, _ in presentes if une.colonne.nature == Nature.COMMUNE and contrats.resolveur_communes]
    jointures = "".join(f" LEFT JOIN communes k{i} ON k{i}.ancien = v{i}" for i in communes)
    derives = "".join(f", {sql} AS {nom}" for nom, sql in un_format.derives.items())
    return (
        "CREATE TEMP TABLE lignes ON COMMIT DROP AS "
        + (f"WITH communes AS MATERIALIZED ({contrats.resolveur_communes}) " if communes else "")
        + f"SELECT *{derives} FROM (SELECT ligne{champs}, {fautes(presentes, un_format)} AS fautes FROM ("
        f"SELECT ligne{valeurs} FROM (SELECT ligne{textes} FROM brut OFFSET 0) textes OFFSET 0) valeurs{jointures} "
        "OFFSET 0) lignes"
    )


def brute(trouve: Correspondance, colonne: Colonne, rang: int) -> str:
    """The raw cell, its codes replaced by ours where the organisation has mapped them."""
    codes = trouve.codes.get(colonne.nom)
    if not codes:
        return f"c{rang}"
    cas = " ".join(f"WHEN {litteral(leur)} THEN {litteral(notre)}" for leur, notre in codes.items())
    return f"(CASE btrim(c{rang}) {cas} ELSE c{rang} END)"


def valeur(i: int, une: Lecture, presente: bool) -> str:
    if not presente:
        return f"NULL::{une.type_sql}"
    if une.colonne.nature == Nature.COMMUNE and contrats.resolveur_communes:
        return f"k{i}.code"
    return f"v{i}"


def fautes(presentes, un_format: Format) -> str:
    """A cell whose cleaned text is known and whose value is not; a key without value. One count tells if any is."""
    if not presentes:
        return "NULL::text[]"
    typees = ", ".join(valeur(i, une, True) for i, une, _ in presentes)
    nombre = f"num_nonnulls({', '.join(f't{i}' for i, *_ in presentes)}) <> num_nonnulls({typees})"
    vides = "".join(f" OR t{i} IS NULL" for i, une, _ in presentes if une.colonne.cle)
    return f"CASE WHEN {nombre}{vides} THEN array_remove(ARRAY[{', '.join(detail(*un) for un in presentes)}], NULL) END"


def detail(i: int, une: Lecture, rang: int) -> str:
    colonne: Colonne = une.colonne
    cas = f"CASE WHEN t{i} IS NOT NULL AND {valeur(i, une, True)} IS NULL THEN {litteral(f'{une.faute}:{colonne.nom}')}"
    return cas + (f" WHEN t{i} IS NULL THEN {litteral(f'cle_vide:{colonne.nom}')} END" if colonne.cle else " END")
