"""Why a mark of quality is what it is, in words."""

from diagnostic.calculs.qualite import Axe, Constat

FINE = "\u202f"


def part(taux) -> str:
    """A share or a threshold in percent, without decimals that say nothing."""
    return f"{float(taux) * 100:.1f}".removesuffix(".0").replace(".", ",") + f"{FINE}%"


def raison(constat: Constat) -> str:
    """« Logements rattachés à une résidence : 94,2 % (339 sur 360), au moins 95 % »."""
    if constat.code == "presence" or constat.axe == Axe.FRAICHE:
        return constat.libelle
    borne = f"{'au moins' if constat.minimum else 'au plus'} {part(constat.seuil)}"
    debut = constat.libelle[:1].upper() + constat.libelle[1:]
    if constat.taux is None:
        return f"{debut} : {borne} attendus"
    return f"{debut} : {part(constat.taux)} ({constat.numerateur} sur {constat.denominateur}), {borne} attendus"
