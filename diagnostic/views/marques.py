"""The mark of quality in words: what is shown beside a figure, in a table and in an export."""

from dataclasses import dataclass
from functools import total_ordering

from diagnostic.calculs.controles_qualite import LIBELLES, Axe
from diagnostic.calculs.qualite import Marque
from diagnostic.calculs.raisons import raison

MOTS = {
    (Axe.COMPLETE, True): "complètes",
    (Axe.COMPLETE, False): "incomplètes",
    (Axe.FRAICHE, True): "fraîches",
    (Axe.FRAICHE, False): "anciennes",
    (Axe.COHERENTE, True): "cohérentes",
    (Axe.COHERENTE, False): "incohérentes",
}


@total_ordering
@dataclass(frozen=True)
class MarqueMontree:
    """A mark as pages show it. `courte`: in a cell of a table, only what is wrong is named."""

    marque: Marque
    courte: bool = False
    page: str = ""

    @property
    def source(self) -> str:
        return LIBELLES[self.marque.source] + (f" {self.marque.annee}" if self.marque.annee else "")

    @property
    def absente(self) -> bool:
        return self.marque.annee is None

    @property
    def classe(self) -> str:
        """CSS class of the state: reached, at risk, missed, neutral."""
        if self.absente:
            return "manque"
        if self.marque.defauts:
            return "risque"
        return "neutre" if self.marque.secret else "atteint"

    @property
    def forme(self) -> str:
        return {"manque": "✕", "risque": "▲", "atteint": "✓"}.get(self.classe, "○")

    @property
    def mots(self) -> str:
        if self.absente:
            return "absentes"
        verdicts = [(axe, self.marque.verdict(axe)) for axe in Axe]
        dits = [MOTS[verdict] for verdict in verdicts if verdict[1] is False or (verdict[1] and not self.courte)]
        return ", ".join(dits + (["comptes masqués"] if self.marque.secret else [])) or "rien à signaler"

    @property
    def raisons(self) -> list[tuple[bool, str]]:
        return [(constat.respecte, raison(constat)) for constat in self.marque.constats if constat.respecte is not None]

    @property
    def exporte(self) -> str:
        fautes = [texte for respecte, texte in self.raisons if not respecte]
        return " ; ".join([str(self), *fautes])

    def __str__(self):
        return self.mots

    def __lt__(self, autre):
        return self._rang < autre._rang

    @property
    def _rang(self) -> tuple:
        return (self.absente, self.marque.defauts, self.mots)
