"""The class of each residence under one method and nothing else of its index, for lists that show it beside something
of their own: one query, whatever the number of residences, and the rights of the reader."""

from dataclasses import dataclass

from diagnostic.models import Indice, Methode
from diagnostic.models.comptage import Niveau
from diagnostic.services import secret
from diagnostic.services.secret import Audience

SOURCES = "gestion+ops+rpls"  # what any method may be made from: who misses one of them reads no class here


@dataclass(frozen=True)
class ClasseLue:
    """`rang` None: without value. `secret`: masked, then neither rank nor label."""

    rang: int | None
    libelle: str
    secret: bool


MASQUEE = ClasseLue(None, "", True)


def lire(adhesion, epci: str, methode: str, millesime: int | None = None, residences=None) -> dict[str, ClasseLue]:
    """Residence → class under the method of that code in service, at `millesime` or at its latest one."""
    lues = Indice.objects.visible_to(adhesion).filter(
        epci=epci, niveau=Niveau.RESIDENCE, methode__code=methode, methode__statut=Methode.Statut.ADOPTEE
    )
    if millesime is not None:
        lues = lues.filter(millesime=millesime)
    if residences is not None:
        lues = lues.filter(territoire__in=residences)
    lecteur = secret.lecteur(adhesion)
    dernieres = lues.order_by("territoire", "-millesime", "-methode__version", "-pk").distinct("territoire")
    champs = ("territoire", "bailleur", "repondants", "rang_classe", "classe")
    return {
        residence: MASQUEE if _masquee(lecteur, epci, bailleur, repondants) else ClasseLue(rang, classe, False)
        for residence, bailleur, repondants, rang, classe in dernieres.values_list(*champs)
    }


def _masquee(lecteur, epci: str, bailleur: str, repondants: int) -> bool:
    """Judged on the respondents; in `diffusion`, where a class tells of counts that it takes to judge, masked."""
    cellule = {"epci": epci, "source": SOURCES, "niveau": Niveau.RESIDENCE.value, "bailleur": bailleur}
    if lecteur.audience(*cellule.values()) == Audience.DIFFUSION:
        return True
    return secret.masquer(lecteur, base="repondants", effectif=repondants, **cellule)
