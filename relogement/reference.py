"""What ships with the platform for rehousing: the default charter, as dated parameters (regles §7, [P])."""

from datetime import date

from partenaires.models import Parametre

EFFORT_MAX = "relogement_taux_effort_max"
NEUF_ANNEES = "relogement_neuf_annees"

PARAMETRES = (
    (EFFORT_MAX, 0.3, "Réglage de la plateforme (regles §7), à remplacer par celui de la charte"),
    (NEUF_ANNEES, 5, "Critère national ANRU : neuf ou conventionné depuis moins de 5 ans"),
)


def installer(**_) -> None:
    """Idempotent; never overwrites a line that exists."""
    for code, valeur, source in PARAMETRES:
        Parametre.objects.get_or_create(
            code=code, epci="", debut=date(1900, 1, 1), defaults={"valeur": valeur, "source": source}
        )
