"""Deposit the demo's files through the real import engine, record the EPCI's objectives and targets, recompute."""

import json
from datetime import date
from pathlib import Path

from attributions.models import Objectif
from attributions.services import objectifs
from diagnostic.services import baremes_apl
from partenaires.depots.moteur import importer
from partenaires.models import Adhesion, Depot
from relogement.models import CibleRelogement, Projet
from relogement.services import cibles
from suivi.demonstration import avis, comptes, fiches
from suivi.demonstration.convention import CIBLES_RELOGEMENT, MUTATIONS, OBJECTIFS
from suivi.demonstration.decor import BAILLEURS, EPCI, PROJET
from suivi.services import recalcul

GARDES = (*Depot.EN_VIGUEUR, Depot.Etat.RETIRE)  # a deposit that someone withdrew is not made again
DERNIER = "relogements"  # type of the last file of the plan


class ChargementRefuse(Exception):
    """A file of the demo was refused, or its figures could not be worked out: the message says why."""


def charger(dossier: Path, nb_logements: int, au: date, dire) -> str:
    """Load what is not there yet and return the accounts' password. `dire(line)` tells each step.

    An interrupted load goes on with the size and the day it began with.
    """
    dossier.mkdir(parents=True, exist_ok=True)
    comptes.creer_organisations()
    if not complet():
        deposer_tout(dossier, *reprise(dossier, nb_logements, au), dire)
    mot_de_passe = comptes.ouvrir(dossier)
    adhesion = convenir()
    avis.apprecier(adhesion, au)
    fiches.ecrire(adhesion, au)
    if recalcul.a_recalculer(EPCI):
        dire("Calcul des objectifs, indicateurs et indices…")
        calculer()
    return mot_de_passe


def complet() -> bool:
    return deposes().filter(type=DERNIER).exists()


def deposes():
    """Deposits of the demo that count as made: those of its organisations, and its reference files."""
    sirens = [EPCI, *(bailleur.siren for bailleur in BAILLEURS)]
    return Depot.objects.filter(etat__in=GARDES).filter(organisation__siren__in=sirens)


def reprise(dossier: Path, nb_logements: int, au: date) -> tuple[int, date]:
    """Size and day of the load: those of the interrupted one, else those asked, which are kept."""
    fichier = dossier / "parametres.json"
    if fichier.exists():
        commence = json.loads(fichier.read_text(encoding="utf-8"))
        return commence["logements"], date.fromisoformat(commence["au"])
    fichier.write_text(json.dumps({"logements": nb_logements, "au": au.isoformat()}), encoding="utf-8")
    return nb_logements, au


def deposer_tout(dossier: Path, nb_logements: int, au: date, dire) -> None:
    from suivi.demonstration.fichiers import fabriquer  # pandas and geopandas: not for a second start

    dire(f"Fabrication des fichiers d'un territoire fictif de {nb_logements} logements…")
    plan = fabriquer(au, nb_logements)
    for rang, fichier in enumerate(plan, 1):
        depot = importer(
            fichier.type, fichier.ecrire(dossier), organisation=fichier.organisation or None, **fichier.options
        )
        if depot.etat == Depot.Etat.REFUSE:
            constats = json.dumps(depot.rapport["erreurs"], ensure_ascii=False, indent=1)
            raise ChargementRefuse(f"{fichier.nom} est refusé :\n{constats}")
        dire(f"  dépôt {rang}/{len(plan)} : {fichier.nom}, {depot.rapport['lignes_lues']} lignes")


def convenir() -> Adhesion:
    """Local objectives of the EPCI and targets of its project, where they are missing, by its administrator."""
    adhesion = Adhesion.objects.get(utilisateur__email=comptes.COMPTES[0].email, organisation__siren=EPCI)
    objectifs.assurer_legaux(EPCI)
    mutations = Objectif.objects.get(epci=EPCI, code="mutations", legal=True)
    if not mutations.jalons.exists():
        objectifs.reviser(adhesion, mutations, {"jalons": MUTATIONS})
    presents = set(Objectif.objects.filter(epci=EPCI).values_list("code", flat=True))
    for objectif in OBJECTIFS:
        if objectif["code"] not in presents:
            objectifs.creer(adhesion, objectif | {"epci": EPCI})
    projet = Projet.objects.get(code=PROJET.code)
    if not CibleRelogement.objects.filter(projet=projet).exists():
        for cible in CIBLES_RELOGEMENT:
            cibles.enregistrer(adhesion, projet=projet, **cible)
    return adhesion


def calculer() -> None:
    for resultat in recalcul.recalculer(epci=EPCI):
        if resultat.issue == recalcul.Issue.ECHEC:
            raise ChargementRefuse(f"Le calcul de {resultat.nom} a échoué : {resultat.erreur}")
        baremes_apl.completer(resultat.epci)
