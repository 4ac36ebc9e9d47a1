from django.utils import timezone

from partenaires.management.commande import Commande
from partenaires.services.purge import fichiers_echus, purger


class Command(Commande):
    help = "Efface ce qui a passé sa durée de conservation. Avec --simulation, compte sans rien effacer."

    def add_arguments(self, parser):
        parser.add_argument("--simulation", action="store_true", help="compte sans rien effacer")

    def handle(self, simulation, **options):
        verbe, le = "à effacer" if simulation else "effacées", timezone.localdate()
        echus = fichiers_echus(le).count()
        self.stdout.write(f"fichiers déposés (durée de leur type) : {echus} {verbe.replace('ées', 'és')}.")
        for constat in purger(le, simulation):
            self.stdout.write(f"{constat.regle.libelle} ({constat.mois} mois) : {constat.a_purger} lignes {verbe}.")
            if constat.retenues:
                self.stderr.write(
                    f"Avertissement : {constat.retenues} lignes ({constat.regle.libelle}) ont passé leur durée mais "
                    "servent une année encore ouverte ; elles restent jusqu'à sa clôture."
                )
            if constat.a_venir:
                self.stderr.write(
                    f"Avertissement : {constat.a_venir} lignes ({constat.regle.libelle}) atteindront leur durée dans "
                    "les 60 jours."
                )
