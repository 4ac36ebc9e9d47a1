"""What a bailleur, or the EPCI for it, makes of the groups proposed (`diagnostic.services.passages`): attached to known
residences or to new ones, or refused. The engine loads it as deposits of the platform: `residences` where some are new,
then `passage`, both or none. Each holds its whole slot, so that nothing known is closed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

from django.db import connection, transaction

from diagnostic.models import RattachementRefuse, Residence
from diagnostic.services.passages import LOGEMENTS, NOM_MAX, Groupe, bailleurs_servis, perimetre, proposer
from partenaires.depots.contrats import REGISTRE
from partenaires.depots.identite import verrouiller
from partenaires.depots.moteur import importer
from partenaires.depots.nettoyage import INCONNUS
from partenaires.models import Depot, Organisation
from partenaires.services import stockage
from partenaires.services.conservation import jusqu_au
from partenaires.services.depots import DepotInterdit, controler_droit
from partenaires.services.journal import noter

CODE_MAX = Residence._meta.get_field("code").max_length
# The points are in degrees: without EPSG, the reader takes them so. An empty QPV stays to be settled by the dwellings.
RESIDENCES = """
SELECT bailleur AS "SIREN_BAILLEUR", code AS "CODE_RESIDENCE", nom AS "NOM_RESIDENCE", commune_id AS "DEPCOM",
  famille AS "FAMILLE", adresse AS "ADRESSE", longitude AS "X", latitude AS "Y", qpv_declare AS "QPV"
FROM diagnostic_residence WHERE courant AND bailleur = %(bailleur)s
UNION ALL
SELECT %(bailleur)s, code, nom, commune, '', adresse, NULL, NULL, '' FROM residences_nouvelles
"""
# A passage in force to a residence that is not known gives way to the one confirmed.
PASSAGES = (
    LOGEMENTS
    + """
, confirmes AS MATERIALIZED (
  SELECT l.ident_int, c.residence FROM logements l JOIN rattachements_choisis c USING (groupe) WHERE l.residence IS NULL
)
SELECT %(bailleur)s AS "SIREN_BAILLEUR", ident_int AS "IDENT_INT", residence AS "CODE_RESIDENCE" FROM confirmes
UNION ALL
SELECT p.bailleur, p.ident_int, p.code_residence FROM diagnostic_passage p
WHERE p.courant AND p.bailleur = %(bailleur)s
  AND NOT EXISTS (SELECT 1 FROM confirmes c WHERE c.ident_int = p.ident_int)
"""
)


class RattachementInvalide(Exception):
    """What cannot be confirmed, and why, in French."""


class PropositionPerimee(RattachementInvalide):
    """The groups are no longer those that the member has read."""


@dataclass(frozen=True)
class Nouvelle:
    """A residence to be made of a group. Two groups of a commune under the same code and name make one."""

    code: str
    nom: str


@dataclass(frozen=True)
class Choix:
    """What is decided, by group: the code of a known residence, or a new one, or a refusal."""

    connues: dict[str, str] = field(default_factory=dict)
    nouvelles: dict[str, Nouvelle] = field(default_factory=dict)
    refus: list[str] = field(default_factory=list)

    @property
    def groupes(self) -> set[str]:
        return {*self.connues, *self.nouvelles, *self.refus}

    @property
    def residences(self) -> dict[str, str]:
        """{group: code of its residence}, known or new."""
        return self.connues | {groupe: une.code for groupe, une in self.nouvelles.items()}


def tel_que_propose(groupes: Iterable[Groupe]) -> Choix:
    """Every proposal as it stands; groups without one are left for later."""
    choix = Choix()
    for un in groupes:
        if un.a_creer:
            choix.nouvelles[un.groupe] = Nouvelle(un.code, un.nom)
        elif un.residence:
            choix.connues[un.groupe] = un.residence
    return choix


@transaction.atomic
def confirmer(adhesion, bailleur: Organisation, choix: Choix | None = None) -> list[Depot]:
    """The deposits made, none where groups are only refused. `choix` None: everything as it is proposed now.

    Raises DepotInterdit, RattachementInvalide (PropositionPerimee where the groups have changed), DisquePlein.
    """
    for type in ("residences", "passage"):
        controler_droit(adhesion, REGISTRE[type], bailleur)
    if not bailleurs_servis(adhesion).filter(pk=bailleur.pk).exists():
        raise DepotInterdit(f"Le protocole d'échange ne vous donne pas le parc de {bailleur} à la résidence.")
    for type in ("residences", "passage"):
        verrouiller(REGISTRE[type], Depot(type=type, organisation=bailleur))
    groupes = {un.groupe: un for un in proposer(bailleur.siren, perimetre(adhesion))}
    choix = tel_que_propose(groupes.values()) if choix is None else choix
    if not groupes.keys() >= choix.groupes:
        raise PropositionPerimee("Des logements ont été rattachés entre-temps. Relisez les propositions.")
    verifier_connues(adhesion, bailleur, choix)
    neuves = lignes_neuves(bailleur, choix, groupes)
    RattachementRefuse.objects.bulk_create(
        [RattachementRefuse(bailleur=bailleur.siren, groupe=un, refuse_par=adhesion.utilisateur) for un in choix.refus],
        ignore_conflicts=True,
    )
    return deposer(adhesion, bailleur, choix, neuves)


# --- what may be chosen ---------------------------------------------------------------------------------------------


def verifier_connues(adhesion, bailleur: Organisation, choix: Choix) -> None:
    """Raises RattachementInvalide."""
    voulues = set(choix.connues.values())
    siennes = Residence.objects.visible_to(adhesion).courantes().filter(bailleur=bailleur.siren, code__in=voulues)
    if inconnues := voulues - set(siennes.values_list("code", flat=True)):
        raise RattachementInvalide(
            f"Aucune résidence de {bailleur} n'a le code {min(inconnues)}. Choisissez dans la liste, ou créez-la."
        )


def lignes_neuves(bailleur: Organisation, choix: Choix, groupes: dict[str, Groupe]) -> list[tuple[str, ...]]:
    """(code, name, commune, address) of the residences to make, one a code. Raises RattachementInvalide."""
    neuves: dict[str, tuple[str, ...]] = {}
    for groupe, une in choix.nouvelles.items():
        verifier_neuve(une)
        de = groupes[groupe]
        code, nom, commune, _ = neuves.setdefault(une.code, (une.code, une.nom, de.commune, de.voie or ""))
        if (nom, commune) != (une.nom, de.commune):
            raise RattachementInvalide(
                f"Deux nouvelles résidences auraient le code {code}. Donnez-leur deux codes ; ou, pour n'en faire "
                "qu'une dans une même commune, le même nom."
            )
    prises = Residence.objects.courantes().filter(bailleur=bailleur.siren, code__in=neuves)
    if prise := prises.order_by("code").values_list("code", flat=True).first():
        raise RattachementInvalide(
            f"Le code {prise} est déjà celui d'une résidence de {bailleur}. Choisissez-la, ou changez de code."
        )
    return list(neuves.values())


def verifier_neuve(une: Nouvelle) -> None:
    """A code and a name that the reader of files takes as they are. Raises RattachementInvalide."""
    for texte, maximum, quoi in ((une.code, CODE_MAX, "le code"), (une.nom, NOM_MAX, "le nom")):
        if texte in INCONNUS or len(texte) > maximum or not texte.isprintable() or texte != " ".join(texte.split()):
            raise RattachementInvalide(
                f"Dans {quoi} de la nouvelle résidence « {une.nom[:50] or une.code[:50]} », mettez de 1 à {maximum} "
                "caractères visibles, sans espaces en trop, et pas un mot qui dit l'inconnu (NA, NC, ND, Z)."
            )


# --- the deposits ---------------------------------------------------------------------------------------------------


def deposer(adhesion, bailleur: Organisation, choix: Choix, neuves: list[tuple[str, ...]]) -> list[Depot]:
    parametres = {"bailleur": bailleur.siren, "epci": perimetre(adhesion)}
    depots = []
    if neuves:
        remplir("residences_nouvelles (code text, nom text, commune text, adresse text)", neuves)
        depots.append(charger(adhesion, bailleur, "residences", RESIDENCES, parametres))
    if choix.residences:
        remplir("rattachements_choisis (groupe text, residence text)", choix.residences.items())
        depots.append(charger(adhesion, bailleur, "passage", PASSAGES, parametres))
    return depots


def remplir(table: str, lignes: Iterable[tuple[str, ...]]) -> None:
    nom = table.split()[0]
    with connection.cursor() as curseur:
        curseur.execute(f"DROP TABLE IF EXISTS pg_temp.{nom}")
        curseur.execute(f"CREATE TEMP TABLE {table} ON COMMIT DROP")
        with curseur.copy(f"COPY {nom} FROM STDIN") as copie:
            for ligne in lignes:
                copie.write_row(ligne)


def charger(adhesion, bailleur: Organisation, type: str, requete: str, parametres: dict) -> Depot:
    """One file, written from the database, loaded and kept. Raises RattachementInvalide, DisquePlein."""
    depot = Depot(
        type=type,
        fichier=f"{type}_propose_{date.today():%Y-%m-%d}.csv",
        deposant=adhesion.organisation,
        depose_par=adhesion.utilisateur,
    )
    with stockage.prive(".csv") as (chemin, sortie):
        ecrire(sortie, requete, parametres)
        depot = importer(
            type,
            chemin,
            organisation=bailleur,
            deposant=adhesion.organisation,
            utilisateur=adhesion.utilisateur,
            depot=depot,
        )
        if depot.etat not in (Depot.Etat.CHARGE, Depot.Etat.DEJA_CHARGE):
            raisons = " ".join(erreur["message"] for erreur in depot.rapport["erreurs"])
            raise RattachementInvalide(f"Rien n'a été rattaché : le fichier {type} ne se charge pas. {raisons}")
        garder(depot, chemin)
    noter(adhesion, "depot", f"{type} {depot.fichier} (n° {depot.pk})")
    return depot


def ecrire(sortie: BinaryIO, requete: str, parametres: dict) -> None:
    """The rows of a query as a CSV, streamed."""
    with connection.cursor() as curseur:
        complete = curseur.mogrify(requete, parametres)
        with curseur.copy(f"COPY ({complete}) TO STDOUT (FORMAT csv, HEADER)") as copie:
            for bloc in copie:
                sortie.write(bloc)
    sortie.flush()


def garder(depot: Depot, chemin: Path) -> None:
    """The file in encrypted storage like any other deposited file, once the deposit itself is there for good."""
    copie = stockage.Ecriture()
    with chemin.open("rb") as flux:
        while bloc := flux.read(stockage.BLOC):
            copie.ecrire(bloc)
    copie.clore()
    transaction.on_commit(lambda: copie.ranger(stockage.chemin_de(depot)))
    depot.conserver_jusqu_au = jusqu_au(REGISTRE[depot.type], date.today())
    depot.save(update_fields=["conserver_jusqu_au"])
