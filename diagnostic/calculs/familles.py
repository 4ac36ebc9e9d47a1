"""Families of stock (extraction 2 T32, step A): as a bailleur writes them, or deduced from what the dwellings are."""

from diagnostic.calculs.recherche import sans_accent

FAMILLES = {
    "collectif_hors_qpv": "collectif hors QPV",
    "individuel_hors_qpv": "individuel hors QPV",
    "collectif_qpv": "collectif en QPV",
    "individuel_qpv": "individuel en QPV",
    "specifique": "spécifique",
    "rural": "rural",
}
NUMEROS = {str(rang): code for rang, code in enumerate(FAMILLES, 1)}  # order of the source


def normaliser(texte: str) -> str:
    """Code of the family that a text names, whatever its spelling; "" when it names none."""
    mots = sans_accent(texte).replace("_", " ").replace("-", " ").split()
    if len(mots) == 1 and mots[0] in NUMEROS:
        return NUMEROS[mots[0]]
    ecrit = " ".join(mots)
    if "specifique" in ecrit:
        return "specifique"
    if "rural" in ecrit:
        return "rural"
    habitat = {genre for genre in ("collectif", "individuel") if genre in ecrit}
    if len(habitat) != 1 or "qpv" not in mots:
        return ""
    return f"{habitat.pop()}_hors_qpv" if "hors" in mots else f"{habitat.pop()}_qpv"


def deduire(collectifs: int, individuels: int, en_qpv: bool | None) -> str:
    """One of the four families of collective or individual stock, by the majority of the dwellings (RPLS TYPECONST);
    "" on a tie, without such dwellings, or where one cannot tell whether it is in a QPV."""
    if en_qpv is None or collectifs == individuels:
        return ""
    genre = "collectif" if collectifs > individuels else "individuel"
    return f"{genre}_qpv" if en_qpv else f"{genre}_hors_qpv"
