"""What the attainments of a year were made from: deposits, thresholds, versions of the perimeters."""

from dataclasses import dataclass
from decimal import Decimal

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import OuterRef, Q, Subquery

from attributions.models import Attribution, SeuilQuartile


@dataclass(frozen=True)
class Sources:
    """`seuils`: (year, Q1 threshold in euros a year per UC). Empty for who does not hold the rows."""

    depots: tuple[int, ...] = ()
    seuils: tuple[tuple[int, Decimal | None], ...] = ()
    versions: tuple[str, ...] = ()


def sources(adhesion, epci: str, annee: int) -> Sources:
    """Over the allocations of a territory decided or signed in a year that the reader holds; one query."""
    s1 = SeuilQuartile.objects.courantes().filter(epci=OuterRef("epci"), annee=OuterRef("seuil_annee")).values("s1")[:1]
    lues = (
        Attribution.objects.visible_to(adhesion)
        .filter(Q(annee_bail=annee) | Q(annee_decision=annee), epci=epci)
        .order_by()
        .values("seuil_annee")
        .annotate(
            s1=Subquery(s1),
            depots=ArrayAgg("evenement__depot", distinct=True),
            au_bail=ArrayAgg("version_bail", distinct=True, filter=Q(annee_bail=annee)),
            a_la_decision=ArrayAgg("version_decision", distinct=True, filter=Q(annee_decision=annee)),
        )
    )
    depots, seuils, versions = set(), set(), set()
    for ligne in lues:
        depots.update(ligne["depots"])
        versions.update(ligne["au_bail"] or (), ligne["a_la_decision"] or ())
        if ligne["seuil_annee"] is not None:
            seuils.add((ligne["seuil_annee"], ligne["s1"]))
    return Sources(tuple(sorted(depots)), tuple(sorted(seuils)), tuple(sorted(versions - {""})))
