"""Dwellings that left the stock: held by the RPLS file before, absent from that of the millésime.

A dwelling that a newer file no longer holds is closed, not deleted (contrat §2): its last row tells why it left
(SORTIEPATRIM). One that another bailleur now holds under the same IDENT_REP changed hands; one that its own bailleur
now holds under another identifier has not left.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import connection, transaction

from diagnostic.models.comptage import Niveau
from diagnostic.services import secret
from partenaires.models import Organisation


class Motif(StrEnum):
    VENTE_OCCUPANT = "vente_occupant"
    AUTRE_BAILLEUR = "autre_bailleur"
    AUTRE_VENTE = "autre_vente"
    DEMOLITION = "demolition"
    AUTRE = "autre"
    INCONNU = "inconnu"


# SORTIEPATRIM (formats.md D.3); 9 and empty say nothing.
MOTIFS = {
    1: Motif.VENTE_OCCUPANT,
    2: Motif.AUTRE_BAILLEUR,
    3: Motif.AUTRE_VENTE,
    4: Motif.DEMOLITION,
    5: Motif.AUTRE,
}
LIBELLES = {
    Motif.VENTE_OCCUPANT: "Vente à l'occupant",
    Motif.AUTRE_BAILLEUR: "Autre bailleur",
    Motif.AUTRE_VENTE: "Autre vente",
    Motif.DEMOLITION: "Démolition",
    Motif.AUTRE: "Autre sortie",
    Motif.INCONNU: "Motif inconnu",
}

BAILLEURS = """
SELECT DISTINCT r.bailleur FROM diagnostic_residence r JOIN diagnostic_commune c ON c.code = r.commune_id
WHERE c.territoire_id = %(epci)s
UNION
SELECT o.siren FROM partenaires_depot d JOIN partenaires_organisation o ON o.id = d.organisation_id
WHERE d.type = 'rpls' AND d.etat IN ('charge', 'retrait') AND d.territoires @> ARRAY[%(epci)s]::varchar[]
"""

COLONNES = ", ".join(
    f"k.{nom}"
    for nom in ("id", "bailleur", "ident_int", "ident_org", "ident_rep", "commune", "sortiepatrim", "millesime")
)
# `lus`: the millésime before, in force, and the rows of this millésime that a corrected file has closed.
SORTIS = f"""
WITH bailleurs AS MATERIALIZED (
    SELECT b.bailleur AS siren, (
        SELECT max(millesime) FROM diagnostic_logement
        WHERE courant AND bailleur = b.bailleur AND millesime < %(millesime)s
    ) AS precedent
    FROM ({BAILLEURS}) b
    WHERE (%(seul)s = '' OR b.bailleur = %(seul)s) AND EXISTS (
        SELECT FROM diagnostic_logement WHERE courant AND bailleur = b.bailleur AND millesime = %(millesime)s
    )
), corriges AS MATERIALIZED (
    SELECT d.id FROM partenaires_depot d JOIN partenaires_organisation o ON o.id = d.organisation_id
    JOIN bailleurs b ON b.siren = o.siren
    WHERE d.type = 'rpls' AND d.etat IN ('charge', 'retrait') AND d.millesime = %(millesime)s
), lus AS MATERIALIZED (
    SELECT {COLONNES} FROM bailleurs b
    JOIN diagnostic_logement k ON k.courant AND k.bailleur = b.siren AND k.millesime = b.precedent
    UNION ALL
    SELECT {COLONNES} FROM diagnostic_logement k
    WHERE NOT k.courant AND k.depot_id = ANY(ARRAY(SELECT id FROM corriges))
), apres AS MATERIALIZED (
    SELECT {COLONNES} FROM bailleurs b
    JOIN diagnostic_logement k ON k.courant AND k.bailleur = b.siren AND k.millesime = %(millesime)s
), nouveaux AS MATERIALIZED (
    SELECT p.bailleur, p.ident_rep FROM apres p WHERE NOT EXISTS (
        SELECT FROM lus a
        WHERE a.bailleur = p.bailleur AND a.ident_int = p.ident_int AND a.ident_org = p.ident_org
    )
), absents AS MATERIALIZED (
    SELECT DISTINCT ON (bailleur, ident_int, ident_org) a.* FROM lus a WHERE NOT EXISTS (
        SELECT FROM apres p
        WHERE p.bailleur = a.bailleur AND p.ident_int = a.ident_int AND p.ident_org = a.ident_org
    ) ORDER BY bailleur, ident_int, ident_org, millesime DESC, id DESC
), sortis AS MATERIALIZED (
    SELECT a.* FROM absents a JOIN diagnostic_commune c ON c.code = a.commune AND c.territoire_id = %(epci)s
    WHERE NOT EXISTS (
        SELECT FROM nouveaux n WHERE n.bailleur = a.bailleur AND n.ident_rep = a.ident_rep AND a.ident_rep <> ''
    )
), repris AS (
    SELECT s.id, (array_agg(k.bailleur ORDER BY k.millesime, k.bailleur))[1] AS acquereur
    FROM sortis s JOIN diagnostic_logement k ON k.courant AND k.ident_rep = s.ident_rep AND k.bailleur <> s.bailleur
     AND k.millesime >= %(millesime)s
    WHERE s.ident_rep <> '' AND k.bailleur IN (SELECT siren FROM partenaires_organisation)
    GROUP BY s.id
), places AS (
    SELECT DISTINCT ON (s.id) s.id, r.identifiant, r.nom, r.courant
    FROM sortis s
    JOIN diagnostic_passage p ON p.bailleur = s.bailleur AND p.ident_int = s.ident_int
    JOIN diagnostic_residence r ON r.bailleur = p.bailleur AND r.code = p.code_residence
    JOIN partenaires_depot dp ON dp.id = p.depot_id AND dp.etat IN ('charge', 'retrait')
    JOIN partenaires_depot dr ON dr.id = r.depot_id AND dr.etat IN ('charge', 'retrait')
    ORDER BY s.id, p.courant DESC, p.id DESC, r.courant DESC, r.id DESC
), decrits AS (
    SELECT s.bailleur, s.ident_int, s.ident_rep, coalesce(p.identifiant, '') AS residence, coalesce(p.nom, '') AS nom,
           coalesce(p.courant, false) AS ouverte, coalesce(a.acquereur, '') AS acquereur,
           CASE WHEN s.sortiepatrim BETWEEN 1 AND 5 THEN s.sortiepatrim WHEN a.id IS NOT NULL THEN 2 END AS motif
    FROM sortis s LEFT JOIN repris a ON a.id = s.id LEFT JOIN places p ON p.id = s.id
)
"""
COMPTES = SORTIS + (
    "SELECT bailleur, residence, nom, ouverte, motif, acquereur, count(*) FROM decrits GROUP BY 1, 2, 3, 4, 5, 6"
)
DETAIL = SORTIS + (
    "SELECT ident_int, ident_rep, residence, nom, ouverte, motif, acquereur FROM decrits"
    " ORDER BY nom, residence, ident_int"
)


@dataclass(frozen=True)
class LogementSorti:
    """`acquereur`: SIREN of the bailleur that holds it now, or empty. `residence`: SIREN:CODE of the one that it had,
    or empty; `ouverte` while the bailleur's file still holds that residence."""

    ident_int: str
    ident_rep: str
    residence: str
    nom: str
    ouverte: bool
    motif: Motif
    acquereur: str


@dataclass(frozen=True)
class LigneSorties:
    """Dwellings gone from a bailleur, or from one of its residences; `comptes` is None when masked."""

    bailleur: str
    residence: str
    nom: str
    ouverte: bool
    comptes: dict[Motif, int] | None

    @property
    def total(self) -> int | None:
        return None if self.comptes is None else sum(self.comptes.values())


@dataclass(frozen=True)
class Sorties:
    """`ventes`: (seller, buyer) → dwellings, of the sellers whose line is shown."""

    bailleurs: list[LigneSorties]
    residences: list[LigneSorties]
    ventes: dict[tuple[str, str], int] = field(default_factory=dict)


def compter(adhesion, epci: str, millesime: int) -> Sorties:
    """Counts of the exits of a territory: a bailleur's own; those of every bailleur for the EPCI and the State."""
    lues = executer(COMPTES, adhesion, epci, millesime)
    par_bailleur: dict = defaultdict(lambda: defaultdict(int))
    par_residence: dict = defaultdict(lambda: defaultdict(int))
    ventes: dict = defaultdict(int)
    for bailleur, residence, nom, ouverte, motif, acquereur, nombre in lues:
        par_bailleur[bailleur, "", "", False][motif_de(motif)] += nombre
        par_residence[bailleur, residence, nom, ouverte][motif_de(motif)] += nombre
        if acquereur:
            ventes[bailleur, acquereur] += nombre
    lecteur = secret.lecteur(adhesion)
    bailleurs = [ligne(lecteur, epci, Niveau.EPCI, *cle, comptes) for cle, comptes in par_bailleur.items()]
    residences = [ligne(lecteur, epci, Niveau.RESIDENCE, *cle, comptes) for cle, comptes in par_residence.items()]
    montres = {une.bailleur for une in bailleurs if une.comptes is not None}
    return Sorties(bailleurs, residences, {paire: n for paire, n in ventes.items() if paire[0] in montres})


def lister(adhesion, epci: str, millesime: int) -> list[LogementSorti]:
    """Dwellings, row by row, for their own bailleur alone."""
    if not adhesion or adhesion.nature != Organisation.Nature.BAILLEUR:
        return []
    lues = executer(DETAIL, adhesion, epci, millesime)
    return [LogementSorti(*une[:5], motif_de(une[5]), une[6]) for une in lues]


def executer(requete: str, adhesion, epci: str, millesime: int) -> list[tuple]:
    """Nothing for who may read neither the rows nor their counts by bailleur."""
    nature = Organisation.Nature
    if not adhesion or adhesion.nature not in (nature.BAILLEUR, nature.EPCI, nature.DDT):
        return []
    seul = adhesion.siren if adhesion.nature == nature.BAILLEUR else ""
    with transaction.atomic(), connection.cursor() as curseur:
        # compiling the query would take longer than running it
        curseur.execute("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
        curseur.execute(requete, {"epci": epci, "millesime": millesime, "seul": seul})
        return curseur.fetchall()


def motif_de(code: int | None) -> Motif:
    return MOTIFS[code] if code else Motif.INCONNU


def ligne(
    lecteur, epci: str, niveau: Niveau, bailleur: str, residence: str, nom: str, ouverte: bool, comptes
) -> LigneSorties:
    """Masked as a whole when one of its counts is."""
    total = sum(comptes.values())
    masquee = any(
        secret.masquer(
            lecteur,
            epci=epci,
            source="rpls",
            niveau=niveau.value,
            base="logements",
            effectif=total,
            numerateur=nombre,
            denominateur=total,
            bailleur=bailleur,
        )
        for nombre in comptes.values()
    )
    return LigneSorties(bailleur, residence, nom, ouverte, None if masquee else dict(comptes))
