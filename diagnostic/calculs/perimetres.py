"""Which version of the perimeters of a nature is in force when (regles §0), from the versions loaded and the calendar.

The calendar is dated reference data [P]: one line a (nature, version) whose dates the law fixes, and one line a nature
(no version) whose end it fixes. A version that the calendar does not name is in force from 1 January of its year.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Echeance:
    """First day of a version, which lasts until the next; without a version, the last day of the whole nature."""

    nature: str
    version: str = ""
    debut: date | None = None
    debut_outre_mer: date | None = None
    fin: date | None = None

    @classmethod
    def depuis(cls, ligne: dict) -> "Echeance":
        """From one line of the parameter, dates in ISO."""
        dates = {nom: date.fromisoformat(v) for nom, v in ligne.items() if v and nom not in ("nature", "version")}
        return cls(ligne["nature"], ligne.get("version", ""), **dates)

    def premier_jour(self, est_outre_mer: bool) -> date | None:
        return (est_outre_mer and self.debut_outre_mer) or self.debut


@dataclass(frozen=True)
class Intervalle:
    """`version` holds from `debut` to `fin` (inclusive, None: no end); `anterieure`: it stands in for a later version
    that is due but not loaded."""

    nature: str
    version: str
    debut: date
    fin: date | None
    anterieure: bool = False

    def contient(self, le: date) -> bool:
        return self.debut <= le and (self.fin is None or le <= self.fin)


def annee_de_version(version: str) -> int | None:
    """The year a version starts with (« 2015 », « 2024-b »), or None."""
    trouve = re.match(r"(1[89]|20|21)\d\d", version)
    return int(trouve[0]) if trouve else None


def outre_mer(code: str) -> bool:
    """Is a commune or département code overseas?"""
    return code.startswith("97")


def en_vigueur(
    nature: str, chargees: Iterable[str], calendrier: Iterable[Echeance], est_outre_mer: bool = False
) -> list[Intervalle]:
    """Intervals, disjoint and in order, of the versions loaded for one nature. Nothing before the first loaded version
    nor after the end of the nature; a version due and not loaded is replaced by the latest earlier one."""
    chargees = set(chargees)
    siennes = [e for e in calendrier if e.nature == nature]
    terme = min((e.fin for e in siennes if e.fin and not e.version), default=None)
    dues = {e.version: e.premier_jour(est_outre_mer) for e in siennes if e.version}
    dues |= {v: date(annee, 1, 1) for v in chargees - set(dues) if (annee := annee_de_version(v))}
    suite = sorted((debut, version) for version, debut in dues.items() if debut)
    intervalles: list[Intervalle] = []
    tenante = None
    for rang, (debut, version) in enumerate(suite):
        if version in chargees:
            tenante = version
        fin = suite[rang + 1][0] - timedelta(days=1) if rang + 1 < len(suite) else None
        if terme is not None:
            fin = min(fin, terme) if fin else terme
        if tenante is None or (fin is not None and fin < debut):
            continue
        intervalles.append(Intervalle(nature, tenante, debut, fin, anterieure=tenante != version))
    return intervalles


def dates_nominales(
    nature: str, version: str, chargees: Iterable[str], calendrier: Iterable[Echeance], est_outre_mer: bool = False
) -> tuple[date, date | None]:
    """Dates in force of one version, as stored on its perimeters. Raises ValueError where its year cannot be read."""
    for intervalle in en_vigueur(nature, set(chargees) | {version}, calendrier, est_outre_mer):
        if intervalle.version == version and not intervalle.anterieure:
            return intervalle.debut, intervalle.fin
    annee = annee_de_version(version)
    if annee is None:
        raise ValueError(version)
    return date(annee, 1, 1), date(annee, 1, 1)
