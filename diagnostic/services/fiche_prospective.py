"""Fiche prospective of a quartier as a document (Reims, E1 F7) with its vocation and trajectory (E1 F8): what was
written, beside what is counted, read live and masked for its reader."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from diagnostic.calculs import trajectoire
from diagnostic.calculs.definitions import PAR_CODE, Population
from diagnostic.calculs.document import (
    ANNEE,
    ECART,
    ENTIER,
    INDICE,
    SECRET,
    Cellule,
    Colonne,
    Document,
    Partie,
    Tableau,
)
from diagnostic.models import FicheQuartier
from diagnostic.models.comptage import Niveau
from diagnostic.services import fiches, fiches_quartier, indicateurs
from diagnostic.services.cibles import Cible, annee, exact, voulu
from diagnostic.services.indicateurs import LigneIndicateur
from diagnostic.services.poids import DU_PARC
from diagnostic.services.quartiers import Lieu
from partenaires.api.tableaux import audience_de
from partenaires.calculs.nombres import nombre, pourcent
from partenaires.models import Parametre

BORNES = "trajectoire_bornes"
ROTATION = "rotation"
ENTRANTS, ENSEMBLE = Population.ENTRANTS.value, Population.ENSEMBLE.value


class Lues:
    """What a sheet is compared with: the place and the residences of its objectives, every millésime; one reading."""

    def __init__(self, adhesion, lieu: Lieu, fiche: FicheQuartier):
        self.lieu = lieu
        codes = {ligne["indicateur"] for ligne in (*fiche.cibles, *fiche.objectifs)} | {ROTATION, DU_PARC}
        residences = {objectif["residence"] for objectif in fiche.objectifs}
        lignes = indicateurs.lire(
            adhesion,
            epci=lieu.epci,
            niveau=(lieu.niveau, Niveau.RESIDENCE.value),
            territoire=(lieu.code, *residences),
            code=codes,
            nommees=False,
        )
        self._lignes: dict[tuple, list[LigneIndicateur]] = {}
        for ligne in sorted(lignes, key=lambda ligne: ligne.millesime):
            self._lignes.setdefault((ligne.territoire, ligne.code, ligne.population), []).append(ligne)

    def derniere(self, territoire: str, code: str, population: str, millesime: int) -> LigneIndicateur | None:
        """The latest line up to that millésime."""
        siennes = self._lignes.get((territoire, code, population), [])
        return next((ligne for ligne in reversed(siennes) if ligne.millesime <= millesime), None)


class Prospective:
    """A version of the sheet of a quartier, with what is counted there up to `millesime`."""

    def __init__(self, adhesion, lieu: Lieu, versions: list[FicheQuartier], fiche: FicheQuartier, millesime: int):
        self.adhesion, self.lieu, self.fiche, self.millesime = adhesion, lieu, fiche, millesime
        self.premiere_version = versions[-1]
        self.lues = Lues(adhesion, lieu, fiche)
        identifiants = {objectif["residence"] for objectif in fiche.objectifs}
        self.noms = fiches_quartier.noms_des_residences(adhesion, identifiants)
        self.objectifs = [objectif for objectif in fiche.objectifs if objectif["residence"] in self.noms]
        self.bornes = Parametre.objects.valeur(BORNES, date(millesime, 12, 31), lieu.epci)

    def du_lieu(self, code: str, population: str = ENSEMBLE) -> LigneIndicateur | None:
        return self.lues.derniere(self.lieu.code, code, population, self.millesime)

    @property
    def cibles(self) -> list[Cible]:
        return [
            Cible(
                cible,
                self.lues.derniere(
                    self.lieu.code, cible["indicateur"], cible["population"], self.premiere_version.millesime
                ),
                self.du_lieu(cible["indicateur"], cible["population"]),
            )
            for cible in self.fiche.cibles
        ]

    @property
    def avertissement(self) -> str:
        """Of a renewal that would concern more of the dwellings than it ever does, "" without."""
        parc = self.du_lieu(DU_PARC)
        renouveles, part = self.fiche.logements_renouveles, Fraction(str(self.bornes["renouvellement"]))
        if parc is None or parc.secret or not trajectoire.depasse(renouveles, parc.repondants, part):
            return ""
        return (
            f"Le renouvellement concernerait {nombre(renouveles)} des {nombre(parc.repondants)} logements sociaux du "
            f"quartier, plus de {pourcent(float(part), 0)} : c'est rare. Vérifiez ce nombre et ce qu'on en attend."
        )

    def rotation(self, residence: str) -> LigneIndicateur | None:
        return self.lues.derniere(residence, ROTATION, ENSEMBLE, self.millesime)

    def attendues(self, residence: str) -> Fraction | None:
        """Allocations that a residence expects in a year."""
        ligne = self.rotation(residence)
        return trajectoire.attributions_attendues(exact(ligne), ligne.denominateur if ligne else None)

    # --- the document
    def document(self, le: date) -> Document:
        fiche = self.fiche
        moment = f"{fiche.get_moment_display()}, version {fiche.numero} du {fiche.ecrite_le:%d/%m/%Y}"
        return Document(
            titre=f"Fiche prospective : {self.lieu.nom}",
            sous_titre=f"{moment} ; chiffres connus jusqu'au millésime {self.millesime}",
            audience=audience_de(self.adhesion),
            le=le,
            parties=(
                Partie("Vocation et trajectoire", _paragraphes(fiche.vocation), (self._identite(), self._horizons())),
                Partie("Diagnostic", _paragraphes(fiche.diagnostic) or ("Non renseigné.",)),
                Partie("Actions", _paragraphes(self.avertissement), (self._actions(),)),
                Partie("Indicateurs : au départ, visés, réels", contenus=(self._cibles(),)),
                Partie("Objectifs d'attribution", contenus=(self._objectifs(), self._resultants())),
                Partie(
                    "D'où viennent ces chiffres",
                    contenus=(fiches.provenance(self.adhesion, self.lieu.epci, self.millesime),),
                ),
            ),
        )

    def _identite(self) -> Tableau:
        fiche = self.fiche
        parc = self.du_lieu(DU_PARC)
        lignes: tuple[tuple[Cellule, ...], ...] = (
            ("Trajectoire", fiche.trajectoire and f"{fiche.trajectoire}. {fiche.get_trajectoire_display()}"),
            ("Situation de départ", fiche.get_depart_display() if fiche.depart else None),
            ("Logements sociaux du quartier", None if parc is None else fiches.compte(parc, nombre(parc.repondants))),
            ("Logements concernés par le renouvellement", nombre(fiche.logements_renouveles)),
        )
        return Tableau("Le quartier", (Colonne("Donnée"), Colonne("Valeur")), lignes)

    def _horizons(self) -> Tableau:
        dates = {code: date.fromisoformat(jour) for code, jour in self.fiche.horizons.items()}
        return Tableau(
            "Horizons",
            (Colonne("Horizon"), Colonne("Date")),
            tuple((h.label, f"{dates[h]:%d/%m/%Y}") for h in FicheQuartier.Horizon if h in dates),
            vide="Aucun horizon daté.",
        )

    def _actions(self) -> Tableau:
        champs, etats = dict(FicheQuartier.Champ.choices), dict(FicheQuartier.Etat.choices)
        return Tableau(
            "Actions programmées et envisagées",
            (Colonne("Action"), Colonne("Champ"), Colonne("État"), Colonne("Échéance")),
            tuple(
                (a["libelle"], champs[a["champ"]], etats[a["etat"]], _jour(a["echeance"])) for a in self.fiche.actions
            ),
            vide="Aucune action écrite.",
        )

    def _cibles(self) -> Tableau:
        horizons = dict(FicheQuartier.Horizon.choices)
        return Tableau(
            "Trajectoire attendue et réelle",
            (
                Colonne("Indicateur"),
                Colonne("Population"),
                Colonne("Départ", "menages"),
                Colonne("Année", ANNEE),
                Colonne("Cible"),
                Colonne("Horizon"),
                Colonne("Réel", "menages"),
                Colonne("Année", ANNEE),
                Colonne("Écart à la cible", ECART),
                Colonne("État"),
            ),
            tuple(
                (
                    c.libelle,
                    c.population,
                    fiches.taux(c.premiere),
                    annee(c.premiere),
                    voulu(c.cible),
                    horizons.get(c.cible["horizon"]),
                    fiches.taux(c.reelle),
                    annee(c.reelle),
                    c.ecart,
                    c.etat,
                )
                for c in self.cibles
            ),
            note="Départ : dernier chiffre connu quand la première version a été écrite "
            f"({self.premiere_version.millesime}).",
            vide="Aucune cible écrite.",
        )

    def _objectifs(self) -> Tableau:
        def attendues(residence: str) -> Cellule:
            ligne, nombre_attendu = self.rotation(residence), self.attendues(residence)
            if ligne is not None and ligne.secret:
                return SECRET
            return None if nombre_attendu is None else float(nombre_attendu)

        lues = [Cible(o | {"population": ENTRANTS}, None, self._reel(o)) for o in self.objectifs]
        return Tableau(
            "Objectifs par résidence, sur les entrants",
            (
                Colonne("Résidence"),
                Colonne("Indicateur"),
                Colonne("Objectif"),
                Colonne("Attributions attendues par an", INDICE),
                Colonne("Réel", "menages"),
                Colonne("Année", ANNEE),
                Colonne("État"),
            ),
            tuple(
                (
                    self.noms[c.cible["residence"]],
                    c.libelle,
                    voulu(c.cible),
                    attendues(c.cible["residence"]),
                    fiches.taux(c.reelle),
                    annee(c.reelle),
                    c.etat,
                )
                for c in lues
            ),
            note="Attributions attendues : rotation × logements, d'après l'état locatif.",
            vide="Aucun objectif par résidence que vous puissiez lire.",
        )

    def _reel(self, objectif: dict) -> LigneIndicateur | None:
        return self.lues.derniere(objectif["residence"], objectif["indicateur"], ENTRANTS, self.millesime)

    def _resultants(self) -> Tableau:
        """What results is told to who may read every residence that it comes from."""
        partiel = len(self.objectifs) < len(self.fiche.objectifs)
        groupes: dict[tuple[str, str], list[dict]] = {}
        for objectif in () if partiel else self.objectifs:
            groupes.setdefault((objectif["indicateur"], objectif["sens"]), []).append(objectif)
        return Tableau(
            "Objectif du quartier qui en résulte",
            (
                Colonne("Indicateur"),
                Colonne("Objectif résultant"),
                Colonne("Résidences", ENTIER),
                Colonne("Attributions attendues par an", INDICE),
                Colonne("Réel du quartier", "menages"),
                Colonne("Année", ANNEE),
                Colonne("État"),
            ),
            tuple(self._resultant(code, sens, groupe) for (code, sens), groupe in groupes.items()),
            note="Moyenne des objectifs des résidences, pondérée par leurs attributions attendues ; elle manque "
            "quand ces attributions sont inconnues, ou toutes nulles.",
            vide="L'objectif du quartier résulte de résidences que vous ne pouvez pas toutes lire."
            if partiel
            else "Aucun objectif par résidence.",
        )

    def _resultant(self, code: str, sens: str, groupe: list[dict]) -> tuple[Cellule, ...]:
        masque = any(ligne is not None and ligne.secret for ligne in (self.rotation(o["residence"]) for o in groupe))
        attendues = [self.attendues(o["residence"]) for o in groupe]
        valeur = trajectoire.objectif_resultant([(Fraction(o["valeur"]), a) for o, a in zip(groupe, attendues)])
        reel = self.du_lieu(code, ENTRANTS)
        total = None if None in attendues else float(sum(a for a in attendues if a is not None))
        fin: tuple[Cellule, ...] = (fiches.taux(reel), annee(reel))
        libelle = PAR_CODE[code].libelle
        if masque or valeur is None:
            cellule = SECRET if masque else None
            return (libelle, cellule, len(groupe), SECRET if masque else total, *fin, cellule)
        resultante = {"indicateur": code, "population": ENTRANTS, "sens": sens, "valeur": valeur}
        return (libelle, _au(resultante), len(groupe), total, *fin, Cible(resultante, None, reel).etat)


def _au(resultante: dict) -> str:
    return voulu(
        resultante | {"valeur": str(Decimal(resultante["valeur"].numerator) / resultante["valeur"].denominator)}
    )


def _paragraphes(texte: str) -> tuple[str, ...]:
    return tuple(ligne.strip() for ligne in texte.splitlines() if ligne.strip())


def _jour(texte: str) -> str:
    return f"{date.fromisoformat(texte):%d/%m/%Y}" if texte else ""
