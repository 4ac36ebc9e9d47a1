"""A method on a territory before its adoption: computed in memory with the engine that writes the indices, written
nowhere; and what its rule asks that the territory has not."""

import time
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.utils import timezone

from diagnostic.calculs.indices import Alerte, sans_reference
from diagnostic.calculs.indices_regle import Axe, Composante, Regle
from diagnostic.calculs.indices_scores import Etat
from diagnostic.models import Indice, Methode
from diagnostic.models.comptage import Niveau
from diagnostic.services import methodes
from diagnostic.services.calcul_indices import Evaluation, Territoire, lire_territoire, regle_de
from diagnostic.services.lignes_indices import LigneIndice, lire_lignes
from diagnostic.services.mesures import Lecture, Place
from diagnostic.services.methodes import Decision, MethodeInvalide

SANS_ENQUETE = (
    "Aucune enquête d'occupation (OPS) n'est chargée sur ce territoire : aucune résidence n'aurait de valeur. "
    "Déposez-la, puis revenez à l'aperçu."
)


@dataclass(frozen=True)
class EnMemoire:
    """A measure (`services.mesures.Mesure`) of lines that are stored nowhere."""

    methode: Methode
    millesime: int
    lignes: list[LigneIndice]
    unite = "indice"

    @property
    def classes(self) -> list[str]:
        return self.methode.libelles

    def lire(self, millesime: int) -> dict[Place, Lecture]:
        if millesime != self.millesime:
            return {}
        return {
            (ligne.niveau, ligne.territoire, ligne.perimetre_version): Lecture(
                ligne.valeur, ligne.classe, ligne.rang, ligne.repondants, ligne.secret
            )
            for ligne in self.lignes
        }


@dataclass(frozen=True)
class Apercu:
    """`millesimes`: those that the method can be computed for. `refus`: why it cannot be adopted, one sentence each.
    `duree_s`: of the computation."""

    mesure: EnMemoire
    millesimes: list[int]
    refus: list[str]
    duree_s: float

    @property
    def millesime(self) -> int:
        return self.mesure.millesime

    @cached_property
    def effectifs(self) -> list[int]:
        """Residences of each class, masked ones apart."""
        rangs = Counter(ligne.rang for ligne in self.mesure.lignes)
        return [rangs[rang] for rang in range(len(self.mesure.classes))]

    @property
    def masquees(self) -> int:
        return sum(ligne.secret for ligne in self.mesure.lignes)

    @property
    def sans_valeur(self) -> int:
        return sum(ligne.rang is None and not ligne.secret for ligne in self.mesure.lignes)

    @property
    def alertes(self) -> list[tuple[str, int]]:
        """Each alert with the residences that have it, the most frequent first."""
        return Counter(alerte for ligne in self.mesure.lignes for alerte in ligne.alertes).most_common()


def apercu(adhesion, methode: Methode, epci: str, millesime: int | None = None) -> Apercu:
    """On the residences of the territory at `millesime` (default, and where it cannot be computed: the latest one)."""
    debut = time.monotonic()
    territoire = lire_territoire(epci, [methode])
    millesimes = millesimes_de(territoire, methode)
    if territoire is None or not millesimes:
        return Apercu(EnMemoire(methode, millesime or 0, []), [], [SANS_ENQUETE], time.monotonic() - debut)
    retenu = millesime if millesime in millesimes else millesimes[-1]
    evaluation = territoire.evaluer(methode, territoire.comptes.du_millesime(retenu), retenu)
    lignes = lire_lignes(adhesion, _indices(methode, epci, retenu, evaluation), detail=False, nommees=False)
    refus = _refus(territoire, methode, millesimes[-1], evaluation if retenu == millesimes[-1] else None)
    return Apercu(EnMemoire(methode, retenu, lignes), millesimes, refus, time.monotonic() - debut)


def refus(methode: Methode, epci: str) -> list[str]:
    """What the rule asks that the territory has not, at the latest millésime that it can be computed for."""
    territoire = lire_territoire(epci, [methode])
    millesimes = millesimes_de(territoire, methode)
    if territoire is None or not millesimes:
        return [SANS_ENQUETE]
    return _refus(territoire, methode, millesimes[-1])


def adopter(adhesion, methode: Methode, decision: Decision) -> Methode:
    """`methodes.adopter`, once the territory has what the rule asks. Raises as it does."""
    methodes.exiger(adhesion, methode.epci)
    if methode.est_brouillon and (fautes := refus(methode, methode.epci)):
        raise MethodeInvalide(fautes)
    return methodes.adopter(adhesion, methode, decision)


def millesimes_de(territoire: Territoire | None, methode: Methode) -> list[int]:
    """Those with respondents: without them no place has a value."""
    if territoire is None:
        return []
    enquetes = territoire.comptes.millesimes(["repondants"])
    return sorted(enquetes & territoire.millesimes(territoire.regles[methode]))


def _refus(territoire: Territoire, methode: Methode, millesime: int, evaluation: Evaluation | None = None) -> list[str]:
    regle = territoire.regles[methode]
    if evaluation is None:
        evaluation = territoire.evaluer(methode, territoire.comptes.du_millesime(millesime), millesime)
    sans = sans_reference(regle, evaluation.references.des_places(regle, evaluation.familles))
    fautes = [
        f"{_nom(axe, c)} : la référence n'a pas de donnée en {millesime} (taux inconnu ou nul sur le territoire). "
        "Déposez la source, ou retirez la composante."
        for axe, c in sans
        if not c.facultative
    ]
    return fautes + [
        f"{_nom(axe, c)} : aucune résidence n'a assez de répondants, ou de logements, en {millesime}. Abaissez le "
        "minimum d'une composante, ou retirez-la."
        for axe, c in _sans_repondant(regle, evaluation)
        if not c.facultative and (axe, c) not in sans
    ]


def _sans_repondant(regle: Regle, evaluation: Evaluation) -> list[tuple[Axe, Composante]]:
    residences = (evaluation.comptes.places["niveau"] == Niveau.RESIDENCE).to_numpy()
    return [
        (axe, composante)
        for axe, resultat in zip(regle.axes, evaluation.resultat.axes)
        for rang, composante in enumerate(axe.composantes)
        if not (resultat.etats[residences, rang] == Etat.PRESENTE).any()
    ]


def _nom(axe: Axe, composante: Composante) -> str:
    return f"{axe.nom}, « {composante.indicateur.libelle} » ({composante.population})"


def _indices(methode: Methode, epci: str, millesime: int, evaluation: Evaluation) -> list[Indice]:
    """The residences as rows of Indice, unsaved."""
    regle = regle_de(methode)
    places, resultat = evaluation.comptes.places, evaluation.resultat
    residences = np.flatnonzero((places["niveau"] == Niveau.RESIDENCE).to_numpy())
    axes = resultat.axes
    contributions = _listes(np.hstack([axe.contributions for axe in axes])[residences])
    etats = np.hstack([axe.etats for axe in axes])[residences].tolist()
    valeurs_axes = _listes(np.column_stack([axe.valeur for axe in axes])[residences])
    rangs_axes = _listes(np.column_stack([np.where(axe.rang < 0, np.nan, axe.rang) for axe in axes])[residences])
    repondants = np.nan_to_num(evaluation.comptes.nombres["ensemble"]["repondants"]).astype(int)
    premiers = places["repondants_premier"].fillna(0).astype(int).to_numpy()
    textes = places[["territoire", "version", "bailleur", "commune", "qpv", "premier_bailleur"]].to_numpy()
    maintenant = timezone.now()
    lignes = []
    for rang, i in enumerate(residences):
        territoire, version, bailleur, commune, qpv, premier_bailleur = textes[i]
        rang_classe = int(resultat.rang[i])
        lignes.append(
            Indice(
                methode=methode,
                epci=epci,
                niveau=Niveau.RESIDENCE.value,
                territoire=territoire,
                version=version,
                bailleur=bailleur,
                commune=commune,
                qpv=qpv,
                famille=evaluation.familles[i],
                millesime=millesime,
                valeur=None if np.isnan(resultat.valeur[i]) else float(resultat.valeur[i]),
                classe="" if rang_classe < 0 else regle.classes[rang_classe],
                rang_classe=None if rang_classe < 0 else rang_classe,
                repondants=int(repondants[i]),
                premier_bailleur=premier_bailleur,
                repondants_premier=int(premiers[i]),
                contributions=contributions[rang],
                etats=etats[rang],
                valeurs_axes=valeurs_axes[rang] if regle.croisement else [],
                rangs_axes=[None if r is None else int(r) for r in rangs_axes[rang]] if regle.croisement else [],
                alertes=Alerte(int(resultat.alertes[i])).codes,
                calcule_le=maintenant,
            )
        )
    return lignes


def _listes(valeurs: np.ndarray) -> list[list[float | None]]:
    return [[None if np.isnan(v) else v for v in ligne] for ligne in valeurs.tolist()]
