"""The editor of an index method as a plain form: the fields of a request are read into the data of a method, lines are
added and removed on the server, so that it works with the keyboard and without JavaScript.

Fields are named by their path in the data (`axes-0-composantes-1-poids`); a list says its length under its own path.
Nothing is judged here: what is typed is kept as it is, for `services.methodes.verifier` to refuse in words.
"""

import re
from collections.abc import Callable

from django.http import QueryDict

from diagnostic.services.methodes import AXES_MAX, CLASSES_MAX, COMPOSANTES_MAX, REGLES_MAX

PALIERS_MAX = CLASSES_MAX
ENTIER = re.compile(r"\d{1,9}")
MINIMUM = 11  # default of the rules (regles §5)


def composante_vide() -> dict:
    return {"code": "", "population": "ensemble", "poids": "1", "sens": 1, "facultative": False, "paliers": []}


def classe_vide() -> dict:
    return {"libelle": "", "min": None, "max": None}


def axe_vide(rang: int = 0) -> dict:
    return {
        "code": f"axe_{rang + 1}",
        "nom": "",
        "base": 1,
        "normalisation": "rapport",
        "reference": "millesime",
        "composantes": [composante_vide()],
        "classes": [classe_vide(), classe_vide()],
    }


def regle_vide() -> dict:
    return {"libelle": "", "si": {}}


def palier_vide() -> dict:
    return {"min": None, "max": None, "points": ""}


def methode_vide() -> dict:
    return {
        "libelle": "",
        "source": "",
        "reglages": "",
        "axes": [axe_vide()],
        "croisement": None,
        "regles_quartier": [],
        "manquante": "renormaliser",
        "minimum_repondants": MINIMUM,
        "minimum_composante": MINIMUM,
    }


VIDES: dict[str, Callable[[], object]] = {
    "composantes": composante_vide,
    "paliers": palier_vide,
    "regles_quartier": regle_vide,
}


def lire(champs: QueryDict) -> dict:
    """Data of a method as the form holds them."""
    axes = [_axe(champs, f"axes-{i}") for i in range(_nombre(champs, "axes", AXES_MAX))]
    return {
        "libelle": champs.get("libelle", "").strip(),
        "source": champs.get("source", "").strip(),
        "reglages": champs.get("reglages", "").strip(),
        "manquante": champs.get("manquante", ""),
        "minimum_repondants": _entier(champs.get("minimum_repondants", "")),
        "minimum_composante": _entier(champs.get("minimum_composante", "")),
        "axes": axes,
        "croisement": _croisement(champs, axes) if len(axes) > 1 else None,
        "regles_quartier": [
            _regle(champs, f"regles_quartier-{i}") for i in range(_nombre(champs, "regles_quartier", REGLES_MAX))
        ],
    }


def _nombre(champs: QueryDict, chemin: str, maximum: int) -> int:
    """Length of a list, one over its maximum at most: the rule then refuses it."""
    lu = champs.get(chemin, "")
    return min(int(lu), maximum + 1) if ENTIER.fullmatch(lu) else 0


def _entier(texte: str):
    """A number, or what was typed."""
    texte = texte.strip()
    return int(texte) if ENTIER.fullmatch(texte) else texte


def _entiers(textes: list[str]) -> list:
    return [_entier(texte) for texte in textes]


def _borne(texte: str) -> str | None:
    return texte.strip().replace(",", ".") or None


def _suivies(lignes: list[dict]) -> list[dict]:
    """Each line ends where the next one begins."""
    bas = [None, *(ligne["min"] for ligne in lignes[1:])]
    return [ligne | {"min": debut, "max": fin} for ligne, debut, fin in zip(lignes, bas, [*bas[1:], None])]


def _axe(champs: QueryDict, chemin: str) -> dict:
    def lu(nom: str) -> str:
        return champs.get(f"{chemin}-{nom}", "").strip()

    composantes = range(_nombre(champs, f"{chemin}-composantes", COMPOSANTES_MAX))
    classes = range(_nombre(champs, f"{chemin}-classes", CLASSES_MAX))
    return {
        "code": lu("code"),
        "nom": lu("nom"),
        "base": _entier(lu("base")),
        "normalisation": lu("normalisation"),
        "reference": lu("reference"),
        "composantes": [_composante(champs, f"{chemin}-composantes-{j}") for j in composantes],
        "classes": _suivies(
            [
                {"libelle": lu(f"classes-{j}-libelle"), "min": _borne(lu(f"classes-{j}-min")), "max": None}
                for j in classes
            ]
        ),
    }


def _composante(champs: QueryDict, chemin: str) -> dict:
    def lu(nom: str) -> str:
        return champs.get(f"{chemin}-{nom}", "").strip()

    paliers = [
        {"min": _borne(lu(f"paliers-{k}-min")), "max": None, "points": lu(f"paliers-{k}-points").replace(",", ".")}
        for k in range(_nombre(champs, f"{chemin}-paliers", PALIERS_MAX))
    ]
    return {
        "code": lu("code"),
        "population": lu("population"),
        "poids": lu("poids").replace(",", "."),
        "sens": -1 if lu("sens") == "-1" else 1,
        "facultative": bool(lu("facultative")),
        "paliers": _suivies(paliers),
    }


def _croisement(champs: QueryDict, axes: list[dict]) -> dict:
    """The table has a line and a column for each class of the two axes, whatever was typed: a cell left is None."""
    codes = [axe["code"] for axe in axes]
    croises = [champs.get("croisement-premier") or codes[0], champs.get("croisement-second") or codes[1]]
    tailles = [len(next((axe["classes"] for axe in axes if axe["code"] == code), [])) for code in croises]
    ecart = {
        "axe": champs.get("aggravation-axe", ""),
        "sur": champs.get("aggravation-sur", ""),
        "ecart": champs.get("aggravation-ecart", "").strip().replace(",", "."),
    }
    return {
        "axes": croises,
        "classes": [
            champs.get(f"croisement-classes-{k}", "").strip()
            for k in range(_nombre(champs, "croisement-classes", CLASSES_MAX))
        ],
        "table": [
            [_rang(champs.get(f"croisement-table-{i}-{j}", "")) for j in range(tailles[1])] for i in range(tailles[0])
        ],
        "aggravation": ecart if ecart["axe"] else None,
    }


def _rang(texte: str) -> int | None:
    return int(texte) if ENTIER.fullmatch(texte) else None


def _regle(champs: QueryDict, chemin: str) -> dict:
    si = {
        "classe": champs.getlist(f"{chemin}-classe"),
        "qpv": {"oui": True, "non": False}.get(champs.get(f"{chemin}-qpv", "")),
        "equipements": _entiers(champs.getlist(f"{chemin}-equipements")),
        "desserte": _entiers(champs.getlist(f"{chemin}-desserte")),
    }
    return {
        "libelle": champs.get(f"{chemin}-libelle", "").strip(),
        "si": {nom: condition for nom, condition in si.items() if condition not in (None, [])},
    }


LISTES = ("axes", "classes", *VIDES)


# --- lines ----------------------------------------------------------------------------------------------------------


def agir(donnees: dict, action: str) -> bool:
    """Adds or removes a line: « ajouter:axes-0-classes », « retirer:axes-0-composantes-1 ». False when the action is
    none of those, or names no line."""
    geste, _, chemin = action.partition(":")
    pas = chemin.split("-")
    if (pas[-1] if geste == "ajouter" else "".join(pas[-2:-1])) not in LISTES:
        return False
    if geste == "ajouter":
        liste = _suivre(donnees, pas)
        if isinstance(liste, list):
            liste.append(_ligne_vide(pas[-1], donnees, pas))
            _ajuster(donnees)
            return True
    if geste == "retirer" and ENTIER.fullmatch(pas[-1]):
        liste = _suivre(donnees, pas[:-1])
        if isinstance(liste, list) and int(pas[-1]) < len(liste):
            del liste[int(pas[-1])]
            _ajuster(donnees)
            return True
    return False


def _suivre(donnees, pas: list[str]):
    for un in pas:
        if isinstance(donnees, list):
            donnees = donnees[int(un)] if ENTIER.fullmatch(un) and int(un) < len(donnees) else None
        elif isinstance(donnees, dict):
            donnees = donnees.get(un)
        else:
            return None
    return donnees


def _ligne_vide(liste: str, donnees: dict, pas: list[str]):
    if liste == "axes":
        codes = {axe["code"] for axe in donnees["axes"]}
        return next(axe for rang in range(len(codes) + 1) if (axe := axe_vide(rang))["code"] not in codes)
    if liste == "classes":
        return "" if pas[0] == "croisement" else classe_vide()
    return VIDES[liste]()


def _ajuster(donnees: dict) -> None:
    """After a line came or went: bounds follow one another, crossing and table fit the axes and their classes."""
    for axe in donnees["axes"]:
        axe["classes"] = _suivies(axe["classes"])
        for composante in axe["composantes"]:
            composante["paliers"] = _suivies(composante["paliers"])
    if len(donnees["axes"]) < 2:
        donnees["croisement"] = None
        return
    par_code = {axe["code"]: axe for axe in donnees["axes"]}
    croisement = donnees["croisement"] or {"axes": [], "classes": ["", ""], "table": [], "aggravation": None}
    if not set(croisement["axes"]) <= set(par_code) or len(croisement["axes"]) != 2:
        croisement["axes"] = list(par_code)[:2]
    hauteur, largeur = (len(par_code[code]["classes"]) for code in croisement["axes"])
    anciennes = croisement["table"]
    croisement["table"] = [
        [anciennes[i][j] if i < len(anciennes) and j < len(anciennes[i]) else None for j in range(largeur)]
        for i in range(hauteur)
    ]
    donnees["croisement"] = croisement
