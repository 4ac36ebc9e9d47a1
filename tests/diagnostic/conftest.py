"""Fixtures that several files of the diagnosis share."""

from tests.diagnostic.carte_lue import exporter, lire
from tests.diagnostic.territoire_d_indices import territoire

__all__ = ["exporter", "lire", "territoire"]
