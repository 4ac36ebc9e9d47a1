"""The file formats of the diagnosis: importing this package declares them (docs/formats.md)."""

from diagnostic.imports import (
    communes,
    communes_rattachees,
    contours,
    epci,
    gestion,
    indicateurs_territoriaux,
    ops,
    passage,
    perimetres,
    plafonds,
    residences,
    rpls,
    rpls_ouvert,
)
from partenaires.depots.contrats import resoudre_communes

__all__ = [
    "communes",
    "communes_rattachees",
    "contours",
    "epci",
    "gestion",
    "indicateurs_territoriaux",
    "ops",
    "passage",
    "perimetres",
    "plafonds",
    "residences",
    "rpls",
    "rpls_ouvert",
]

# Merged communes and arrondissements first (regles §0): a code may stand in both tables.
resoudre_communes(
    "SELECT code_ancien AS ancien, commune_id AS code FROM diagnostic_communerattachee"
    " UNION ALL SELECT code, code FROM diagnostic_commune c"
    " WHERE NOT EXISTS (SELECT 1 FROM diagnostic_communerattachee r WHERE r.code_ancien = c.code)"
)
