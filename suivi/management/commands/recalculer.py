from argparse import ArgumentTypeError
from datetime import date

from django.core.management.base import CommandError

from diagnostic.services import baremes_apl
from partenaires.management.commande import Commande
from suivi.services.recalcul import Issue, Resultat, TerritoireInconnu, recalculer

PHRASES = {
    Issue.TERMINE: "calculé en {duree} s",
    Issue.A_JOUR: "à jour, aucun dépôt depuis le dernier calcul",
    Issue.DEJA_EN_COURS: "un calcul est déjà en cours, rien n'est fait",
    Issue.ECHEC: "échec, les chiffres précédents restent en place : {erreur}",
}


def jour(texte: str) -> date:
    try:
        return date.fromisoformat(texte)
    except ValueError:
        raise ArgumentTypeError(f"« {texte} » n'est pas une date AAAA-MM-JJ") from None


def annee(texte: str) -> int:
    if not (texte.isascii() and texte.isdigit() and 1900 <= int(texte) <= 2200):
        raise ArgumentTypeError(f"« {texte} » n'est pas une année AAAA")
    return int(texte)


class Command(Commande):
    help = (
        "Recalcule les territoires : appartenances aux périmètres, indicateurs, indices, atteintes des objectifs. "
        "Sans option, ceux dont les dépôts ont changé depuis leur dernier calcul. Peut être relancé sans risque."
    )

    def add_arguments(self, parser):
        parser.add_argument("--epci", metavar="SIREN", help="ce territoire seulement, qu'il ait changé ou non")
        parser.add_argument("--annee", metavar="AAAA", type=annee, help="indicateurs et indices de ce millésime seul")
        parser.add_argument("--au", metavar="AAAA-MM-JJ", type=jour, help="date d'arrêté (défaut : aujourd'hui)")
        parser.add_argument("--tout", action="store_true", help="tous les territoires, qu'ils aient changé ou non")

    def handle(self, epci, annee, au, tout, **options):
        try:
            resultats = recalculer(epci=epci, annee=annee, au=au, tout=tout)
        except TerritoireInconnu as inconnu:
            raise CommandError(str(inconnu)) from None
        echecs = faits = 0
        for resultat in resultats:
            faits += 1
            echecs += resultat.issue == Issue.ECHEC
            self.dire(resultat)
            baremes_apl.completer(resultat.epci)
        if not faits:
            self.stdout.write("Aucun territoire n'a de dépôt : rien à calculer.")
        if echecs:
            raise CommandError(f"{echecs} territoire(s) en échec.")

    def dire(self, resultat: Resultat):
        duree = f"{resultat.duree_s:.1f}".replace(".", ",")
        phrase = PHRASES[resultat.issue].format(duree=duree, erreur=resultat.erreur)
        sortie = self.stderr if resultat.issue == Issue.ECHEC else self.stdout
        sortie.write(f"{resultat.epci} {resultat.nom} : {phrase}")
