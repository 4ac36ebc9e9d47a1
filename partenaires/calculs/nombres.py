"""Numbers as French readers write them: comma, thin no-break space by thousands and before a sign of unit."""

from decimal import ROUND_HALF_UP, Decimal

FINE = "\u202f"
INCONNU = "–"


def _arrondi(valeur, decimales: int) -> Decimal:
    return Decimal(str(valeur)).quantize(Decimal(1).scaleb(-decimales), rounding=ROUND_HALF_UP)


def nombre(valeur, decimales=0) -> str:
    """1234.5 → « 1 235 »; None → a dash."""
    if valeur is None or valeur == "":
        return INCONNU
    return f"{_arrondi(valeur, int(decimales)):,f}".replace(",", FINE).replace(".", ",").replace("-", "\u2212")


def pourcent(taux, decimales=1) -> str:
    """0.184 → « 18,4 % »; None → a dash."""
    if taux is None or taux == "":
        return INCONNU
    return f"{nombre(Decimal(str(taux)) * 100, decimales)}{FINE}%"


def cible(taux) -> str:
    """A target in percent, without decimals that say nothing: 0.25 → « 25 % », 0.125 → « 12,5 % »."""
    if taux is None or taux == "":
        return INCONNU
    cent = Decimal(str(taux)) * 100
    return pourcent(taux, 0 if cent == cent.to_integral_value() else 1)


def points(ecart, decimales=1) -> str:
    """A gap between two rates: 0.021 → « +2,1 points »."""
    if ecart is None or ecart == "":
        return INCONNU
    signe = "+" if ecart > 0 else ""
    return f"{signe}{nombre(Decimal(str(ecart)) * 100, decimales)} points"


def euros(montant, decimales=0) -> str:
    return INCONNU if montant is None or montant == "" else f"{nombre(montant, decimales)}{FINE}€"


def mesure(taux, unite) -> str:
    """A rate of an indicator in its unit."""
    if taux is None:
        return INCONNU
    if unite == "euros_par_m2":
        return f"{nombre(taux, 2)}{FINE}€/m²"
    if unite == "euros":
        return euros(taux)
    if unite in ("moyenne", "demandes", "nombre"):
        return nombre(taux, 2)
    return pourcent(taux)
