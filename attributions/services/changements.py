"""Decision and lease on either side of a change of perimeters (regles §2): each event is judged by the perimeter in
force at its own date, so that an allocation may count in both legal objectives or in neither. Both are right."""

from dataclasses import dataclass

from attributions.models import Attribution


@dataclass(frozen=True)
class Changements:
    """`dans_les_deux`: decided in a QPV, lease out of QPV; `dans_aucun`: decided out of QPV, lease in a QPV."""

    dans_les_deux: list[Attribution]
    dans_aucun: list[Attribution]


def changements(adhesion, epci: str) -> Changements:
    """Allocations followed by a lease, that the member may see, whose two events do not fall on the same side."""
    suivies = (
        Attribution.objects.visible_to(adhesion)
        .filter(epci=epci, issue=Attribution.Issue.BAIL_SIGNE, date_bail__isnull=False)
        .exclude(hors_base=True)
        .order_by("date_caleol", "id")
    )
    return Changements(
        list(suivies.filter(en_qpv_decision=True, en_qpv_bail=False)),
        list(suivies.filter(en_qpv_decision=False, en_qpv_bail=True)),
    )
