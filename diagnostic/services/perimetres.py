"""Versions of the perimeters in force at a date on a territory (regles §0)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from diagnostic.calculs.perimetres import Echeance, Intervalle, en_vigueur, outre_mer
from diagnostic.models import Commune, Perimetre
from partenaires.models import Parametre

NATURES_LOCALES = (Perimetre.Nature.SECTEUR,)
AUCUNE_VERSION = (
    "SELECT ''::text AS nature, ''::text AS version, NULL::date AS debut, NULL::date AS fin, false AS anterieure"
    " WHERE false"
)


@dataclass(frozen=True)
class Version:
    """A version in force; `anterieure`: it stands in for one that is due at that date but not loaded."""

    version: str
    anterieure: bool = False


def calendrier(epci: str = "") -> list[Echeance]:
    lignes = Parametre.objects.valeur("calendrier_perimetres", date.today(), epci)
    return [Echeance.depuis(ligne) for ligne in lignes]


def est_outre_mer(epci: str) -> bool:
    departement = Commune.objects.filter(territoire=epci).order_by("code").values_list("departement", "code").first()
    return bool(departement) and (outre_mer(departement[0]) or outre_mer(departement[1]))


def versions_chargees(epci: str) -> set[tuple[str, str]]:
    """(nature, version) loaded nationally, and for the local natures loaded for the territory."""
    connues = ~Q(nature__in=NATURES_LOCALES) | Q(territoire=epci)
    return set(Perimetre.objects.courantes().filter(connues).order_by().values_list("nature", "version").distinct())


def natures_presentes(adhesion, epci: str) -> set[str]:
    """Natures of the perimeters that lie in the territory, as the reader sees them."""
    siens = Perimetre.objects.visible_to(adhesion).courantes().filter(territoire=epci)
    return set(siens.order_by().values_list("nature", flat=True).distinct())


def intervalles(epci: str) -> list[Intervalle]:
    """Disjoint intervals of the version in force, for each nature loaded."""
    chargees = versions_chargees(epci)
    echeances = calendrier(epci)
    ailleurs = est_outre_mer(epci)
    return [
        intervalle
        for nature in sorted({nature for nature, _ in chargees})
        for intervalle in en_vigueur(nature, {v for n, v in chargees if n == nature}, echeances, ailleurs)
    ]


def version_en_vigueur(nature: str, le: date, epci: str) -> Version | None:
    """The version of `nature` in force at `le` on the territory; None where none is loaded or the nature has ended."""
    return versions_en_vigueur(le, epci).get(nature)


def versions_en_vigueur(le: date, epci: str) -> dict[str, Version]:
    """Nature → its version in force at `le` on the territory, for those that have one."""
    return {i.nature: Version(i.version, i.anterieure) for i in intervalles(epci) if i.contient(le)}


def sql_versions(epci: str) -> tuple[str, list]:
    """A FROM item and its parameters, for set-based work:

        fragment, parametres = sql_versions(epci)
        f"… JOIN {fragment} v ON v.nature = 'qpv' AND evenement BETWEEN v.debut AND v.fin"

    Columns: nature, version, debut, fin (`infinity` when open), anterieure. One line at most a nature and date.
    """
    lignes = intervalles(epci)
    if not lignes:
        return f"({AUCUNE_VERSION})", []
    valeurs = ", ".join(["(%s, %s, %s::date, %s::date, %s)"] * len(lignes))
    parametres = [
        valeur for i in lignes for valeur in (i.nature, i.version, i.debut, i.fin or "infinity", i.anterieure)
    ]
    return f"(SELECT * FROM (VALUES {valeurs}) t(nature, version, debut, fin, anterieure))", parametres
