"""Situation of the quartiers of a territory: equipment and transport, written by its EPCI, read by the rules that class
the quartiers."""

from dataclasses import dataclass

from django.db import transaction

from diagnostic.calculs.indices_quartier import Quartier
from diagnostic.models import Perimetre, SituationQuartier
from partenaires.models import Organisation
from partenaires.services.journal import noter

NATURES = tuple(SituationQuartier.Nature.values)
SAISIS = ("equipements", "desserte", "en_qpv", "commentaire")


class SituationInterdite(Exception):
    """Only the EPCI of the territory writes."""


class QuartierInconnu(LookupError):
    """No current perimeter of that nature, code and version on the territory."""


@dataclass(frozen=True)
class QuartierSitue:
    """A quartier of the territory and what is known of it; `situation` is not saved while nothing was written."""

    nom: str
    situation: SituationQuartier

    @property
    def cle(self) -> str:
        return f"{self.situation.nature}:{self.situation.version}:{self.situation.code}"


def peut_ecrire(adhesion, epci: str) -> bool:
    """A gestionnaire or an administrateur of the EPCI that carries the CIL of the territory."""
    nature = Organisation.Nature.EPCI
    return bool(adhesion) and adhesion.nature == nature and adhesion.siren == epci and adhesion.peut_ecrire


def lire(adhesion, epci: str) -> list[QuartierSitue]:
    """Every QPV, NPNRU quarter and secteur of the territory, by nature, version (the latest first) and name."""
    ecrites = SituationQuartier.objects.visible_to(adhesion).filter(epci=epci)
    connues = {(s.nature, s.code, s.version): s for s in ecrites}
    perimetres = (
        Perimetre.objects.visible_to(adhesion)
        .courantes()
        .filter(territoire=epci, nature__in=NATURES)
        .order_by("nature", "-version", "nom", "code")
    )
    return [
        QuartierSitue(
            nom,
            connues.get((nature, code, version))
            or SituationQuartier(epci=epci, nature=nature, code=code, version=version),
        )
        for nom, nature, code, version in perimetres.values_list("nom", "nature", "code", "version")
    ]


def ecrire(adhesion, epci: str, nature: str, code: str, version: str, **saisie) -> SituationQuartier:
    """Write what is known of a quartier (SAISIS). Raises SituationInterdite, QuartierInconnu."""
    if not peut_ecrire(adhesion, epci):
        raise SituationInterdite("Seul l'EPCI du territoire écrit la situation de ses quartiers.")
    siens = Perimetre.objects.visible_to(adhesion).courantes().filter(territoire=epci, nature__in=NATURES)
    if not siens.filter(nature=nature, code=code, version=version).exists():
        raise QuartierInconnu(code)
    with transaction.atomic():
        situation, _ = SituationQuartier.objects.update_or_create(
            epci=epci,
            nature=nature,
            code=code,
            version=version,
            defaults={champ: saisie[champ] for champ in SAISIS} | {"ecrite_par": adhesion.utilisateur},
        )
        noter(adhesion, "situation_quartier", f"{nature} {code} {version}")
    return situation


def quartiers(adhesion, places: set[tuple[str, str, str, str]]) -> dict[tuple, Quartier]:
    """(territory, level, code, version) → what is known of it, without its class; one query."""
    if not places:
        return {}
    lues = SituationQuartier.objects.visible_to(adhesion).filter(
        epci__in={epci for epci, *_ in places}, code__in={code for _, _, code, _ in places}
    )
    connues = {(s.epci, s.nature, s.code, s.version): s for s in lues}
    return {place: _quartier(place[1], connues.get(place)) for place in places}


def _quartier(nature: str, situation: SituationQuartier | None) -> Quartier:
    en_qpv = True if nature == SituationQuartier.Nature.QPV else situation.en_qpv if situation else None
    if situation is None:
        return Quartier(None, en_qpv)
    return Quartier(None, en_qpv, situation.equipements, situation.desserte)
