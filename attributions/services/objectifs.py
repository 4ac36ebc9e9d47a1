"""Objectives of the CIA: the legal ones of a territory, those its EPCI records (regles §2, §3)."""

from django.db import transaction

from attributions.calculs.objectifs_legaux import LEGAUX, PAR_CODE
from attributions.models import Jalon, Objectif
from attributions.services import atteintes
from attributions.services.validation import ConflitObjectif, valider
from partenaires.services.journal import noter

FIGES = ("base", "sens", "perimetre", "predicat", "bailleur", "reservataire", "code", "epci")


def assurer_legaux(epci: str) -> None:
    """Create the legal objectives that a territory lacks, with their milestones; those that exist are left alone."""
    presents = set(Objectif.objects.filter(epci=epci, legal=True).values_list("code", flat=True))
    manquants = [(rang, legal) for rang, legal in enumerate(LEGAUX) if legal.code not in presents]
    if not manquants:
        return
    with transaction.atomic():
        Objectif.objects.bulk_create(
            [
                Objectif(
                    code=legal.code,
                    libelle=legal.libelle,
                    epci=epci,
                    legal=True,
                    base=legal.base,
                    sens=Objectif.Sens.MINIMUM,
                    perimetre={"type": legal.perimetre, "code": None},
                    predicat=legal.predicat,
                    statut=Objectif.Statut.ACTIF,
                    ordre=rang,
                    source=legal.source,
                )
                for rang, legal in manquants
            ],
            ignore_conflicts=True,
        )
        Jalon.objects.bulk_create(
            [
                Jalon(objectif=objectif, debut=PAR_CODE[objectif.code].debut, valeur=PAR_CODE[objectif.code].cible)
                for objectif in Objectif.objects.filter(
                    epci=epci, legal=True, code__in=[legal.code for _, legal in manquants], jalons=None
                )
                if PAR_CODE[objectif.code].cible is not None
            ]
        )


def creer(adhesion, donnees: dict) -> Objectif:
    """Record an objective of the CIA. Raises ValidationError naming the fields in fault."""
    propres = valider(adhesion, donnees)
    with transaction.atomic():
        objectif = Objectif.objects.create(**{c: v for c, v in propres.items() if c != "jalons"})
        _remplacer_jalons(objectif, propres["jalons"])
        noter(adhesion, "objectif_cree", f"{objectif.epci} {objectif.code}")
        atteintes.recalculer_objectif(objectif)
    return objectif


def reviser(adhesion, objectif: Objectif, donnees: dict) -> Objectif:
    """Change an objective. A legal one keeps what the law says: only its label, status and milestones may change.

    Raises ValidationError naming the fields in fault, ConflitObjectif where the objective's state forbids the change.
    """
    propres = valider(adhesion, donnees, objectif)
    if objectif.statut == Objectif.Statut.CLOS:
        raise ConflitObjectif("Cet objectif est clos : il ne change plus. Créez-en un nouveau.")
    if objectif.legal:
        touches = [c for c in FIGES if c in propres and propres[c] != getattr(objectif, c)]
        if touches:
            raise ConflitObjectif(
                f"Objectif légal : {', '.join(touches)} ne se modifie pas. Seuls le libellé, le statut et les jalons."
            )
    with transaction.atomic():
        for champ, valeur in propres.items():
            if champ != "jalons":
                setattr(objectif, champ, valeur)
        objectif.save()
        if "jalons" in propres:
            _remplacer_jalons(objectif, propres["jalons"])
        noter(adhesion, "objectif_revise", f"{objectif.epci} {objectif.code}")
        atteintes.recalculer_objectif(objectif)
    return objectif


def _remplacer_jalons(objectif: Objectif, jalons: list[dict]) -> None:
    objectif.jalons.all().delete()
    Jalon.objects.bulk_create([Jalon(objectif=objectif, **jalon) for jalon in jalons])
