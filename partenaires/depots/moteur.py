"""The import engine: one file in, one Depot out, in one transaction (contrat §2, docs/architecture.md)."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from django.db import InterfaceError, OperationalError, connection, transaction

from partenaires.depots import chargement, controles, correspondances, entetes, identite, lignes
from partenaires.depots.contexte import Contexte
from partenaires.depots.contrats import REGISTRE, Format
from partenaires.depots.detail import ErreurDeLigne, erreurs_de_lignes
from partenaires.depots.lecture import Fichier, ouvrir
from partenaires.depots.progression import Progression
from partenaires.depots.rapport import Rapport, Refus, refuser, stockable
from partenaires.models import Depot, Organisation, Utilisateur

ANALYSE_AU_DELA = 1_000


# What the engine writes on the row of a deposit; the rest is the conversation's (partenaires.services.depots).
CHAMPS = (
    *("organisation", "deposant", "sha256", "taille", "millesime", "nature", "version", "etat", "rapport", "cles"),
    *("territoires", "charge_le", "phase", "progression", "lignes_lues", "reste_s"),
)


class _Arret(Exception):
    """Leaves the transaction, undoing it; the report says why."""


class Dessaisi(Exception):
    """The deposit was abandoned, or taken up by another worker, while this one read it: nothing is written."""


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
    confirmable: bool = False,
    progression: Progression | None = None,
    detailler: Callable[[Iterable[ErreurDeLigne]], None] | None = None,
) -> Depot:
    """Checks and loads a file; returns its deposit, whose `etat` and `rapport` say what came of it.

    `organisation`: whose rows, or their SIREN; `deposant`: who acts (default: `organisation`; none: the platform's
    administrator). `depot`: the row already written for this file, if any. `confirmable`: a simulation that leaves the
    deposit to be confirmed. `detailler` is given every error of every line, while the rows are at hand. Nothing in the
    database changes on a refusal or a simulation, but the record of the deposit itself. Raises Dessaisi.
    """
    debut, progression = perf_counter(), progression or Progression()
    chemin, un_format = Path(chemin), REGISTRE[type]
    nom = (depot and depot.fichier) or stockable(chemin.name)
    depot = depot or Depot(type=type, fichier=nom[:255], deposant=deposant, depose_par=utilisateur)
    depot.millesime, depot.nature, depot.version = millesime, nature, version
    rapport, tenu = Rapport(type, nom), depot.etat
    try:
        verifier_millesime(un_format, depot)
        depot.organisation = identite.trouver(organisation) or deposant
        depot.deposant = deposant or depot.organisation
        identite.verifier_deposant(un_format, depot)
        fichier = ouvrir(chemin, un_format.geographique, feuille, encodage)
        depot.sha256, depot.taille, rapport.sha256 = fichier.sha256, fichier.taille, fichier.sha256
        deja = identite.deja_charge(un_format, depot)
        if deja is not None:
            reprendre(rapport, depot, deja)
            raise _Arret
        trouve = correspondance(un_format, fichier, depot, rapport)
        with transaction.atomic():
            ctx = Contexte(depot, un_format, trouve, rapport)
            lire(ctx, fichier, progression)
            controler(ctx, fichier)
            if rapport.erreurs and detailler is not None:
                detailler(erreurs_de_lignes(ctx))
            if rapport.erreurs and not (accepter_partiel and ctx.complet):
                rapport.chargeables = sans_erreur(ctx) if ctx.complet else 0
                rapport.refuse()
                raise _Arret
            charger(ctx, progression)
            if simulation:
                rapport.statut = "a_confirmer" if confirmable else "simulation"
                raise _Arret
            rapport.duree_s = perf_counter() - debut
            inscrire(depot, rapport, tenu)
    except Refus as refus:
        rapport.erreurs += refus.constats
        rapport.refuse()
    except _Arret:
        pass
    except Dessaisi:
        raise
    except Exception as erreur:
        marquer_echec(depot, erreur)
        raise
    return conclure(depot, rapport, debut, tenu)


def verifier_millesime(un_format: Format, depot: Depot):
    """Raises Refus."""
    if depot.millesime is None:
        if un_format.millesime_obligatoire:
            raise refuser(
                "millesime_absent",
                f"Le type {un_format.type} demande le millésime du fichier, une année AAAA (--millesime).",
            )
    elif not 1900 <= depot.millesime <= 2999:
        refuse, depot.millesime = depot.millesime, None
        raise refuser("valeur_illisible", f"Le millésime {refuse} n'est pas une année. Indiquez AAAA.", "millesime")


def correspondance(un_format: Format, fichier: Fichier, depot: Depot, rapport: Rapport) -> entetes.Correspondance:
    """Missing columns are told with the faults of the cells that are there. Raises Refus."""
    trouve = entetes.rapprocher(un_format, fichier.entetes, fichier.ligne_entete)
    rapport.correspondance = correspondances.appliquer(un_format, depot, fichier.entetes, trouve)
    rapport.colonnes_inconnues, rapport.colonnes_manquantes = trouve.inconnues, trouve.manquantes
    rapport.erreurs += entetes.verifier(un_format, fichier.entetes, trouve, fichier.ligne_entete)
    return trouve


def lire(ctx: Contexte, fichier: Fichier, progression: Progression):
    """File → `brut` → `lignes`. Raises Refus."""
    with connection.cursor() as curseur:
        lignes.preparer_session(curseur)
        progression.entrer("lecture", fichier.attendus)
        lignes.verser(curseur, fichier, progression.lire)
        progression.entrer("contrôle")
        ctx.rapport.lues = fichier.lues
        if not fichier.lues:
            raise refuser("fichier_vide", "Le fichier n'a qu'un en-tête, aucune ligne. Déposez un fichier rempli.")
        lignes.nettoyer(curseur, ctx.format, ctx.correspondance)


def controler(ctx: Contexte, fichier: Fichier):
    """All the checks, so that all the errors are told at once: those of each cell also where a column is missing.

    Raises Refus, or _Arret when already loaded.
    """
    controles.largeurs(ctx, fichier)
    controles.cellules(ctx)
    correspondances.noter_valeurs(ctx)
    ctx.depot.organisation = identite.proprietaire(ctx, ctx.depot.organisation, ctx.depot.deposant)
    if ctx.correspondance.manquantes:
        return
    if ctx.complet:
        identite.verrouiller(ctx.format, ctx.depot)
        deja = identite.deja_charge(ctx.format, ctx.depot)
        if deja is not None:
            reprendre(ctx.rapport, ctx.depot, deja)
            raise _Arret
    controles.doublons(ctx)
    if ctx.complet and ctx.format.controler is not None:
        ctx.format.controler(ctx)
    if ctx.complet and ctx.format.rapprocher is not None:
        ctx.rapport.rapprochements = ctx.format.rapprocher(ctx)


def sans_erreur(ctx: Contexte) -> int:
    return ctx.valeur("SELECT count(*) FROM lignes l WHERE NOT EXISTS (SELECT 1 FROM rejets x WHERE x.ligne = l.ligne)")


def charger(ctx: Contexte, progression: Progression):
    """Rows without error → table and slots. Raises _Arret when there is none."""
    rapport, depot = ctx.rapport, ctx.depot
    ctx.ecarter("rejets")
    bonnes = ctx.valeur("SELECT count(*) FROM lignes")
    if not bonnes:
        rapport.refuse()
        raise _Arret
    if depot.pk is None:
        depot.etat = Depot.Etat.CHARGEMENT
        depot.save()
    progression.entrer("chargement")
    rapport.inchangees = chargement.charger(ctx)
    rapport.chargees = bonnes - rapport.inchangees
    rapport.rejetees = rapport.lues - rapport.en_double - bonnes
    rapport.statut = "charge"
    progression.entrer("finalisation")
    if ctx.format.modele is not None and bonnes > ANALYSE_AU_DELA:
        ctx.sql(f"ANALYZE {chargement.table(ctx)}")
    depot.cles = cles(ctx, bonnes)
    depot.territoires = territoires(ctx)
    depot.charge_le = datetime.now(UTC)


def cles(ctx: Contexte, bonnes: int) -> int:
    """Rows in force that the deposit brought: those that the generic load stored, counted where a type has its own."""
    if ctx.format.modele is None:
        return bonnes
    return identite.compter(ctx.format, ctx.depot) if ctx.inserees is None else ctx.inserees


def territoires(ctx: Contexte) -> list[str]:
    """Those that the rows touch, and those of the deposits whose rows they close."""
    siens = set(ctx.format.territoires(ctx)) if ctx.format.territoires else set()
    remplaces = Depot.objects.filter(pk__in=ctx.remplaces).values_list("territoires", flat=True)
    return sorted(siens.union(*remplaces))


def reprendre(rapport: Rapport, depot: Depot, deja: Depot):
    """The report of a file that is already in force: every row is there, unchanged."""
    avant = deja.rapport
    depot.organisation = deja.organisation
    rapport.statut, rapport.erreurs, rapport.avertissements = "deja_charge", [], []
    rapport.lues = avant.get("lignes_lues", 0)
    rapport.en_double, rapport.rejetees = avant.get("lignes_en_double", 0), avant.get("lignes_rejetees", 0)
    rapport.inchangees = rapport.connues = rapport.lues - rapport.en_double - rapport.rejetees


def marquer_echec(depot: Depot, erreur: Exception):
    """A deposit that was on record before an unforeseen failure says so; a server that was cut off is no failure of
    the deposit, which can be taken up again."""
    if depot.pk is not None and not isinstance(erreur, OperationalError | InterfaceError):
        Depot.objects.filter(pk=depot.pk).update(etat=Depot.Etat.ECHEC, progression=100)


def inscrire(depot: Depot, rapport: Rapport, tenu: str):
    """The outcome on the row of the deposit. `tenu`: its state when this work began. Raises Dessaisi."""
    if depot.essais:
        ici = Depot.objects.select_for_update().filter(pk=depot.pk, etat=tenu, essais=depot.essais)
        if ici.values_list("pk").first() is None:
            raise Dessaisi
    depot.etat, depot.progression = rapport.statut, 50 if rapport.statut == Depot.Etat.A_CONFIRMER else 100
    depot.phase, depot.reste_s, depot.lignes_lues = "", None, rapport.lues
    depot.rapport = rapport.en_json()
    depot.save(update_fields=None if depot._state.adding else CHAMPS)


def conclure(depot: Depot, rapport: Rapport, debut: float, tenu: str) -> Depot:
    """Writes the record of a deposit that did not load; a load has written its own. Raises Dessaisi."""
    if rapport.statut == "charge":
        return depot
    rapport.duree_s = perf_counter() - debut
    if depot.pk is not None and not Depot.objects.filter(pk=depot.pk).exists():
        depot.pk = None
    depot._state.adding = depot.pk is None
    depot.nature, depot.version = depot.nature[:20], depot.version[:20]
    depot.cles, depot.charge_le, depot.territoires = 0, None, []
    with transaction.atomic():
        inscrire(depot, rapport, tenu)
    return depot
