"""Indicators: recompute their counts, read them scoped and masked."""

from diagnostic.services.comptages import recalculer

__all__ = ["recalculer"]
