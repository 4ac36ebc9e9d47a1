"""The stock by the open RPLS file (all bailleurs, no rent, no occupation): what stands in for the restricted one."""

from django.db import connection

from diagnostic.calculs.compilation import traduire
from diagnostic.calculs.definitions_repartitions import FINANCEMENT, PERIODE, TYPOLOGIE
from diagnostic.models import ParcOuvert, Territoire
from diagnostic.services.parc import LigneParc, Perimetre

REPARTITIONS = (FINANCEMENT, TYPOLOGIE, PERIODE)


def millesime_ouvert(adhesion, epci: str, millesime: int) -> int | None:
    """The millésime asked for, else the latest before, else the earliest after."""
    visibles = ParcOuvert.objects.visible_to(adhesion).courantes().filter(territoire=epci).order_by()
    presents = set(visibles.values_list("millesime", flat=True).distinct())
    avant = [un for un in presents if un <= millesime]
    return max(avant) if avant else min(presents, default=None)


def lire(adhesion, epci: str, millesime: int) -> list[LigneParc]:
    """Breakdowns of the whole territory; public data, nothing is masked."""
    if not Territoire.objects.visible_to(adhesion).filter(siren=epci).exists():
        return []
    sommes = ", ".join(
        f"coalesce(sum(logements) FILTER (WHERE {condition}), 0)"
        for repartition in REPARTITIONS
        for i in repartition.classes
        for condition in (traduire(i.numerateur), " AND ".join(f"{champ} IS NOT NULL" for champ in i.connus))
    )
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT {sommes} FROM diagnostic_parcouvert WHERE courant AND territoire = %s AND millesime = %s",
            [epci, millesime],
        )
        comptes = iter([int(n) for n in curseur.fetchone()])
    return [
        LigneParc(
            epci,
            millesime,
            Perimetre.TERRITOIRE.value,
            None,
            repartition.code,
            i.code,
            i.libelle,
            n,
            d,
            round(n / d, 4) if d else None,
            False,
        )
        for repartition in REPARTITIONS
        for i in repartition.classes
        for n, d in [(next(comptes), next(comptes))]
    ]
