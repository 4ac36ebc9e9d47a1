"""The import engine: one file in, one Depot out, in one transaction (contrat §2, docs/architecture.md)."""

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from django.db import connection, transaction

from partenaires.depots import chargement, controles, entetes, identite, lignes
from partenaires.depots.contexte import Contexte
from partenaires.depots.contrats import REGISTRE, Format
from partenaires.depots.lecture import Fichier, ouvrir
from partenaires.depots.rapport import Rapport, Refus, refuser
from partenaires.models import Depot, Organisation, Utilisateur

ANALYSE_AU_DELA = 10_000


class _Arret(Exception):
    """Leaves the transaction, undoing it; the report says why."""


def importer(
    type: str,
    chemin: str | Path,
    *,
    organisation: Organisation | str | None = None,
    deposant: Organisation | None = None,
    utilisateur: Utilisateur | None = None,
    millesime: int | None = None,
    nature: str = "",
    version: str = "",
    feuille: str | None = None,
    encodage: str | None = None,
    simulation: bool = False,
    accepter_partiel: bool = False,
    depot: Depot | None = None,
) -> Depot:
    """Checks and loads a file; returns its deposit, whose `etat` and `rapport` say what came of it.

    `organisation`: whose rows, or their SIREN; `deposant`: who acts (default: `organisation`; none: the platform's
    administrator). `depot`: the row already written for this file, if any. Nothing in the database changes on a
    refusal or a simulation, but the record of the deposit itself.
    """
    debut = perf_counter()
    chemin, un_format = Path(chemin), REGISTRE[type]
    nom = (depot and depot.fichier) or chemin.name
    depot = depot or Depot(type=type, fichier=nom[:255], deposant=deposant, depose_par=utilisateur)
    depot.millesime, depot.nature, depot.version = millesime, nature, version
    rapport = Rapport(type, nom)
    try:
        if un_format.millesime_obligatoire and millesime is None:
            raise refuser(
                "millesime_absent",
                f"Le type {type} demande le millésime du fichier (l'année, AAAA). Indiquez-le (--millesime).",
            )
        organisation = identite.trouver(organisation)
        depot.organisation, depot.deposant = organisation, deposant or organisation
        identite.verifier_deposant(un_format, depot.deposant)
        fichier = ouvrir(chemin, un_format.geographique, feuille, encodage)
        depot.sha256, depot.taille, rapport.sha256 = fichier.sha256, fichier.taille, fichier.sha256
        trouve = correspondance(un_format, fichier, rapport)
        with transaction.atomic():
            ctx = Contexte(depot, un_format, trouve, rapport)
            _executer(ctx, fichier, accepter_partiel, debut)
            if simulation and rapport.statut == "charge":
                rapport.statut = "simulation"
                raise _Arret
    except Refus as refus:
        rapport.erreurs += refus.constats
        rapport.refuse()
    except _Arret:
        pass
    except Exception:
        marquer_echec(depot)
        raise
    return conclure(depot, rapport, debut)


def correspondance(un_format: Format, fichier: Fichier, rapport: Rapport) -> entetes.Correspondance:
    trouve = entetes.rapprocher(un_format, fichier.entetes)
    rapport.colonnes_inconnues, rapport.colonnes_manquantes = trouve.inconnues, trouve.manquantes
    constats = entetes.verifier(un_format, fichier.entetes, trouve)
    if constats:
        raise Refus(*constats)
    return trouve


def _executer(ctx: Contexte, fichier: Fichier, accepter_partiel: bool, debut: float):
    """Inside the transaction: file → rows → checks → load. Raises _Arret when nothing must be kept."""
    rapport, depot = ctx.rapport, ctx.depot
    with connection.cursor() as curseur:
        lignes.preparer_session(curseur)
        lignes.verser(curseur, fichier)
        rapport.lues = fichier.lues
        if not rapport.lues:
            raise refuser("fichier_vide", "Le fichier n'a qu'un en-tête, aucune ligne. Déposez un fichier rempli.")
        lignes.nettoyer(curseur, ctx.format, ctx.correspondance)
    controles.largeurs(ctx, fichier)
    controles.cellules(ctx)
    depot.organisation = identite.proprietaire(ctx, depot.organisation, depot.deposant)
    if depot.organisation is not None or ctx.format.proprietaire is None:
        identite.verrouiller(ctx)
        deja = identite.deja_charge(ctx.format, depot)
        if deja is not None:
            reprendre(rapport, deja)
            raise _Arret
    controles.doublons(ctx)
    if depot.organisation is not None or ctx.format.proprietaire is None:
        if ctx.format.controler is not None:
            ctx.format.controler(ctx)
    if rapport.erreurs and not (accepter_partiel and depot_possible(ctx)):
        rapport.refuse()
        raise _Arret
    ctx.ecarter("rejets")
    charger(ctx, debut)


def depot_possible(ctx: Contexte) -> bool:
    return ctx.format.proprietaire is None or ctx.depot.organisation is not None


def charger(ctx: Contexte, debut: float):
    rapport, depot = ctx.rapport, ctx.depot
    bonnes = ctx.valeur("SELECT count(*) FROM lignes")
    depot.etat = Depot.Etat.CHARGEMENT
    depot.save()
    rapport.inchangees = chargement.charger(ctx)
    rapport.chargees = bonnes - rapport.inchangees
    rapport.rejetees = rapport.lues - rapport.en_double - bonnes
    rapport.statut = "charge"
    if ctx.format.modele is not None and bonnes > ANALYSE_AU_DELA:
        ctx.sql(f"ANALYZE {chargement.table(ctx)}")
    depot.cles = identite.compter(ctx.format, depot) if ctx.format.modele is not None else bonnes
    depot.territoires = sorted(set(ctx.format.territoires(ctx))) if ctx.format.territoires else []
    depot.etat, depot.charge_le = Depot.Etat.CHARGE, datetime.now(UTC)
    rapport.duree_s = perf_counter() - debut
    depot.rapport = rapport.en_json()
    depot.save()


def reprendre(rapport: Rapport, deja: Depot):
    """The report of a file that is already in force: every row is there, unchanged."""
    avant = deja.rapport
    rapport.statut, rapport.erreurs, rapport.avertissements = "deja_charge", [], []
    rapport.en_double, rapport.rejetees = avant.get("lignes_en_double", 0), avant.get("lignes_rejetees", 0)
    rapport.inchangees = rapport.lues - rapport.en_double - rapport.rejetees


def marquer_echec(depot: Depot):
    """A deposit that was on record before an unforeseen failure says so."""
    if depot.pk is not None:
        Depot.objects.filter(pk=depot.pk).update(etat=Depot.Etat.ECHEC)


def conclure(depot: Depot, rapport: Rapport, debut: float) -> Depot:
    """Writes the record of a deposit that did not load; a load has written its own."""
    if rapport.statut == "charge":
        return depot
    rapport.duree_s = perf_counter() - debut
    if depot.pk is not None and not Depot.objects.filter(pk=depot.pk).exists():
        depot.pk = None
    depot._state.adding = depot.pk is None
    depot.etat, depot.cles, depot.charge_le, depot.territoires = rapport.statut, 0, None, []
    depot.rapport = rapport.en_json()
    depot.save()
    return depot
