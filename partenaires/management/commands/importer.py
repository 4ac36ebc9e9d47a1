import json
from pathlib import Path

from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError
from psycopg.errors import DiskFull

from partenaires.depots.contrats import REGISTRE
from partenaires.depots.moteur import importer
from partenaires.management.commande import Commande

DITES = 10


class Command(Commande):
    help = "Contrôle et charge un fichier. Code de sortie : 0 chargé ou déjà chargé, 1 refusé (rien n'a changé)."

    def add_arguments(self, parser):
        parser.add_argument("type", choices=sorted(REGISTRE), metavar="TYPE", help=", ".join(sorted(REGISTRE)))
        parser.add_argument("fichier", metavar="FICHIER", type=Path, help="CSV, CSV.gz, XLSX ou fichier géographique")
        parser.add_argument("--organisation", metavar="SIREN", help="organisation au nom de laquelle on dépose")
        parser.add_argument("--millesime", metavar="AAAA", type=int, help="année du fichier (rpls, sne_stock)")
        parser.add_argument(
            "--nature", metavar="N", default="", help="nature des périmètres (qpv, qva, zus, npnru, secteur)"
        )
        parser.add_argument("--version", metavar="V", default="", dest="version_fichier", help="version des périmètres")
        parser.add_argument("--feuille", metavar="NOM", help="feuille du classeur (par défaut la première)")
        parser.add_argument("--encodage", metavar="E", help="encodage imposé (par défaut reconnu)")
        parser.add_argument("--simulation", action="store_true", help="tout contrôler, ne rien charger")
        parser.add_argument("--accepter-partiel", action="store_true", help="charger les lignes sans erreur")
        parser.add_argument("--rapport", metavar="FICHIER.json", type=Path, help="écrire le rapport en JSON")

    def create_parser(self, *args, **kwargs):
        # Django's own --version gives way to that of the perimeters.
        return super().create_parser(*args, conflict_handler="resolve", **kwargs)

    def handle(self, *args, **options):
        try:
            depot = self.importer(options)
        except (OperationalError, InterfaceError) as erreur:
            raise CommandError(interruption(erreur)) from erreur
        if options["rapport"]:
            self.ecrire_rapport(options["rapport"], depot.rapport)
        self.raconter(depot.rapport)
        if depot.rapport["statut"] == "refuse":
            raise CommandError(f"{depot.fichier} : refusé, rien n'a changé.")

    def importer(self, options):
        return importer(
            options["type"],
            options["fichier"],
            organisation=options["organisation"],
            millesime=options["millesime"],
            nature=options["nature"],
            version=options["version_fichier"],
            feuille=options["feuille"],
            encodage=options["encodage"],
            simulation=options["simulation"],
            accepter_partiel=options["accepter_partiel"],
        )

    def ecrire_rapport(self, chemin: Path, rapport: dict):
        try:
            chemin.write_text(json.dumps(rapport, ensure_ascii=False, indent=1) + "\n")
        except OSError as erreur:
            self.stderr.write(f"Le rapport ne peut pas être écrit dans {chemin} : {erreur.strerror}.")

    def raconter(self, rapport: dict):
        for constat in rapport["erreurs"]:
            self.stderr.write(ligne(constat))
        for constat in rapport["avertissements"]:
            self.stdout.write("avertissement " + ligne(constat))
        if rapport["colonnes_inconnues"]:
            self.stdout.write(f"colonnes ignorées : {', '.join(rapport['colonnes_inconnues'])}")
        if (rapport.get("correspondance") or {}).get("version"):
            self.stdout.write(f"correspondance v{rapport['correspondance']['version']} appliquée")
        comptes = ", ".join(
            f"{rapport['lignes_' + nom]} {nom.replace('_', ' ')}"
            for nom in ("lues", "chargees", "inchangees", "en_double", "rejetees")
        )
        self.stdout.write(f"{rapport['statut']} – lignes : {comptes} ; {rapport['duree_s']:.1f} s")


def interruption(erreur: Exception) -> str:
    if isinstance(erreur.__cause__, DiskFull):
        return "Le disque de la base de données est plein : rien n'a changé. Libérez de la place, puis recommencez."
    return (
        "La base de données s'est interrompue pendant l'import : le fichier est chargé en entier ou pas du tout. "
        "Recommencez : s'il l'est déjà, la commande le dira."
    )


def ligne(constat: dict) -> str:
    """« code colonne : message (n lignes : 3, 5…) »"""
    numeros = ", ".join(map(str, constat["lignes"][:DITES]))
    suite = "…" if constat["nombre"] > min(len(constat["lignes"]), DITES) else ""
    ou = f" ({constat['nombre']} ligne{'s' if constat['nombre'] > 1 else ''} : {numeros}{suite})" if numeros else ""
    return f"{constat['code']} {constat['colonne']}".strip() + f" : {constat['message']}{ou}"
