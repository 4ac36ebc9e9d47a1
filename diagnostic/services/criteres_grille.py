"""The criteria of the qualitative grid: a dated parameter that the territory may write for itself."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from diagnostic.calculs.recherche import sans_accent
from diagnostic.services.droits_avis import AvisInterdit, peut_arbitrer
from partenaires.models import Parametre
from partenaires.services.journal import noter

PARAMETRE = "grille_criteres"
CRITERES_MAX, TEXTE_MAX = 30, 80
THEMES = {
    "contexte": "Contexte urbain et résidentiel",
    "usage": "Usage et gestion des espaces communs",
    "tranquillite": "Tranquillité et sécurité",
}


class CriteresInvalides(ValueError):
    """What is wrong with a list of criteria, in French."""


@dataclass(frozen=True)
class Critere:
    code: str
    theme: str
    libelle: str

    @property
    def titre(self) -> str:
        """A theme of the territory's own stays as it is."""
        return THEMES.get(self.theme, self.theme)


def criteres(epci: str, le: date) -> list[Critere]:
    """The list in force on the territory."""
    return [Critere(**critere) for critere in Parametre.objects.valeur(PARAMETRE, le, epci)]


def peut_ecrire_les_criteres(adhesion, epci: str) -> bool:
    """- an administrator
    - of the EPCI that carries the CIL of the territory"""
    return peut_arbitrer(adhesion, epci) and adhesion.administre


def en_lignes(liste: list[Critere]) -> str:
    """One criterion a line, « theme ; criterion »: what `lire_lignes` reads back."""
    return "\n".join(f"{un.titre} ; {un.libelle}" for un in liste)


def lire_lignes(texte: str, connus: list[Critere]) -> list[Critere]:
    """The criteria of a text. One whose label is known keeps its code, hence the notes already given. Raises
    CriteresInvalides."""
    codes = {un.libelle: un.code for un in connus}
    themes = {titre: code for code, titre in THEMES.items()}
    lus: list[Critere] = []
    for numero, ligne in enumerate(texte.splitlines(), 1):
        if not ligne.strip():
            continue
        theme, point_virgule, libelle = (partie.strip() for partie in ligne.partition(";"))
        if not (point_virgule and theme and libelle) or max(len(theme), len(libelle)) > TEXTE_MAX:
            raise CriteresInvalides(
                f"Ligne {numero} : écrivez « thème ; critère », {TEXTE_MAX} caractères au plus pour chacun."
            )
        code = codes.get(libelle) or "_".join(sans_accent(libelle).replace("'", " ").split())
        if any(un.code == code for un in lus):
            raise CriteresInvalides(f"Ligne {numero} : « {libelle} » est déjà dans la liste.")
        lus.append(Critere(code, themes.get(theme, theme), libelle))
    if not 1 <= len(lus) <= CRITERES_MAX:
        raise CriteresInvalides(f"La grille compte de 1 à {CRITERES_MAX} critères.")
    return lus


def enregistrer(adhesion, epci: str, texte: str, le: date) -> list[Critere]:
    """The list of the territory from that day on; earlier days keep theirs. Raises AvisInterdit, CriteresInvalides."""
    if not peut_ecrire_les_criteres(adhesion, epci):
        raise AvisInterdit("Seul un administrateur de l'EPCI change les critères de la grille.")
    liste = lire_lignes(texte, criteres(epci, le))
    with transaction.atomic():
        Parametre.objects.update_or_create(
            code=PARAMETRE,
            epci=epci,
            debut=le,
            defaults={"valeur": [vars(un) for un in liste], "source": "décision du territoire"},
        )
        noter(adhesion, "criteres_grille", f"{epci} : {len(liste)} critères")
    return liste
