"""Why a mark of quality is what it is, in words."""

from diagnostic.calculs.controles_qualite import Axe
from diagnostic.calculs.qualite import Constat

FINE = "\u202f"


def part(taux) -> str:
    """A share or a threshold in percent, without decimals that say nothing."""
    return f"{float(taux) * 100:.1f}".removesuffix(".0").replace(".", ",") + f"{FINE}%"


def borne(constat: Constat) -> str:
    """« au moins 95 % », « au plus 2 ans »; empty for the presence of the data."""
    if constat.seuil is None:
        return ""
    if constat.axe == Axe.FRAICHE:
        return f"au plus {constat.seuil:.0f} an{'s' if constat.seuil > 1 else ''}"
    return f"{'au moins' if constat.minimum else 'au plus'} {part(constat.seuil)}"


def intitule(constat: Constat) -> str:
    return constat.libelle[:1].upper() + constat.libelle[1:]


def raison(constat: Constat) -> str:
    """« Logements rattachés à une résidence : 94,2 % (339 sur 360), au moins 95 % »."""
    if constat.code == "presence" or constat.axe == Axe.FRAICHE:
        return constat.libelle
    if constat.taux is None:
        return f"{intitule(constat)} : {borne(constat)} attendus"
    compte = f"{part(constat.taux)} ({constat.numerateur} sur {constat.denominateur})"
    return f"{intitule(constat)} : {compte}, {borne(constat)} attendus"
