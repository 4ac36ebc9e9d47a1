"""A small world for the access walk: a territory whose rows belong to one bailleur, its partners, and others elsewhere.

Every text that only the owner's rows hold contains one of SIGNES: finding one in an answer tells a leak.
"""

from datetime import date

from django.utils import timezone

from partenaires.models import Adhesion, Depot, Jeton, JournalAcces
from suivi.services.recalcul import Issue, recalculer
from tests import fabriques as f

SIGNES = ("Glycines", "glycines", f"{f.BAILLEUR}:R", "LGT-", "MEN-", "proprietaire@")
AUTRE_EPCI, AUTRE_BAILLEUR, BAILLEUR_LOINTAIN = "900000002", "900100002", "900100003"
CARRE = {"type": "Polygon", "coordinates": [[[2, 46], [3, 46], [3, 47], [2, 47], [2, 46]]]}
RESIDENCES, MENAGES_PAR_RESIDENCE = 6, 12
CIBLE = {"indicateur": "menages_moins_20_pct_plus", "sens": "maximum", "valeur": "0.25"}


class Monde:
    epci = f.EPCI

    def __init__(self):
        self.territoires()
        self.parc()
        self.evenements()
        self.relogement()
        self.avis()
        self.membres()
        self.calculer()

    def calculer(self):
        (resultat,) = recalculer(epci=f.EPCI, au=date(2026, 11, 20))
        if resultat.issue is not Issue.TERMINE:
            raise RuntimeError(resultat.erreur)
        self.objectif = f.attributions.Objectif.objects.filter(epci=f.EPCI, bailleur="").first()

    def territoires(self):
        f.commune(siren="900200001")
        f.commune("98001", epci=AUTRE_EPCI, departement="98", siren="900200002")
        f.perimetre(version="2015", fin=date(2023, 12, 31), geometrie=CARRE)
        f.perimetre(version="2024", debut=date(2024, 1, 1), geometrie=CARRE)
        f.seuil(2025)
        for nature, siren in (("epci", f.EPCI), ("epci", AUTRE_EPCI)):
            f.organisation(nature, siren)
            for partenaire, echelle in (("epci", "residence"), ("ddt", "residence"), ("bailleur", "qpv")):
                for source in ("ops", "gestion", "rpls", "sne"):
                    f.protocole(partenaire, source, echelle, epci=siren)

    def parc(self):
        """Residences inside and outside the quarter, surveyed homes, a rent roll; another bailleur beside."""
        organisation = f.organisation("bailleur", f.BAILLEUR, "Office des Lilas")
        f.organisation("bailleur", AUTRE_BAILLEUR, "Habitat des Ormes")
        self.depot = f.depot("rpls", organisation, millesime=2025, fichier="glycines_2025.csv", territoires=[f.EPCI])
        Depot.objects.filter(pk=self.depot.pk).update(charge_le=timezone.now())
        for rang in range(RESIDENCES):
            dedans = rang % 2 == 0
            f.residence(f"R{rang}", nom=f"Les Glycines {rang}", longitude=2.5 if dedans else 3.5, depot=self.depot)
            f.gestion(f"R{rang}", nb_entrees=2, nb_sorties=2, nb_impayes_3mois=3, depot=self.depot)
            for logement in range(MENAGES_PAR_RESIDENCE):
                ident = f"LGT-{rang}-{logement}"
                f.logement(ident, residence=f"R{rang}", depot=self.depot)
                f.menage_ops(ident, 2025, pct_plafond_plus=8 * logement, apl=logement % 2, depot=self.depot)
        self.residence = f.diagnostic.Residence.objects.get(code="R0")
        f.fiche_quartier(
            cibles=[CIBLE | {"population": "ensemble", "horizon": "fin_npnru"}],
            objectifs=[CIBLE | {"residence": self.residence.identifiant}],
        )
        self.brouillon = f.methode("brouillon", libelle="Indice des Glycines")
        f.residence("V1", bailleur=AUTRE_BAILLEUR, nom="Les Ormes")
        ailleurs = f.diagnostic.Commune.objects.get(code="98001")
        f.organisation("bailleur", BAILLEUR_LOINTAIN, "Habitat lointain")
        f.residence("W1", bailleur=BAILLEUR_LOINTAIN, nom="Résidence lointaine", commune=ailleurs)

    def evenements(self):
        for rang in range(RESIDENCES * MENAGES_PAR_RESIDENCE):
            ident = f"LGT-{rang // MENAGES_PAR_RESIDENCE}-{rang % MENAGES_PAR_RESIDENCE}"
            f.radiation(
                date(2025, 1 + rang % 12, 1), date(2025, 12, 1), numero=f"{rang:064x}", numero_rpls=f"REP{ident}"
            )

    def relogement(self):
        self.projet = f.projet("P1", quartier="NP099001")
        operation = f.operation("O1", self.projet)
        for rang in range(12):
            f.menage(f"MEN-{rang}", operation, destination=f"LGT-1-{rang}", offres=[date(2024, 2, 1)])

    def avis(self):
        """R0 is put to opinion, R1 has a published note, R2 a sheet of the grid; their commune may know their names."""
        ouvert, publiee, notee = f.diagnostic.Residence.objects.filter(code__in=("R0", "R1", "R2")).order_by("code")
        f.avis_proximite(f.tour_avis(ouvert), commentaire="Hall des Glycines dégradé")
        f.note_publiee(publiee, note=4, motif="Arbitrage des Glycines")
        f.fiche_grille(notee, freins="Ascenseur des Glycines en panne")

    def membres(self):
        """Owners: the bailleur of the rows, and the EPCI that holds the protocole. The others may not meet its rows."""
        self.proprietaire = f.adhesion("bailleur", utilisateur=f.utilisateur("proprietaire@exemple.fr"))
        self.proprietaires = (self.proprietaire, f.adhesion("epci"))
        self.voisins = (
            f.adhesion("bailleur", siren=AUTRE_BAILLEUR),
            f.adhesion("commune", siren="900200001"),
            f.adhesion("action_logement", epci=f.EPCI),
        )
        self.lointains = (
            f.adhesion("epci", siren=AUTRE_EPCI),
            f.adhesion("bailleur", siren=BAILLEUR_LOINTAIN),
            f.adhesion("ddt", departement="98"),
        )
        self.collegues = self.voisins + self.lointains
        self.sans_adhesion = f.adhesion("bailleur", organisation=f.organisation("bailleur", AUTRE_BAILLEUR))
        Adhesion.objects.filter(pk=self.sans_adhesion.pk).update(revoquee_le=timezone.now())
        self.correspondance = f.correspondance(self.proprietaire.organisation)
        f.jeton(self.proprietaire)
        self.jeton = Jeton.objects.get()
        JournalAcces.objects.create(adhesion=self.proprietaire, action="essai", objet="glycines_2025.csv")

    @staticmethod
    def traces(texte: str) -> list[str]:
        return [signe for signe in SIGNES if signe in texte]

    def intact(self) -> bool:
        """The owner's membership, token and deposit are as they were."""
        return (
            Adhesion.objects.filter(pk=self.proprietaire.pk, role="administrateur", revoquee_le=None).exists()
            and Jeton.objects.valides().filter(pk=self.jeton.pk).exists()
            and Depot.objects.filter(pk=self.depot.pk, etat=Depot.Etat.CHARGE).exists()
            and f.diagnostic.Methode.objects.filter(pk=self.brouillon.pk, statut="brouillon").exists()
        )
