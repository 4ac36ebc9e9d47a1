"""Attainments of the objectives: counts stored by the nightly job, rates and verdicts worked out when read."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from django.db import connection, transaction
from django.utils import timezone

from attributions.models import Atteinte, Objectif
from attributions.services.comptes import AXES, DIMENSIONS, Compte, compter
from attributions.services.lecture import LigneAtteinte, Lignes

CHAMPS_COMPTE = ("numerateur", "denominateur", "inconnus", "base_au_jour", "quartiles", "par_mois", "base_par_mois")


class ParametreInvalide(ValueError):
    """A parameter of `lire` that means nothing; the message says which values do."""


def recalculer(epci: str, au: date | None = None) -> int:
    """Replace the attainments of a territory, as of `au` (default today); how many lines there are."""
    return _remplacer(list(Objectif.objects.filter(epci=epci)), au or date.today(), Atteinte.objects.filter(epci=epci))


def recalculer_objectif(objectif: Objectif) -> int:
    """Replace the attainments of one objective, as of the day the others of its territory were made."""
    au = _arretes([objectif.epci]).get(objectif.epci) or date.today()
    return _remplacer([objectif], au, Atteinte.objects.filter(objectif=objectif))


def _remplacer(objectifs: list[Objectif], au: date, anciennes) -> int:
    par_cle = {objectif.pk: objectif for objectif in objectifs}
    maintenant = timezone.now()
    comptes = compter(objectifs, au)
    champs = [champ for champ in Atteinte._meta.concrete_fields if not champ.primary_key]
    noms = ", ".join(champ.column for champ in champs)
    with transaction.atomic(), connection.cursor() as curseur:
        anciennes.delete()
        with curseur.copy(f"COPY {Atteinte._meta.db_table} ({noms}) FROM STDIN") as copie:
            for cellule, compte in comptes.items():
                ligne = _atteinte(cellule, compte, par_cle[cellule.objectif], au, maintenant)
                copie.write_row([getattr(ligne, champ.attname) for champ in champs])
    return len(comptes)


def _atteinte(cellule, compte: Compte, objectif: Objectif, au: date, calcule_le) -> Atteinte:
    premier, base_premier = compte.premier_bailleur
    return Atteinte(
        objectif=objectif,
        epci=objectif.epci,
        annee=cellule.annee,
        axe=cellule.axe if cellule.axe in AXES else Atteinte.Axe.CROISEMENT,
        **{dimension: getattr(cellule, dimension) for dimension in DIMENSIONS},
        **{champ: getattr(compte, champ) for champ in CHAMPS_COMPTE},
        premier_bailleur=premier,
        par_bailleur_max=base_premier,
        alertes=sorted(compte.alertes),
        au=au,
        calcule_le=calcule_le,
    )


def _arretes(epcis: Iterable[str]) -> dict[str, date]:
    """As-of date of the stored attainments, by territory."""
    lignes = Atteinte.objects.filter(epci__in=list(epcis)).order_by("epci", "-au").distinct("epci")
    return dict(lignes.values_list("epci", "au"))


def lire(
    adhesion,
    *,
    epci: str | None = None,
    annee: int | None = None,
    objectif: str | None = None,
    axe: str | None = None,
    croisement: str | None = None,
    au: date | None = None,
    bailleur: str | None = None,
    qpv: str | None = None,
    reservataire: str | None = None,
) -> list[LigneAtteinte]:
    """Attainments that the member may see, masked for it, in the order of the objectives.

    `axe` (default total) is implied by a filter on bailleur, qpv or reservataire; `croisement` names two of them, as
    « bailleur,qpv ». `au` other than the stored date is worked out on the fly, from events dated `au` at the latest;
    a reader without the right to the rows is given only the stored date: two dates side by side would tell one event.
    Raises ParametreInvalide.
    """
    choisis = {"bailleur": bailleur, "qpv": qpv, "reservataire": reservataire}
    choisis = {dimension: valeur for dimension, valeur in choisis.items() if valeur}
    nom, dimensions = _axe(axe, croisement, choisis)
    objectifs = Objectif.objects.visible_to(adhesion).prefetch_related("jalons")
    if epci:
        objectifs = objectifs.filter(epci=epci)
    if objectif:
        objectifs = objectifs.filter(code=objectif)
    objectifs = list(objectifs)
    if not objectifs:
        return []
    arretes = _arretes({o.epci for o in objectifs}) if au or nom not in AXES else {}
    a_la_volee = nom not in AXES or any(au and au != arretes.get(o.epci) for o in objectifs)
    if a_la_volee:
        atteintes = _compter_a_la_volee(adhesion, objectifs, au, arretes, nom, dimensions)
    else:
        atteintes = list(
            Atteinte.objects.visible_to(adhesion).filter(objectif__in=objectifs, axe=nom).order_by("annee", *DIMENSIONS)
        )
    lignes = Lignes(adhesion, objectifs, atteintes, arretes, au)
    return [
        ligne
        for ligne in lignes.toutes()
        if annee in (None, ligne.annee) and all(getattr(ligne, d) == v for d, v in choisis.items())
    ]


def lire_axes(adhesion, axes: Iterable[str], epcis: Iterable[str]) -> dict[str, list[LigneAtteinte]]:
    """Stored attainments of several axes and territories, read together: what a dashboard shows. Axis → its lines, as
    `lire` gives them."""
    objectifs = list(Objectif.objects.visible_to(adhesion).prefetch_related("jalons").filter(epci__in=list(epcis)))
    atteintes = list(
        Atteinte.objects.visible_to(adhesion)
        .filter(objectif__in=objectifs, axe__in=list(axes))
        .order_by("annee", *DIMENSIONS)
    )
    arretes = {a.epci: a.au for a in atteintes}
    lignes: dict[str, list[LigneAtteinte]] = {axe: [] for axe in axes}
    for ligne in Lignes(adhesion, objectifs, atteintes, arretes, None).toutes():
        tenues = tuple(d for d in DIMENSIONS if getattr(ligne, d))
        lignes[next(axe for axe, siennes in AXES.items() if siennes == tenues)].append(ligne)
    return lignes


def _axe(axe: str | None, croisement: str | None, choisis: dict) -> tuple[str, tuple[str, ...]]:
    """Name and dimensions of the axis asked for."""
    if axe and axe not in AXES:
        raise ParametreInvalide(f"axe : « {axe} » inconnu. Axes possibles : {', '.join(AXES)}.")
    voulues = set(choisis) | ({axe} if axe and axe != "total" else set())
    if croisement:
        demandees = [d.strip() for d in croisement.split(",")]
        if len(set(demandees)) != 2 or len(demandees) != 2 or not set(demandees) <= set(DIMENSIONS):
            raise ParametreInvalide("croisement : deux axes parmi bailleur, qpv, reservataire, comme « bailleur,qpv ».")
        voulues |= set(demandees)
    dimensions = tuple(d for d in DIMENSIONS if d in voulues)
    if axe == "total" and dimensions:
        raise ParametreInvalide(
            "axe : « total » ne va pas avec un filtre ou un croisement par bailleur, QPV ou réservataire."
        )
    for nom, siennes in AXES.items():
        if siennes == dimensions:
            return nom, dimensions
    return ",".join(dimensions), dimensions


def _compter_a_la_volee(adhesion, objectifs, au, arretes, nom: str, dimensions) -> list[Atteinte]:
    """Same counts, same code, at the date asked for (else that of the stored ones), not stored."""
    maintenant = timezone.now()
    sortie = []
    dates = {o.pk: au or arretes.get(o.epci) or date.today() for o in objectifs}
    for jour, groupe in groupby(sorted(objectifs, key=lambda o: dates[o.pk]), key=lambda o: dates[o.pk]):
        groupe = {o.pk: o for o in groupe}
        comptes = compter(list(groupe.values()), jour, {nom: dimensions})
        sortie += [_atteinte(cellule, c, groupe[cellule.objectif], jour, maintenant) for cellule, c in comptes.items()]
    vues = Atteinte.objects.visibles_en_memoire(adhesion, sortie)
    return sorted(vues, key=lambda a: (a.annee, a.bailleur, a.qpv, a.reservataire))
