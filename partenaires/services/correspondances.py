"""Recording how an organisation's files name things, and what to propose where nothing is recorded yet."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from partenaires.calculs.ressemblance import apparier, plus_proche
from partenaires.depots.contrats import REGISTRE, Colonne, Format
from partenaires.depots.documentation import sens
from partenaires.depots.entetes import cle
from partenaires.models import Correspondance, Depot, Organisation
from partenaires.services import lots
from partenaires.services.depots import DepotInterdit, EtatInterdit, controler_droit, verifier_fichier
from partenaires.services.journal import noter

LONGUEUR_MAX = 100
ENTREES_MAX = 500
LIBELLE = re.compile(r"^(\S+) (.+)$")


class CorrespondanceInvalide(Exception):
    """What cannot be recorded, and why, in French."""


@dataclass(frozen=True)
class Ligne:
    """One of their names and ours, None where nothing is known; `propose`: only a likeness speaks for it."""

    leur: str
    notre: str | None = None
    propose: bool = False


@dataclass
class Edition:
    """What a person has to settle for a type: headers, then values by column."""

    format: Format
    organisation: Organisation
    version: int = 0
    entetes: list[Ligne] = field(default_factory=list)
    colonnes: list[tuple[str, str]] = field(default_factory=list)  # name, label: what a header may be
    codes: dict[str, list[Ligne]] = field(default_factory=dict)
    valeurs: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # column → its list, labelled


def organisation_de(depot: Depot) -> Organisation | None:
    """Whose mapping the engine reads for such a deposit."""
    siren = (depot.rapport.get("correspondance") or {}).get("organisation")
    siens = [un for un in (depot.organisation, depot.deposant) if un is not None]
    return next((un for un in siens if un.siren == siren), siens[0] if siens else None)


def derniere(organisation: Organisation, type: str) -> Correspondance | None:
    return Correspondance.objects.filter(organisation=organisation, type=type).order_by("-version").first()


# --- what to settle -------------------------------------------------------------------------------------------------


def libelles(colonne: Colonne) -> dict[str, str]:
    """Labels of a closed list, where the column's note spells them out: « 1 oui, 2 non. »"""
    morceaux = (LIBELLE.match(morceau.strip()) for morceau in re.split(r"[,;]", colonne.aide.rstrip(".")))
    dits = {m.group(1): m.group(2) for m in morceaux if m}
    return {valeur: dits.get(valeur, "") for valeur in colonne.valeurs}


def edition(depot: Depot, organisation: Organisation) -> Edition:
    """What is recorded, what the deposit leaves unknown, and what is proposed for it."""
    un_format = REGISTRE[depot.type]
    connue = derniere(organisation, depot.type)
    laisse = depot.rapport.get("correspondance") or {}
    enregistrees, codes = (connue.entetes, connue.codes) if connue else ({}, {})
    une = Edition(un_format, organisation, connue.version if connue else 0)
    libres = [*laisse.get("colonnes_libres", []), *enregistrees.values()]
    candidates = [c for c in un_format.colonnes if c.nom in libres]
    une.colonnes = [(c.nom, intitule(un_format, c)) for c in candidates]
    inconnues = [nom for nom in depot.rapport.get("colonnes_inconnues", []) if cle(nom)]
    une.entetes = lignes_d_entete(un_format, candidates, enregistrees, inconnues)
    for colonne in un_format.colonnes:
        hors_liste = laisse.get("valeurs", {}).get(colonne.nom, [])
        if colonne.valeurs and (hors_liste or codes.get(colonne.nom)):
            une.codes[colonne.nom] = lignes_de_code(colonne, codes.get(colonne.nom, {}), hors_liste)
            une.valeurs[colonne.nom] = [(v, f"{v} – {dit}" if dit else v) for v, dit in libelles(colonne).items()]
    return une


def intitule(un_format: Format, colonne: Colonne) -> str:
    explication = sens(un_format, colonne)
    nom = f"{colonne.nom} (obligatoire)" if colonne.obligatoire else colonne.nom
    return f"{nom} – {explication}" if explication else nom


def lignes_d_entete(
    un_format: Format, candidates: list[Colonne], enregistrees: dict[str, str], inconnues: Iterable[str]
) -> list[Ligne]:
    prises = set(enregistrees.values())
    connues = {cle(leur) for leur in enregistrees}
    nouvelles = [nom for nom in inconnues if cle(nom) not in connues]
    notres = {c.nom: (c.nom, *c.synonymes, sens(un_format, c)) for c in candidates if c.nom not in prises}
    proposees = apparier(nouvelles, notres)
    return [
        *(Ligne(leur, notre) for leur, notre in enregistrees.items()),
        *(Ligne(nom, proposees.get(nom), nom in proposees) for nom in nouvelles),
    ]


def lignes_de_code(colonne: Colonne, enregistres: dict[str, str], hors_liste: Iterable[str]) -> list[Ligne]:
    notres = {valeur: (valeur, dit) for valeur, dit in libelles(colonne).items()}
    neufs = [valeur for valeur in hors_liste if valeur not in enregistres]
    proposes = {valeur: plus_proche(valeur, notres) for valeur in neufs}
    return [
        *(Ligne(leur, notre) for leur, notre in enregistres.items()),
        *(Ligne(valeur, proposes[valeur], proposes[valeur] is not None) for valeur in neufs),
    ]


# --- recording ------------------------------------------------------------------------------------------------------


@transaction.atomic
def enregistrer(
    adhesion, organisation: Organisation, type: str, entetes: dict[str, str], codes: dict[str, dict[str, str]]
) -> Correspondance:
    """A new version, or the latest when nothing differs. Raises DepotInterdit, CorrespondanceInvalide."""
    un_format = REGISTRE[type]
    controler_droit(adhesion, un_format, organisation)
    codes = {colonne: valeurs for colonne, valeurs in codes.items() if valeurs}
    verifier(un_format, entetes, codes)
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # one version at a time
    connue = derniere(organisation, type)
    if connue is not None and (connue.entetes, connue.codes) == (entetes, codes):
        return connue
    version = connue.version + 1 if connue else 1
    noter(adhesion, "correspondance", f"{type} v{version} de {organisation.siren}")
    return Correspondance.objects.create(
        organisation=organisation,
        type=type,
        version=version,
        entetes=entetes,
        codes=codes,
        cree_par=adhesion.utilisateur,
    )


def verifier(un_format: Format, entetes: dict[str, str], codes: dict[str, dict[str, str]]) -> None:
    """Raises CorrespondanceInvalide."""
    colonnes = {c.nom: c for c in un_format.colonnes if not c.nom.startswith("__")}
    for nom in (*entetes.values(), *codes):
        if nom not in colonnes:
            raise CorrespondanceInvalide(
                f"Le type {un_format.type} n'a pas de colonne {nom}. Choisissez dans la liste."
            )
    doubles = sorted({nom for nom in entetes.values() if list(entetes.values()).count(nom) > 1})
    if doubles:
        raise CorrespondanceInvalide(f"Deux de vos colonnes sont rapprochées de {doubles[0]}. N'en gardez qu'une.")
    for nom, valeurs in codes.items():
        for notre in valeurs.values():
            if notre and notre not in colonnes[nom].valeurs:
                raise CorrespondanceInvalide(
                    f"La colonne {nom} n'admet pas la valeur {notre}. Choisissez dans la liste."
                )
    leurs = [*entetes, *(leur for valeurs in codes.values() for leur in valeurs)]
    if len(leurs) > ENTREES_MAX:
        raise CorrespondanceInvalide(f"Une correspondance a au plus {ENTREES_MAX} entrées.")
    if any(not leur.strip() or len(leur) > LONGUEUR_MAX or not leur.isprintable() for leur in leurs):
        raise CorrespondanceInvalide(f"Un nom fait de 1 à {LONGUEUR_MAX} caractères visibles.")


def recontroler(adhesion, depot: Depot) -> bool:
    """The file of a deposit that is not loaded yet goes to be checked again. False where that cannot be."""
    try:
        verifier_fichier(depot)
        identite = lots.Identite(
            depot.type,
            depot.organisation or adhesion.organisation,
            depot.millesime,
            depot.nature,
            depot.version,
            depot.feuille,
        )
        lots.preciser(adhesion, depot, identite)
    except (DepotInterdit, EtatInterdit):
        return False
    return True
