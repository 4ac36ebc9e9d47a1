"""Fiche prospective of a quartier: its versions, and the writing of the next one (E1 F7, F8)."""

from datetime import date
from decimal import Decimal, InvalidOperation

from django.db import connection, transaction

from diagnostic.calculs.definitions import PAR_CODE, Population
from diagnostic.calculs.trajectoire import Sens
from diagnostic.models import Appartenance, FicheQuartier, Residence
from diagnostic.services.mesures import EN_PART
from diagnostic.services.quartiers import Lieu
from diagnostic.services.situations import peut_ecrire
from partenaires.services.journal import noter

LIGNES_MAX = 60
LIBELLE_MAX = 300
SAISIS = (
    "moment",
    "trajectoire",
    "depart",
    "vocation",
    "diagnostic",
    "logements_renouveles",
    "horizons",
    "cibles",
    "actions",
    "objectifs",
)
# What is known of those who move in, hence what an objective of allocations may be about.
ATTRIBUABLES = tuple(code for code, indicateur in PAR_CODE.items() if Population.ENTRANTS in indicateur.populations)


class FicheInterdite(Exception):
    """Only the EPCI of the territory writes."""


class FicheDepassee(Exception):
    """Another version has been written since the page was shown."""


class FicheInvalide(ValueError):
    """`fautes`: everything that is wrong, in French."""

    def __init__(self, fautes: list[str]):
        super().__init__(" ".join(fautes))
        self.fautes = fautes


# --- reading --------------------------------------------------------------------------------------------------------
def versions(adhesion, lieu: Lieu) -> list[FicheQuartier]:
    """The latest first."""
    siennes = FicheQuartier.objects.visible_to(adhesion).filter(epci=lieu.epci, nature=lieu.niveau, code=lieu.code)
    return list(siennes.order_by("-numero"))


def residences_du_lieu(adhesion, lieu: Lieu) -> dict[str, str]:
    """Identifier → name of the residences that stand there, in its latest outline, and that the reader may see."""
    ici = Appartenance.objects.filter(
        epci=lieu.epci, nature=lieu.niveau, version__in=lieu.versions[:1], code=lieu.code, dedans=True
    )
    visibles = Residence.objects.visible_to(adhesion).courantes().filter(commune__territoire=lieu.epci)
    siennes = visibles.filter(identifiant__in=ici.values("residence")).order_by("cle_recherche", "identifiant")
    return dict(siennes.values_list("identifiant", "nom"))


def noms_des_residences(adhesion, identifiants: set[str]) -> dict[str, str]:
    """Those that the reader may see."""
    visibles = Residence.objects.visible_to(adhesion).courantes()
    return dict(visibles.filter(identifiant__in=identifiants).values_list("identifiant", "nom"))


# --- writing --------------------------------------------------------------------------------------------------------
def enregistrer(adhesion, lieu: Lieu, millesime: int, vu: int, saisie: dict) -> FicheQuartier | None:
    """A new version, on the figures of that millésime; None when nothing changes. `saisie`: SAISIS. `vu`: number of the
    version shown when it was filled in, 0 without. Raises FicheInterdite, FicheInvalide, FicheDepassee."""
    if not peut_ecrire(adhesion, lieu.epci):
        raise FicheInterdite("Seul l'EPCI du territoire écrit les fiches de ses quartiers.")
    if fautes := controler(saisie, residences_du_lieu(adhesion, lieu)):
        raise FicheInvalide(fautes)
    with transaction.atomic():
        _verrouiller(lieu)
        derniere = next(iter(versions(adhesion, lieu)), None)
        if derniere and all(getattr(derniere, champ) == saisie[champ] for champ in SAISIS):
            return None
        if vu != (derniere.numero if derniere else 0):
            raise FicheDepassee(
                "Une version de la fiche a été écrite par quelqu'un d'autre entre-temps. Relisez-la, puis recommencez."
            )
        fiche = FicheQuartier.objects.create(
            epci=lieu.epci,
            nature=lieu.niveau,
            code=lieu.code,
            numero=vu + 1,
            millesime=millesime,
            auteur=adhesion.utilisateur,
            **{champ: saisie[champ] for champ in SAISIS},
        )
        noter(adhesion, "fiche_quartier", str(fiche))
    return fiche


def _verrouiller(lieu: Lieu) -> None:
    """One writing of a sheet at a time, until the end of the transaction."""
    with connection.cursor() as curseur:
        cle = f"fiche_quartier:{lieu.epci}:{lieu.niveau}:{lieu.code}"
        curseur.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [cle])


# --- checks ---------------------------------------------------------------------------------------------------------
def controler(saisie: dict, residences: dict[str, str]) -> list[str]:
    """Everything wrong with a sheet, in French."""
    fautes = []
    for champ in ("cibles", "actions", "objectifs"):
        if len(saisie[champ]) > LIGNES_MAX:
            fautes.append(f"{champ.capitalize()} : {LIGNES_MAX} lignes au plus.")
    for rang, cible in enumerate(saisie["cibles"], 1):
        fautes += [f"Cible {rang} : {faute}" for faute in _fautes_cible(cible)]
    for rang, objectif in enumerate(saisie["objectifs"], 1):
        fautes += [f"Objectif {rang} : {faute}" for faute in _fautes_objectif(objectif, residences)]
    for rang, action in enumerate(saisie["actions"], 1):
        fautes += [f"Action {rang} : {faute}" for faute in _fautes_action(action)]
    fautes += _doubles("cible", saisie["cibles"], ("indicateur", "population", "sens", "horizon"))
    fautes += _doubles("objectif", saisie["objectifs"], ("residence", "indicateur", "sens"))
    fautes += [f"Horizon inconnu : {code}." for code in saisie["horizons"] if code not in FicheQuartier.Horizon.values]
    fautes += [f"Horizon : {jour} n'est pas une date." for jour in saisie["horizons"].values() if not _est_date(jour)]
    for champ in ("vocation", "diagnostic"):
        if len(saisie[champ]) > FicheQuartier.TEXTE_MAX:
            fautes.append(f"Un texte compte {FicheQuartier.TEXTE_MAX} caractères au plus.")
    return fautes


def _fautes_cible(cible: dict) -> list[str]:
    indicateur = PAR_CODE.get(cible["indicateur"])
    if indicateur is None:
        return ["choisissez un indicateur."]
    fautes = _fautes_valeur(cible)
    if cible["population"] not in indicateur.populations:
        connues = ", ".join(Population(population).libelle for population in indicateur.populations)
        fautes.append(f"« {indicateur.libelle} » n'est compté que sur : {connues}.")
    if cible["horizon"] and cible["horizon"] not in FicheQuartier.Horizon.values:
        fautes.append("choisissez un horizon de la liste.")
    return fautes


def _fautes_objectif(objectif: dict, residences: dict[str, str]) -> list[str]:
    if objectif["residence"] not in residences:
        return ["choisissez une résidence du quartier."]
    if objectif["indicateur"] not in ATTRIBUABLES:
        return ["choisissez un indicateur connu des entrants."]
    return _fautes_valeur(objectif)


def _fautes_valeur(ligne: dict) -> list[str]:
    fautes = [] if ligne["sens"] in list(Sens) else ["dites si c'est un maximum ou un minimum."]
    try:
        valeur = Decimal(ligne["valeur"])
    except InvalidOperation:
        return [*fautes, "écrivez une valeur."]
    if not valeur.is_finite() or valeur < 0:
        return [*fautes, "la valeur est un nombre positif ou nul."]
    if PAR_CODE[ligne["indicateur"]].unite in EN_PART and valeur > 1:
        fautes.append("une part va de 0 à 100 %.")
    return fautes


def _fautes_action(action: dict) -> list[str]:
    fautes = []
    if not action["libelle"] or len(action["libelle"]) > LIBELLE_MAX:
        fautes.append(f"décrivez-la en {LIBELLE_MAX} caractères au plus.")
    if action["champ"] not in FicheQuartier.Champ.values:
        fautes.append("choisissez son champ.")
    if action["etat"] not in FicheQuartier.Etat.values:
        fautes.append("dites si elle est programmée ou envisagée.")
    if action["echeance"] and not _est_date(action["echeance"]):
        fautes.append("son échéance n'est pas une date.")
    return fautes


def _est_date(texte: str) -> bool:
    try:
        date.fromisoformat(texte)
    except ValueError:
        return False
    return True


def _doubles(nom: str, lignes: list[dict], champs: tuple[str, ...]) -> list[str]:
    cles = [tuple(ligne[champ] for champ in champs) for ligne in lignes]
    doubles = {cle for cle in cles if cles.count(cle) > 1}
    return [
        f"Le même {nom} est écrit deux fois." if nom == "objectif" else f"La même {nom} est écrite deux fois."
    ] * bool(doubles)
