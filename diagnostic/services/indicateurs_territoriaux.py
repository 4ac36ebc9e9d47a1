"""Figures of the territory brought from elsewhere, as a reader may see them: page, API, exports and other services.

Who reads what (regles §9): a figure that its producer publishes, every member of the territory; the others, the EPCI
that brought them, and the signatories of the protocole for the source `territoire`, unless the households behind them
are fewer than k or unknown. No protocole ⇒ masked.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from diagnostic.calculs.indicateurs_territoriaux import CONNUS, LIBELLES_THEMES, PAR_CODE, SCORE_TENSION, Theme
from diagnostic.calculs.secret import Audience
from diagnostic.calculs.tension import ClasseTension, classe_de, lire_classes
from diagnostic.models import IndicateurTerritorial, Perimetre
from diagnostic.services import secret
from diagnostic.services.territoires import PERIMETRES, noms_des_places
from partenaires.models import Organisation, Parametre, Protocole

SOURCE = Protocole.Source.TERRITOIRE.value
RANGS = {connu.code: rang for rang, connu in enumerate(CONNUS)}
CHAMPS = (
    *("epci", "niveau", "territoire", "version", "annee", "code", "libelle", "valeur", "numerateur", "denominateur"),
    *("effectif", "unite", "source", "publique", "depot_id"),
)


@dataclass(frozen=True)
class LigneTerritoriale:
    """One figure of a place and year. `valeur` in `unite`: a share is between 0 and 1. A masked line has no figure."""

    epci: str
    niveau: str
    territoire: str
    version: str
    nom: str
    annee: int
    code: str
    libelle: str
    theme: str
    unite: str
    valeur: float | None
    numerateur: float | None
    denominateur: float | None
    population: int | None
    source: str
    publique: bool
    depot: int
    secret: bool

    def en_dict(self) -> dict:
        return asdict(self)

    @property
    def libelle_theme(self) -> str:
        return LIBELLES_THEMES[Theme(self.theme)]


def lire(adhesion, *, epci=None, niveau=None, territoire=None, code=None, annee=None) -> list[LigneTerritoriale]:
    """Figures in force that the reader may know of, by theme and indicator, then place, latest year first. `niveau`,
    `territoire`, `code`: one or several."""
    lignes = IndicateurTerritorial.objects.visible_to(adhesion).courantes()
    for champ, voulu in (("epci", epci), ("annee", annee)):
        if voulu not in (None, ""):
            lignes = lignes.filter(**{champ: voulu})
    for champ, voulus in (("niveau", niveau), ("territoire", territoire), ("code", code)):
        if voulus:
            lignes = lignes.filter(**{f"{champ}__in": [voulus] if isinstance(voulus, str) else voulus})
    lues = list(lignes.order_by("code", "niveau", "territoire", "version", "-annee").values(*CHAMPS))
    noms = _noms(lues)
    lecteur = secret.lecteur(adhesion)
    vues = [_ligne(lecteur, ligne, noms) for ligne in lues]
    return sorted(vues, key=lambda vue: RANGS.get(vue.code, len(RANGS)))


def _noms(lignes: list[dict]) -> dict[tuple[str, str, str], str]:
    """Names of the places; a perimeter without version has that of its latest one."""
    noms = noms_des_places({(ligne["niveau"], ligne["territoire"], ligne["version"]) for ligne in lignes})
    sans_version = {li["territoire"] for li in lignes if li["niveau"] in PERIMETRES and not li["version"]}
    if sans_version:
        connus = Perimetre.objects.courantes().filter(code__in=sans_version).order_by("version")
        noms |= {(nature, code, ""): nom for nature, code, nom in connus.values_list("nature", "code", "nom")}
    return noms


def derniers(lignes: Iterable[LigneTerritoriale], au_plus: int) -> list[LigneTerritoriale]:
    """Of each indicator and place, the latest year up to `au_plus`."""
    retenues: dict[tuple, LigneTerritoriale] = {}
    for ligne in lignes:
        cle = ligne.code, ligne.niveau, ligne.territoire, ligne.version
        if ligne.annee <= au_plus and (cle not in retenues or retenues[cle].annee < ligne.annee):
            retenues[cle] = ligne
    return list(retenues.values())


def _ligne(lecteur, ligne: dict, noms: dict) -> LigneTerritoriale:
    masquee = _masquee(lecteur, ligne)
    connu = PAR_CODE.get(ligne["code"])

    def chiffre(champ):
        return None if masquee or ligne[champ] is None else float(ligne[champ])

    return LigneTerritoriale(
        **{champ: ligne[champ] for champ in ("epci", "niveau", "territoire", "version", "annee", "code")},
        libelle=ligne["libelle"] or (connu.libelle if connu else ligne["code"]),
        nom=noms.get((ligne["niveau"], ligne["territoire"], ligne["version"]), ""),
        theme=connu.theme.value if connu else Theme.AUTRE.value,
        unite=ligne["unite"],
        valeur=chiffre("valeur"),
        numerateur=chiffre("numerateur"),
        denominateur=chiffre("denominateur"),
        population=None if masquee else ligne["effectif"],
        source=ligne["source"],
        publique=ligne["publique"],
        depot=ligne["depot_id"],
        secret=masquee,
    )


def _masquee(lecteur, ligne: dict) -> bool:
    """An indicator that is not known by name is taken to tell of households: secrecy fails closed."""
    if ligne["publique"]:
        return False
    if lecteur.nature == Organisation.Nature.EPCI and lecteur.siren == ligne["epci"]:
        return False
    if lecteur.audience(ligne["epci"], SOURCE, ligne["niveau"]) != Audience.PARTENAIRE:
        return True
    connu = PAR_CODE.get(ligne["code"])
    effectif = ligne["denominateur"] if ligne["effectif"] is None else ligne["effectif"]
    return secret.masquer(
        lecteur,
        epci=ligne["epci"],
        source=SOURCE,
        niveau=ligne["niveau"],
        base=connu.base if connu else "menages",
        effectif=effectif,
        numerateur=ligne["numerateur"],
        denominateur=ligne["denominateur"],
        effectif_premier=0,  # these figures are of no bailleur
    )


@dataclass(frozen=True)
class Tension:
    """Class of tension of a place in a year; `classe` None off the scale; `atypique`: what made the year unusual."""

    ligne: LigneTerritoriale
    classe: ClasseTension | None
    atypique: str

    @property
    def annee(self) -> int:
        return self.ligne.annee


def tensions(lignes: Iterable[LigneTerritoriale], epci: str, annee: int) -> tuple[int, list[Tension]]:
    """How many classes there are, and that of each score that the reader sees, with the bounds and unusual years [P] in
    force at the end of the year."""
    parametres = Parametre.objects.valeurs(("classes_tension", "annees_atypiques"), date(annee, 12, 31), epci)
    classes = lire_classes(parametres["classes_tension"])
    trouvees = [
        Tension(
            ligne,
            None if ligne.valeur is None else classe_de(ligne.valeur, classes),
            parametres["annees_atypiques"].get(str(ligne.annee), ""),
        )
        for ligne in lignes
        if ligne.code == SCORE_TENSION
    ]
    return len(classes), trouvees
