"""The report of an import (contrat §2): counts, errors and warnings grouped by (code, column), with their lines."""

from dataclasses import asdict, dataclass, field

LIGNES_CITEES = 100


def stockable(texte: str) -> str:
    """Without what a database cannot hold and a name given by others may have."""
    return texte.encode("utf-8", "replace").decode().replace("\0", "?")


@dataclass
class Constat:
    """One error or warning: how many rows, the first line numbers as an editor shows them, what to do."""

    code: str
    colonne: str
    message: str
    nombre: int = 1
    lignes: list[int] = field(default_factory=list)

    def __post_init__(self):
        self.message = stockable(self.message)
        self.lignes = sorted(self.lignes)[:LIGNES_CITEES]


class Refus(Exception):
    """The file cannot be taken: the findings say why; nothing is written."""

    def __init__(self, *constats: Constat):
        super().__init__("; ".join(un.message for un in constats))
        self.constats = list(constats)


def refuser(code: str, message: str, colonne: str = "", lignes: list[int] | None = None) -> Refus:
    return Refus(Constat(code, colonne, message, max(1, len(lignes or [])), lignes or []))


@dataclass(frozen=True)
class Rapprochement:
    """How much of the file is found elsewhere: `numerateur` rows out of `denominateur`."""

    code: str
    libelle: str
    numerateur: int
    denominateur: int


@dataclass
class CorrespondanceAppliquee:
    """The mapping recorded by `organisation` (SIREN) that the file was read with; `version` 0: none.

    `colonnes_libres`, `valeurs`: what the file leaves to be matched, columns not found and values out of the lists.
    """

    organisation: str = ""
    version: int = 0
    entetes: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    colonnes_libres: list[str] = field(default_factory=list)
    valeurs: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Rapport:
    """`lues = chargees + inchangees + en_double + rejetees`; when refused, `chargees` and `inchangees` are 0.

    `connues`: rows of the file whose key had a row in force; `disparues`: rows in force that the file closes.
    `chargeables`: rows without error of a file refused for others, that a partial load would take.
    """

    type: str
    fichier: str
    sha256: str = ""
    statut: str = "refuse"
    lues: int = 0
    chargees: int = 0
    inchangees: int = 0
    en_double: int = 0
    rejetees: int = 0
    chargeables: int = 0
    connues: int = 0
    disparues: int = 0
    colonnes_inconnues: list[str] = field(default_factory=list)
    colonnes_manquantes: list[str] = field(default_factory=list)
    erreurs: list[Constat] = field(default_factory=list)
    avertissements: list[Constat] = field(default_factory=list)
    rapprochements: list[Rapprochement] = field(default_factory=list)
    correspondance: CorrespondanceAppliquee | None = None
    duree_s: float = 0.0

    def refuse(self):
        """Nothing was loaded: every row that is not a duplicate is counted as rejected."""
        self.statut, self.chargees, self.inchangees, self.connues, self.disparues = "refuse", 0, 0, 0, 0
        self.rejetees = self.lues - self.en_double

    @property
    def changements(self) -> dict[str, int]:
        """What the file changes against what stood before: `nouvelles + modifiees = chargees`."""
        return {
            "nouvelles": self.chargees + self.inchangees - self.connues,
            "modifiees": self.connues - self.inchangees,
            "inchangees": self.inchangees,
            "disparues": self.disparues,
        }

    def en_json(self) -> dict:
        return {
            "type": self.type,
            "fichier": self.fichier,
            "sha256": self.sha256,
            "statut": self.statut,
            "lignes_lues": self.lues,
            "lignes_chargees": self.chargees,
            "lignes_inchangees": self.inchangees,
            "lignes_en_double": self.en_double,
            "lignes_rejetees": self.rejetees,
            "lignes_chargeables": self.chargeables,
            "changements": self.changements,
            "colonnes_inconnues": self.colonnes_inconnues,
            "colonnes_manquantes": self.colonnes_manquantes,
            "erreurs": [asdict(un) for un in self.erreurs],
            "avertissements": [asdict(un) for un in self.avertissements],
            "rapprochements": [asdict(un) for un in self.rapprochements],
            "correspondance": asdict(self.correspondance) if self.correspondance else None,
            "duree_s": round(self.duree_s, 3),
        }
