"""The report of a deposit as its page shows it: findings by type, rates of what is found elsewhere, what changes."""

from dataclasses import dataclass

from partenaires.depots.contrats import REGISTRE
from partenaires.models import Depot

VALEURS = " Valeurs : "  # what the engine adds to a message (`Contexte.citer`)
LIGNES_MONTREES = 10
CHANGEMENTS = (
    ("nouvelles", "Nouvelles", "absentes jusqu'ici"),
    ("modifiees", "Modifiées", "déjà là, avec d'autres valeurs"),
    ("inchangees", "Inchangées", "déjà là, identiques"),
    ("disparues", "Disparues", "en vigueur et absentes de ce fichier : closes, pas effacées"),
)


@dataclass(frozen=True)
class ConstatLu:
    """`masquees`: the values are personal data, never shown."""

    code: str
    colonne: str
    message: str
    valeurs: str
    masquees: bool
    nombre: int
    lignes: list[int]

    @property
    def premieres(self) -> str:
        suite = "…" if self.nombre > LIGNES_MONTREES else ""
        return ", ".join(map(str, self.lignes[:LIGNES_MONTREES])) + suite


@dataclass(frozen=True)
class Taux:
    libelle: str
    numerateur: int
    denominateur: int

    @property
    def taux(self) -> float | None:
        return self.numerateur / self.denominateur if self.denominateur else None


@dataclass(frozen=True)
class RapportLu:
    brut: dict
    erreurs: list[ConstatLu]
    avertissements: list[ConstatLu]
    rapprochements: list[Taux]
    changements: list[tuple[str, str, int]]

    @property
    def lignes_en_erreur(self) -> int | None:
        """None where the file could not be read through: its rows were not all checked."""
        chargeables = self.brut.get("lignes_chargeables", 0)
        lues = self.brut.get("lignes_lues", 0) - self.brut.get("lignes_en_double", 0)
        return lues - chargeables if chargeables else None

    @property
    def a_rapprocher(self) -> bool:
        """Has the file columns or values that a mapping could make known?"""
        laisse = self.brut.get("correspondance") or {}
        return bool(laisse.get("organisation") and (self.brut.get("colonnes_inconnues") or laisse.get("valeurs")))

    @property
    def disparues(self) -> int:
        return self.brut.get("changements", {}).get("disparues", 0)


def lire_rapport(depot: Depot) -> RapportLu | None:
    """None before the file has been checked."""
    brut = depot.rapport
    if "erreurs" not in brut:
        return None
    personnelles = {c.nom for c in REGISTRE[depot.type].colonnes if c.personnelle} if depot.type in REGISTRE else set()
    changements = brut.get("changements") or {}
    return RapportLu(
        brut,
        [constat(un, personnelles) for un in brut["erreurs"]],
        [constat(un, personnelles) for un in brut.get("avertissements", [])],
        [Taux(un["libelle"], un["numerateur"], un["denominateur"]) for un in brut.get("rapprochements", [])],
        [(libelle, sens, changements[cle]) for cle, libelle, sens in CHANGEMENTS if cle in changements],
    )


def constat(un: dict, personnelles: set[str]) -> ConstatLu:
    message, _, valeurs = un["message"].partition(VALEURS)
    colonne = un.get("colonne") or ""
    return ConstatLu(
        un["code"],
        colonne,
        message,
        valeurs.rstrip(".").replace("« ", "«\u00a0").replace(" »", "\u00a0»"),
        colonne in personnelles,
        un["nombre"],
        un["lignes"],
    )
