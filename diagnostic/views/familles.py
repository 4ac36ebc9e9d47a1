"""Families of stock in words."""

FAMILLES = {
    "collectif_hors_qpv": "collectif hors QPV",
    "individuel_hors_qpv": "individuel hors QPV",
    "collectif_qpv": "collectif en QPV",
    "individuel_qpv": "individuel en QPV",
    "specifique": "spécifique",
    "rural": "rural",
}


def famille(code: str) -> str:
    """One that the file invents stays as it is."""
    return FAMILLES.get(code, code.replace("_", " "))
