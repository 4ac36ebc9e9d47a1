"""Residences proposed for the dwellings that no `passage` file attaches: grouped by bailleur × commune × COMPLGEO, else
by address × year of construction. What is confirmed is loaded by `diagnostic.services.rattachements`.

A group is proposed the residence that its other dwellings already have, else the one made for it before, else the one
of its commune that bears the name of the programme, else the one at its address; nothing where two residences would do.
Where none would, a residence of its own is proposed: a code drawn from the group alone, the name that the dwellings
bear most often, no QPV (regles §0: the majority of their flags decides).
"""

from dataclasses import dataclass

from django.db import connection, transaction

from diagnostic.models import Residence
from diagnostic.services.secret import Audience, audience
from partenaires.models import Organisation, Protocole
from partenaires.services.lots import organisations_servies

ACCENTUES, PLATS = "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜàâäçéèêëîïôöùûü", "AAACEEEEIIOOUUUaaaceeeeiioouuu"
# Words that files write in several ways.
EQUIVALENTS = (
    (r"\mav\M", "avenue"),
    (r"\m(bd|bld|boul)\M", "boulevard"),
    (r"\mall\M", "allee"),
    (r"\mpl\M", "place"),
    (r"\m(ch|che|chem)\M", "chemin"),
    (r"\mimp\M", "impasse"),
    (r"\msq\M", "square"),
    (r"\mrte\M", "route"),
)
GENRE = "^(residence|res|programme|prog|immeuble|imm|ensemble) "  # before the name itself
NOM_MAX = Residence._meta.get_field("nom").max_length
LETTRES = 36  # of the group's name in the code of a new residence: the whole stays within 50


def plat(texte: str) -> str:
    """SQL of a text as it is compared: lower case, no accents, words only; NULL when nothing is left."""
    sql = f"lower(translate({texte}, '{ACCENTUES}', '{PLATS}'))"
    sql = f"btrim(regexp_replace({sql}, '[^a-z0-9]+', ' ', 'g'))"
    for motif, mot in EQUIVALENTS:
        sql = f"regexp_replace({sql}, '{motif}', '{mot}')"
    return f"nullif({sql}, '')"


def nom_plat(texte: str) -> str:
    """SQL of the name of a programme or a residence as it is compared."""
    return f"regexp_replace({plat(texte)}, '{GENRE}', '')"


# Every dwelling of the bailleur at its last millésime: its group, the known residence that a passage gives it, else the
# code that a passage gives it in vain. `epci`: the dwellings of that territory alone.
LOGEMENTS = f"""
WITH parc AS MATERIALIZED (
  SELECT DISTINCT ON (l.ident_int) l.ident_int, l.commune, l.complgeo, l.construct, l.numvoie,
    nullif(concat_ws(' ', l.typvoie, l.nomvoie), '') AS rue,
    r.code AS residence, CASE WHEN r.code IS NULL THEN p.code_residence END AS declare
  FROM diagnostic_logement l
  LEFT JOIN diagnostic_passage p ON p.courant AND p.bailleur = l.bailleur AND p.ident_int = l.ident_int
  LEFT JOIN diagnostic_residence r ON r.courant AND r.bailleur = p.bailleur AND r.code = p.code_residence
  WHERE l.courant AND l.bailleur = %(bailleur)s AND l.millesime = (
    SELECT max(millesime) FROM diagnostic_logement WHERE courant AND bailleur = %(bailleur)s)
    AND (%(epci)s = '' OR l.commune IN (SELECT code FROM diagnostic_commune WHERE territoire_id = %(epci)s))
  ORDER BY l.ident_int, l.ident_org
), textes AS MATERIALIZED (
  SELECT texte, {plat("texte")} AS plat, {nom_plat("texte")} AS nom FROM (
    SELECT complgeo AS texte FROM parc UNION SELECT rue FROM parc UNION SELECT numvoie FROM parc) ecrits
  WHERE texte IS NOT NULL
), adresses AS MATERIALIZED (
  SELECT d.*, concat_ws(' ', d.numvoie, d.rue) AS voie, n.nom AS programme,
    CASE WHEN r.plat IS NOT NULL THEN concat_ws(' ', v.plat, r.plat) END AS adresse
  FROM parc d LEFT JOIN textes n ON n.texte = d.complgeo LEFT JOIN textes r ON r.texte = d.rue
  LEFT JOIN textes v ON v.texte = d.numvoie
), logements AS MATERIALIZED (
  SELECT *, md5(concat_ws('|', commune, programme, CASE WHEN programme IS NULL THEN adresse END,
    CASE WHEN programme IS NULL THEN construct END)) AS groupe
  FROM adresses WHERE programme IS NOT NULL OR adresse IS NOT NULL
)
"""
# `code`: that of the `passage` file where it is the only one, and of this group only; else drawn from the group.
GROUPES = (
    LOGEMENTS
    + f"""
, reunis AS MATERIALIZED (
  SELECT groupe, min(commune) AS commune, min(programme) AS programme,
    mode() WITHIN GROUP (ORDER BY complgeo) FILTER (WHERE programme IS NOT NULL) AS complgeo,
    mode() WITHIN GROUP (ORDER BY voie) AS voie, count(DISTINCT adresse) AS adresses, min(adresse) AS adresse,
    min(construct) AS debut, max(construct) AS fin, count(*) FILTER (WHERE residence IS NULL) AS a_rattacher,
    count(residence) AS rattaches, mode() WITHIN GROUP (ORDER BY residence) AS deja,
    CASE WHEN count(declare) = count(*) AND min(declare) = max(declare) THEN min(declare) END AS declare
  FROM logements GROUP BY groupe HAVING count(*) > count(residence)
), groupes AS MATERIALIZED (
  SELECT *, CASE WHEN declare IS NOT NULL AND count(*) OVER (PARTITION BY declare) = 1 THEN declare
    ELSE concat_ws('-', 'G', commune, btrim(upper(replace(left(
      coalesce(programme, concat_ws(' ', adresse, debut)), {LETTRES}), ' ', '-')), '-'), upper(left(groupe, 4)))
    END AS code
  FROM reunis
), residences AS MATERIALIZED (
  SELECT code, commune_id AS commune, {nom_plat("nom")} AS nom, {plat("adresse")} AS adresse
  FROM diagnostic_residence WHERE courant AND bailleur = %(bailleur)s
), par_nom AS (
  SELECT commune, nom, min(code) AS code, count(*) AS nombre FROM residences GROUP BY commune, nom
), par_adresse AS (
  SELECT commune, adresse, min(code) AS code, count(*) AS nombre FROM residences WHERE adresse IS NOT NULL
  GROUP BY commune, adresse
), rapproches AS (
  SELECT g.*, CASE WHEN g.deja IS NOT NULL THEN 'passage' WHEN c.code IS NOT NULL THEN 'code'
    WHEN n.nombre = 1 THEN 'nom' WHEN a.nombre = 1 THEN 'adresse'
    WHEN n.nombre > 1 OR a.nombre > 1 THEN '' ELSE 'nouvelle' END AS motif,
    c.code AS par_code, n.code AS par_nom, a.code AS par_adresse
  FROM groupes g
  LEFT JOIN residences c ON c.code = g.code AND c.commune = g.commune
  LEFT JOIN par_nom n ON n.commune = g.commune AND n.nom = g.programme
  LEFT JOIN par_adresse a ON a.commune = g.commune AND a.adresse = g.adresse AND g.adresses = 1
)
SELECT groupe, commune, complgeo, voie, adresses, debut, fin, a_rattacher, rattaches, code,
  CASE motif WHEN 'passage' THEN deja WHEN 'code' THEN par_code WHEN 'nom' THEN par_nom
    WHEN 'adresse' THEN par_adresse END AS residence, motif
FROM rapproches
WHERE NOT EXISTS (
  SELECT 1 FROM diagnostic_rattachementrefuse x WHERE x.bailleur = %(bailleur)s AND x.groupe = rapproches.groupe)
ORDER BY (motif = ''), (motif = 'nouvelle'), commune, complgeo NULLS LAST, voie, debut, groupe
"""
)
MOTIFS = {
    "passage": "résidence des autres logements du groupe",
    "code": "résidence déjà créée pour ce groupe",
    "nom": "même nom de programme",
    "adresse": "même adresse",
    "nouvelle": "aucune résidence connue n'y répond : en créer une",
    "": "plusieurs résidences conviendraient",
}


@dataclass(frozen=True)
class Groupe:
    """Dwellings of one programme, or of one address and year. `code`: that of the residence to be made of it;
    `residence`: the code of the known one that is proposed, None without one; `a_rattacher`, `rattaches`: dwellings
    without and with a known residence."""

    groupe: str
    commune: str
    complgeo: str | None
    voie: str | None
    adresses: int
    debut: int | None
    fin: int | None
    a_rattacher: int
    rattaches: int
    code: str
    residence: str | None
    motif: str

    @property
    def libelle(self) -> str:
        return self.complgeo or self.voie or ""

    @property
    def nom(self) -> str:
        """The name of the residence to be made of it."""
        if self.complgeo or self.debut is None:
            return self.libelle
        return f"{self.libelle[: NOM_MAX - len(' (AAAA)')]} ({self.debut})"

    @property
    def annees(self) -> str:
        if self.debut is None:
            return ""
        return str(self.debut) if self.debut == self.fin else f"{self.debut} à {self.fin}"

    @property
    def raison(self) -> str:
        return MOTIFS[self.motif]

    @property
    def a_creer(self) -> bool:
        return self.motif == "nouvelle"

    @property
    def propose(self) -> bool:
        return bool(self.motif)


def bailleurs_servis(adhesion):
    """The bailleurs whose dwellings the member may review: itself; for an EPCI, those that it deposits for, as long as
    the protocole lets it read the stock down to the residence."""
    siens = organisations_servies(adhesion).filter(nature=Organisation.Nature.BAILLEUR)
    if adhesion.nature != Organisation.Nature.EPCI:
        return siens
    lue = audience(adhesion, adhesion.siren, Protocole.Source.RPLS, Protocole.Echelle.RESIDENCE)
    return siens.none() if lue is Audience.DIFFUSION else siens


def perimetre(adhesion) -> str:
    """The territory that an EPCI stays within, empty for a bailleur: its dwellings are its own anywhere."""
    return adhesion.siren if adhesion.nature == Organisation.Nature.EPCI else ""


def proposer(bailleur: str, epci: str = "") -> list[Groupe]:
    """The groups of a bailleur (SIREN) with dwellings to attach: to a known residence, then to a new one, then those
    without a proposal. `epci`: in the communes of that territory only."""
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
        curseur.execute(GROUPES, {"bailleur": bailleur, "epci": epci})
        return [Groupe(*ligne) for ligne in curseur.fetchall()]
