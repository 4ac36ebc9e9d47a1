"""How long a deposited file is kept: by the kind of its columns, less when nothing came of it (docs/securite.md)."""

from calendar import monthrange
from datetime import date

from partenaires.depots.contrats import Format
from partenaires.models import Parametre


def dans(mois: int, le: date) -> date:
    """The same day `mois` months later (earlier when negative), the last of the month where that day does not exist."""
    annee, rang = divmod(le.year * 12 + le.month - 1 + mois, 12)
    return date(annee, rang + 1, min(le.day, monthrange(annee, rang + 1)[1]))


def jusqu_au(un_format: Format, le: date, ecarte: bool = False) -> date:
    """`ecarte`: refused, abandoned, or already loaded."""
    personnel = any(colonne.personnelle for colonne in un_format.colonnes)
    code = "conservation_fichiers_ecartes" if ecarte else "conservation_fichiers"
    if personnel and not ecarte:
        code += "_personnels"
    return dans(Parametre.objects.valeur(code, le), le)
