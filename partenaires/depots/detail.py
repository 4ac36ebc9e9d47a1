"""Every error of a file with its line and the value read, while the rows are still at hand (one pass, streamed)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from partenaires.depots.contexte import Contexte
from partenaires.depots.contrats import Nature
from partenaires.depots.nettoyage import litteral
from partenaires.depots.rapport import Constat

VALEURS = " Valeurs : "
LONGUEUR = 200


@dataclass(frozen=True)
class ErreurDeLigne:
    """`valeur`: as the file writes it, at most 200 characters; empty where it is personal."""

    ligne: int | None
    colonne: str
    code: str
    message: str
    valeur: str


def erreurs_de_lignes(ctx: Contexte) -> Iterator[ErreurDeLigne]:
    """In the order of the file; errors that belong to no line first."""
    constats = ctx.rapport.erreurs
    lues = lignes_rejetees(ctx)
    connus = {rang for (rang,) in ctx.sql("SELECT DISTINCT constat FROM rejets WHERE constat IS NOT NULL")}
    des_cellules = fautes(ctx)
    connus |= {rang for rang, un in enumerate(constats) if faute(un) in des_cellules}
    for rang, un in enumerate(constats):
        if rang not in connus:
            for ligne in un.lignes or (None,):
                yield erreur(un, ligne, "")
    with connection.cursor() as curseur, curseur.copy(f"COPY ({lues}) TO STDOUT") as copie:
        copie.set_types(["int4", "int4", "text"])
        for ligne, rang, valeur in copie.rows():
            yield erreur(constats[rang], ligne, valeur)


def erreur(un: Constat, ligne: int | None, valeur: str) -> ErreurDeLigne:
    return ErreurDeLigne(ligne, un.colonne, un.code, un.message.partition(VALEURS)[0], valeur)


def faute(un: Constat) -> str:
    """As the cleaning notes it on a row."""
    return f"{un.code}:{un.colonne}"


def fautes(ctx: Contexte) -> set[str]:
    lues = ctx.sql("SELECT DISTINCT f FROM lignes, unnest(fautes) f WHERE fautes IS NOT NULL")
    return {f for (f,) in lues}


def lignes_rejetees(ctx: Contexte) -> str:
    """SQL of (line, rank of the finding, value): faults of the cells, then rows that a check rejected."""
    rangs = " ".join(f"WHEN {litteral(faute(un))} THEN {rang}" for rang, un in enumerate(ctx.rapport.erreurs))
    return (
        f"SELECT ligne, rang, {valeur(ctx)} FROM ("
        f"SELECT l.ligne, CASE f {rangs} END AS rang FROM lignes l, unnest(l.fautes) f WHERE l.fautes IS NOT NULL"
        " UNION SELECT ligne, constat FROM rejets WHERE constat IS NOT NULL) e"
        " JOIN brut b USING (ligne) WHERE rang IS NOT NULL ORDER BY ligne, rang"
    )


def valeur(ctx: Contexte) -> str:
    """The cell that each finding is about, as the file writes it; never a personal one."""
    montrables = {
        c.nom for c in ctx.format.colonnes if not c.personnelle and c.nature != Nature.GEOMETRIE
    } & ctx.correspondance.rangs.keys()
    cas = "".join(
        f" WHEN {rang} THEN left(btrim(b.c{ctx.correspondance.rangs[un.colonne]}), {LONGUEUR})"
        for rang, un in enumerate(ctx.rapport.erreurs)
        if un.colonne in montrables
    )
    return f"coalesce(CASE rang{cas} END, '')" if cas else "''"
