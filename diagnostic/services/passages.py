"""Residences proposed for the dwellings that no `passage` file attaches: grouped by bailleur × commune × COMPLGEO, else
by address × year of construction; confirmed group by group, they make a `passage` deposit of the platform.

A group is proposed the residence that its other dwellings already have, else the one of its commune that bears the
name of the programme, else the one at its address; nothing where two residences would do.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection, transaction

from diagnostic.models import RattachementRefuse, Residence
from partenaires.depots.contrats import REGISTRE
from partenaires.depots.identite import verrouiller
from partenaires.depots.moteur import importer
from partenaires.models import Depot
from partenaires.services import stockage
from partenaires.services.conservation import jusqu_au
from partenaires.services.depots import controler_droit
from partenaires.services.journal import noter

ACCENTUES, PLATS = "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜàâäçéèêëîïôöùûü", "AAACEEEEIIOOUUUaaaceeeeiioouuu"
# Words that files write in several ways.
EQUIVALENTS = (
    ("^(residence|res|programme|prog|immeuble|imm|ensemble) ", ""),
    (r"\mav\M", "avenue"),
    (r"\m(bd|bld|boul)\M", "boulevard"),
    (r"\mall\M", "allee"),
    (r"\mpl\M", "place"),
    (r"\m(ch|che|chem)\M", "chemin"),
    (r"\mimp\M", "impasse"),
    (r"\msq\M", "square"),
    (r"\mrte\M", "route"),
)


def plat(texte: str) -> str:
    """SQL of a name as it is compared: lower case, no accents, words only; NULL when nothing is left."""
    sql = f"lower(translate({texte}, '{ACCENTUES}', '{PLATS}'))"
    sql = f"btrim(regexp_replace({sql}, '[^a-z0-9]+', ' ', 'g'))"
    for motif, mot in EQUIVALENTS:
        sql = f"regexp_replace({sql}, '{motif}', '{mot}')"
    return f"nullif({sql}, '')"


# Every dwelling of the bailleur at its last millésime: its group, and the known residence that a passage gives it.
LOGEMENTS = f"""
WITH parc AS MATERIALIZED (
  SELECT DISTINCT ON (l.ident_int) l.ident_int, l.commune, l.complgeo, l.construct,
    nullif(concat_ws(' ', l.numvoie, l.typvoie, l.nomvoie), '') AS voie,
    {plat("l.complgeo")} AS programme, r.code AS residence
  FROM diagnostic_logement l
  LEFT JOIN (diagnostic_passage p JOIN diagnostic_residence r
    ON r.courant AND r.bailleur = p.bailleur AND r.code = p.code_residence)
    ON p.courant AND p.bailleur = l.bailleur AND p.ident_int = l.ident_int
  WHERE l.courant AND l.bailleur = %(bailleur)s AND l.millesime = (
    SELECT max(millesime) FROM diagnostic_logement WHERE courant AND bailleur = %(bailleur)s)
  ORDER BY l.ident_int, l.ident_org
), adresses AS MATERIALIZED (
  SELECT *, {plat("voie")} AS adresse FROM parc
), logements AS MATERIALIZED (
  SELECT *, md5(concat_ws('|', commune, programme, CASE WHEN programme IS NULL THEN adresse END,
    CASE WHEN programme IS NULL THEN construct END)) AS groupe
  FROM adresses WHERE programme IS NOT NULL OR adresse IS NOT NULL
)
"""
GROUPES = (
    LOGEMENTS
    + f"""
, groupes AS MATERIALIZED (
  SELECT groupe, min(commune) AS commune, min(complgeo) AS complgeo, min(programme) AS programme,
    min(voie) AS voie, count(DISTINCT adresse) AS adresses, min(adresse) AS adresse, min(construct) AS debut,
    max(construct) AS fin, count(*) FILTER (WHERE residence IS NULL) AS a_rattacher, count(residence) AS rattaches,
    mode() WITHIN GROUP (ORDER BY residence) AS deja
  FROM logements GROUP BY groupe HAVING count(*) > count(residence)
), residences AS MATERIALIZED (
  SELECT code, commune_id AS commune, {plat("nom")} AS nom, {plat("adresse")} AS adresse
  FROM diagnostic_residence WHERE courant AND bailleur = %(bailleur)s
), par_nom AS (
  SELECT commune, nom, min(code) AS code FROM residences GROUP BY commune, nom HAVING count(*) = 1
), par_adresse AS (
  SELECT commune, adresse, min(code) AS code FROM residences WHERE adresse IS NOT NULL
  GROUP BY commune, adresse HAVING count(*) = 1
)
SELECT g.groupe, g.commune, g.complgeo, g.voie, g.adresses, g.debut, g.fin, g.a_rattacher, g.rattaches,
  coalesce(g.deja, n.code, a.code) AS residence,
  CASE WHEN g.deja IS NOT NULL THEN 'passage' WHEN n.code IS NOT NULL THEN 'nom' WHEN a.code IS NOT NULL THEN 'adresse'
    ELSE '' END AS motif
FROM groupes g
LEFT JOIN par_nom n ON n.commune = g.commune AND n.nom = g.programme
LEFT JOIN par_adresse a ON a.commune = g.commune AND a.adresse = g.adresse AND g.adresses = 1
WHERE NOT EXISTS (
  SELECT 1 FROM diagnostic_rattachementrefuse x WHERE x.bailleur = %(bailleur)s AND x.groupe = g.groupe)
ORDER BY (coalesce(g.deja, n.code, a.code) IS NULL), g.commune, g.complgeo NULLS LAST, g.voie, g.debut
"""
)
# The whole slot of the bailleur: the passages in force, and those confirmed. A passage in force to a residence that is
# not known gives way.
FICHIER = (
    LOGEMENTS
    + """
, confirmes AS MATERIALIZED (
  SELECT l.ident_int, c.residence FROM logements l JOIN rattachements_choisis c USING (groupe) WHERE l.residence IS NULL
)
SELECT %(bailleur)s AS "SIREN_BAILLEUR", ident_int AS "IDENT_INT", residence AS "CODE_RESIDENCE" FROM confirmes
UNION ALL
SELECT p.bailleur, p.ident_int, p.code_residence FROM diagnostic_passage p
WHERE p.courant AND p.bailleur = %(bailleur)s AND p.ident_int NOT IN (SELECT ident_int FROM confirmes)
"""
)
MOTIFS = {
    "passage": "résidence des autres logements du groupe",
    "nom": "même nom de programme",
    "adresse": "même adresse",
    "": "",
}


class RattachementInvalide(Exception):
    """What cannot be confirmed, and why, in French."""


@dataclass(frozen=True)
class Groupe:
    """Dwellings of one programme, or of one address and year. `residence`: the code proposed, None without proposal;
    `a_rattacher`, `rattaches`: dwellings without and with a known residence."""

    groupe: str
    commune: str
    complgeo: str | None
    voie: str | None
    adresses: int
    debut: int | None
    fin: int | None
    a_rattacher: int
    rattaches: int
    residence: str | None
    motif: str

    @property
    def libelle(self) -> str:
        return self.complgeo or self.voie or ""

    @property
    def annees(self) -> str:
        if self.debut is None:
            return ""
        return str(self.debut) if self.debut == self.fin else f"{self.debut} à {self.fin}"

    @property
    def raison(self) -> str:
        return MOTIFS[self.motif]


def proposer(bailleur: str) -> list[Groupe]:
    """The groups of a bailleur (SIREN) with dwellings to attach, those with a proposal first."""
    with connection.cursor() as curseur:
        curseur.execute(GROUPES, {"bailleur": bailleur})
        return [Groupe(*ligne) for ligne in curseur.fetchall()]


@transaction.atomic
def confirmer(adhesion, choix: dict[str, str], refus: list[str]) -> Depot | None:
    """Refuses the groups `refus`; attaches the dwellings of `choix` ({group: code of a residence}) by a `passage`
    deposit for the bailleur, that holds its whole slot. None when nothing is attached.

    Raises DepotInterdit, RattachementInvalide.
    """
    bailleur = adhesion.organisation
    controler_droit(adhesion, REGISTRE["passage"], bailleur)
    verrouiller(REGISTRE["passage"], Depot(type="passage", organisation=bailleur))
    groupes = {un.groupe for un in proposer(bailleur.siren)}
    if not groupes >= {*choix, *refus}:
        raise RattachementInvalide("Des logements ont été rattachés entre-temps. Relisez les propositions.")
    siennes = Residence.objects.courantes().filter(bailleur=bailleur.siren, code__in=choix.values())
    if inconnus := set(choix.values()) - set(siennes.values_list("code", flat=True)):
        raise RattachementInvalide(f"Aucune de vos résidences n'a le code {min(inconnus)}. Choisissez dans la liste.")
    RattachementRefuse.objects.bulk_create(
        [RattachementRefuse(bailleur=bailleur.siren, groupe=un, refuse_par=adhesion.utilisateur) for un in refus],
        ignore_conflicts=True,
    )
    return deposer(adhesion, choix) if choix else None


def deposer(adhesion, choix: dict[str, str]) -> Depot:
    with TemporaryDirectory(prefix="passage-") as dossier:
        chemin = Path(dossier) / f"passage_propose_{date.today():%Y-%m-%d}.csv"
        ecrire(chemin, adhesion.siren, choix)
        depot = importer(
            "passage",
            chemin,
            organisation=adhesion.organisation,
            deposant=adhesion.organisation,
            utilisateur=adhesion.utilisateur,
        )
        if depot.etat not in (Depot.Etat.CHARGE, Depot.Etat.DEJA_CHARGE):
            raise RattachementInvalide(f"Le rattachement n'a pas pu être chargé : {depot.rapport['erreurs']}")
        garder(depot, chemin)
    noter(adhesion, "depot", f"passage {depot.fichier} (n° {depot.pk})")
    return depot


def garder(depot: Depot, chemin: Path) -> None:
    """The file in encrypted storage like any other deposited file, once the deposit itself is there for good."""
    copie = stockage.Ecriture()
    with chemin.open("rb") as flux:
        while bloc := flux.read(stockage.BLOC):
            copie.ecrire(bloc)
    copie.clore()
    transaction.on_commit(lambda: copie.ranger(stockage.chemin_de(depot)))
    depot.conserver_jusqu_au = jusqu_au(REGISTRE["passage"], date.today())
    depot.save(update_fields=["conserver_jusqu_au"])


def ecrire(chemin: Path, bailleur: str, choix: dict[str, str]) -> None:
    """The file of the deposit, streamed from the database."""
    with connection.cursor() as curseur:
        curseur.execute("DROP TABLE IF EXISTS pg_temp.rattachements_choisis")
        curseur.execute("CREATE TEMP TABLE rattachements_choisis (groupe text, residence text) ON COMMIT DROP")
        with curseur.copy("COPY rattachements_choisis FROM STDIN") as copie:
            for ligne in choix.items():
                copie.write_row(ligne)
        requete = curseur.mogrify(FICHIER, {"bailleur": bailleur})
        with chemin.open("wb") as sortie, curseur.copy(f"COPY ({requete}) TO STDOUT (FORMAT csv, HEADER)") as copie:
            for bloc in copie:
                sortie.write(bloc)
