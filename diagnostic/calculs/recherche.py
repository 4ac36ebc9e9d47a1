"""The key by which names are searched and ordered: lower case without accents (no ICU collation is assumed)."""

import unicodedata

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


def sans_accent(*textes: str | None) -> str:
    """« Église d'Été », « Œuvre » → « eglise d'ete oeuvre »; unknown texts are left out."""
    uni = " ".join(un for un in textes if un).casefold().translate(LIGATURES)
    return "".join(lettre for lettre in unicodedata.normalize("NFKD", uni) if not unicodedata.combining(lettre))
