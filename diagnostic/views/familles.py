"""Families of stock in words."""

from diagnostic.calculs.familles import FAMILLES


def famille(code: str) -> str:
    """One that the file invents stays as it is."""
    return FAMILLES.get(code, code.replace("_", " "))
