"""The life of an index method: written as a draft by the EPCI, adopted by the CIL, retired; duplicated, renewed.

A draft always holds a rule that can be read (`lire_regle`); what its rule needs of the territory is checked when it is
adopted (`services.apercu_methodes`). Only a draft changes: another rule is another version (regles §5).
"""

import re
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from json import dumps

from django.db import IntegrityError, transaction
from django.utils import timezone

from diagnostic.calculs.indices_regle import Regle, RegleInvalide, lire_regle
from diagnostic.calculs.recherche import sans_accent
from diagnostic.models import Methode, MethodePrincipale
from diagnostic.services import calcul_indices
from partenaires.models import Organisation
from partenaires.services import journal

REGLE = ("axes", "croisement", "regles_quartier", "manquante", "minimum_repondants", "minimum_composante")
TEXTES = {"libelle": "Le nom de la méthode", "source": "La source", "reglages": "Les réglages"}
LONGUEURS = {"libelle": 200, "source": 200, "reglages": 4000}
CLASSE_MAX = 100
AXES_MAX, COMPOSANTES_MAX, CLASSES_MAX, REGLES_MAX = 6, 30, 12, 60
MINIMUM_MAX = 10_000


class MethodeInterdite(Exception):
    """What this member may not do, and who may, in French."""


class MethodeInvalide(ValueError):
    """`fautes`: why it is refused, one sentence each."""

    def __init__(self, fautes):
        self.fautes = list(fautes)
        super().__init__(" ".join(self.fautes))


class MethodeDepassee(Exception):
    """The state of the version forbids it, or it has changed since it was read; in French."""


def peut_regler(adhesion, epci: str) -> bool:
    """- a gestionnaire or an administrateur
    - of the EPCI that carries the CIL of the territory"""
    nature = Organisation.Nature.EPCI
    return bool(adhesion) and adhesion.nature == nature and adhesion.siren == epci and adhesion.peut_ecrire


def exiger(adhesion, epci: str) -> None:
    if not peut_regler(adhesion, epci):
        raise MethodeInterdite(
            "Les méthodes d'un territoire s'écrivent par un gestionnaire ou un administrateur de son EPCI."
        )


def verifier(donnees: dict) -> Regle:
    """Rule of a draft. Raises MethodeInvalide with every fault of the rule and of the texts around it."""
    fautes = [*_textes(donnees), *_tailles(donnees)]
    if "\\u0000" in dumps(donnees):
        fautes.append("Un texte contient un caractère interdit (NUL) : retirez-le.")
    regle = None
    try:
        regle = lire_regle(donnees)
    except RegleInvalide as invalide:
        fautes += invalide.fautes
    if regle:
        fautes += [f"{axe.nom or 'Axe'} : un axe a un code et un nom." for axe in regle.axes if not axe.code]
    if fautes or regle is None:
        raise MethodeInvalide(dict.fromkeys(fautes))
    return regle


def _textes(donnees: dict) -> list[str]:
    fautes = [f"{TEXTES[nom]} manque." for nom in ("libelle", "source") if not str(donnees.get(nom) or "").strip()]
    longs = [nom for nom, maximum in LONGUEURS.items() if len(str(donnees.get(nom) or "")) > maximum]
    return fautes + [f"{TEXTES[nom]} : {LONGUEURS[nom]} caractères au plus." for nom in longs]


def _tailles(donnees: dict) -> list[str]:
    axes, croisement = donnees.get("axes") or [], donnees.get("croisement") or {}
    regles = donnees.get("regles_quartier") or []
    libelles = [*croisement.get("classes", ()), *(regle.get("libelle") for regle in regles)]
    libelles += [classe.get("libelle") for axe in axes for classe in axe.get("classes") or ()]
    libelles += [axe.get("nom") for axe in axes]
    depasses = {
        f"{AXES_MAX} axes au plus.": len(axes) > AXES_MAX,
        f"{COMPOSANTES_MAX} composantes par axe au plus.": any(
            len(axe.get("composantes") or ()) > COMPOSANTES_MAX for axe in axes
        ),
        f"{CLASSES_MAX} classes au plus.": any(
            len(classes) > CLASSES_MAX
            for classes in (croisement.get("classes") or (), *(axe.get("classes") or () for axe in axes))
        ),
        f"{REGLES_MAX} règles de quartier au plus.": len(regles) > REGLES_MAX,
        f"Un nom d'axe, de classe ou de règle a {CLASSE_MAX} caractères au plus.": any(
            len(str(libelle or "")) > CLASSE_MAX for libelle in libelles
        ),
        f"Un minimum est de {MINIMUM_MAX} au plus.": any(
            isinstance(donnees.get(nom), int) and donnees[nom] > MINIMUM_MAX
            for nom in ("minimum_repondants", "minimum_composante")
        ),
    }
    return [faute for faute, depassee in depasses.items() if depassee]


def donnees_de(methode: Methode) -> dict:
    """What `creer` and `modifier` take."""
    return {champ: getattr(methode, champ) for champ in (*TEXTES, *REGLE)}


def empreinte(methode: Methode) -> str:
    """What a form was filled from; another one since ⇒ the version has changed."""
    lu = donnees_de(methode) | {"statut": methode.statut}
    return sha256(dumps(lu, sort_keys=True).encode()).hexdigest()[:16]


# --- drafts ---------------------------------------------------------------------------------------------------------


def code_libre(epci: str, souhaite: str) -> str:
    """A code that neither the platform nor the territory has: « indice_local », « indice_local_2 »…"""
    radical = re.sub(r"[^a-z0-9]+", "_", sans_accent(souhaite)).strip("_")[:50] or "methode"
    pris = set(Methode.objects.du_territoire(epci).filter(code__startswith=radical).values_list("code", flat=True))
    candidats = [radical, *(f"{radical}_{rang}" for rang in range(2, len(pris) + 3))]
    return next(candidat for candidat in candidats if candidat not in pris)


def creer(adhesion, epci: str, donnees: dict, origine: str = "") -> Methode:
    """A draft, version 1 of a new code of the territory. Raises MethodeInterdite, MethodeInvalide."""
    exiger(adhesion, epci)
    verifier(donnees)
    with transaction.atomic():
        _verrouiller(epci)
        methode = Methode(epci=epci, code=code_libre(epci, donnees["libelle"]), version="1", origine=origine)
        _ecrire(methode, donnees)
        journal.noter(adhesion, "creation_methode", str(methode))
    return methode


def dupliquer(adhesion, epci: str, modele: Methode) -> Methode:
    """A draft of the territory's own, the same as `modele`, a preset or any version one may see."""
    exiger(adhesion, epci)
    donnees = donnees_de(modele)
    donnees["libelle"] = f"{modele.libelle}, adaptée"[: LONGUEURS["libelle"]]
    return creer(adhesion, epci, donnees, origine=f"{modele.code}, version {modele.version}")


def nouvelle_version(adhesion, modele: Methode) -> Methode:
    """The draft that follows `modele`, with its rule; the one under way where there is one already."""
    exiger(adhesion, modele.epci)
    with transaction.atomic():
        versions = _verrouiller(modele.epci, modele.code)
        en_cours = next((version for version in versions if version.est_brouillon), None)
        if en_cours:
            return en_cours
        suivante = Methode(
            epci=modele.epci,
            code=modele.code,
            version=str(max(int(version.version) for version in versions) + 1),
            origine=f"{modele.code}, version {modele.version}",
        )
        _ecrire(suivante, donnees_de(modele))
        journal.noter(adhesion, "creation_methode", str(suivante))
    return suivante


def modifier(adhesion, methode: Methode, donnees: dict, vu: str | None = None) -> Methode:
    """A draft rewritten. Raises MethodeDepassee when it is one no more, or has changed since `vu` was read."""
    exiger(adhesion, methode.epci)
    verifier(donnees)
    with transaction.atomic():
        actuelle = _reprendre(methode)
        if not actuelle.est_brouillon:
            raise MethodeDepassee("Cette version n'est plus un brouillon : créez une nouvelle version pour la changer.")
        if vu is not None and vu != empreinte(actuelle):
            raise MethodeDepassee("Ce brouillon a été changé par quelqu'un d'autre : relisez-le avant de le reprendre.")
        _ecrire(actuelle, donnees)
        journal.noter(adhesion, "modification_methode", str(actuelle))
    return actuelle


def supprimer(adhesion, methode: Methode) -> None:
    exiger(adhesion, methode.epci)
    with transaction.atomic():
        actuelle = _reprendre(methode)
        if not actuelle.est_brouillon:
            raise MethodeDepassee("Seul un brouillon se supprime : une version adoptée se retire.")
        journal.noter(adhesion, "suppression_methode", str(actuelle))
        actuelle.delete()


# --- in service -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """What the CIL decided: the reference of its decision and its day."""

    reference: str
    du: date


def adopter(adhesion, methode: Methode, decision: Decision) -> Methode:
    """In service from now on, instead of the former version of its code; its indices are computed in the same
    transaction. Raises MethodeInvalide for a decision that is not one, MethodeDepassee when it is no draft.

    What the rule asks of the territory is checked by `apercu_methodes.adopter`, which calls this."""
    exiger(adhesion, methode.epci)
    _verifier_decision(decision)
    with transaction.atomic():
        versions = _verrouiller(methode.epci, methode.code)
        actuelle = next((version for version in versions if version.pk == methode.pk), None)
        if actuelle is None or not actuelle.est_brouillon:
            raise MethodeDepassee("Cette version n'est plus un brouillon : elle a déjà été adoptée, ou supprimée.")
        verifier(donnees_de(actuelle))
        for ancienne in versions:
            if ancienne.statut == Methode.Statut.ADOPTEE:
                _retirer(ancienne)
        actuelle.statut, actuelle.adoptee_le = Methode.Statut.ADOPTEE, timezone.now()
        actuelle.adoptee_par = adhesion.utilisateur
        actuelle.decision, actuelle.decision_du = decision.reference.strip(), decision.du
        actuelle.save()
        calcul_indices.recalculer(actuelle.epci, methodes=[actuelle])
        journal.noter(adhesion, "adoption_methode", f"{actuelle} : {decision.reference}")
    return actuelle


def _verifier_decision(decision: Decision) -> None:
    fautes = []
    if not decision.reference.strip():
        fautes.append("Donnez la référence de la décision de la CIL (délibération, séance).")
    if len(decision.reference) > 200:
        fautes.append("La référence de la décision a 200 caractères au plus.")
    if decision.du > timezone.localdate():
        fautes.append("La décision de la CIL ne peut pas être à venir : adoptez la méthode une fois qu'elle est prise.")
    if fautes:
        raise MethodeInvalide(fautes)


def retirer(adhesion, methode: Methode) -> Methode:
    """Out of service: its results and its rule are kept. The presets of the platform stay."""
    exiger(adhesion, methode.epci)
    with transaction.atomic():
        actuelle = _reprendre(methode)
        if actuelle.statut != Methode.Statut.ADOPTEE:
            raise MethodeDepassee("Seule une version en service se retire.")
        _retirer(actuelle)
        journal.noter(adhesion, "retrait_methode", str(actuelle))
    return actuelle


def designer(adhesion, epci: str, methode: Methode) -> None:
    """The method that the pages of the territory open on."""
    exiger(adhesion, epci)
    if methode.statut != Methode.Statut.ADOPTEE or methode.epci not in ("", epci):
        raise MethodeDepassee("La méthode principale est une méthode en service sur ce territoire.")
    MethodePrincipale.objects.create(epci=epci, code=methode.code, choisie_par=adhesion.utilisateur)
    journal.noter(adhesion, "methode_principale", f"{epci} : {methode.code}")


def _retirer(methode: Methode) -> None:
    methode.statut, methode.retiree_le = Methode.Statut.RETIREE, timezone.now()
    methode.save(update_fields=["statut", "retiree_le"])


def _reprendre(methode: Methode) -> Methode:
    actuelle = Methode.objects.select_for_update().filter(pk=methode.pk).first()
    if actuelle is None:
        raise MethodeDepassee("Ce brouillon a été supprimé.")
    return actuelle


def _verrouiller(epci: str, code: str | None = None) -> list[Methode]:
    """Versions of the territory (of that code), locked in one order: two adoptions come one after the other."""
    siennes = Methode.objects.select_for_update().filter(epci=epci).order_by("pk")
    return list(siennes if code is None else siennes.filter(code=code))


def _ecrire(methode: Methode, donnees: dict) -> None:
    for champ in TEXTES:
        setattr(methode, champ, str(donnees.get(champ) or "").strip())
    for champ in REGLE:
        setattr(methode, champ, donnees.get(champ))
    methode.regles_quartier = methode.regles_quartier or []
    try:
        with transaction.atomic():
            methode.save()
    except IntegrityError as pris:
        raise MethodeDepassee("Une méthode du même code vient d'être créée : recommencez.") from pris
