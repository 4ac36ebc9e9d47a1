"""Classes of quartiers: rules that a territory writes over the class of its method, QPV, equipment and transport.

A rule is `{"libelle", "si": {"classe": [labels], "qpv": true|false, "equipements": [1..4], "desserte": [1..4]}}`: every
condition given must hold; the first rule that holds gives the class (E1 I-3, Limoges: eight classes). A condition on
what is not known does not hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NIVEAUX = (1, 2, 3, 4)  # of equipment and of transport
CONDITIONS = ("classe", "qpv", "equipements", "desserte")


@dataclass(frozen=True)
class Quartier:
    """What is known of a quartier; None for unknown. `classe`: label under the method."""

    classe: str | None
    qpv: bool | None = None
    equipements: int | None = None
    desserte: int | None = None


@dataclass(frozen=True)
class RegleQuartier:
    """Empty conditions are not judged."""

    libelle: str
    classes: frozenset[str] = frozenset()
    qpv: bool | None = None
    equipements: frozenset[int] = frozenset()
    desserte: frozenset[int] = frozenset()

    def vaut_pour(self, quartier: Quartier) -> bool:
        return (
            (not self.classes or quartier.classe in self.classes)
            and (self.qpv is None or quartier.qpv is self.qpv)
            and (not self.equipements or quartier.equipements in self.equipements)
            and (not self.desserte or quartier.desserte in self.desserte)
        )


def classe_du_quartier(regles: Sequence[RegleQuartier], quartier: Quartier) -> str | None:
    return next((regle.libelle for regle in regles if regle.vaut_pour(quartier)), None)


def lire_regles(lignes: Sequence[Mapping], classes: Sequence[str], fautes: list[str]) -> tuple[RegleQuartier, ...]:
    """Rules from the JSON of a method whose classes are `classes`; what is wrong is added to `fautes`."""
    return tuple(_regle(ligne, rang, classes, fautes) for rang, ligne in enumerate(lignes, 1))


def _regle(ligne: Mapping, rang: int, classes: Sequence[str], fautes: list[str]) -> RegleQuartier:
    quoi = f"Règle de quartier n° {rang}"
    libelle = str(ligne.get("libelle") or "").strip()
    if not libelle:
        fautes.append(f"{quoi} : le libellé manque.")
    si = ligne.get("si") or {}
    fautes += [f"{quoi} : condition inconnue « {nom} »." for nom in si if nom not in CONDITIONS]
    fautes += [f"{quoi} : la classe « {c} » n'existe pas." for c in si.get("classe") or () if c not in classes]
    for nom in ("equipements", "desserte"):
        fautes += [f"{quoi} : {nom} va de 1 à 4, pas « {n} »." for n in si.get(nom) or () if n not in NIVEAUX]
    if si.get("qpv") not in (None, True, False):
        fautes.append(f"{quoi} : qpv est vrai ou faux.")
    return RegleQuartier(
        libelle,
        frozenset(map(str, si.get("classe") or ())),
        si.get("qpv"),
        *(frozenset(n for n in si.get(nom) or () if n in NIVEAUX) for nom in ("equipements", "desserte")),
    )
