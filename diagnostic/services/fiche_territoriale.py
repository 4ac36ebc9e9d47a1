"""Fiche territoriale of a place (Grand Poitiers, E2 T35): its indicators beside the territory's, at the point zero and
now; it draws near when the gap shrinks. The point zero may be set again, with its reason; the former ones are kept."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db import transaction

from diagnostic.calculs import trajectoire
from diagnostic.calculs.definitions import PAR_CODE, Population
from diagnostic.calculs.document import ANNEE, ECART, SECRET, Cellule, Chiffre, Colonne, Document, Partie, Tableau
from diagnostic.calculs.trajectoire import Convergence
from diagnostic.models import PointZero
from diagnostic.models.comptage import Niveau
from diagnostic.services import fiches, indicateurs
from diagnostic.services.fiches_quartier import FicheInterdite, FicheInvalide
from diagnostic.services.indicateurs import LigneIndicateur
from diagnostic.services.mesures import EN_PART
from diagnostic.services.quartiers import Lieu
from diagnostic.services.situations import peut_ecrire
from partenaires.api.tableaux import audience_de
from partenaires.models import Parametre
from partenaires.services.journal import noter

PARAMETRE = "fiche_territoriale_indicateurs"
EN_MOTS = {
    Convergence.RAPPROCHEMENT: "se rapproche",
    Convergence.ECARTEMENT: "s'éloigne",
    Convergence.STABLE: "inchangé",
}


@dataclass(frozen=True)
class Mesure:
    """An indicator of the place and of its territory in one millésime."""

    ici: LigneIndicateur
    la: LigneIndicateur | None

    @property
    def secret(self) -> bool:
        return self.ici.secret or bool(self.la and self.la.secret)

    @property
    def ecart(self) -> Fraction | None:
        if self.secret or self.la is None:
            return None
        ici = trajectoire.exact(self.ici.numerateur, self.ici.denominateur)
        la = trajectoire.exact(self.la.numerateur, self.la.denominateur)
        return None if ici is None or la is None else ici - la

    @property
    def ecart_ecrit(self) -> Cellule:
        if self.secret:
            return SECRET
        if self.ecart is None:
            return None
        return float(self.ecart) if self.ici.unite in EN_PART else Chiffre(float(self.ecart), self.ici.unite)


@dataclass(frozen=True)
class Suivi:
    """An indicator and population at the point zero and at the latest millésime."""

    code: str
    population: str
    depart: Mesure | None
    actuelle: Mesure | None

    @property
    def evolution(self) -> Cellule:
        """Nothing is told of a single year."""
        if not self.depart or not self.actuelle or self.depart.ici.millesime == self.actuelle.ici.millesime:
            return None
        if self.depart.secret or self.actuelle.secret:
            return SECRET
        trouvee = trajectoire.convergence(self.depart.ecart, self.actuelle.ecart)
        return EN_MOTS[trouvee] if trouvee else None


def _compte(indicateur: str, population: str) -> bool:
    """Whether the platform counts what the parameter asks for."""
    return indicateur in PAR_CODE and population in PAR_CODE[indicateur].populations


class Territoriale:
    """The sheet of a place up to `millesime`; the point zero is the latest set, else the first millésime known."""

    def __init__(self, adhesion, lieu: Lieu, millesime: int):
        self.adhesion, self.lieu, self.millesime = adhesion, lieu, millesime
        siens = PointZero.objects.visible_to(adhesion).filter(epci=lieu.epci, niveau=lieu.niveau, code=lieu.code)
        self.points = list(siens.order_by("-pk"))
        voulus = Parametre.objects.valeur(PARAMETRE, date(millesime, 12, 31), lieu.epci)
        self.voulus = [voulu for voulu in voulus if _compte(**voulu)]
        self._mesures = self._lire()
        self.annees = sorted({annee for annees in self._mesures.values() for annee in annees})

    def _lire(self) -> dict[tuple[str, str], dict[int, Mesure]]:
        """(code, population) → millésime → what is known."""
        lignes = indicateurs.lire(
            self.adhesion,
            epci=self.lieu.epci,
            niveau=(self.lieu.niveau, Niveau.EPCI.value),
            territoire=(self.lieu.code, self.lieu.epci),
            code={voulu["indicateur"] for voulu in self.voulus},
            nommees=False,
        )
        lues = {(li.niveau, li.code, li.population, li.millesime): li for li in lignes}
        mesures: dict[tuple[str, str], dict[int, Mesure]] = {}
        for (niveau, code, population, annee), ici in sorted(lues.items()):
            if niveau == self.lieu.niveau and annee <= self.millesime:
                la = lues.get((Niveau.EPCI.value, code, population, annee))
                mesures.setdefault((code, population), {})[annee] = Mesure(ici, la)
        return mesures

    @property
    def point_zero(self) -> int | None:
        """Its millésime."""
        return self.points[0].millesime if self.points else next(iter(self.annees), None)

    @property
    def suivis(self) -> list[Suivi]:
        suivis = []
        for voulu in self.voulus:
            cle = voulu["indicateur"], voulu["population"]
            annees = self._mesures.get(cle, {})
            depuis = [annee for annee in annees if annee >= (self.point_zero or 0)]
            if depuis:
                suivis.append(Suivi(*cle, annees[min(depuis)], annees[max(depuis)]))
            else:
                suivis.append(Suivi(*cle, None, None))
        return suivis

    def document(self, le: date) -> Document:
        return Document(
            titre=f"Fiche territoriale : {self.lieu.nom}",
            sous_titre=f"Rapprochement du territoire depuis {self.point_zero or 'une année inconnue'} ; chiffres "
            f"connus jusqu'au millésime {self.millesime}",
            audience=audience_de(self.adhesion),
            le=le,
            parties=(
                Partie("Écarts au territoire", contenus=(self._suivi(),)),
                Partie("Points zéro", contenus=(self._points(),)),
                Partie(
                    "D'où viennent ces chiffres",
                    contenus=(fiches.provenance(self.adhesion, self.lieu.epci, self.millesime),),
                ),
            ),
        )

    def _suivi(self) -> Tableau:
        def cellules(mesure: Mesure | None) -> tuple[Cellule, ...]:
            if mesure is None:
                return (None, None, None, None)
            annee = str(mesure.ici.millesime)
            return (annee, fiches.taux(mesure.ici), fiches.taux(mesure.la), mesure.ecart_ecrit)

        annee = (Colonne("Année", ANNEE), Colonne("Lieu", "menages"))
        return Tableau(
            "Indicateurs au point zéro et aujourd'hui",
            (
                Colonne("Indicateur"),
                Colonne("Population"),
                *annee,
                Colonne("Territoire", "menages"),
                Colonne("Écart au départ", ECART),
                *annee,
                Colonne("Territoire", "menages"),
                Colonne("Écart actuel", ECART),
                Colonne("Le lieu"),
            ),
            tuple(
                (
                    PAR_CODE[suivi.code].libelle,
                    Population(suivi.population).libelle,
                    *cellules(suivi.depart),
                    *cellules(suivi.actuelle),
                    suivi.evolution,
                )
                for suivi in self.suivis
            ),
            note="Le lieu se rapproche du territoire quand l'écart se réduit, dans un sens ou dans l'autre. Un "
            "indicateur inconnu au point zéro est suivi depuis la première année connue après lui.",
        )

    def _points(self) -> Tableau:
        return Tableau(
            "Points zéro, le dernier posé d'abord",
            (Colonne("Millésime"), Colonne("Posé le"), Colonne("Raison")),
            tuple((str(point.millesime), f"{point.pose_le:%d/%m/%Y}", point.raison) for point in self.points),
            vide="Aucun n'a été posé : c'est la première année connue.",
        )


def poser(adhesion, lieu: Lieu, millesime: int, raison: str, annees: list[int]) -> PointZero:
    """A new point zero among the years known. Raises FicheInterdite, FicheInvalide."""
    if not peut_ecrire(adhesion, lieu.epci):
        raise FicheInterdite("Seul l'EPCI du territoire pose le point zéro de ses quartiers.")
    raison = raison.strip()
    fautes = [] if millesime in annees else ["Choisissez une année dont les chiffres sont connus."]
    if not 1 <= len(raison) <= PointZero.RAISON_MAX:
        fautes.append(f"Dites pourquoi, en {PointZero.RAISON_MAX} caractères au plus.")
    if fautes:
        raise FicheInvalide(fautes)
    with transaction.atomic():
        point = PointZero.objects.create(
            epci=lieu.epci,
            niveau=lieu.niveau,
            code=lieu.code,
            millesime=millesime,
            raison=raison,
            auteur=adhesion.utilisateur,
        )
        noter(adhesion, "point_zero", str(point))
    return point
