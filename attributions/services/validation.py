"""The body of an objective checked whole, in French, field by field (contrat §3, Objective)."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError

from attributions.calculs.objectifs_legaux import PAR_CODE
from attributions.calculs.predicats import PredicatInvalide, normaliser
from attributions.models import Objectif
from diagnostic.models import Commune, Methode, Perimetre, Residence
from partenaires.models import Organisation

OBLIGATOIRES = ("code", "libelle", "base", "sens", "perimetre", "predicat")
SANS_CODE = ("territoire", "en_qpv", "hors_qpv")
CODE_FACULTATIF = ("npnru", "qva")
NATURES = ("qpv", "secteur", "npnru", "qva")
TYPES = (*SANS_CODE, *NATURES, "commune", "residence", "classe")
CLES_JALON = {"debut", "fin", "valeur", "valeur_max", "stricte"}
MILLIONIEME = Decimal("0.000001")


class ConflitObjectif(Exception):
    """The state of the objective forbids the change (409)."""


def valider(adhesion, donnees, objectif: Objectif | None = None) -> dict:
    """Fields to store from a body; a revision (`objectif` given) takes only those present.

    Raises django ValidationError with every field in fault.
    """
    if not isinstance(donnees, dict):
        raise ValidationError({"detail": ["Un objet JSON est attendu."]})
    lectures = {
        "code": _code,
        "libelle": _libelle,
        "epci": lambda valeur: _epci(adhesion, valeur),
        "base": lambda valeur: _choix(valeur, Objectif.Base.values),
        "sens": lambda valeur: _choix(valeur, Objectif.Sens.values),
        "perimetre": lambda valeur: _perimetre(adhesion, valeur),
        "predicat": _predicat,
        "bailleur": _bailleur,
        "reservataire": _reservataire,
        "statut": lambda valeur: _choix(valeur, Objectif.Statut.values),
        "source": lambda valeur: _texte(valeur, 200, vide=True),
        "jalons": lambda valeur: valeur,
    }
    propres, fautes = {}, {}
    for champ, lire in lectures.items():
        try:
            if champ in donnees:
                propres[champ] = lire(donnees[champ])
            elif objectif is None and champ in OBLIGATOIRES:
                raise ValidationError("Ce champ est obligatoire.")
        except (ValidationError, PredicatInvalide) as faute:
            fautes[champ] = getattr(faute, "messages", None) or [str(faute)]
    if objectif is None:
        propres.setdefault("epci", adhesion.siren)
        propres.setdefault("jalons", [])
    _jalons(propres, fautes, objectif)
    _unicite(propres, fautes, objectif)
    if fautes:
        raise ValidationError(fautes)
    return propres


def _texte(valeur, longueur: int, vide: bool = False) -> str:
    if valeur is None and vide:
        return ""
    if not isinstance(valeur, str) or len(valeur.strip()) > longueur or "\0" in valeur:
        raise ValidationError(f"Un texte d'au plus {longueur} caractères est attendu.")
    if not valeur.strip() and not vide:
        raise ValidationError("Ce champ ne peut pas être vide.")
    return valeur.strip()


def _code(valeur) -> str:
    code = _texte(valeur, 60)
    if not re.fullmatch(r"[A-Za-z0-9_-]+", code):
        raise ValidationError("Un code se compose de lettres sans accent, chiffres, « _ » et « - ».")
    return code


def _libelle(valeur) -> str:
    return _texte(valeur, 200)


def _choix(valeur, admis) -> str:
    if not isinstance(valeur, str) or valeur not in admis:
        raise ValidationError(f"Valeur inconnue. Attendu : {', '.join(admis)}.")
    return valeur


def _epci(adhesion, valeur) -> str:
    if valeur != adhesion.siren:
        raise ValidationError("Vous n'écrivez que les objectifs de votre territoire : mettez son SIREN.")
    return valeur


def _bailleur(valeur) -> str:
    siren = _texte(valeur, 9, vide=True)
    if siren and not Organisation.objects.filter(siren=siren, nature=Organisation.Nature.BAILLEUR).exists():
        raise ValidationError(f"Aucun bailleur de SIREN {siren} sur la plateforme.")
    return siren


def _reservataire(valeur) -> str:
    return _texte(valeur, 60, vide=True).lower()


def _predicat(valeur) -> dict:
    return normaliser(valeur)


def _perimetre(adhesion, valeur) -> dict:
    """{"type", "code"}: the place must exist on the territory."""
    if isinstance(valeur, str):
        valeur = {"type": valeur}
    if not isinstance(valeur, dict):
        raise ValidationError('Un objet {"type", "code"} est attendu.')
    genre, code = valeur.get("type"), valeur.get("code")
    if not isinstance(genre, str) or genre not in TYPES:
        raise ValidationError(f"type : valeur inconnue. Attendu : {', '.join(TYPES)}.")
    if genre in SANS_CODE:
        return {"type": genre, "code": None}
    if code in (None, "") and genre in CODE_FACULTATIF:
        return {"type": genre, "code": None}
    if not isinstance(code, str) or not code.strip() or len(code) > 160 or "\0" in code:
        raise ValidationError(f"code : le code d'un périmètre de type « {genre} » est attendu.")
    code = code.strip()
    if not _existe(adhesion, genre, code):
        raise ValidationError(f"code : « {code} » inconnu sur votre territoire pour le type « {genre} ».")
    return {"type": genre, "code": code}


def _existe(adhesion, genre: str, code: str) -> bool:
    if genre == "commune":
        return Commune.objects.visible_to(adhesion).filter(code=code).exists()
    if genre == "residence":
        return Residence.objects.visible_to(adhesion).courantes().filter(identifiant=code).exists()
    if genre == "classe":
        methode, _, classe = code.partition(":")
        methodes = Methode.objects.visible_to(adhesion).filter(code=methode)
        return any(classe in m.libelles for m in methodes)
    return Perimetre.objects.visible_to(adhesion).courantes().filter(nature=genre, code=code).exists()


def _unicite(propres: dict, fautes: dict, objectif: Objectif | None) -> None:
    cle = {
        champ: propres.get(champ, getattr(objectif, champ, ""))
        for champ in ("epci", "code", "bailleur", "reservataire")
    }
    legal = bool(objectif and objectif.legal)
    if cle["code"] in PAR_CODE and not legal:
        fautes.setdefault("code", ["Code d'un objectif légal : choisissez-en un autre."])
    memes = Objectif.objects.filter(**cle)
    if objectif:
        memes = memes.exclude(pk=objectif.pk)
    if not fautes and memes.exists():
        fautes["code"] = ["Un objectif de ce code existe déjà : modifiez-le, ou choisissez un autre code."]


def _jalons(propres: dict, fautes: dict, objectif: Objectif | None) -> None:
    """Milestones: dated, apart from one another, each with what its sense asks for."""
    sens = propres.get("sens") or getattr(objectif, "sens", None)
    if "jalons" not in propres:
        if objectif and "sens" in propres and propres["sens"] != objectif.sens:
            fautes["jalons"] = ["Le sens change : donnez les jalons qui lui conviennent."]
        return
    if not isinstance(propres["jalons"], list) or len(propres["jalons"]) > 100:
        fautes["jalons"] = ["Une liste d'au plus 100 jalons est attendue."]
        return
    lus, messages = [], []
    for rang, brut in enumerate(propres["jalons"], 1):
        try:
            lus.append(_jalon(brut, sens))
        except ValidationError as faute:
            messages += [f"jalon {rang} : {message}" for message in faute.messages]
    lus.sort(key=lambda jalon: jalon["debut"])
    messages += [
        f"Les jalons du {a['debut']:%d/%m/%Y} et du {b['debut']:%d/%m/%Y} se chevauchent."
        for a, b in zip(lus, lus[1:])
        if a["fin"] is None or a["fin"] >= b["debut"]
    ]
    plancher = PAR_CODE[objectif.code].cible if objectif and objectif.legal else None
    if plancher is not None and any(jalon["valeur"] is None or jalon["valeur"] < plancher for jalon in lus):
        messages.append(f"La cible ne peut être inférieure au minimum légal ({plancher:.0%}).")
    if lus and objectif and objectif.legal and objectif.code == "q1_hors_qpv":
        messages.append("Cet objectif accompagne q1_ou_reloges_hors_qpv : il n'a pas de cible propre.")
    if messages:
        fautes["jalons"] = messages
    propres["jalons"] = lus


def _jalon(brut, sens: str | None) -> dict:
    if not isinstance(brut, dict) or not set(brut) <= CLES_JALON:
        raise ValidationError(f"un objet aux clés {', '.join(sorted(CLES_JALON))} est attendu.")
    debut, fin = _date(brut.get("debut"), "debut"), None
    if debut is None:
        raise ValidationError("debut : une date est attendue (AAAA-MM-JJ).")
    fin = _date(brut.get("fin"), "fin")
    if fin and fin < debut:
        raise ValidationError("fin : la fin précède le début.")
    valeur, haute = (_part(brut.get(champ), champ) for champ in ("valeur", "valeur_max"))
    stricte = brut.get("stricte", False)
    if not isinstance(stricte, bool):
        raise ValidationError("stricte : true ou false est attendu.")
    if valeur is None and sens not in (Objectif.Sens.MAINTIEN, Objectif.Sens.CONVERGENCE):
        raise ValidationError("valeur : un nombre entre 0 et 1 est attendu.")
    if sens == Objectif.Sens.FOURCHETTE:
        if haute is None or haute <= valeur:
            raise ValidationError("valeur_max : une fourchette demande une valeur haute supérieure à « valeur ».")
    elif haute is not None:
        raise ValidationError("valeur_max : réservée au sens « fourchette ».")
    return {"debut": debut, "fin": fin, "valeur": valeur, "valeur_max": haute, "stricte": stricte}


def _date(valeur, champ: str) -> date | None:
    if valeur is None:
        return None
    try:
        lue = date.fromisoformat(valeur) if isinstance(valeur, str) else None
    except ValueError:
        lue = None
    if lue is None or not 1990 <= lue.year <= 2100:
        raise ValidationError(f"{champ} : date illisible, AAAA-MM-JJ est attendu.")
    return lue


def _part(valeur, champ: str) -> Decimal | None:
    if valeur is None:
        return None
    try:
        lue = Decimal("NaN") if isinstance(valeur, bool) else Decimal(str(valeur))
    except InvalidOperation:
        lue = Decimal("NaN")
    if not lue.is_finite() or not 0 <= lue <= 1 or lue != lue.quantize(MILLIONIEME):
        raise ValidationError(f"{champ} : un nombre entre 0 et 1, de six décimales au plus, est attendu.")
    return lue
